-- flow-oa query suspicious
USE `oa`;
SELECT `tstart`, `srcip`, `dstip`, `sport`, `dport`, `proto`, `ipkt`, `ibyt`, `opkt`, `obyt`, `score`, `rank`, `srcip_internal`, `destip_internal`, `src_geoloc`, `dst_geoloc`, `src_domain`, `dst_domain`, `src_rep`, `dst_rep`, `y`, `m`, `d` FROM `flow_scores` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8 AND (NOT EXISTS(SELECT 1 FROM `flow_threat_investigation` WHERE `flow_threat_investigation`.`y` = `flow_scores`.`y` AND `flow_threat_investigation`.`m` = `flow_scores`.`m` AND `flow_threat_investigation`.`d` = `flow_scores`.`d` AND `flow_threat_investigation`.`tstart` = `flow_scores`.`tstart` AND `flow_threat_investigation`.`srcip` = `flow_scores`.`srcip` AND `flow_threat_investigation`.`dstip` = `flow_scores`.`dstip` AND `flow_threat_investigation`.`srcport` = `flow_scores`.`sport` AND `flow_threat_investigation`.`dstport` = `flow_scores`.`dport` AND `flow_threat_investigation`.`proto` = `flow_scores`.`proto`)) AND `dport` = 80 ORDER BY `y` ASC, `m` ASC, `d` ASC, `rank` ASC, `tstart` ASC, `srcip` ASC, `dstip` ASC, `sport` ASC, `dport` ASC, `proto` ASC, `ipkt` ASC, `ibyt` ASC, `opkt` ASC, `obyt` ASC, `score` ASC, `srcip_internal` ASC, `destip_internal` ASC, `src_geoloc` ASC, `dst_geoloc` ASC, `src_domain` ASC, `dst_domain` ASC, `src_rep` ASC, `dst_rep` ASC LIMIT 501;
-- flow-oa query threats
USE `oa`;
SELECT `tstart`, `srcip`, `dstip`, `srcport`, `dstport`, `score`, `proto`, `rank`, `note`, `scored_at`, `scored_by`, `y`, `m`, `d` FROM `flow_threat_investigation` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8 AND TRUE ORDER BY `y` ASC, `m` ASC, `d` ASC, `score` ASC, `tstart` ASC, `srcip` ASC, `dstip` ASC, `srcport` ASC, `dstport` ASC, `proto` ASC, `rank` ASC, `note` ASC, `scored_at` ASC, `scored_by` ASC LIMIT 501;
-- flow-oa query details
USE `oa`;
SELECT `dstip`, `srcip`, `tstart` FROM `flow_scores` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8 AND `rank` = 0;
SELECT `tstart`, `srcip`, `dstip`, `sport`, `dport`, `proto`, `flags`, `tos`, `ibyt`, `ipkt`, `pkts`, `input`, `output`, `rip`, `obyt`, `opkt`, `hh`, `md`, `y`, `m`, `d` FROM `flow_edge` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8 AND (((`dstip` = '10.0.0.2' AND `srcip` = '10.0.0.1') OR (`dstip` = '10.0.0.1' AND `srcip` = '10.0.0.2')) AND `tstart` >= '2016-07-08 10:00:00' AND `tstart` <= '2016-07-08 10:00:59') ORDER BY `y` ASC, `m` ASC, `d` ASC, `tstart` ASC, `srcip` ASC, `dstip` ASC, `sport` ASC, `dport` ASC, `proto` ASC, `flags` ASC, `tos` ASC, `ibyt` ASC, `ipkt` ASC, `pkts` ASC, `input` ASC, `output` ASC, `rip` ASC, `obyt` ASC, `opkt` ASC, `hh` ASC, `md` ASC LIMIT 501;
-- flow-oa query chords
USE `oa`;
SELECT `ip_threat`, `srcip`, `dstip`, `ibyt`, `ipkt`, `y`, `m`, `d` FROM `flow_chords` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8 AND `ip_threat` = '10.0.0.1' ORDER BY `y` ASC, `m` ASC, `d` ASC, `ibyt` DESC, `ip_threat` ASC, `srcip` ASC, `dstip` ASC, `ipkt` ASC LIMIT 501;
-- flow-oa query summary
USE `oa`;
SELECT `tdate`, `total`, `y`, `m`, `d` FROM `flow_ingest_summary` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8 AND TRUE ORDER BY `y` ASC, `m` ASC, `d` ASC, `tdate` ASC, `total` ASC LIMIT 501;
-- flow-oa query investigate
USE `oa`;
SELECT DISTINCT `sip`, `dip` FROM `flow` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8 AND (`sip` = '10.0.0.1' OR `dip` = '10.0.0.1');
SELECT `sip` AS `source`, `dip` AS `destination`, `sport` AS `source_port`, `dport` AS `destination_port`, `proto` AS `protocol`, MIN(`treceived`), MAX(`treceived`), CAST(COUNT(1) AS bigint) AS `connections`, CAST(SUM(`ipkt`) AS bigint), CAST(MAX(`ipkt`) AS bigint), CAST(SUM(`ibyt`) AS bigint) AS `bytes`, CAST(MAX(`ibyt`) AS bigint) FROM `flow` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8 AND (`sip` = '10.0.0.1' OR `dip` = '10.0.0.1') GROUP BY `sip`, `dip`, `sport`, `dport`, `proto` ORDER BY `connections` DESC, `source` ASC, `destination` ASC, `source_port` ASC, `destination_port` ASC, `protocol` ASC LIMIT 501;
