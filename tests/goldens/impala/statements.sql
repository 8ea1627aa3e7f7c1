CREATE DATABASE IF NOT EXISTS `oa`;
USE `oa`;
CREATE EXTERNAL TABLE `oa`.`flow` (`sip` STRING, `order` TINYINT)
STORED AS PARQUET
LOCATION 'hdfs://n:8020/its x';
CREATE EXTERNAL TABLE `oa`.`flow` (`sip` STRING, `order` TINYINT)
ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t' ESCAPED BY '\\'
STORED AS TEXTFILE
LOCATION '/tmp/x';
DROP TABLE IF EXISTS `oa`.`flow`;
ALTER TABLE `oa`.`flow` ADD IF NOT EXISTS PARTITION (`y` = 2016, `m` = 7, `date` = 8) LOCATION '/x';
ALTER TABLE `oa`.`flow` ADD IF NOT EXISTS PARTITION (`y` = 2016, `m` = 7, `date` = 8) LOCATION '/x' PARTITION (`y` = 2016, `m` = 7, `date` = 8) LOCATION '/y';
ALTER TABLE `oa`.`flow` PARTITION (`y` = 2016, `m` = 7, `date` = 8) SET LOCATION 'hdfs://x/y';
ALTER TABLE `oa`.`flow` DROP IF EXISTS PARTITION (`y` = 2016, `m` = 7, `date` = 8);
SHOW PARTITIONS `oa`.`flow`;
DESCRIBE `oa`.`flow`;
REFRESH `oa`.`flow`;
REFRESH `oa`.`flow` PARTITION (`y` = 2016, `m` = 7, `date` = 8);
REFRESH TABLE `oa`.`flow`;
INVALIDATE METADATA `oa`.`flow`;
COMPUTE STATS `oa`.`flow`;
COMPUTE INCREMENTAL STATS `oa`.`flow` PARTITION (`y` = 2016, `m` = 7, `date` = 8);
ANALYZE TABLE `oa`.`flow` COMPUTE STATISTICS;
