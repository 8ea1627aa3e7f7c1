-- flow-oa run -d
USE `oa`;
SELECT `format`, `fingerprint` FROM `flow_oa_schema` ORDER BY `id` DESC LIMIT 1;
SELECT `what`, `statements`, `fingerprint` FROM `flow_oa_migration` WHERE `status` = 'planned' ORDER BY `step` ASC;
SELECT `id`, `lock_file` FROM `flow_oa_history` WHERE `status` = 'running';
INSERT INTO `oa`.`flow_oa_history_log` SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('run' AS STRING), CAST('flow' AS STRING), CAST('2016-07-08' AS STRING), CAST(500 AS BIGINT), CAST('/home/flow/scored_results/20160708/scores/flow_results.csv' AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST('fingerprint' AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST('now' AS STRING), CAST(NULL AS STRING), CAST(NULL AS DOUBLE), CAST('running' AS STRING), CAST(NULL AS STRING), CAST('version' AS STRING), CAST('/home/data/flow/20160708/.lock' AS STRING);
SELECT 0, COUNT(1) FROM `flow_scores` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8 UNION ALL SELECT 1, COUNT(1) FROM `flow_chords` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8 UNION ALL SELECT 2, COUNT(1) FROM `flow_edge` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8 UNION ALL SELECT 3, COUNT(1) FROM `flow_ingest_summary` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8;
CREATE EXTERNAL TABLE `oa`.`flow_oa_aside_flow_scores_1` (`tstart` STRING, `srcip` STRING, `dstip` STRING, `sport` INT, `dport` INT, `proto` STRING, `ipkt` BIGINT, `ibyt` BIGINT, `opkt` BIGINT, `obyt` BIGINT, `score` DOUBLE, `rank` INT, `srcip_internal` BOOLEAN, `destip_internal` BOOLEAN, `src_geoloc` STRING, `dst_geoloc` STRING, `src_domain` STRING, `dst_domain` STRING, `src_rep` STRING, `dst_rep` STRING, `src_country` STRING, `dst_country` STRING, `why` STRING)
STORED AS PARQUET
LOCATION 'file:///home/tables/flow/hive/oa/suspicious/y=2016/m=7/d=8/run-1';
CREATE EXTERNAL TABLE `oa`.`flow_oa_aside_flow_chords_1` (`ip_threat` STRING, `srcip` STRING, `dstip` STRING, `ibyt` BIGINT, `ipkt` BIGINT)
STORED AS PARQUET
LOCATION 'file:///home/tables/flow/hive/oa/chords/y=2016/m=7/d=8/run-1';
CREATE EXTERNAL TABLE `oa`.`flow_oa_aside_flow_edge_1` (`tstart` STRING, `srcip` STRING, `dstip` STRING, `sport` INT, `dport` INT, `proto` STRING, `flags` STRING, `tos` INT, `ibyt` BIGINT, `ipkt` BIGINT, `pkts` BIGINT, `input` BIGINT, `output` BIGINT, `rip` STRING, `obyt` BIGINT, `opkt` BIGINT, `hh` INT, `md` INT)
STORED AS PARQUET
LOCATION 'file:///home/tables/flow/hive/oa/edge/y=2016/m=7/d=8/run-1';
CREATE EXTERNAL TABLE `oa`.`flow_oa_aside_flow_ingest_summary_1` (`tdate` STRING, `total` BIGINT)
STORED AS PARQUET
LOCATION 'file:///home/tables/flow/hive/oa/summary/y=2016/m=7/d=8/run-1';
REFRESH `oa`.`flow_oa_aside_flow_scores_1`;
SELECT count(*) FROM `oa`.`flow_oa_aside_flow_scores_1`;
SELECT COUNT(1), COUNT((CASE WHEN (`proto` IS NULL OR `proto` = '') THEN 1 END)) FROM (SELECT `proto` FROM `flow_oa_aside_flow_scores_1`) AS `flow_oa_rows`;
CREATE EXTERNAL TABLE `oa`.`flow_oa_chord_1` (`source` STRING, `destination` STRING, `hub` STRING)
STORED AS PARQUET
LOCATION 'file:///home/tables/staged/flow_oa_chord_1';
REFRESH `oa`.`flow_oa_chord_1`;
COMPUTE STATS `oa`.`flow_oa_chord_1`;
INSERT INTO `oa`.`flow_oa_aside_flow_chords_1` SELECT CAST(`flow_oa_chord_1`.`hub` AS STRING) AS `flow_oa_0`, CAST(`flow_oa_chord_1`.`source` AS STRING) AS `flow_oa_1`, CAST(`flow_oa_chord_1`.`destination` AS STRING) AS `flow_oa_2`, CAST(SUM(`raw`.`ibyt`) AS BIGINT) AS `flow_oa_3`, CAST(SUM(`raw`.`ipkt`) AS BIGINT) AS `flow_oa_4` FROM `flow` AS `raw` INNER JOIN `flow_oa_chord_1` ON `raw`.`y` = 2016 AND `raw`.`m` = 7 AND `raw`.`d` = 8 AND `raw`.`sip` = `flow_oa_chord_1`.`source` AND `raw`.`dip` = `flow_oa_chord_1`.`destination` GROUP BY `flow_oa_0`, `flow_oa_1`, `flow_oa_2`;
SELECT count(*) FROM `oa`.`flow_oa_aside_flow_chords_1`;
DROP TABLE IF EXISTS `oa`.`flow_oa_chord_1`;
CREATE EXTERNAL TABLE `oa`.`flow_oa_asked_1` (`sip` STRING, `dip` STRING, `flow_oa_year` BIGINT, `flow_oa_month` BIGINT, `flow_oa_day` BIGINT, `flow_oa_hour` BIGINT, `flow_oa_minute` BIGINT)
STORED AS PARQUET
LOCATION 'file:///home/tables/staged/flow_oa_asked_1';
REFRESH `oa`.`flow_oa_asked_1`;
COMPUTE STATS `oa`.`flow_oa_asked_1`;
INSERT INTO `oa`.`flow_oa_aside_flow_edge_1` SELECT CAST(`raw`.`treceived` AS STRING) AS `flow_oa_0`, CAST(`raw`.`sip` AS STRING) AS `flow_oa_1`, CAST(`raw`.`dip` AS STRING) AS `flow_oa_2`, CAST(`raw`.`sport` AS INT) AS `flow_oa_3`, CAST(`raw`.`dport` AS INT) AS `flow_oa_4`, CAST(`raw`.`proto` AS STRING) AS `flow_oa_5`, CAST(`raw`.`flag` AS STRING) AS `flow_oa_6`, CAST(`raw`.`stos` AS INT) AS `flow_oa_7`, CAST(`raw`.`ibyt` AS BIGINT) AS `flow_oa_8`, CAST(`raw`.`ipkt` AS BIGINT) AS `flow_oa_9`, CAST((COALESCE(`raw`.`ipkt`, 0) + COALESCE(`raw`.`opkt`, 0)) AS BIGINT) AS `flow_oa_10`, CAST(`raw`.`input` AS BIGINT) AS `flow_oa_11`, CAST(`raw`.`output` AS BIGINT) AS `flow_oa_12`, CAST(`raw`.`rip` AS STRING) AS `flow_oa_13`, CAST(`raw`.`obyt` AS BIGINT) AS `flow_oa_14`, CAST(`raw`.`opkt` AS BIGINT) AS `flow_oa_15`, CAST(`raw`.`trhour` AS INT) AS `flow_oa_16`, CAST(`raw`.`trminute` AS INT) AS `flow_oa_17` FROM `flow` AS `raw` INNER JOIN `flow_oa_asked_1` ON `raw`.`sip` = `flow_oa_asked_1`.`sip` AND `raw`.`dip` = `flow_oa_asked_1`.`dip` AND `raw`.`y` = `flow_oa_asked_1`.`flow_oa_year` AND `raw`.`m` = `flow_oa_asked_1`.`flow_oa_month` AND `raw`.`d` = `flow_oa_asked_1`.`flow_oa_day` AND `raw`.`trhour` = `flow_oa_asked_1`.`flow_oa_hour` AND `raw`.`trminute` = `flow_oa_asked_1`.`flow_oa_minute` AND (`raw`.`y` = 2016 AND `raw`.`m` = 7 AND `raw`.`d` = 8);
SELECT count(*) FROM `oa`.`flow_oa_aside_flow_edge_1`;
DROP TABLE IF EXISTS `oa`.`flow_oa_asked_1`;
INSERT INTO `oa`.`flow_oa_aside_flow_ingest_summary_1` SELECT CAST(substr(`raw`.`treceived`, 1, 16) AS STRING) AS `flow_oa_0`, CAST(COUNT(1) AS BIGINT) AS `flow_oa_1` FROM `flow` AS `raw` WHERE `raw`.`y` = 2016 AND `raw`.`m` = 7 AND `raw`.`d` = 8 GROUP BY `flow_oa_0`;
SELECT count(*) FROM `oa`.`flow_oa_aside_flow_ingest_summary_1`;
SELECT `flow_oa_ingest`.`id`, `flow_oa_ingest_day`.`stored`, `flow_oa_ingest`.`finished` FROM `flow_oa_ingest_day` INNER JOIN `flow_oa_ingest` ON `flow_oa_ingest`.`id` = `flow_oa_ingest_day`.`ingest` WHERE `pipeline` = 'flow' AND `day` = '2016-07-08' ORDER BY `flow_oa_ingest`.`id` ASC;
SELECT 1 FROM `flow` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8 LIMIT 1;
ALTER TABLE `oa`.`flow_chords` ADD IF NOT EXISTS PARTITION (`y` = 2016, `m` = 7, `d` = 8) LOCATION 'file:///home/tables/flow/hive/oa/chords/y=2016/m=7/d=8/run-1';
SHOW PARTITIONS `oa`.`flow_chords`;
ALTER TABLE `oa`.`flow_chords` PARTITION (`y` = 2016, `m` = 7, `d` = 8) SET LOCATION 'file:///home/tables/flow/hive/oa/chords/y=2016/m=7/d=8/run-1';
REFRESH `oa`.`flow_chords` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
ALTER TABLE `oa`.`flow_edge` ADD IF NOT EXISTS PARTITION (`y` = 2016, `m` = 7, `d` = 8) LOCATION 'file:///home/tables/flow/hive/oa/edge/y=2016/m=7/d=8/run-1';
SHOW PARTITIONS `oa`.`flow_edge`;
ALTER TABLE `oa`.`flow_edge` PARTITION (`y` = 2016, `m` = 7, `d` = 8) SET LOCATION 'file:///home/tables/flow/hive/oa/edge/y=2016/m=7/d=8/run-1';
REFRESH `oa`.`flow_edge` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
ALTER TABLE `oa`.`flow_ingest_summary` ADD IF NOT EXISTS PARTITION (`y` = 2016, `m` = 7, `d` = 8) LOCATION 'file:///home/tables/flow/hive/oa/summary/y=2016/m=7/d=8/run-1';
SHOW PARTITIONS `oa`.`flow_ingest_summary`;
ALTER TABLE `oa`.`flow_ingest_summary` PARTITION (`y` = 2016, `m` = 7, `d` = 8) SET LOCATION 'file:///home/tables/flow/hive/oa/summary/y=2016/m=7/d=8/run-1';
REFRESH `oa`.`flow_ingest_summary` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
ALTER TABLE `oa`.`flow_scores` ADD IF NOT EXISTS PARTITION (`y` = 2016, `m` = 7, `d` = 8) LOCATION 'file:///home/tables/flow/hive/oa/suspicious/y=2016/m=7/d=8/run-1';
SHOW PARTITIONS `oa`.`flow_scores`;
ALTER TABLE `oa`.`flow_scores` PARTITION (`y` = 2016, `m` = 7, `d` = 8) SET LOCATION 'file:///home/tables/flow/hive/oa/suspicious/y=2016/m=7/d=8/run-1';
REFRESH `oa`.`flow_scores` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
INSERT INTO `oa`.`flow_oa_history_log` SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(`id` AS BIGINT), CAST(`command` AS STRING), CAST(`pipeline` AS STRING), CAST(`day` AS STRING), CAST(`row_limit` AS BIGINT), CAST(`input` AS STRING), CAST('hash' AS STRING), CAST('hash' AS STRING), CAST(`fingerprint` AS STRING), CAST('hash' AS STRING), CAST('hash' AS STRING), CAST(2 AS BIGINT), CAST(2 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(`started` AS STRING), CAST('now' AS STRING), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE), CAST('done' AS STRING), CAST(NULL AS STRING), CAST(`version` AS STRING), CAST(`lock_file` AS STRING) FROM `oa`.`flow_oa_history` WHERE `id` = 1;
INSERT INTO `oa`.`flow_oa_history_table_log` SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('flow_scores' AS STRING), CAST('2016-07-08' AS STRING), CAST(2 AS BIGINT), CAST(2 AS BIGINT), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE) UNION ALL SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('flow_chords' AS STRING), CAST('2016-07-08' AS STRING), CAST(2 AS BIGINT), CAST(2 AS BIGINT), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE) UNION ALL SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('flow_edge' AS STRING), CAST('2016-07-08' AS STRING), CAST(2 AS BIGINT), CAST(2 AS BIGINT), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE) UNION ALL SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('flow_ingest_summary' AS STRING), CAST('2016-07-08' AS STRING), CAST(2 AS BIGINT), CAST(2 AS BIGINT), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE);
DROP TABLE IF EXISTS `oa`.`flow_oa_aside_flow_scores_1`;
DROP TABLE IF EXISTS `oa`.`flow_oa_aside_flow_chords_1`;
DROP TABLE IF EXISTS `oa`.`flow_oa_aside_flow_edge_1`;
DROP TABLE IF EXISTS `oa`.`flow_oa_aside_flow_ingest_summary_1`;
COMPUTE INCREMENTAL STATS `oa`.`flow_scores` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
COMPUTE INCREMENTAL STATS `oa`.`flow_chords` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
COMPUTE INCREMENTAL STATS `oa`.`flow_edge` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
COMPUTE INCREMENTAL STATS `oa`.`flow_ingest_summary` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
-- flow-oa run -d
USE `oa`;
SELECT `format`, `fingerprint` FROM `flow_oa_schema` ORDER BY `id` DESC LIMIT 1;
SELECT `what`, `statements`, `fingerprint` FROM `flow_oa_migration` WHERE `status` = 'planned' ORDER BY `step` ASC;
SELECT `id`, `lock_file` FROM `flow_oa_history` WHERE `status` = 'running';
INSERT INTO `oa`.`flow_oa_history_log` SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('run' AS STRING), CAST('flow' AS STRING), CAST('2016-07-08' AS STRING), CAST(500 AS BIGINT), CAST('/home/flow/scored_results/20160708/scores/flow_results.csv' AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST('fingerprint' AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST('now' AS STRING), CAST(NULL AS STRING), CAST(NULL AS DOUBLE), CAST('running' AS STRING), CAST(NULL AS STRING), CAST('version' AS STRING), CAST('/home/data/flow/20160708/.lock' AS STRING);
SELECT 0, COUNT(1) FROM `flow_scores` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8 UNION ALL SELECT 1, COUNT(1) FROM `flow_chords` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8 UNION ALL SELECT 2, COUNT(1) FROM `flow_edge` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8 UNION ALL SELECT 3, COUNT(1) FROM `flow_ingest_summary` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8;
CREATE EXTERNAL TABLE `oa`.`flow_oa_aside_flow_scores_1` (`tstart` STRING, `srcip` STRING, `dstip` STRING, `sport` INT, `dport` INT, `proto` STRING, `ipkt` BIGINT, `ibyt` BIGINT, `opkt` BIGINT, `obyt` BIGINT, `score` DOUBLE, `rank` INT, `srcip_internal` BOOLEAN, `destip_internal` BOOLEAN, `src_geoloc` STRING, `dst_geoloc` STRING, `src_domain` STRING, `dst_domain` STRING, `src_rep` STRING, `dst_rep` STRING, `src_country` STRING, `dst_country` STRING, `why` STRING)
STORED AS PARQUET
LOCATION 'file:///home/tables/flow/hive/oa/suspicious/y=2016/m=7/d=8/run-1';
CREATE EXTERNAL TABLE `oa`.`flow_oa_aside_flow_chords_1` (`ip_threat` STRING, `srcip` STRING, `dstip` STRING, `ibyt` BIGINT, `ipkt` BIGINT)
STORED AS PARQUET
LOCATION 'file:///home/tables/flow/hive/oa/chords/y=2016/m=7/d=8/run-1';
CREATE EXTERNAL TABLE `oa`.`flow_oa_aside_flow_edge_1` (`tstart` STRING, `srcip` STRING, `dstip` STRING, `sport` INT, `dport` INT, `proto` STRING, `flags` STRING, `tos` INT, `ibyt` BIGINT, `ipkt` BIGINT, `pkts` BIGINT, `input` BIGINT, `output` BIGINT, `rip` STRING, `obyt` BIGINT, `opkt` BIGINT, `hh` INT, `md` INT)
STORED AS PARQUET
LOCATION 'file:///home/tables/flow/hive/oa/edge/y=2016/m=7/d=8/run-1';
CREATE EXTERNAL TABLE `oa`.`flow_oa_aside_flow_ingest_summary_1` (`tdate` STRING, `total` BIGINT)
STORED AS PARQUET
LOCATION 'file:///home/tables/flow/hive/oa/summary/y=2016/m=7/d=8/run-1';
REFRESH `oa`.`flow_oa_aside_flow_scores_1`;
SELECT count(*) FROM `oa`.`flow_oa_aside_flow_scores_1`;
SELECT COUNT(1), COUNT((CASE WHEN (`proto` IS NULL OR `proto` = '') THEN 1 END)) FROM (SELECT `proto` FROM `flow_oa_aside_flow_scores_1`) AS `flow_oa_rows`;
CREATE EXTERNAL TABLE `oa`.`flow_oa_chord_1` (`source` STRING, `destination` STRING, `hub` STRING)
STORED AS PARQUET
LOCATION 'file:///home/tables/staged/flow_oa_chord_1';
REFRESH `oa`.`flow_oa_chord_1`;
COMPUTE STATS `oa`.`flow_oa_chord_1`;
INSERT INTO `oa`.`flow_oa_aside_flow_chords_1` SELECT CAST(`flow_oa_chord_1`.`hub` AS STRING) AS `flow_oa_0`, CAST(`flow_oa_chord_1`.`source` AS STRING) AS `flow_oa_1`, CAST(`flow_oa_chord_1`.`destination` AS STRING) AS `flow_oa_2`, CAST(SUM(`raw`.`ibyt`) AS BIGINT) AS `flow_oa_3`, CAST(SUM(`raw`.`ipkt`) AS BIGINT) AS `flow_oa_4` FROM `flow` AS `raw` INNER JOIN `flow_oa_chord_1` ON `raw`.`y` = 2016 AND `raw`.`m` = 7 AND `raw`.`d` = 8 AND `raw`.`sip` = `flow_oa_chord_1`.`source` AND `raw`.`dip` = `flow_oa_chord_1`.`destination` GROUP BY `flow_oa_0`, `flow_oa_1`, `flow_oa_2`;
SELECT count(*) FROM `oa`.`flow_oa_aside_flow_chords_1`;
DROP TABLE IF EXISTS `oa`.`flow_oa_chord_1`;
CREATE EXTERNAL TABLE `oa`.`flow_oa_asked_1` (`sip` STRING, `dip` STRING, `flow_oa_year` BIGINT, `flow_oa_month` BIGINT, `flow_oa_day` BIGINT, `flow_oa_hour` BIGINT, `flow_oa_minute` BIGINT)
STORED AS PARQUET
LOCATION 'file:///home/tables/staged/flow_oa_asked_1';
REFRESH `oa`.`flow_oa_asked_1`;
COMPUTE STATS `oa`.`flow_oa_asked_1`;
INSERT INTO `oa`.`flow_oa_aside_flow_edge_1` SELECT CAST(`raw`.`treceived` AS STRING) AS `flow_oa_0`, CAST(`raw`.`sip` AS STRING) AS `flow_oa_1`, CAST(`raw`.`dip` AS STRING) AS `flow_oa_2`, CAST(`raw`.`sport` AS INT) AS `flow_oa_3`, CAST(`raw`.`dport` AS INT) AS `flow_oa_4`, CAST(`raw`.`proto` AS STRING) AS `flow_oa_5`, CAST(`raw`.`flag` AS STRING) AS `flow_oa_6`, CAST(`raw`.`stos` AS INT) AS `flow_oa_7`, CAST(`raw`.`ibyt` AS BIGINT) AS `flow_oa_8`, CAST(`raw`.`ipkt` AS BIGINT) AS `flow_oa_9`, CAST((COALESCE(`raw`.`ipkt`, 0) + COALESCE(`raw`.`opkt`, 0)) AS BIGINT) AS `flow_oa_10`, CAST(`raw`.`input` AS BIGINT) AS `flow_oa_11`, CAST(`raw`.`output` AS BIGINT) AS `flow_oa_12`, CAST(`raw`.`rip` AS STRING) AS `flow_oa_13`, CAST(`raw`.`obyt` AS BIGINT) AS `flow_oa_14`, CAST(`raw`.`opkt` AS BIGINT) AS `flow_oa_15`, CAST(`raw`.`trhour` AS INT) AS `flow_oa_16`, CAST(`raw`.`trminute` AS INT) AS `flow_oa_17` FROM `flow` AS `raw` INNER JOIN `flow_oa_asked_1` ON `raw`.`sip` = `flow_oa_asked_1`.`sip` AND `raw`.`dip` = `flow_oa_asked_1`.`dip` AND `raw`.`y` = `flow_oa_asked_1`.`flow_oa_year` AND `raw`.`m` = `flow_oa_asked_1`.`flow_oa_month` AND `raw`.`d` = `flow_oa_asked_1`.`flow_oa_day` AND `raw`.`trhour` = `flow_oa_asked_1`.`flow_oa_hour` AND `raw`.`trminute` = `flow_oa_asked_1`.`flow_oa_minute` AND (`raw`.`y` = 2016 AND `raw`.`m` = 7 AND `raw`.`d` = 8);
SELECT count(*) FROM `oa`.`flow_oa_aside_flow_edge_1`;
DROP TABLE IF EXISTS `oa`.`flow_oa_asked_1`;
INSERT INTO `oa`.`flow_oa_aside_flow_ingest_summary_1` SELECT CAST(substr(`raw`.`treceived`, 1, 16) AS STRING) AS `flow_oa_0`, CAST(COUNT(1) AS BIGINT) AS `flow_oa_1` FROM `flow` AS `raw` WHERE `raw`.`y` = 2016 AND `raw`.`m` = 7 AND `raw`.`d` = 8 GROUP BY `flow_oa_0`;
SELECT count(*) FROM `oa`.`flow_oa_aside_flow_ingest_summary_1`;
SELECT `flow_oa_ingest`.`id`, `flow_oa_ingest_day`.`stored`, `flow_oa_ingest`.`finished` FROM `flow_oa_ingest_day` INNER JOIN `flow_oa_ingest` ON `flow_oa_ingest`.`id` = `flow_oa_ingest_day`.`ingest` WHERE `pipeline` = 'flow' AND `day` = '2016-07-08' ORDER BY `flow_oa_ingest`.`id` ASC;
SELECT 1 FROM `flow` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8 LIMIT 1;
ALTER TABLE `oa`.`flow_chords` ADD IF NOT EXISTS PARTITION (`y` = 2016, `m` = 7, `d` = 8) LOCATION 'file:///home/tables/flow/hive/oa/chords/y=2016/m=7/d=8/run-1';
SHOW PARTITIONS `oa`.`flow_chords`;
ALTER TABLE `oa`.`flow_chords` PARTITION (`y` = 2016, `m` = 7, `d` = 8) SET LOCATION 'file:///home/tables/flow/hive/oa/chords/y=2016/m=7/d=8/run-1';
REFRESH `oa`.`flow_chords` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
ALTER TABLE `oa`.`flow_edge` ADD IF NOT EXISTS PARTITION (`y` = 2016, `m` = 7, `d` = 8) LOCATION 'file:///home/tables/flow/hive/oa/edge/y=2016/m=7/d=8/run-1';
SHOW PARTITIONS `oa`.`flow_edge`;
ALTER TABLE `oa`.`flow_edge` PARTITION (`y` = 2016, `m` = 7, `d` = 8) SET LOCATION 'file:///home/tables/flow/hive/oa/edge/y=2016/m=7/d=8/run-1';
REFRESH `oa`.`flow_edge` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
ALTER TABLE `oa`.`flow_ingest_summary` ADD IF NOT EXISTS PARTITION (`y` = 2016, `m` = 7, `d` = 8) LOCATION 'file:///home/tables/flow/hive/oa/summary/y=2016/m=7/d=8/run-1';
SHOW PARTITIONS `oa`.`flow_ingest_summary`;
ALTER TABLE `oa`.`flow_ingest_summary` PARTITION (`y` = 2016, `m` = 7, `d` = 8) SET LOCATION 'file:///home/tables/flow/hive/oa/summary/y=2016/m=7/d=8/run-1';
REFRESH `oa`.`flow_ingest_summary` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
ALTER TABLE `oa`.`flow_scores` ADD IF NOT EXISTS PARTITION (`y` = 2016, `m` = 7, `d` = 8) LOCATION 'file:///home/tables/flow/hive/oa/suspicious/y=2016/m=7/d=8/run-1';
SHOW PARTITIONS `oa`.`flow_scores`;
ALTER TABLE `oa`.`flow_scores` PARTITION (`y` = 2016, `m` = 7, `d` = 8) SET LOCATION 'file:///home/tables/flow/hive/oa/suspicious/y=2016/m=7/d=8/run-1';
REFRESH `oa`.`flow_scores` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
INSERT INTO `oa`.`flow_oa_history_log` SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(`id` AS BIGINT), CAST(`command` AS STRING), CAST(`pipeline` AS STRING), CAST(`day` AS STRING), CAST(`row_limit` AS BIGINT), CAST(`input` AS STRING), CAST('hash' AS STRING), CAST('hash' AS STRING), CAST(`fingerprint` AS STRING), CAST('hash' AS STRING), CAST('hash' AS STRING), CAST(2 AS BIGINT), CAST(2 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(`started` AS STRING), CAST('now' AS STRING), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE), CAST('done' AS STRING), CAST(NULL AS STRING), CAST(`version` AS STRING), CAST(`lock_file` AS STRING) FROM `oa`.`flow_oa_history` WHERE `id` = 1;
INSERT INTO `oa`.`flow_oa_history_table_log` SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('flow_scores' AS STRING), CAST('2016-07-08' AS STRING), CAST(2 AS BIGINT), CAST(2 AS BIGINT), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE) UNION ALL SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('flow_chords' AS STRING), CAST('2016-07-08' AS STRING), CAST(2 AS BIGINT), CAST(2 AS BIGINT), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE) UNION ALL SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('flow_edge' AS STRING), CAST('2016-07-08' AS STRING), CAST(2 AS BIGINT), CAST(2 AS BIGINT), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE) UNION ALL SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('flow_ingest_summary' AS STRING), CAST('2016-07-08' AS STRING), CAST(2 AS BIGINT), CAST(2 AS BIGINT), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE);
DROP TABLE IF EXISTS `oa`.`flow_oa_aside_flow_scores_1`;
DROP TABLE IF EXISTS `oa`.`flow_oa_aside_flow_chords_1`;
DROP TABLE IF EXISTS `oa`.`flow_oa_aside_flow_edge_1`;
DROP TABLE IF EXISTS `oa`.`flow_oa_aside_flow_ingest_summary_1`;
COMPUTE INCREMENTAL STATS `oa`.`flow_scores` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
COMPUTE INCREMENTAL STATS `oa`.`flow_chords` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
COMPUTE INCREMENTAL STATS `oa`.`flow_edge` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
COMPUTE INCREMENTAL STATS `oa`.`flow_ingest_summary` PARTITION (`y` = 2016, `m` = 7, `d` = 8);
