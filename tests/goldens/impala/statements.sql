CREATE DATABASE IF NOT EXISTS `o``a`;
USE `o``a`;
CREATE EXTERNAL TABLE `o``a`.`flow` (`sip` STRING, `order` TINYINT)
STORED AS PARQUET
LOCATION 'hdfs://it\'s/x';
CREATE EXTERNAL TABLE `o``a`.`flow` (`sip` STRING, `order` TINYINT)
ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t' ESCAPED BY '\\'
STORED AS TEXTFILE
LOCATION '/tmp/$\{x}';
DROP TABLE IF EXISTS `o``a`.`flow`;
ALTER TABLE `o``a`.`flow` ADD IF NOT EXISTS PARTITION (`y` = 2016, `m` = 7, `date` = 8);
ALTER TABLE `o``a`.`flow` ADD IF NOT EXISTS PARTITION (`y` = 2016, `m` = 7, `date` = 8) LOCATION '/x';
ALTER TABLE `o``a`.`flow` PARTITION (`y` = 2016, `m` = 7, `date` = 8) SET LOCATION 'hdfs://x/y';
ALTER TABLE `o``a`.`flow` DROP IF EXISTS PARTITION (`y` = 2016, `m` = 7, `date` = 8);
SHOW PARTITIONS `o``a`.`flow`;
DESCRIBE `o``a`.`flow`;
REFRESH `o``a`.`flow`;
REFRESH `o``a`.`flow` PARTITION (`y` = 2016, `m` = 7, `date` = 8);
REFRESH TABLE `o``a`.`flow`;
INVALIDATE METADATA `o``a`.`flow`;
COMPUTE STATS `o``a`.`flow`;
COMPUTE INCREMENTAL STATS `o``a`.`flow`;
COMPUTE INCREMENTAL STATS `o``a`.`flow` PARTITION (`y` = 2016, `m` = 7, `date` = 8);
ANALYZE TABLE `o``a`.`flow` COMPUTE STATISTICS;
