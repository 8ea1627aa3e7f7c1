-- flow-oa run -t
USE `oa`;
SELECT `format`, `fingerprint` FROM `flow_oa_schema` ORDER BY `id` DESC LIMIT 1;
SELECT `what`, `statements`, `fingerprint` FROM `flow_oa_migration` WHERE `status` = 'planned' ORDER BY `step` ASC;
SELECT `id`, `lock_file` FROM `flow_oa_history` WHERE `status` = 'running';
INSERT INTO `oa`.`flow_oa_history_log` SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('run' AS STRING), CAST('proxy' AS STRING), CAST('2016-07-08' AS STRING), CAST(500 AS BIGINT), CAST('/home/proxy/scored_results/20160708/scores/proxy_results.csv' AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST('fingerprint' AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST('now' AS STRING), CAST(NULL AS STRING), CAST(NULL AS DOUBLE), CAST('running' AS STRING), CAST(NULL AS STRING), CAST('version' AS STRING), CAST('/home/data/proxy/20160708/.lock' AS STRING);
SELECT 0, COUNT(1) FROM `proxy_scores` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8 UNION ALL SELECT 1, COUNT(1) FROM `proxy_edge` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8 UNION ALL SELECT 2, COUNT(1) FROM `proxy_ingest_summary` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8;
CREATE EXTERNAL TABLE `oa`.`flow_oa_aside_proxy_scores_1` (`tdate` STRING, `time` STRING, `clientip` STRING, `host` STRING, `reqmethod` STRING, `useragent` STRING, `resconttype` STRING, `duration` BIGINT, `username` STRING, `webcat` STRING, `referer` STRING, `respcode` INT, `uriport` INT, `uripath` STRING, `uriquery` STRING, `serverip` STRING, `scbytes` BIGINT, `csbytes` BIGINT, `fulluri` STRING, `word` STRING, `ml_score` DOUBLE, `uri_rep` STRING, `respcode_name` STRING, `network_context` STRING, `rank` INT, `why` STRING)
STORED AS PARQUET
LOCATION 'file:///home/tables/proxy/hive/oa/suspicious/y=2016/m=7/d=8/run-1';
CREATE EXTERNAL TABLE `oa`.`flow_oa_aside_proxy_edge_1` (`tdate` STRING, `time` STRING, `clientip` STRING, `host` STRING, `webcat` STRING, `respcode` STRING, `reqmethod` STRING, `useragent` STRING, `resconttype` STRING, `referer` STRING, `uriport` STRING, `serverip` STRING, `scbytes` BIGINT, `csbytes` BIGINT, `fulluri` STRING, `hh` INT, `respcode_name` STRING)
STORED AS PARQUET
LOCATION 'file:///home/tables/proxy/hive/oa/edge/y=2016/m=7/d=8/run-1';
CREATE EXTERNAL TABLE `oa`.`flow_oa_aside_proxy_ingest_summary_1` (`tdate` STRING, `total` BIGINT)
STORED AS PARQUET
LOCATION 'file:///home/tables/proxy/hive/oa/summary/y=2016/m=7/d=8/run-1';
REFRESH `oa`.`flow_oa_aside_proxy_scores_1`;
SELECT count(*) FROM `oa`.`flow_oa_aside_proxy_scores_1`;
CREATE EXTERNAL TABLE `oa`.`flow_oa_asked_1` (`clientip` STRING, `fulluri` STRING, `flow_oa_year` BIGINT, `flow_oa_month` BIGINT, `flow_oa_day` BIGINT, `flow_oa_hour` BIGINT)
STORED AS PARQUET
LOCATION 'file:///home/tables/staged/flow_oa_asked_1';
REFRESH `oa`.`flow_oa_asked_1`;
COMPUTE STATS `oa`.`flow_oa_asked_1`;
SELECT `flow_oa_0` FROM (SELECT DISTINCT COALESCE(`raw`.`respcode`, '') AS `flow_oa_0` FROM `proxy` AS `raw` INNER JOIN `flow_oa_asked_1` ON `raw`.`clientip` = `flow_oa_asked_1`.`clientip` AND `raw`.`fulluri` = `flow_oa_asked_1`.`fulluri` AND `raw`.`y` = `flow_oa_asked_1`.`flow_oa_year` AND `raw`.`m` = `flow_oa_asked_1`.`flow_oa_month` AND `raw`.`d` = `flow_oa_asked_1`.`flow_oa_day` AND `raw`.`h` = `flow_oa_asked_1`.`flow_oa_hour` AND (`raw`.`y` = 2016 AND `raw`.`m` = 7 AND `raw`.`d` = 8)) AS `flow_oa_distinct` ORDER BY `flow_oa_0` ASC LIMIT 65536;
CREATE EXTERNAL TABLE `oa`.`flow_oa_answers_1` (`respcode` STRING, `flow_oa_answer_0` STRING)
STORED AS PARQUET
LOCATION 'file:///home/tables/staged/flow_oa_answers_1';
REFRESH `oa`.`flow_oa_answers_1`;
COMPUTE STATS `oa`.`flow_oa_answers_1`;
INSERT INTO `oa`.`flow_oa_aside_proxy_edge_1` SELECT CAST(`raw`.`p_date` AS STRING) AS `flow_oa_0`, CAST(`raw`.`p_time` AS STRING) AS `flow_oa_1`, CAST(`raw`.`clientip` AS STRING) AS `flow_oa_2`, CAST(`raw`.`host` AS STRING) AS `flow_oa_3`, CAST(`raw`.`webcat` AS STRING) AS `flow_oa_4`, CAST(`raw`.`respcode` AS STRING) AS `flow_oa_5`, CAST(`raw`.`reqmethod` AS STRING) AS `flow_oa_6`, CAST(`raw`.`useragent` AS STRING) AS `flow_oa_7`, CAST(`raw`.`resconttype` AS STRING) AS `flow_oa_8`, CAST(`raw`.`referer` AS STRING) AS `flow_oa_9`, CAST(`raw`.`uriport` AS STRING) AS `flow_oa_10`, CAST(`raw`.`serverip` AS STRING) AS `flow_oa_11`, CAST(`raw`.`scbytes` AS BIGINT) AS `flow_oa_12`, CAST(`raw`.`csbytes` AS BIGINT) AS `flow_oa_13`, CAST(`raw`.`fulluri` AS STRING) AS `flow_oa_14`, CAST(`raw`.`h` AS INT) AS `flow_oa_15`, CAST(`flow_oa_answers_1`.`flow_oa_answer_0` AS STRING) AS `flow_oa_16` FROM `proxy` AS `raw` INNER JOIN `flow_oa_asked_1` ON `raw`.`clientip` = `flow_oa_asked_1`.`clientip` AND `raw`.`fulluri` = `flow_oa_asked_1`.`fulluri` AND `raw`.`y` = `flow_oa_asked_1`.`flow_oa_year` AND `raw`.`m` = `flow_oa_asked_1`.`flow_oa_month` AND `raw`.`d` = `flow_oa_asked_1`.`flow_oa_day` AND `raw`.`h` = `flow_oa_asked_1`.`flow_oa_hour` AND (`raw`.`y` = 2016 AND `raw`.`m` = 7 AND `raw`.`d` = 8) LEFT JOIN `flow_oa_answers_1` ON COALESCE(`raw`.`respcode`, '') = `flow_oa_answers_1`.`respcode`;
SELECT count(*) FROM `oa`.`flow_oa_aside_proxy_edge_1`;
DROP TABLE IF EXISTS `oa`.`flow_oa_answers_1`;
DROP TABLE IF EXISTS `oa`.`flow_oa_asked_1`;
INSERT INTO `oa`.`flow_oa_aside_proxy_ingest_summary_1` SELECT CAST(substr(concat(substr(concat(`raw`.`p_date`, ' ', `raw`.`p_time`), 1, 10), ' ', substr(concat('0', substr(concat(`raw`.`p_date`, ' ', `raw`.`p_time`), 12)), length(substr(concat(`raw`.`p_date`, ' ', `raw`.`p_time`), 12)) - 6, 8)), 1, 16) AS STRING) AS `flow_oa_0`, CAST(COUNT(1) AS BIGINT) AS `flow_oa_1` FROM `proxy` AS `raw` WHERE `raw`.`y` = 2016 AND `raw`.`m` = 7 AND `raw`.`d` = 8 GROUP BY `flow_oa_0`;
SELECT count(*) FROM `oa`.`flow_oa_aside_proxy_ingest_summary_1`;
SELECT `flow_oa_ingest`.`id`, `flow_oa_ingest_day`.`stored`, `flow_oa_ingest`.`finished` FROM `flow_oa_ingest_day` INNER JOIN `flow_oa_ingest` ON `flow_oa_ingest`.`id` = `flow_oa_ingest_day`.`ingest` WHERE `pipeline` = 'proxy' AND `day` = '2016-07-08' ORDER BY `flow_oa_ingest`.`id` ASC;
SELECT 1 FROM `proxy` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8 LIMIT 1;
ALTER TABLE `oa`.`proxy_edge` ADD IF NOT EXISTS PARTITION (`y` = 2016, `m` = 7, `d` = 8) LOCATION 'file:///home/tables/proxy/hive/oa/edge/y=2016/m=7/d=8/run-1';
SHOW PARTITIONS `oa`.`proxy_edge`;
ALTER TABLE `oa`.`proxy_edge` PARTITION (`y` = 2016, `m` = 7, `d` = 8) SET LOCATION 'file:///home/tables/proxy/hive/oa/edge/y=2016/m=7/d=8/run-1';
REFRESH `oa`.`proxy_edge` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
ALTER TABLE `oa`.`proxy_ingest_summary` ADD IF NOT EXISTS PARTITION (`y` = 2016, `m` = 7, `d` = 8) LOCATION 'file:///home/tables/proxy/hive/oa/summary/y=2016/m=7/d=8/run-1';
SHOW PARTITIONS `oa`.`proxy_ingest_summary`;
ALTER TABLE `oa`.`proxy_ingest_summary` PARTITION (`y` = 2016, `m` = 7, `d` = 8) SET LOCATION 'file:///home/tables/proxy/hive/oa/summary/y=2016/m=7/d=8/run-1';
REFRESH `oa`.`proxy_ingest_summary` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
ALTER TABLE `oa`.`proxy_scores` ADD IF NOT EXISTS PARTITION (`y` = 2016, `m` = 7, `d` = 8) LOCATION 'file:///home/tables/proxy/hive/oa/suspicious/y=2016/m=7/d=8/run-1';
SHOW PARTITIONS `oa`.`proxy_scores`;
ALTER TABLE `oa`.`proxy_scores` PARTITION (`y` = 2016, `m` = 7, `d` = 8) SET LOCATION 'file:///home/tables/proxy/hive/oa/suspicious/y=2016/m=7/d=8/run-1';
REFRESH `oa`.`proxy_scores` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
INSERT INTO `oa`.`flow_oa_history_log` SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(`id` AS BIGINT), CAST(`command` AS STRING), CAST(`pipeline` AS STRING), CAST(`day` AS STRING), CAST(`row_limit` AS BIGINT), CAST(`input` AS STRING), CAST('hash' AS STRING), CAST('hash' AS STRING), CAST(`fingerprint` AS STRING), CAST('hash' AS STRING), CAST('hash' AS STRING), CAST(1 AS BIGINT), CAST(1 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(`started` AS STRING), CAST('now' AS STRING), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE), CAST('done' AS STRING), CAST(NULL AS STRING), CAST(`version` AS STRING), CAST(`lock_file` AS STRING) FROM `oa`.`flow_oa_history` WHERE `id` = 1;
INSERT INTO `oa`.`flow_oa_history_table_log` SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('proxy_scores' AS STRING), CAST('2016-07-08' AS STRING), CAST(1 AS BIGINT), CAST(1 AS BIGINT), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE) UNION ALL SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('proxy_edge' AS STRING), CAST('2016-07-08' AS STRING), CAST(1 AS BIGINT), CAST(1 AS BIGINT), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE) UNION ALL SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('proxy_ingest_summary' AS STRING), CAST('2016-07-08' AS STRING), CAST(1 AS BIGINT), CAST(1 AS BIGINT), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE);
DROP TABLE IF EXISTS `oa`.`flow_oa_aside_proxy_scores_1`;
DROP TABLE IF EXISTS `oa`.`flow_oa_aside_proxy_edge_1`;
DROP TABLE IF EXISTS `oa`.`flow_oa_aside_proxy_ingest_summary_1`;
COMPUTE INCREMENTAL STATS `oa`.`proxy_scores` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
COMPUTE INCREMENTAL STATS `oa`.`proxy_edge` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
COMPUTE INCREMENTAL STATS `oa`.`proxy_ingest_summary` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
