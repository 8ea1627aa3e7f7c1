SELECT substr(`treceived`, 1, 16) AS `minute`, SUM(`ibyt`) AS `bytes` FROM `flow` WHERE `y` = 2016 AND `m` = 7 GROUP BY `minute` ORDER BY `minute` ASC LIMIT 10;
SELECT DISTINCT `raw`.`sip`, COALESCE(`raw`.`opkt`, 0) FROM `flow_oa_asked` CROSS JOIN `flow` AS `raw` WHERE `raw`.`sip` = `flow_oa_asked`.`source`;
SELECT COUNT(1) FROM `flow_oa_ingest_day` WHERE `ingest` IN (SELECT `id` FROM `flow_oa_ingest` WHERE `pipeline` = 'it\'s') AND (`day` < '2016-07-08' OR `stored` > (-1)) AND (`stored` IS NOT NULL AND `ingest` NOT IN (SELECT `id` FROM `flow_oa_ingest` WHERE `pipeline` = 'it\'s'));
SELECT CAST('NaN' AS DOUBLE), CAST(1e-300 AS DOUBLE), TRUE, CAST('-9223372036854775808' AS BIGINT), 3 - (-4), NULL, concat('a?', '$\{b}'), CAST(`x` AS integer), CAST(`x` AS STRING), 1 = 2, `a` BETWEEN 1 AND 2, (`a` + `b`) * 2;
SELECT `a``b` FROM `t` UNION ALL SELECT `d` FROM `u` ORDER BY `a``b` DESC NULLS LAST, `c` ASC NULLS FIRST;
