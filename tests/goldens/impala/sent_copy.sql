-- flow-oa copy --from
USE `oa`;
SELECT `format`, `fingerprint` FROM `flow_oa_schema` ORDER BY `id` DESC LIMIT 1;
SELECT `what`, `statements`, `fingerprint` FROM `flow_oa_migration` WHERE `status` = 'planned' ORDER BY `step` ASC;
SELECT `id`, `lock_file` FROM `flow_oa_history` WHERE `status` = 'running';
INSERT INTO `oa`.`flow_oa_history_log` SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('copy' AS STRING), CAST('flow' AS STRING), CAST('2016-07-10' AS STRING), CAST(NULL AS BIGINT), CAST('sqlite:/home/data/flow_oa.db' AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST('fingerprint' AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST('now' AS STRING), CAST(NULL AS STRING), CAST(NULL AS DOUBLE), CAST('running' AS STRING), CAST(NULL AS STRING), CAST('version' AS STRING), CAST('/home/data/flow/.entry-1.lock' AS STRING);
SELECT 0, COUNT(1) FROM `flow_chords` WHERE `y` = 2016 AND `m` = 7 AND `d` = 10 UNION ALL SELECT 1, COUNT(1) FROM `flow_edge` WHERE `y` = 2016 AND `m` = 7 AND `d` = 10 UNION ALL SELECT 2, COUNT(1) FROM `flow_ingest_summary` WHERE `y` = 2016 AND `m` = 7 AND `d` = 10 UNION ALL SELECT 3, COUNT(1) FROM `flow_scores` WHERE `y` = 2016 AND `m` = 7 AND `d` = 10;
CREATE EXTERNAL TABLE `oa`.`flow_oa_aside_flow_chords_1` (`ip_threat` STRING, `srcip` STRING, `dstip` STRING, `ibyt` BIGINT, `ipkt` BIGINT)
STORED AS PARQUET
LOCATION 'file:///home/tables/flow/hive/oa/chords/y=2016/m=7/d=10/run-1';
CREATE EXTERNAL TABLE `oa`.`flow_oa_aside_flow_edge_1` (`tstart` STRING, `srcip` STRING, `dstip` STRING, `sport` INT, `dport` INT, `proto` STRING, `flags` STRING, `tos` INT, `ibyt` BIGINT, `ipkt` BIGINT, `pkts` BIGINT, `input` BIGINT, `output` BIGINT, `rip` STRING, `obyt` BIGINT, `opkt` BIGINT, `hh` INT, `md` INT)
STORED AS PARQUET
LOCATION 'file:///home/tables/flow/hive/oa/edge/y=2016/m=7/d=10/run-1';
CREATE EXTERNAL TABLE `oa`.`flow_oa_aside_flow_ingest_summary_1` (`tdate` STRING, `total` BIGINT)
STORED AS PARQUET
LOCATION 'file:///home/tables/flow/hive/oa/summary/y=2016/m=7/d=10/run-1';
CREATE EXTERNAL TABLE `oa`.`flow_oa_aside_flow_scores_1` (`tstart` STRING, `srcip` STRING, `dstip` STRING, `sport` INT, `dport` INT, `proto` STRING, `ipkt` BIGINT, `ibyt` BIGINT, `opkt` BIGINT, `obyt` BIGINT, `score` DOUBLE, `rank` INT, `srcip_internal` BOOLEAN, `destip_internal` BOOLEAN, `src_geoloc` STRING, `dst_geoloc` STRING, `src_domain` STRING, `dst_domain` STRING, `src_rep` STRING, `dst_rep` STRING, `src_country` STRING, `dst_country` STRING, `why` STRING)
STORED AS PARQUET
LOCATION 'file:///home/tables/flow/hive/oa/suspicious/y=2016/m=7/d=10/run-1';
SELECT 0, COUNT(1) FROM `flow` WHERE `y` = 2016 AND `m` = 7 AND `d` = 10;
CREATE EXTERNAL TABLE `oa`.`flow_oa_raw_flow_1` (`treceived` STRING, `unix_tstamp` BIGINT, `tryear` INT, `trmonth` INT, `trday` INT, `trhour` INT, `trminute` INT, `trsec` INT, `tdur` FLOAT, `sip` STRING, `dip` STRING, `sport` INT, `dport` INT, `proto` STRING, `flag` STRING, `fwd` INT, `stos` INT, `ipkt` BIGINT, `ibyt` BIGINT, `opkt` BIGINT, `obyt` BIGINT, `input` BIGINT, `output` BIGINT, `sas` BIGINT, `das` BIGINT, `dtos` INT, `dir` INT, `rip` STRING, `y` SMALLINT, `m` TINYINT, `d` TINYINT, `h` TINYINT)
STORED AS PARQUET
LOCATION 'file:///home/tables/staged/flow_oa_raw_flow_1';
REFRESH `oa`.`flow_oa_raw_flow_1`;
SELECT COUNT(1) FROM `flow_oa_raw_flow_1` WHERE `y` = 2016 AND `m` = 7 AND `d` = 10;
SELECT count(*) FROM `oa`.`flow_oa_aside_flow_chords_1`;
REFRESH `oa`.`flow_oa_aside_flow_edge_1`;
SELECT count(*) FROM `oa`.`flow_oa_aside_flow_edge_1`;
REFRESH `oa`.`flow_oa_aside_flow_ingest_summary_1`;
SELECT count(*) FROM `oa`.`flow_oa_aside_flow_ingest_summary_1`;
REFRESH `oa`.`flow_oa_aside_flow_scores_1`;
SELECT count(*) FROM `oa`.`flow_oa_aside_flow_scores_1`;
SELECT `ip_threat`, `title`, `text`, `written_at`, `written_by`, `y`, `m`, `d` FROM `flow_storyboard` WHERE `y` = 2016 AND `m` = 7 AND `d` = 10 ORDER BY `y` ASC, `m` ASC, `d` ASC, `ip_threat` ASC;
SELECT COUNT(1) FROM `flow_storyboard` WHERE `y` = 2016 AND `m` = 7 AND `d` = 10;
SELECT `tstart`, `srcip`, `dstip`, `srcport`, `dstport`, `score`, `proto`, `rank`, `note`, `scored_at`, `scored_by`, `ipkt`, `ibyt`, `y`, `m`, `d` FROM `flow_threat_investigation` WHERE `y` = 2016 AND `m` = 7 AND `d` = 10 ORDER BY `y` ASC, `m` ASC, `d` ASC, `tstart` ASC, `srcip` ASC, `dstip` ASC, `srcport` ASC, `dstport` ASC, `proto` ASC;
SELECT COUNT(1) FROM `flow_threat_investigation` WHERE `y` = 2016 AND `m` = 7 AND `d` = 10;
SELECT `ip_threat`, `tstart`, `tend`, `srcip`, `dstip`, `proto`, `sport`, `dport`, `ipkt`, `ibyt`, `y`, `m`, `d` FROM `flow_timeline` WHERE `y` = 2016 AND `m` = 7 AND `d` = 10 ORDER BY `y` ASC, `m` ASC, `d` ASC, `ip_threat` ASC, `srcip` ASC, `dstip` ASC, `proto` ASC, `sport` ASC, `dport` ASC;
SELECT COUNT(1) FROM `flow_timeline` WHERE `y` = 2016 AND `m` = 7 AND `d` = 10;
SELECT `flow_oa_ingest`.`id`, `flow_oa_ingest_day`.`stored`, `flow_oa_ingest`.`finished` FROM `flow_oa_ingest_day` INNER JOIN `flow_oa_ingest` ON `flow_oa_ingest`.`id` = `flow_oa_ingest_day`.`ingest` WHERE `pipeline` = 'flow' AND `day` = '2016-07-10' ORDER BY `flow_oa_ingest`.`id` ASC;
SHOW PARTITIONS `oa`.`flow`;
ALTER TABLE `oa`.`flow` PARTITION (`y` = 2016, `m` = 7, `d` = 10, `h` = 10) SET LOCATION 'file:///home/tables/flow/hive/flow/y=2016/m=7/d=10/h=10/run-1';
INSERT INTO `oa`.`flow` PARTITION (`y`, `m`, `d`, `h`) SELECT `treceived`, `unix_tstamp`, `tryear`, `trmonth`, `trday`, `trhour`, `trminute`, `trsec`, `tdur`, `sip`, `dip`, `sport`, `dport`, `proto`, `flag`, `fwd`, `stos`, `ipkt`, `ibyt`, `opkt`, `obyt`, `input`, `output`, `sas`, `das`, `dtos`, `dir`, `rip`, `y`, `m`, `d`, `h` FROM `oa`.`flow_oa_raw_flow_1`;
DROP TABLE IF EXISTS `oa`.`flow_oa_raw_flow_1`;
ALTER TABLE `oa`.`flow_chords` ADD IF NOT EXISTS PARTITION (`y` = 2016, `m` = 7, `d` = 10) LOCATION 'file:///home/tables/flow/hive/oa/chords/y=2016/m=7/d=10/run-1';
SHOW PARTITIONS `oa`.`flow_chords`;
ALTER TABLE `oa`.`flow_chords` PARTITION (`y` = 2016, `m` = 7, `d` = 10) SET LOCATION 'file:///home/tables/flow/hive/oa/chords/y=2016/m=7/d=10/run-1';
REFRESH `oa`.`flow_chords` PARTITION (`y` = 2016, `m` = 7, `d` = 10);
ALTER TABLE `oa`.`flow_edge` ADD IF NOT EXISTS PARTITION (`y` = 2016, `m` = 7, `d` = 10) LOCATION 'file:///home/tables/flow/hive/oa/edge/y=2016/m=7/d=10/run-1';
SHOW PARTITIONS `oa`.`flow_edge`;
ALTER TABLE `oa`.`flow_edge` PARTITION (`y` = 2016, `m` = 7, `d` = 10) SET LOCATION 'file:///home/tables/flow/hive/oa/edge/y=2016/m=7/d=10/run-1';
REFRESH `oa`.`flow_edge` PARTITION (`y` = 2016, `m` = 7, `d` = 10);
ALTER TABLE `oa`.`flow_ingest_summary` ADD IF NOT EXISTS PARTITION (`y` = 2016, `m` = 7, `d` = 10) LOCATION 'file:///home/tables/flow/hive/oa/summary/y=2016/m=7/d=10/run-1';
SHOW PARTITIONS `oa`.`flow_ingest_summary`;
ALTER TABLE `oa`.`flow_ingest_summary` PARTITION (`y` = 2016, `m` = 7, `d` = 10) SET LOCATION 'file:///home/tables/flow/hive/oa/summary/y=2016/m=7/d=10/run-1';
REFRESH `oa`.`flow_ingest_summary` PARTITION (`y` = 2016, `m` = 7, `d` = 10);
ALTER TABLE `oa`.`flow_scores` ADD IF NOT EXISTS PARTITION (`y` = 2016, `m` = 7, `d` = 10) LOCATION 'file:///home/tables/flow/hive/oa/suspicious/y=2016/m=7/d=10/run-1';
SHOW PARTITIONS `oa`.`flow_scores`;
ALTER TABLE `oa`.`flow_scores` PARTITION (`y` = 2016, `m` = 7, `d` = 10) SET LOCATION 'file:///home/tables/flow/hive/oa/suspicious/y=2016/m=7/d=10/run-1';
REFRESH `oa`.`flow_scores` PARTITION (`y` = 2016, `m` = 7, `d` = 10);
INSERT INTO `oa`.`flow_oa_ingest_day_log` SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, TRUE AS `flow_oa_gone`, CAST(`ingest` AS BIGINT), CAST(`day` AS STRING), CAST(`stored` AS BIGINT) FROM `oa`.`flow_oa_ingest_day` WHERE `day` = '2016-07-10' AND `ingest` IN (SELECT `id` FROM `flow_oa_ingest` WHERE `pipeline` = 'flow');
INSERT INTO `oa`.`flow_oa_ingest_log` SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, TRUE AS `flow_oa_gone`, CAST(`id` AS BIGINT), CAST(`pipeline` AS STRING), CAST(`file` AS STRING), CAST(`content` AS STRING), CAST(`format` AS STRING), CAST(`stored` AS BIGINT), CAST(`first_row` AS BIGINT), CAST(`last_row` AS BIGINT), CAST(`finished` AS STRING) FROM `oa`.`flow_oa_ingest` WHERE `pipeline` = 'flow' AND `id` NOT IN (SELECT `ingest` FROM `flow_oa_ingest_day`);
INSERT INTO `oa`.`flow_oa_ingest_log` SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('flow' AS STRING), CAST('small.csv' AS STRING), CAST('hash' AS STRING), CAST('spot_nfdump' AS STRING), CAST(1 AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST('now' AS STRING);
INSERT INTO `oa`.`flow_oa_ingest_day_log` SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('2016-07-10' AS STRING), CAST(1 AS BIGINT);
INSERT INTO `oa`.`flow_oa_history_log` SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('copy' AS STRING), CAST('flow' AS STRING), CAST(NULL AS STRING), CAST(NULL AS BIGINT), CAST('small.csv' AS STRING), CAST('hash' AS STRING), CAST(NULL AS STRING), CAST('fingerprint' AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(1 AS BIGINT), CAST(1 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST('now' AS STRING), CAST('now' AS STRING), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE), CAST('done' AS STRING), CAST(NULL AS STRING), CAST('version' AS STRING), CAST(NULL AS STRING);
INSERT INTO `oa`.`flow_oa_history_table_log` SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('flow' AS STRING), CAST('2016-07-10' AS STRING), CAST(1 AS BIGINT), CAST(0 AS BIGINT), CAST(NULL AS DOUBLE);
INSERT INTO `oa`.`flow_oa_history_log` SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(`id` AS BIGINT), CAST(`command` AS STRING), CAST(`pipeline` AS STRING), CAST(`day` AS STRING), CAST(`row_limit` AS BIGINT), CAST(`input` AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(`fingerprint` AS STRING), CAST('hash' AS STRING), CAST(NULL AS STRING), CAST(4 AS BIGINT), CAST(4 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(`started` AS STRING), CAST('now' AS STRING), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE), CAST('done' AS STRING), CAST(NULL AS STRING), CAST(`version` AS STRING), CAST(`lock_file` AS STRING) FROM `oa`.`flow_oa_history` WHERE `id` = 1;
INSERT INTO `oa`.`flow_oa_history_table_log` SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('flow' AS STRING), CAST('2016-07-10' AS STRING), CAST(1 AS BIGINT), CAST(1 AS BIGINT), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE) UNION ALL SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('flow_chords' AS STRING), CAST('2016-07-10' AS STRING), CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE) UNION ALL SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('flow_edge' AS STRING), CAST('2016-07-10' AS STRING), CAST(1 AS BIGINT), CAST(1 AS BIGINT), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE) UNION ALL SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('flow_ingest_summary' AS STRING), CAST('2016-07-10' AS STRING), CAST(1 AS BIGINT), CAST(1 AS BIGINT), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE) UNION ALL SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('flow_scores' AS STRING), CAST('2016-07-10' AS STRING), CAST(1 AS BIGINT), CAST(1 AS BIGINT), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE) UNION ALL SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('flow_storyboard' AS STRING), CAST('2016-07-10' AS STRING), CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE) UNION ALL SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('flow_threat_investigation' AS STRING), CAST('2016-07-10' AS STRING), CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE) UNION ALL SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST('flow_timeline' AS STRING), CAST('2016-07-10' AS STRING), CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(CAST(0.5 AS DOUBLE) AS DOUBLE);
DROP TABLE IF EXISTS `oa`.`flow_oa_aside_flow_chords_1`;
DROP TABLE IF EXISTS `oa`.`flow_oa_aside_flow_edge_1`;
DROP TABLE IF EXISTS `oa`.`flow_oa_aside_flow_ingest_summary_1`;
DROP TABLE IF EXISTS `oa`.`flow_oa_aside_flow_scores_1`;
COMPUTE INCREMENTAL STATS `oa`.`flow` PARTITION (`y` = 2016, `m` = 7, `d` = 10, `h` = 10);
COMPUTE INCREMENTAL STATS `oa`.`flow_chords` PARTITION (`y` = 2016, `m` = 7, `d` = 10);
COMPUTE INCREMENTAL STATS `oa`.`flow_edge` PARTITION (`y` = 2016, `m` = 7, `d` = 10);
COMPUTE INCREMENTAL STATS `oa`.`flow_ingest_summary` PARTITION (`y` = 2016, `m` = 7, `d` = 10);
COMPUTE INCREMENTAL STATS `oa`.`flow_scores` PARTITION (`y` = 2016, `m` = 7, `d` = 10);
