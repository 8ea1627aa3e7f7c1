-- flow-oa run -t
USE `oa`;
SELECT `format`, `fingerprint` FROM `flow_oa_schema` ORDER BY `id` DESC LIMIT 1;
SELECT `what`, `statements`, `fingerprint` FROM `flow_oa_migration` WHERE `status` = 'planned' ORDER BY `step` ASC;
SELECT `id`, `lock_file` FROM `flow_oa_history` WHERE `status` = 'running';
INSERT INTO `oa`.`flow_oa_history_log` SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('run' AS STRING), CAST('dns' AS STRING), CAST('2016-07-08' AS STRING), CAST(500 AS BIGINT), CAST('/home/dns/scored_results/20160708/scores/dns_results.csv' AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST('fingerprint' AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST('now' AS STRING), CAST(NULL AS STRING), CAST(NULL AS DOUBLE), CAST('running' AS STRING), CAST(NULL AS STRING), CAST('version' AS STRING), CAST('/home/data/dns/20160708/.lock' AS STRING);
SELECT 0, COUNT(1) FROM `dns_scores` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8 UNION ALL SELECT 1, COUNT(1) FROM `dns_dendro` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8 UNION ALL SELECT 2, COUNT(1) FROM `dns_edge` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8 UNION ALL SELECT 3, COUNT(1) FROM `dns_ingest_summary` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8;
CREATE EXTERNAL TABLE `oa`.`flow_oa_aside_dns_scores_1` (`frame_time` STRING, `unix_tstamp` BIGINT, `frame_len` BIGINT, `ip_dst` STRING, `dns_qry_name` STRING, `dns_qry_class` STRING, `dns_qry_type` INT, `dns_qry_rcode` INT, `ml_score` DOUBLE, `tld` STRING, `query_rep` STRING, `hh` INT, `dns_qry_class_name` STRING, `dns_qry_type_name` STRING, `dns_qry_rcode_name` STRING, `network_context` STRING, `rank` INT, `why` STRING)
STORED AS PARQUET
LOCATION 'file:///home/tables/dns/hive/oa/suspicious/y=2016/m=7/d=8/run-1';
CREATE EXTERNAL TABLE `oa`.`flow_oa_aside_dns_dendro_1` (`unix_tstamp` BIGINT, `dns_a` STRING, `dns_qry_name` STRING, `ip_dst` STRING)
STORED AS PARQUET
LOCATION 'file:///home/tables/dns/hive/oa/dendro/y=2016/m=7/d=8/run-1';
CREATE EXTERNAL TABLE `oa`.`flow_oa_aside_dns_edge_1` (`unix_tstamp` BIGINT, `frame_len` BIGINT, `ip_dst` STRING, `ip_src` STRING, `dns_qry_name` STRING, `dns_qry_class` STRING, `dns_qry_type` INT, `dns_qry_rcode` INT, `dns_a` STRING, `hh` INT, `dns_qry_class_name` STRING, `dns_qry_type_name` STRING, `dns_qry_rcode_name` STRING, `network_context` STRING)
STORED AS PARQUET
LOCATION 'file:///home/tables/dns/hive/oa/edge/y=2016/m=7/d=8/run-1';
CREATE EXTERNAL TABLE `oa`.`flow_oa_aside_dns_ingest_summary_1` (`tdate` STRING, `total` BIGINT)
STORED AS PARQUET
LOCATION 'file:///home/tables/dns/hive/oa/summary/y=2016/m=7/d=8/run-1';
REFRESH `oa`.`flow_oa_aside_dns_scores_1`;
SELECT count(*) FROM `oa`.`flow_oa_aside_dns_scores_1`;
CREATE EXTERNAL TABLE `oa`.`flow_oa_asked_1` (`ip_dst` STRING, `flow_oa_year` BIGINT, `flow_oa_month` BIGINT, `flow_oa_day` BIGINT)
STORED AS PARQUET
LOCATION 'file:///home/tables/staged/flow_oa_asked_1';
REFRESH `oa`.`flow_oa_asked_1`;
COMPUTE STATS `oa`.`flow_oa_asked_1`;
INSERT INTO `oa`.`flow_oa_aside_dns_dendro_1` SELECT DISTINCT CAST(`raw`.`unix_tstamp` AS BIGINT) AS `flow_oa_0`, CAST(`raw`.`dns_a` AS STRING) AS `flow_oa_1`, CAST(`raw`.`dns_qry_name` AS STRING) AS `flow_oa_2`, CAST(`raw`.`ip_dst` AS STRING) AS `flow_oa_3` FROM `dns` AS `raw` INNER JOIN `flow_oa_asked_1` ON `raw`.`ip_dst` = `flow_oa_asked_1`.`ip_dst` AND `raw`.`y` = `flow_oa_asked_1`.`flow_oa_year` AND `raw`.`m` = `flow_oa_asked_1`.`flow_oa_month` AND `raw`.`d` = `flow_oa_asked_1`.`flow_oa_day` AND (`raw`.`y` = 2016 AND `raw`.`m` = 7 AND `raw`.`d` = 8);
SELECT count(*) FROM `oa`.`flow_oa_aside_dns_dendro_1`;
DROP TABLE IF EXISTS `oa`.`flow_oa_asked_1`;
CREATE EXTERNAL TABLE `oa`.`flow_oa_asked_1` (`dns_qry_name` STRING, `flow_oa_year` BIGINT, `flow_oa_month` BIGINT, `flow_oa_day` BIGINT, `flow_oa_hour` BIGINT)
STORED AS PARQUET
LOCATION 'file:///home/tables/staged/flow_oa_asked_1';
REFRESH `oa`.`flow_oa_asked_1`;
COMPUTE STATS `oa`.`flow_oa_asked_1`;
SELECT `flow_oa_0`, `flow_oa_1`, `flow_oa_2`, `flow_oa_3` FROM (SELECT DISTINCT COALESCE(`raw`.`ip_dst`, '') AS `flow_oa_0`, COALESCE(`raw`.`dns_qry_class`, '') AS `flow_oa_1`, COALESCE(`raw`.`dns_qry_type`, (-1)) AS `flow_oa_2`, COALESCE(`raw`.`dns_qry_rcode`, (-1)) AS `flow_oa_3` FROM `dns` AS `raw` INNER JOIN `flow_oa_asked_1` ON `raw`.`dns_qry_name` = `flow_oa_asked_1`.`dns_qry_name` AND `raw`.`y` = `flow_oa_asked_1`.`flow_oa_year` AND `raw`.`m` = `flow_oa_asked_1`.`flow_oa_month` AND `raw`.`d` = `flow_oa_asked_1`.`flow_oa_day` AND `raw`.`h` = `flow_oa_asked_1`.`flow_oa_hour` AND (`raw`.`y` = 2016 AND `raw`.`m` = 7 AND `raw`.`d` = 8)) AS `flow_oa_distinct` ORDER BY `flow_oa_0` ASC, `flow_oa_1` ASC, `flow_oa_2` ASC, `flow_oa_3` ASC LIMIT 65536;
CREATE EXTERNAL TABLE `oa`.`flow_oa_answers_1` (`ip_dst` STRING, `dns_qry_class` STRING, `flow_oa_answer_0` STRING, `flow_oa_answer_1` STRING, `flow_oa_answer_2` STRING, `flow_oa_answer_3` STRING, `dns_qry_type` BIGINT, `dns_qry_rcode` BIGINT)
STORED AS PARQUET
LOCATION 'file:///home/tables/staged/flow_oa_answers_1';
REFRESH `oa`.`flow_oa_answers_1`;
COMPUTE STATS `oa`.`flow_oa_answers_1`;
INSERT INTO `oa`.`flow_oa_aside_dns_edge_1` SELECT CAST(`raw`.`unix_tstamp` AS BIGINT) AS `flow_oa_0`, CAST(`raw`.`frame_len` AS BIGINT) AS `flow_oa_1`, CAST(`raw`.`ip_dst` AS STRING) AS `flow_oa_2`, CAST(`raw`.`ip_src` AS STRING) AS `flow_oa_3`, CAST(`raw`.`dns_qry_name` AS STRING) AS `flow_oa_4`, CAST(`raw`.`dns_qry_class` AS STRING) AS `flow_oa_5`, CAST(`raw`.`dns_qry_type` AS INT) AS `flow_oa_6`, CAST(`raw`.`dns_qry_rcode` AS INT) AS `flow_oa_7`, CAST(`raw`.`dns_a` AS STRING) AS `flow_oa_8`, CAST(`raw`.`h` AS INT) AS `flow_oa_9`, CAST(`flow_oa_answers_1`.`flow_oa_answer_0` AS STRING) AS `flow_oa_10`, CAST(`flow_oa_answers_1`.`flow_oa_answer_1` AS STRING) AS `flow_oa_11`, CAST(`flow_oa_answers_1`.`flow_oa_answer_2` AS STRING) AS `flow_oa_12`, CAST(`flow_oa_answers_1`.`flow_oa_answer_3` AS STRING) AS `flow_oa_13` FROM `dns` AS `raw` INNER JOIN `flow_oa_asked_1` ON `raw`.`dns_qry_name` = `flow_oa_asked_1`.`dns_qry_name` AND `raw`.`y` = `flow_oa_asked_1`.`flow_oa_year` AND `raw`.`m` = `flow_oa_asked_1`.`flow_oa_month` AND `raw`.`d` = `flow_oa_asked_1`.`flow_oa_day` AND `raw`.`h` = `flow_oa_asked_1`.`flow_oa_hour` AND (`raw`.`y` = 2016 AND `raw`.`m` = 7 AND `raw`.`d` = 8) LEFT JOIN `flow_oa_answers_1` ON COALESCE(`raw`.`ip_dst`, '') = `flow_oa_answers_1`.`ip_dst` AND COALESCE(`raw`.`dns_qry_class`, '') = `flow_oa_answers_1`.`dns_qry_class` AND COALESCE(`raw`.`dns_qry_type`, (-1)) = `flow_oa_answers_1`.`dns_qry_type` AND COALESCE(`raw`.`dns_qry_rcode`, (-1)) = `flow_oa_answers_1`.`dns_qry_rcode`;
SELECT count(*) FROM `oa`.`flow_oa_aside_dns_edge_1`;
DROP TABLE IF EXISTS `oa`.`flow_oa_answers_1`;
DROP TABLE IF EXISTS `oa`.`flow_oa_asked_1`;
INSERT INTO `oa`.`flow_oa_aside_dns_ingest_summary_1` SELECT CAST(substr(concat(substr(CAST(date_add('1970-01-01', CAST(CAST(floor(`raw`.`unix_tstamp` / 86400) AS bigint) AS int)) AS string), 1, 10), ' ', lpad(CAST(CAST(floor((`raw`.`unix_tstamp` - (CAST(floor(`raw`.`unix_tstamp` / 86400) AS bigint) * 86400)) / 3600) AS bigint) AS string), 2, '0'), ':', lpad(CAST(CAST(floor(((`raw`.`unix_tstamp` - (CAST(floor(`raw`.`unix_tstamp` / 86400) AS bigint) * 86400)) % 3600) / 60) AS bigint) AS string), 2, '0'), ':', lpad(CAST(CAST(floor((`raw`.`unix_tstamp` - (CAST(floor(`raw`.`unix_tstamp` / 86400) AS bigint) * 86400)) % 60) AS bigint) AS string), 2, '0')), 1, 16) AS STRING) AS `flow_oa_0`, CAST(COUNT(1) AS BIGINT) AS `flow_oa_1` FROM `dns` AS `raw` WHERE `raw`.`y` = 2016 AND `raw`.`m` = 7 AND `raw`.`d` = 8 GROUP BY `flow_oa_0`;
SELECT count(*) FROM `oa`.`flow_oa_aside_dns_ingest_summary_1`;
SELECT `flow_oa_ingest`.`id`, `flow_oa_ingest_day`.`stored`, `flow_oa_ingest`.`finished` FROM `flow_oa_ingest_day` INNER JOIN `flow_oa_ingest` ON `flow_oa_ingest`.`id` = `flow_oa_ingest_day`.`ingest` WHERE `pipeline` = 'dns' AND `day` = '2016-07-08' ORDER BY `flow_oa_ingest`.`id` ASC;
SELECT 1 FROM `dns` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8 LIMIT 1;
ALTER TABLE `oa`.`dns_dendro` ADD IF NOT EXISTS PARTITION (`y` = 2016, `m` = 7, `d` = 8) LOCATION 'file:///home/tables/dns/hive/oa/dendro/y=2016/m=7/d=8/run-1';
SHOW PARTITIONS `oa`.`dns_dendro`;
ALTER TABLE `oa`.`dns_dendro` PARTITION (`y` = 2016, `m` = 7, `d` = 8) SET LOCATION 'file:///home/tables/dns/hive/oa/dendro/y=2016/m=7/d=8/run-1';
REFRESH `oa`.`dns_dendro` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
ALTER TABLE `oa`.`dns_edge` ADD IF NOT EXISTS PARTITION (`y` = 2016, `m` = 7, `d` = 8) LOCATION 'file:///home/tables/dns/hive/oa/edge/y=2016/m=7/d=8/run-1';
SHOW PARTITIONS `oa`.`dns_edge`;
ALTER TABLE `oa`.`dns_edge` PARTITION (`y` = 2016, `m` = 7, `d` = 8) SET LOCATION 'file:///home/tables/dns/hive/oa/edge/y=2016/m=7/d=8/run-1';
REFRESH `oa`.`dns_edge` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
ALTER TABLE `oa`.`dns_ingest_summary` ADD IF NOT EXISTS PARTITION (`y` = 2016, `m` = 7, `d` = 8) LOCATION 'file:///home/tables/dns/hive/oa/summary/y=2016/m=7/d=8/run-1';
SHOW PARTITIONS `oa`.`dns_ingest_summary`;
ALTER TABLE `oa`.`dns_ingest_summary` PARTITION (`y` = 2016, `m` = 7, `d` = 8) SET LOCATION 'file:///home/tables/dns/hive/oa/summary/y=2016/m=7/d=8/run-1';
REFRESH `oa`.`dns_ingest_summary` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
ALTER TABLE `oa`.`dns_scores` ADD IF NOT EXISTS PARTITION (`y` = 2016, `m` = 7, `d` = 8) LOCATION 'file:///home/tables/dns/hive/oa/suspicious/y=2016/m=7/d=8/run-1';
SHOW PARTITIONS `oa`.`dns_scores`;
ALTER TABLE `oa`.`dns_scores` PARTITION (`y` = 2016, `m` = 7, `d` = 8) SET LOCATION 'file:///home/tables/dns/hive/oa/suspicious/y=2016/m=7/d=8/run-1';
REFRESH `oa`.`dns_scores` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
INSERT INTO `oa`.`flow_oa_history_log` SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(`id` AS BIGINT), CAST(`command` AS STRING), CAST(`pipeline` AS STRING), CAST(`day` AS STRING), CAST(`row_limit` AS BIGINT), CAST(`input` AS STRING), CAST('hash' AS STRING), CAST('hash' AS STRING), CAST(`fingerprint` AS STRING), CAST('hash' AS STRING), CAST('hash' AS STRING), CAST(1 AS BIGINT), CAST(1 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(`started` AS STRING), CAST('now' AS STRING), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE), CAST('done' AS STRING), CAST(NULL AS STRING), CAST(`version` AS STRING), CAST(`lock_file` AS STRING) FROM `oa`.`flow_oa_history` WHERE `id` = 1;
INSERT INTO `oa`.`flow_oa_history_table_log` SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('dns_scores' AS STRING), CAST('2016-07-08' AS STRING), CAST(1 AS BIGINT), CAST(1 AS BIGINT), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE) UNION ALL SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('dns_dendro' AS STRING), CAST('2016-07-08' AS STRING), CAST(1 AS BIGINT), CAST(1 AS BIGINT), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE) UNION ALL SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('dns_edge' AS STRING), CAST('2016-07-08' AS STRING), CAST(1 AS BIGINT), CAST(1 AS BIGINT), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE) UNION ALL SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('dns_ingest_summary' AS STRING), CAST('2016-07-08' AS STRING), CAST(1 AS BIGINT), CAST(1 AS BIGINT), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE);
DROP TABLE IF EXISTS `oa`.`flow_oa_aside_dns_scores_1`;
DROP TABLE IF EXISTS `oa`.`flow_oa_aside_dns_dendro_1`;
DROP TABLE IF EXISTS `oa`.`flow_oa_aside_dns_edge_1`;
DROP TABLE IF EXISTS `oa`.`flow_oa_aside_dns_ingest_summary_1`;
COMPUTE INCREMENTAL STATS `oa`.`dns_scores` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
COMPUTE INCREMENTAL STATS `oa`.`dns_dendro` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
COMPUTE INCREMENTAL STATS `oa`.`dns_edge` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
COMPUTE INCREMENTAL STATS `oa`.`dns_ingest_summary` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
