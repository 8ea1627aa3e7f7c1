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
  `dst_rep` STRING COMMENT 'Reputation of the destination: service:LABEL:value, joined by ::.'
)
PARTITIONED BY (
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.'
)
COMMENT 'Suspicious connections: the rows of the day that the machine-learning job found least likely, with context.'
STORED AS PARQUET
LOCATION '/flow_oa/flow/hive/oa/suspicious';

CREATE EXTERNAL TABLE IF NOT EXISTS `flow_storyboard` (
  `ip_threat` STRING COMMENT 'Address that it is about.',
  `title` STRING COMMENT 'Title.',
  `text` STRING COMMENT 'Text, as written.'
)
PARTITIONED BY (
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.'
)
COMMENT 'What analysts wrote about an address.'
STORED AS PARQUET
LOCATION '/flow_oa/flow/hive/oa/storyboard';

CREATE EXTERNAL TABLE IF NOT EXISTS `flow_threat_investigation` (
  `tstart` STRING COMMENT 'When the flow arrived, UTC.',
  `srcip` STRING COMMENT 'Address that sent.',
  `dstip` STRING COMMENT 'Address that received.',
  `srcport` INT COMMENT 'Port that sent.',
  `dstport` INT COMMENT 'Port that received.',
  `score` INT COMMENT 'Severity: 1 high, 2 medium, 3 low.',
  `proto` STRING COMMENT 'Protocol.',
  `rank` INT COMMENT 'Position among the suspicious connections of its day.',
  `note` STRING COMMENT 'What the analyst wrote.'
)
PARTITIONED BY (
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.'
)
COMMENT 'Connections that an analyst scored.'
STORED AS PARQUET
LOCATION '/flow_oa/flow/hive/oa/threat_investigation';

CREATE EXTERNAL TABLE IF NOT EXISTS `flow_timeline` (
  `ip_threat` STRING COMMENT 'Address that it is about.',
  `tstart` STRING COMMENT 'First flow, UTC.',
  `tend` STRING COMMENT 'Last flow, UTC.',
  `srcip` STRING COMMENT 'Address that sent.',
  `dstip` STRING COMMENT 'Address that received.',
  `proto` STRING COMMENT 'Protocol.',
  `sport` INT COMMENT 'Port that sent.',
  `dport` INT COMMENT 'Port that received.',
  `ipkt` BIGINT COMMENT 'Packets.',
  `ibyt` BIGINT COMMENT 'Bytes.'
)
PARTITIONED BY (
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.'
)
COMMENT 'When an investigated address spoke to whom.'
STORED AS PARQUET
LOCATION '/flow_oa/flow/hive/oa/timeline';

CREATE EXTERNAL TABLE IF NOT EXISTS `flow_oa_ingest` (
  `id` BIGINT COMMENT 'Number of the ingest.',
  `pipeline` STRING COMMENT 'Pipeline that the file was for.',
  `file` STRING COMMENT 'File as it was named; - for standard input.',
  `content` STRING COMMENT 'BLAKE3 hash of the decompressed content, in hexadecimal.',
  `format` STRING COMMENT 'Raw format that was recognised.',
  `records` BIGINT COMMENT 'Records read, those rejected and skipped included.',
  `stored` BIGINT COMMENT 'Rows stored.',
  `rejected` BIGINT COMMENT 'Records that could not be read.',
  `skipped` BIGINT COMMENT 'Blank lines, headers and trailers.',
  `first_row` BIGINT COMMENT 'First row number in the raw table, in engines that number rows.',
  `last_row` BIGINT COMMENT 'Last row number in the raw table.',
  `started` STRING COMMENT 'Start, UTC.',
  `finished` STRING COMMENT 'End, UTC.'
)
COMMENT 'Files that were ingested.'
STORED AS PARQUET
LOCATION '/flow_oa/ledger/flow_oa_ingest';

CREATE EXTERNAL TABLE IF NOT EXISTS `flow_oa_ingest_day` (
  `ingest` BIGINT COMMENT 'Number of the ingest.',
  `day` STRING COMMENT 'Day of the rows, YYYY-MM-DD.',
  `stored` BIGINT COMMENT 'Rows stored for that day.'
)
COMMENT 'Days of the files that were ingested.'
STORED AS PARQUET
LOCATION '/flow_oa/ledger/flow_oa_ingest_day';

CREATE EXTERNAL TABLE IF NOT EXISTS `flow_oa_run` (
  `id` BIGINT COMMENT 'Number of the run.',
  `pipeline` STRING COMMENT 'Pipeline that was run.',
  `day` STRING COMMENT 'Day that was run, YYYY-MM-DD.',
  `row_limit` BIGINT COMMENT 'Most rows that were to be read from the results.',
  `results` STRING COMMENT 'Path of the results file.',
  `fingerprint` STRING COMMENT 'Fingerprint of the schema that the program was built with.',
  `records` BIGINT COMMENT 'Records read from the results.',
  `stored` BIGINT COMMENT 'Rows stored in the table of scores.',
  `rejected` BIGINT COMMENT 'Records that could not be read.',
  `skipped` BIGINT COMMENT 'Blank lines.',
  `started` STRING COMMENT 'Start, UTC.',
  `finished` STRING COMMENT 'End, UTC.'
)
COMMENT 'Runs that were completed.'
STORED AS PARQUET
LOCATION '/flow_oa/ledger/flow_oa_run';
