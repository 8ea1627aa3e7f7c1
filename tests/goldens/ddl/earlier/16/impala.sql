-- flow-oa: tables of a new database, for impala.

CREATE EXTERNAL TABLE IF NOT EXISTS `flow` (
  `treceived` STRING COMMENT 'When the flow arrived, UTC.',
  `unix_tstamp` BIGINT COMMENT 'The same in seconds since 1970-01-01 00:00:00 UTC.',
  `tryear` INT COMMENT 'Year of arrival.',
  `trmonth` INT COMMENT 'Month of arrival, from 1.',
  `trday` INT COMMENT 'Day of the month of arrival.',
  `trhour` INT COMMENT 'Hour of arrival, 0 to 23.',
  `trminute` INT COMMENT 'Minute of arrival, 0 to 59.',
  `trsec` INT COMMENT 'Second of arrival, 0 to 59.',
  `tdur` FLOAT COMMENT 'Duration in seconds.',
  `sip` STRING COMMENT 'Address that sent.',
  `dip` STRING COMMENT 'Address that received.',
  `sport` INT COMMENT 'Port that sent; 0 where the protocol has none.',
  `dport` INT COMMENT 'Port that received; type and code for ICMP.',
  `proto` STRING COMMENT 'Protocol, by name where it has one.',
  `flag` STRING COMMENT 'TCP flags seen, UAPRSF, a point for each one absent.',
  `fwd` INT COMMENT 'Forwarding status.',
  `stos` INT COMMENT 'Type of service, from the source.',
  `ipkt` BIGINT COMMENT 'Packets from source to destination.',
  `ibyt` BIGINT COMMENT 'Bytes from source to destination.',
  `opkt` BIGINT COMMENT 'Packets from destination to source.',
  `obyt` BIGINT COMMENT 'Bytes from destination to source.',
  `input` INT COMMENT 'Interface that the flow entered by, SNMP number.',
  `output` INT COMMENT 'Interface that the flow left by, SNMP number.',
  `sas` BIGINT COMMENT 'Autonomous system of the source.',
  `das` BIGINT COMMENT 'Autonomous system of the destination.',
  `dtos` INT COMMENT 'Type of service, towards the destination.',
  `dir` INT COMMENT 'Direction: 0 ingress, 1 egress.',
  `rip` STRING COMMENT 'Address of the exporter.'
)
PARTITIONED BY (
  `y` SMALLINT COMMENT 'Partition: year of `treceived`.',
  `m` TINYINT COMMENT 'Partition: month of `treceived`.',
  `d` TINYINT COMMENT 'Partition: day of `treceived`.',
  `h` TINYINT COMMENT 'Partition: hour of `treceived`.'
)
COMMENT 'Raw network flows, as an exporter sent them.'
STORED AS PARQUET
LOCATION '/flow_oa/flow/hive/flow';

CREATE EXTERNAL TABLE IF NOT EXISTS `flow_chords` (
  `ip_threat` STRING COMMENT 'Address whose peers these are.',
  `srcip` STRING COMMENT 'Address that sent.',
  `dstip` STRING COMMENT 'Address that received.',
  `ibyt` BIGINT COMMENT 'Bytes from source to destination over the day.',
  `ipkt` BIGINT COMMENT 'Packets from source to destination over the day.'
)
PARTITIONED BY (
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.'
)
COMMENT 'Traffic of each address that has two or more peers among the suspicious connections, by direction.'
STORED AS PARQUET
LOCATION '/flow_oa/flow/hive/oa/chords';

CREATE EXTERNAL TABLE IF NOT EXISTS `flow_edge` (
  `tstart` STRING COMMENT 'When the flow arrived, UTC.',
  `srcip` STRING COMMENT 'Address that sent.',
  `dstip` STRING COMMENT 'Address that received.',
  `sport` INT COMMENT 'Port that sent.',
  `dport` INT COMMENT 'Port that received.',
  `proto` STRING COMMENT 'Protocol.',
  `flags` STRING COMMENT 'TCP flags seen, UAPRSF.',
  `tos` INT COMMENT 'Type of service.',
  `ibyt` BIGINT COMMENT 'Bytes from source to destination.',
  `ipkt` BIGINT COMMENT 'Packets from source to destination.',
  `pkts` BIGINT COMMENT 'Packets both ways.',
  `input` INT COMMENT 'Interface that the flow entered by.',
  `output` INT COMMENT 'Interface that the flow left by.',
  `rip` STRING COMMENT 'Address of the exporter.',
  `obyt` BIGINT COMMENT 'Bytes from destination to source.',
  `opkt` BIGINT COMMENT 'Packets from destination to source.',
  `hh` INT COMMENT 'Hour, 0 to 23.',
  `md` INT COMMENT 'Minute within the hour, 0 to 59.'
)
PARTITIONED BY (
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.'
)
COMMENT 'Raw flows behind the suspicious connections: all between the same two addresses, both ways, in the same minute.'
STORED AS PARQUET
LOCATION '/flow_oa/flow/hive/oa/edge';

CREATE EXTERNAL TABLE IF NOT EXISTS `flow_ingest_summary` (
  `tdate` STRING COMMENT 'Minute, YYYY-MM-DD HH:MM, UTC.',
  `total` BIGINT COMMENT 'Flows that arrived in it.'
)
PARTITIONED BY (
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.'
)
COMMENT 'Raw flows of the day by minute; a minute without flows has no row.'
STORED AS PARQUET
LOCATION '/flow_oa/flow/hive/oa/summary';

CREATE EXTERNAL TABLE IF NOT EXISTS `flow_scores` (
  `tstart` STRING COMMENT 'When the flow arrived, UTC.',
  `srcip` STRING COMMENT 'Address that sent.',
  `dstip` STRING COMMENT 'Address that received.',
  `sport` INT COMMENT 'Port that sent.',
  `dport` INT COMMENT 'Port that received.',
  `proto` STRING COMMENT 'Protocol.',
  `ipkt` BIGINT COMMENT 'Packets from source to destination.',
  `ibyt` BIGINT COMMENT 'Bytes from source to destination.',
  `opkt` BIGINT COMMENT 'Packets from destination to source.',
  `obyt` BIGINT COMMENT 'Bytes from destination to source.',
  `score` DOUBLE COMMENT 'Probability of the flow for its two ends; the lowest is the most suspicious.',
  `rank` INT COMMENT 'Position in the results file, from 0, the most suspicious.',
  `srcip_internal` BOOLEAN COMMENT 'Whether the source is in a range of the site\'s own.',
  `destip_internal` BOOLEAN COMMENT 'Whether the destination is in a range of the site\'s own.',
  `src_geoloc` STRING COMMENT 'Where the source is: State;City Owner.',
  `dst_geoloc` STRING COMMENT 'Where the destination is: State;City Owner.',
  `src_domain` STRING COMMENT 'Domain of the source\'s network.',
  `dst_domain` STRING COMMENT 'Domain of the destination\'s network.',
  `src_rep` STRING COMMENT 'Reputation of the source: service:LABEL:value, joined by ::.',
  `dst_rep` STRING COMMENT 'Reputation of the destination: service:LABEL:value, joined by ::.',
  `src_country` STRING COMMENT 'Country of the source: two letters (ISO 3166), - where its file says none.',
  `dst_country` STRING COMMENT 'Country of the destination: two letters (ISO 3166), - where its file says none.'
)
PARTITIONED BY (
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.'
)
COMMENT 'Suspicious connections: the rows of the day that the machine-learning job found least likely, with context.'
STORED AS PARQUET
LOCATION '/flow_oa/flow/hive/oa/suspicious';

CREATE EXTERNAL TABLE IF NOT EXISTS `flow_storyboard_log` (
  `flow_oa_revision` BIGINT COMMENT 'Number of the change; of the same row, the highest holds.',
  `flow_oa_gone` BOOLEAN COMMENT 'Whether the change takes the row away.',
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.',
  `ip_threat` STRING COMMENT 'Address that it is about.',
  `title` STRING COMMENT 'Title, as written.',
  `text` STRING COMMENT 'Text, as written.',
  `written_at` STRING COMMENT 'When it was written, UTC.',
  `written_by` STRING COMMENT 'Who wrote it.'
)
COMMENT 'What analysts wrote about addresses.'
STORED AS PARQUET
LOCATION '/flow_oa/flow/hive/oa/storyboard';
CREATE VIEW IF NOT EXISTS `flow_storyboard` (
  `ip_threat` COMMENT 'Address that it is about.',
  `title` COMMENT 'Title, as written.',
  `text` COMMENT 'Text, as written.',
  `written_at` COMMENT 'When it was written, UTC.',
  `written_by` COMMENT 'Who wrote it.',
  `y` COMMENT 'Partition: year of the run.',
  `m` COMMENT 'Partition: month of the run.',
  `d` COMMENT 'Partition: day of the run.'
)
COMMENT 'What analysts wrote about addresses.'
AS SELECT `ip_threat`, `title`, `text`, `written_at`, `written_by`, `y`, `m`, `d` FROM (
  SELECT `ip_threat`, `title`, `text`, `written_at`, `written_by`, `y`, `m`, `d`, `flow_oa_revision`, `flow_oa_gone`,
    row_number() OVER (PARTITION BY `y`, `m`, `d`, `ip_threat` ORDER BY `flow_oa_revision` DESC) AS `flow_oa_place`
  FROM `flow_storyboard_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;

CREATE EXTERNAL TABLE IF NOT EXISTS `flow_threat_investigation_log` (
  `flow_oa_revision` BIGINT COMMENT 'Number of the change; of the same row, the highest holds.',
  `flow_oa_gone` BOOLEAN COMMENT 'Whether the change takes the row away.',
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.',
  `tstart` STRING COMMENT 'When the flow arrived, UTC.',
  `srcip` STRING COMMENT 'Address that sent.',
  `dstip` STRING COMMENT 'Address that received.',
  `srcport` INT COMMENT 'Port that sent.',
  `dstport` INT COMMENT 'Port that received.',
  `score` INT COMMENT 'Severity: 1 high, 2 medium, 3 low.',
  `proto` STRING COMMENT 'Protocol.',
  `rank` INT COMMENT 'Position among the suspicious connections of its day.',
  `note` STRING COMMENT 'What the analyst wrote.',
  `scored_at` STRING COMMENT 'When it was scored, UTC.',
  `scored_by` STRING COMMENT 'Who scored it.',
  `ipkt` BIGINT COMMENT 'Packets from source to destination.',
  `ibyt` BIGINT COMMENT 'Bytes from source to destination.'
)
COMMENT 'Connections that an analyst scored.'
STORED AS PARQUET
LOCATION '/flow_oa/flow/hive/oa/threat_investigation';
CREATE VIEW IF NOT EXISTS `flow_threat_investigation` (
  `tstart` COMMENT 'When the flow arrived, UTC.',
  `srcip` COMMENT 'Address that sent.',
  `dstip` COMMENT 'Address that received.',
  `srcport` COMMENT 'Port that sent.',
  `dstport` COMMENT 'Port that received.',
  `score` COMMENT 'Severity: 1 high, 2 medium, 3 low.',
  `proto` COMMENT 'Protocol.',
  `rank` COMMENT 'Position among the suspicious connections of its day.',
  `note` COMMENT 'What the analyst wrote.',
  `scored_at` COMMENT 'When it was scored, UTC.',
  `scored_by` COMMENT 'Who scored it.',
  `ipkt` COMMENT 'Packets from source to destination.',
  `ibyt` COMMENT 'Bytes from source to destination.',
  `y` COMMENT 'Partition: year of the run.',
  `m` COMMENT 'Partition: month of the run.',
  `d` COMMENT 'Partition: day of the run.'
)
COMMENT 'Connections that an analyst scored.'
AS SELECT `tstart`, `srcip`, `dstip`, `srcport`, `dstport`, `score`, `proto`, `rank`, `note`, `scored_at`, `scored_by`, `ipkt`, `ibyt`, `y`, `m`, `d` FROM (
  SELECT `tstart`, `srcip`, `dstip`, `srcport`, `dstport`, `score`, `proto`, `rank`, `note`, `scored_at`, `scored_by`, `ipkt`, `ibyt`, `y`, `m`, `d`, `flow_oa_revision`, `flow_oa_gone`,
    row_number() OVER (PARTITION BY `y`, `m`, `d`, `tstart`, `srcip`, `dstip`, `srcport`, `dstport`, `proto` ORDER BY `flow_oa_revision` DESC) AS `flow_oa_place`
  FROM `flow_threat_investigation_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;

CREATE EXTERNAL TABLE IF NOT EXISTS `flow_timeline_log` (
  `flow_oa_revision` BIGINT COMMENT 'Number of the change; of the same row, the highest holds.',
  `flow_oa_gone` BOOLEAN COMMENT 'Whether the change takes the row away.',
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.',
  `ip_threat` STRING COMMENT 'Address that it is about.',
  `tstart` STRING COMMENT 'First flow, UTC.',
  `tend` STRING COMMENT 'Last flow, UTC.',
  `srcip` STRING COMMENT 'Address that sent.',
  `dstip` STRING COMMENT 'Address that received.',
  `proto` STRING COMMENT 'Protocol.',
  `sport` INT COMMENT 'Port that sent.',
  `dport` INT COMMENT 'Port that received.',
  `ipkt` BIGINT COMMENT 'Packets from source to destination.',
  `ibyt` BIGINT COMMENT 'Bytes from source to destination.'
)
COMMENT 'When an address that analysts wrote about spoke to whom.'
STORED AS PARQUET
LOCATION '/flow_oa/flow/hive/oa/timeline';
CREATE VIEW IF NOT EXISTS `flow_timeline` (
  `ip_threat` COMMENT 'Address that it is about.',
  `tstart` COMMENT 'First flow, UTC.',
  `tend` COMMENT 'Last flow, UTC.',
  `srcip` COMMENT 'Address that sent.',
  `dstip` COMMENT 'Address that received.',
  `proto` COMMENT 'Protocol.',
  `sport` COMMENT 'Port that sent.',
  `dport` COMMENT 'Port that received.',
  `ipkt` COMMENT 'Packets from source to destination.',
  `ibyt` COMMENT 'Bytes from source to destination.',
  `y` COMMENT 'Partition: year of the run.',
  `m` COMMENT 'Partition: month of the run.',
  `d` COMMENT 'Partition: day of the run.'
)
COMMENT 'When an address that analysts wrote about spoke to whom.'
AS SELECT `ip_threat`, `tstart`, `tend`, `srcip`, `dstip`, `proto`, `sport`, `dport`, `ipkt`, `ibyt`, `y`, `m`, `d` FROM (
  SELECT `ip_threat`, `tstart`, `tend`, `srcip`, `dstip`, `proto`, `sport`, `dport`, `ipkt`, `ibyt`, `y`, `m`, `d`, `flow_oa_revision`, `flow_oa_gone`,
    row_number() OVER (PARTITION BY `y`, `m`, `d`, `ip_threat`, `srcip`, `dstip`, `proto`, `sport`, `dport` ORDER BY `flow_oa_revision` DESC) AS `flow_oa_place`
  FROM `flow_timeline_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;

CREATE EXTERNAL TABLE IF NOT EXISTS `flow_oa_ingest_log` (
  `flow_oa_revision` BIGINT COMMENT 'Number of the change; of the same row, the highest holds.',
  `flow_oa_gone` BOOLEAN COMMENT 'Whether the change takes the row away.',
  `id` BIGINT COMMENT 'Number of the ingest in the history.',
  `pipeline` STRING COMMENT 'Pipeline that the file was for.',
  `file` STRING COMMENT 'File as it was named; - for standard input.',
  `content` STRING COMMENT 'BLAKE3 hash of the decompressed content, in hexadecimal.',
  `format` STRING COMMENT 'Raw format that was recognised.',
  `stored` BIGINT COMMENT 'Rows stored.',
  `first_row` BIGINT COMMENT 'First row number in the raw table, in engines that number rows.',
  `last_row` BIGINT COMMENT 'Last row number in the raw table.',
  `finished` STRING COMMENT 'End, UTC.'
)
COMMENT 'Files whose rows are in a raw table.'
STORED AS PARQUET
LOCATION '/flow_oa/ledger/flow_oa_ingest';
CREATE VIEW IF NOT EXISTS `flow_oa_ingest` (
  `id` COMMENT 'Number of the ingest in the history.',
  `pipeline` COMMENT 'Pipeline that the file was for.',
  `file` COMMENT 'File as it was named; - for standard input.',
  `content` COMMENT 'BLAKE3 hash of the decompressed content, in hexadecimal.',
  `format` COMMENT 'Raw format that was recognised.',
  `stored` COMMENT 'Rows stored.',
  `first_row` COMMENT 'First row number in the raw table, in engines that number rows.',
  `last_row` COMMENT 'Last row number in the raw table.',
  `finished` COMMENT 'End, UTC.'
)
COMMENT 'Files whose rows are in a raw table.'
AS SELECT `id`, `pipeline`, `file`, `content`, `format`, `stored`, `first_row`, `last_row`, `finished` FROM (
  SELECT `id`, `pipeline`, `file`, `content`, `format`, `stored`, `first_row`, `last_row`, `finished`, `flow_oa_revision`, `flow_oa_gone`,
    row_number() OVER (PARTITION BY `id` ORDER BY `flow_oa_revision` DESC) AS `flow_oa_place`
  FROM `flow_oa_ingest_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;

CREATE EXTERNAL TABLE IF NOT EXISTS `flow_oa_ingest_day_log` (
  `flow_oa_revision` BIGINT COMMENT 'Number of the change; of the same row, the highest holds.',
  `flow_oa_gone` BOOLEAN COMMENT 'Whether the change takes the row away.',
  `ingest` BIGINT COMMENT 'Number of the ingest.',
  `day` STRING COMMENT 'Day of the rows, YYYY-MM-DD.',
  `stored` BIGINT COMMENT 'Rows stored for that day.'
)
COMMENT 'Days of those files.'
STORED AS PARQUET
LOCATION '/flow_oa/ledger/flow_oa_ingest_day';
CREATE VIEW IF NOT EXISTS `flow_oa_ingest_day` (
  `ingest` COMMENT 'Number of the ingest.',
  `day` COMMENT 'Day of the rows, YYYY-MM-DD.',
  `stored` COMMENT 'Rows stored for that day.'
)
COMMENT 'Days of those files.'
AS SELECT `ingest`, `day`, `stored` FROM (
  SELECT `ingest`, `day`, `stored`, `flow_oa_revision`, `flow_oa_gone`,
    row_number() OVER (PARTITION BY `ingest`, `day` ORDER BY `flow_oa_revision` DESC) AS `flow_oa_place`
  FROM `flow_oa_ingest_day_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;

CREATE EXTERNAL TABLE IF NOT EXISTS `flow_oa_history_log` (
  `flow_oa_revision` BIGINT COMMENT 'Number of the change; of the same row, the highest holds.',
  `flow_oa_gone` BOOLEAN COMMENT 'Whether the change takes the row away.',
  `id` BIGINT COMMENT 'Number of the entry.',
  `command` STRING COMMENT 'What was done: run, ingest, purge or copy.',
  `pipeline` STRING COMMENT 'Pipeline that it was done to.',
  `day` STRING COMMENT 'Day of a run or a copy; first day that a purge kept; YYYY-MM-DD.',
  `row_limit` BIGINT COMMENT 'Most rows that a run was to read from the results.',
  `input` STRING COMMENT 'Results file of a run, raw file of an ingest; - for standard input; database that a copy read.',
  `content` STRING COMMENT 'BLAKE3 hash of the records read (run) or the decompressed file (ingest).',
  `context` STRING COMMENT 'BLAKE3 hash of the context files of a run.',
  `fingerprint` STRING COMMENT 'Fingerprint of the schema that the program was built with.',
  `raw_rows` STRING COMMENT 'BLAKE3 hash of the list of ingests that a run or a copy found for its day.',
  `scores_file` STRING COMMENT 'BLAKE3 hash of the file of scores that a run wrote.',
  `records` BIGINT COMMENT 'Records read, those rejected and skipped included.',
  `stored` BIGINT COMMENT 'Rows stored: scores of a run, raw rows of an ingest.',
  `rejected` BIGINT COMMENT 'Records that could not be read.',
  `skipped` BIGINT COMMENT 'Blank lines, headers and trailers.',
  `started` STRING COMMENT 'Start, UTC.',
  `finished` STRING COMMENT 'End, UTC; none while it runs, or where it was killed.',
  `seconds` DOUBLE COMMENT 'Seconds from start to end.',
  `status` STRING COMMENT 'running, done, failed or killed.',
  `message` STRING COMMENT 'Why it failed.',
  `version` STRING COMMENT 'Version of the program.',
  `lock_file` STRING COMMENT 'File that is locked while it runs.'
)
COMMENT 'Runs, ingests, purges and copies, however they ended.'
STORED AS PARQUET
LOCATION '/flow_oa/ledger/flow_oa_history';
CREATE VIEW IF NOT EXISTS `flow_oa_history` (
  `id` COMMENT 'Number of the entry.',
  `command` COMMENT 'What was done: run, ingest, purge or copy.',
  `pipeline` COMMENT 'Pipeline that it was done to.',
  `day` COMMENT 'Day of a run or a copy; first day that a purge kept; YYYY-MM-DD.',
  `row_limit` COMMENT 'Most rows that a run was to read from the results.',
  `input` COMMENT 'Results file of a run, raw file of an ingest; - for standard input; database that a copy read.',
  `content` COMMENT 'BLAKE3 hash of the records read (run) or the decompressed file (ingest).',
  `context` COMMENT 'BLAKE3 hash of the context files of a run.',
  `fingerprint` COMMENT 'Fingerprint of the schema that the program was built with.',
  `raw_rows` COMMENT 'BLAKE3 hash of the list of ingests that a run or a copy found for its day.',
  `scores_file` COMMENT 'BLAKE3 hash of the file of scores that a run wrote.',
  `records` COMMENT 'Records read, those rejected and skipped included.',
  `stored` COMMENT 'Rows stored: scores of a run, raw rows of an ingest.',
  `rejected` COMMENT 'Records that could not be read.',
  `skipped` COMMENT 'Blank lines, headers and trailers.',
  `started` COMMENT 'Start, UTC.',
  `finished` COMMENT 'End, UTC; none while it runs, or where it was killed.',
  `seconds` COMMENT 'Seconds from start to end.',
  `status` COMMENT 'running, done, failed or killed.',
  `message` COMMENT 'Why it failed.',
  `version` COMMENT 'Version of the program.',
  `lock_file` COMMENT 'File that is locked while it runs.'
)
COMMENT 'Runs, ingests, purges and copies, however they ended.'
AS SELECT `id`, `command`, `pipeline`, `day`, `row_limit`, `input`, `content`, `context`, `fingerprint`, `raw_rows`, `scores_file`, `records`, `stored`, `rejected`, `skipped`, `started`, `finished`, `seconds`, `status`, `message`, `version`, `lock_file` FROM (
  SELECT `id`, `command`, `pipeline`, `day`, `row_limit`, `input`, `content`, `context`, `fingerprint`, `raw_rows`, `scores_file`, `records`, `stored`, `rejected`, `skipped`, `started`, `finished`, `seconds`, `status`, `message`, `version`, `lock_file`, `flow_oa_revision`, `flow_oa_gone`,
    row_number() OVER (PARTITION BY `id` ORDER BY `flow_oa_revision` DESC) AS `flow_oa_place`
  FROM `flow_oa_history_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;

CREATE EXTERNAL TABLE IF NOT EXISTS `flow_oa_history_table_log` (
  `flow_oa_revision` BIGINT COMMENT 'Number of the change; of the same row, the highest holds.',
  `flow_oa_gone` BOOLEAN COMMENT 'Whether the change takes the row away.',
  `entry` BIGINT COMMENT 'Number of the entry in the history.',
  `name` STRING COMMENT 'Table.',
  `day` STRING COMMENT 'Day of the rows; first day that a purge kept; YYYY-MM-DD.',
  `stored` BIGINT COMMENT 'Rows stored.',
  `removed` BIGINT COMMENT 'Rows that were there before and were taken out.',
  `seconds` DOUBLE COMMENT 'Seconds that the table took, where that is known.'
)
COMMENT 'Tables and days that they changed.'
STORED AS PARQUET
LOCATION '/flow_oa/ledger/flow_oa_history_table';
CREATE VIEW IF NOT EXISTS `flow_oa_history_table` (
  `entry` COMMENT 'Number of the entry in the history.',
  `name` COMMENT 'Table.',
  `day` COMMENT 'Day of the rows; first day that a purge kept; YYYY-MM-DD.',
  `stored` COMMENT 'Rows stored.',
  `removed` COMMENT 'Rows that were there before and were taken out.',
  `seconds` COMMENT 'Seconds that the table took, where that is known.'
)
COMMENT 'Tables and days that they changed.'
AS SELECT `entry`, `name`, `day`, `stored`, `removed`, `seconds` FROM (
  SELECT `entry`, `name`, `day`, `stored`, `removed`, `seconds`, `flow_oa_revision`, `flow_oa_gone`,
    row_number() OVER (PARTITION BY `entry`, `name`, `day` ORDER BY `flow_oa_revision` DESC) AS `flow_oa_place`
  FROM `flow_oa_history_table_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;
