INSERT INTO `sums` SELECT CAST(`sip` AS STRING) AS `flow_oa_0`, CAST(SUM(`ipkt` + `opkt`) AS INT) AS `flow_oa_1`, CAST(2016 AS SMALLINT) FROM `flow` GROUP BY `flow_oa_0`;
INSERT INTO `sums` PARTITION (`y`) SELECT CAST(`sip` AS STRING) AS `flow_oa_0`, CAST(SUM(`ipkt` + `opkt`) AS INT) AS `flow_oa_1`, CAST(2016 AS SMALLINT) FROM `flow` GROUP BY `flow_oa_0`;
INSERT INTO `sums` PARTITION (`y` = 2016) SELECT CAST(`sip` AS STRING) AS `flow_oa_0`, CAST(SUM(`ipkt` + `opkt`) AS INT) AS `flow_oa_1`, CAST(2016 AS SMALLINT) FROM `flow` GROUP BY `flow_oa_0`;
INSERT INTO `oa`.`su``ms` PARTITION (`y`) SELECT `sip` AS `flow_oa_0`, SUM(`ipkt` + `opkt`) AS `flow_oa_1`, 2016 FROM `flow` GROUP BY `flow_oa_0`;
