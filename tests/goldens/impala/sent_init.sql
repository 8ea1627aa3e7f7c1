-- flow-oa init
USE `oa`;
USE `oa`;
INVALIDATE METADATA `oa`.`dns`;
INVALIDATE METADATA `oa`.`dns_dendro`;
INVALIDATE METADATA `oa`.`dns_edge`;
INVALIDATE METADATA `oa`.`dns_ingest_summary`;
INVALIDATE METADATA `oa`.`dns_scores`;
INVALIDATE METADATA `oa`.`dns_storyboard`;
INVALIDATE METADATA `oa`.`dns_threat_dendro`;
INVALIDATE METADATA `oa`.`dns_threat_investigation`;
INVALIDATE METADATA `oa`.`flow`;
INVALIDATE METADATA `oa`.`flow_chords`;
INVALIDATE METADATA `oa`.`flow_edge`;
INVALIDATE METADATA `oa`.`flow_ingest_summary`;
INVALIDATE METADATA `oa`.`flow_scores`;
INVALIDATE METADATA `oa`.`flow_storyboard`;
INVALIDATE METADATA `oa`.`flow_threat_investigation`;
INVALIDATE METADATA `oa`.`flow_timeline`;
INVALIDATE METADATA `oa`.`proxy`;
INVALIDATE METADATA `oa`.`proxy_edge`;
INVALIDATE METADATA `oa`.`proxy_ingest_summary`;
INVALIDATE METADATA `oa`.`proxy_scores`;
INVALIDATE METADATA `oa`.`proxy_storyboard`;
INVALIDATE METADATA `oa`.`proxy_threat_investigation`;
INVALIDATE METADATA `oa`.`proxy_timeline`;
INVALIDATE METADATA `oa`.`flow_oa_ingest`;
INVALIDATE METADATA `oa`.`flow_oa_ingest_day`;
INVALIDATE METADATA `oa`.`flow_oa_history`;
INVALIDATE METADATA `oa`.`flow_oa_history_table`;
INVALIDATE METADATA `oa`.`flow_oa_expectation`;
INVALIDATE METADATA `oa`.`flow_oa_schema`;
INVALIDATE METADATA `oa`.`flow_oa_migration`;
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`dns` (
  `frame_time` STRING COMMENT 'Time of the frame as text, as the capture program wrote it.',
  `unix_tstamp` BIGINT COMMENT 'Time of the frame in whole seconds since 1970-01-01 00:00:00 UTC.',
  `frame_len` INT COMMENT 'Length of the frame in bytes.',
  `ip_dst` STRING COMMENT 'Address of the client, which received the response.',
  `ip_src` STRING COMMENT 'Address of the server, which sent the response.',
  `dns_qry_name` STRING COMMENT 'Query name, as written.',
  `dns_qry_class` STRING COMMENT 'Query class in hexadecimal, such as 0x0001 for Internet.',
  `dns_qry_type` INT COMMENT 'Query type, such as 1 for an address (A).',
  `dns_qry_rcode` INT COMMENT 'Response code: 0 no error, 3 no such name.',
  `dns_a` STRING COMMENT 'First IPv4 address in the response; empty if there is none.'
)
PARTITIONED BY (
  `y` SMALLINT COMMENT 'Partition: year of the time of the row.',
  `m` TINYINT COMMENT 'Partition: month of the time of the row.',
  `d` TINYINT COMMENT 'Partition: day of the time of the row.',
  `h` TINYINT COMMENT 'Partition: hour of the time of the row.'
)
COMMENT 'Raw DNS responses.'
STORED AS PARQUET
LOCATION 'file:///home/tables/dns/hive/dns';
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`dns_dendro` (
  `unix_tstamp` BIGINT COMMENT 'Time of the response: whole seconds since 1970-01-01 00:00:00 UTC.',
  `dns_a` STRING COMMENT 'First IPv4 address in the response; empty if there is none.',
  `dns_qry_name` STRING COMMENT 'Query name, as written.',
  `ip_dst` STRING COMMENT 'Address of the client, which received the response.'
)
PARTITIONED BY (
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.'
)
COMMENT 'Queries of the clients of suspicious responses on the same day, each response once.'
STORED AS PARQUET
LOCATION 'file:///home/tables/dns/hive/oa/dendro';
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`dns_edge` (
  `unix_tstamp` BIGINT COMMENT 'Time of the response: whole seconds since 1970-01-01 00:00:00 UTC.',
  `frame_len` BIGINT COMMENT 'Length of the frame in bytes.',
  `ip_dst` STRING COMMENT 'Address of the client, which received the response.',
  `ip_src` STRING COMMENT 'Address of the server, which sent the response.',
  `dns_qry_name` STRING COMMENT 'Query name, as written.',
  `dns_qry_class` STRING COMMENT 'Query class, as written: a decimal or hexadecimal number.',
  `dns_qry_type` INT COMMENT 'Query type.',
  `dns_qry_rcode` INT COMMENT 'Response code.',
  `dns_a` STRING COMMENT 'First IPv4 address in the response; empty if there is none.',
  `hh` INT COMMENT 'Hour of the response, UTC.',
  `dns_qry_class_name` STRING COMMENT 'Name of the query class, or Unknown and the class as written.',
  `dns_qry_type_name` STRING COMMENT 'Name of the query type, or Unknown and the number.',
  `dns_qry_rcode_name` STRING COMMENT 'Name of the response code, or Unknown and the number.',
  `network_context` STRING COMMENT 'Name of the client, or of its network.'
)
PARTITIONED BY (
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.'
)
COMMENT 'Responses to any client with the query name of a suspicious response, in the same hour.'
STORED AS PARQUET
LOCATION 'file:///home/tables/dns/hive/oa/edge';
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`dns_ingest_summary` (
  `tdate` STRING COMMENT 'Minute, UTC: YYYY-MM-DD HH:MM.',
  `total` BIGINT COMMENT 'DNS responses.'
)
PARTITIONED BY (
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.'
)
COMMENT 'Number of DNS responses of each minute.'
STORED AS PARQUET
LOCATION 'file:///home/tables/dns/hive/oa/summary';
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`dns_scores` (
  `frame_time` STRING COMMENT 'Time of the response, as written.',
  `unix_tstamp` BIGINT COMMENT 'Time of the response: whole seconds since 1970-01-01 00:00:00 UTC.',
  `frame_len` BIGINT COMMENT 'Length of the frame in bytes.',
  `ip_dst` STRING COMMENT 'Address of the client, which received the response.',
  `dns_qry_name` STRING COMMENT 'Query name, as written.',
  `dns_qry_class` STRING COMMENT 'Query class, as written: a decimal or hexadecimal number.',
  `dns_qry_type` INT COMMENT 'Query type.',
  `dns_qry_rcode` INT COMMENT 'Response code.',
  `ml_score` DOUBLE COMMENT 'Probability of the response for its client; the lowest is the most suspicious.',
  `tld` STRING COMMENT 'Registered domain of the query name; empty if there is none.',
  `query_rep` STRING COMMENT 'Reputation of the query name: service:LABEL:value, joined by ::.',
  `hh` INT COMMENT 'Hour of the response, UTC.',
  `dns_qry_class_name` STRING COMMENT 'Name of the query class, or Unknown and the class as written.',
  `dns_qry_type_name` STRING COMMENT 'Name of the query type, or Unknown and the number.',
  `dns_qry_rcode_name` STRING COMMENT 'Name of the response code, or Unknown and the number.',
  `network_context` STRING COMMENT 'Name of the client, or of its network.',
  `rank` INT COMMENT 'Position in the results file, from 0, the most suspicious.',
  `why` STRING COMMENT 'Why the response is suspicious, in words; empty if the results file does not tell.'
)
PARTITIONED BY (
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.'
)
COMMENT 'Suspicious DNS responses: the least likely of the day, with context.'
STORED AS PARQUET
LOCATION 'file:///home/tables/dns/hive/oa/suspicious';
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`dns_storyboard_log` (
  `flow_oa_revision` BIGINT COMMENT 'Number of the change; of the same row, the highest holds.',
  `flow_oa_gone` BOOLEAN COMMENT 'Whether the change takes the row away.',
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.',
  `ip_threat` STRING COMMENT 'Address that the comment is about; empty if it is about a name.',
  `dns_threat` STRING COMMENT 'Name that the comment is about; empty if it is about an address.',
  `title` STRING COMMENT 'Title, as written.',
  `text` STRING COMMENT 'Text, as written.',
  `written_at` STRING COMMENT 'When it was written, UTC.',
  `written_by` STRING COMMENT 'Author.'
)
COMMENT 'Comments of analysts about clients and names.'
STORED AS PARQUET
LOCATION 'file:///home/tables/dns/hive/oa/storyboard';
CREATE VIEW IF NOT EXISTS `oa`.`dns_storyboard` (
  `ip_threat` COMMENT 'Address that the comment is about; empty if it is about a name.',
  `dns_threat` COMMENT 'Name that the comment is about; empty if it is about an address.',
  `title` COMMENT 'Title, as written.',
  `text` COMMENT 'Text, as written.',
  `written_at` COMMENT 'When it was written, UTC.',
  `written_by` COMMENT 'Author.',
  `y` COMMENT 'Partition: year of the run.',
  `m` COMMENT 'Partition: month of the run.',
  `d` COMMENT 'Partition: day of the run.'
)
COMMENT 'Comments of analysts about clients and names.'
AS SELECT `ip_threat`, `dns_threat`, `title`, `text`, `written_at`, `written_by`, `y`, `m`, `d` FROM (
  SELECT `ip_threat`, `dns_threat`, `title`, `text`, `written_at`, `written_by`, `y`, `m`, `d`, `flow_oa_revision`, `flow_oa_gone`,
    row_number() OVER (PARTITION BY `y`, `m`, `d`, `ip_threat`, `dns_threat` ORDER BY `flow_oa_revision` DESC) AS `flow_oa_place`
  FROM `oa`.`dns_storyboard_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`dns_threat_dendro_log` (
  `flow_oa_revision` BIGINT COMMENT 'Number of the change; of the same row, the highest holds.',
  `flow_oa_gone` BOOLEAN COMMENT 'Whether the change takes the row away.',
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.',
  `anchor` STRING COMMENT 'Address or name under investigation.',
  `total` BIGINT COMMENT 'DNS responses.',
  `dns_qry_name` STRING COMMENT 'Query name, as written.',
  `ip_dst` STRING COMMENT 'Address of the client, which received the responses.'
)
COMMENT 'Number of DNS responses by client and query name, for each address or name that analysts commented on.'
STORED AS PARQUET
LOCATION 'file:///home/tables/dns/hive/oa/threat_dendro';
CREATE VIEW IF NOT EXISTS `oa`.`dns_threat_dendro` (
  `anchor` COMMENT 'Address or name under investigation.',
  `total` COMMENT 'DNS responses.',
  `dns_qry_name` COMMENT 'Query name, as written.',
  `ip_dst` COMMENT 'Address of the client, which received the responses.',
  `y` COMMENT 'Partition: year of the run.',
  `m` COMMENT 'Partition: month of the run.',
  `d` COMMENT 'Partition: day of the run.'
)
COMMENT 'Number of DNS responses by client and query name, for each address or name that analysts commented on.'
AS SELECT `anchor`, `total`, `dns_qry_name`, `ip_dst`, `y`, `m`, `d` FROM (
  SELECT `anchor`, `total`, `dns_qry_name`, `ip_dst`, `y`, `m`, `d`, `flow_oa_revision`, `flow_oa_gone`,
    row_number() OVER (PARTITION BY `y`, `m`, `d`, `anchor`, `dns_qry_name`, `ip_dst` ORDER BY `flow_oa_revision` DESC) AS `flow_oa_place`
  FROM `oa`.`dns_threat_dendro_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`dns_threat_investigation_log` (
  `flow_oa_revision` BIGINT COMMENT 'Number of the change; of the same row, the highest holds.',
  `flow_oa_gone` BOOLEAN COMMENT 'Whether the change takes the row away.',
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.',
  `unix_tstamp` BIGINT COMMENT 'Time of the response: whole seconds since 1970-01-01 00:00:00 UTC.',
  `ip_dst` STRING COMMENT 'Address of the client, which received the response.',
  `dns_qry_name` STRING COMMENT 'Query name, as written.',
  `ip_sev` INT COMMENT 'Severity of the client: 1 high, 2 medium, 3 low, 0 not given.',
  `dns_sev` INT COMMENT 'Severity of the query name: 1 high, 2 medium, 3 low, 0 not given.',
  `rank` INT COMMENT 'Position among the suspicious responses of its day.',
  `note` STRING COMMENT 'Note of the analyst.',
  `scored_at` STRING COMMENT 'When it was scored, UTC.',
  `scored_by` STRING COMMENT 'Analyst who scored it.',
  `frame_time` STRING COMMENT 'Time of the response, as written.',
  `frame_len` BIGINT COMMENT 'Length of the frame in bytes.',
  `dns_qry_class` STRING COMMENT 'Query class, as written.',
  `dns_qry_type` INT COMMENT 'Query type.',
  `dns_qry_rcode` INT COMMENT 'Response code.',
  `score` DOUBLE COMMENT 'Probability of the response for its client.',
  `tld` STRING COMMENT 'Registered domain of the query name; empty if there is none.',
  `query_rep` STRING COMMENT 'Reputation of the query name.',
  `hh` INT COMMENT 'Hour of the response, UTC.',
  `dns_qry_class_name` STRING COMMENT 'Name of the query class.',
  `dns_qry_type_name` STRING COMMENT 'Name of the query type.',
  `dns_qry_rcode_name` STRING COMMENT 'Name of the response code.',
  `network_context` STRING COMMENT 'Name of the client, or of its network.'
)
COMMENT 'DNS responses that an analyst scored. References, while the row is stored: (y, m, d, unix_tstamp, ip_dst, dns_qry_name) of dns_scores (y, m, d, unix_tstamp, ip_dst, dns_qry_name).'
STORED AS PARQUET
LOCATION 'file:///home/tables/dns/hive/oa/threat_investigation';
CREATE VIEW IF NOT EXISTS `oa`.`dns_threat_investigation` (
  `unix_tstamp` COMMENT 'Time of the response: whole seconds since 1970-01-01 00:00:00 UTC.',
  `ip_dst` COMMENT 'Address of the client, which received the response.',
  `dns_qry_name` COMMENT 'Query name, as written.',
  `ip_sev` COMMENT 'Severity of the client: 1 high, 2 medium, 3 low, 0 not given.',
  `dns_sev` COMMENT 'Severity of the query name: 1 high, 2 medium, 3 low, 0 not given.',
  `rank` COMMENT 'Position among the suspicious responses of its day.',
  `note` COMMENT 'Note of the analyst.',
  `scored_at` COMMENT 'When it was scored, UTC.',
  `scored_by` COMMENT 'Analyst who scored it.',
  `frame_time` COMMENT 'Time of the response, as written.',
  `frame_len` COMMENT 'Length of the frame in bytes.',
  `dns_qry_class` COMMENT 'Query class, as written.',
  `dns_qry_type` COMMENT 'Query type.',
  `dns_qry_rcode` COMMENT 'Response code.',
  `score` COMMENT 'Probability of the response for its client.',
  `tld` COMMENT 'Registered domain of the query name; empty if there is none.',
  `query_rep` COMMENT 'Reputation of the query name.',
  `hh` COMMENT 'Hour of the response, UTC.',
  `dns_qry_class_name` COMMENT 'Name of the query class.',
  `dns_qry_type_name` COMMENT 'Name of the query type.',
  `dns_qry_rcode_name` COMMENT 'Name of the response code.',
  `network_context` COMMENT 'Name of the client, or of its network.',
  `y` COMMENT 'Partition: year of the run.',
  `m` COMMENT 'Partition: month of the run.',
  `d` COMMENT 'Partition: day of the run.'
)
COMMENT 'DNS responses that an analyst scored. References, while the row is stored: (y, m, d, unix_tstamp, ip_dst, dns_qry_name) of dns_scores (y, m, d, unix_tstamp, ip_dst, dns_qry_name).'
AS SELECT `unix_tstamp`, `ip_dst`, `dns_qry_name`, `ip_sev`, `dns_sev`, `rank`, `note`, `scored_at`, `scored_by`, `frame_time`, `frame_len`, `dns_qry_class`, `dns_qry_type`, `dns_qry_rcode`, `score`, `tld`, `query_rep`, `hh`, `dns_qry_class_name`, `dns_qry_type_name`, `dns_qry_rcode_name`, `network_context`, `y`, `m`, `d` FROM (
  SELECT `unix_tstamp`, `ip_dst`, `dns_qry_name`, `ip_sev`, `dns_sev`, `rank`, `note`, `scored_at`, `scored_by`, `frame_time`, `frame_len`, `dns_qry_class`, `dns_qry_type`, `dns_qry_rcode`, `score`, `tld`, `query_rep`, `hh`, `dns_qry_class_name`, `dns_qry_type_name`, `dns_qry_rcode_name`, `network_context`, `y`, `m`, `d`, `flow_oa_revision`, `flow_oa_gone`,
    row_number() OVER (PARTITION BY `y`, `m`, `d`, `unix_tstamp`, `ip_dst`, `dns_qry_name` ORDER BY `flow_oa_revision` DESC) AS `flow_oa_place`
  FROM `oa`.`dns_threat_investigation_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`flow` (
  `treceived` STRING COMMENT 'Time of the flow, UTC.',
  `unix_tstamp` BIGINT COMMENT 'Time of the flow in seconds since 1970-01-01 00:00:00 UTC.',
  `tryear` INT COMMENT 'Year.',
  `trmonth` INT COMMENT 'Month, 1 to 12.',
  `trday` INT COMMENT 'Day of the month.',
  `trhour` INT COMMENT 'Hour, 0 to 23.',
  `trminute` INT COMMENT 'Minute, 0 to 59.',
  `trsec` INT COMMENT 'Second, 0 to 59.',
  `tdur` FLOAT COMMENT 'Duration in seconds.',
  `sip` STRING COMMENT 'Source address.',
  `dip` STRING COMMENT 'Destination address.',
  `sport` INT COMMENT 'Source port; 0 if the protocol has none.',
  `dport` INT COMMENT 'Destination port; for ICMP, type * 256 + code.',
  `proto` STRING COMMENT 'Protocol name, or its number if it has none.',
  `flag` STRING COMMENT 'TCP flags, UAPRSF, with a dot for each flag not set.',
  `fwd` INT COMMENT 'Forwarding status.',
  `stos` INT COMMENT 'Type of service, source side.',
  `ipkt` BIGINT COMMENT 'Packets from source to destination.',
  `ibyt` BIGINT COMMENT 'Bytes from source to destination.',
  `opkt` BIGINT COMMENT 'Packets from destination to source.',
  `obyt` BIGINT COMMENT 'Bytes from destination to source.',
  `input` BIGINT COMMENT 'Input interface (SNMP index).',
  `output` BIGINT COMMENT 'Output interface (SNMP index).',
  `sas` BIGINT COMMENT 'Autonomous system of the source.',
  `das` BIGINT COMMENT 'Autonomous system of the destination.',
  `dtos` INT COMMENT 'Type of service, destination side.',
  `dir` INT COMMENT 'Direction: 0 ingress, 1 egress.',
  `rip` STRING COMMENT 'Address of the exporter.'
)
PARTITIONED BY (
  `y` SMALLINT COMMENT 'Partition: year of `treceived`.',
  `m` TINYINT COMMENT 'Partition: month of `treceived`.',
  `d` TINYINT COMMENT 'Partition: day of `treceived`.',
  `h` TINYINT COMMENT 'Partition: hour of `treceived`.'
)
COMMENT 'Raw network flows.'
STORED AS PARQUET
LOCATION 'file:///home/tables/flow/hive/flow';
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`flow_chords` (
  `ip_threat` STRING COMMENT 'Address with two or more peers.',
  `srcip` STRING COMMENT 'Source address.',
  `dstip` STRING COMMENT 'Destination address.',
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
LOCATION 'file:///home/tables/flow/hive/oa/chords';
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`flow_edge` (
  `tstart` STRING COMMENT 'Time of the flow, UTC.',
  `srcip` STRING COMMENT 'Source address.',
  `dstip` STRING COMMENT 'Destination address.',
  `sport` INT COMMENT 'Source port.',
  `dport` INT COMMENT 'Destination port.',
  `proto` STRING COMMENT 'Protocol.',
  `flags` STRING COMMENT 'TCP flags, UAPRSF.',
  `tos` INT COMMENT 'Type of service.',
  `ibyt` BIGINT COMMENT 'Bytes from source to destination.',
  `ipkt` BIGINT COMMENT 'Packets from source to destination.',
  `pkts` BIGINT COMMENT 'Packets in both directions.',
  `input` BIGINT COMMENT 'Input interface.',
  `output` BIGINT COMMENT 'Output interface.',
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
COMMENT 'Raw flows behind the suspicious connections: all between the same two addresses, in either direction, in the same minute.'
STORED AS PARQUET
LOCATION 'file:///home/tables/flow/hive/oa/edge';
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`flow_ingest_summary` (
  `tdate` STRING COMMENT 'Minute, YYYY-MM-DD HH:MM, UTC.',
  `total` BIGINT COMMENT 'Number of flows.'
)
PARTITIONED BY (
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.'
)
COMMENT 'Raw flows of the day by minute; a minute without flows has no row.'
STORED AS PARQUET
LOCATION 'file:///home/tables/flow/hive/oa/summary';
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`flow_scores` (
  `tstart` STRING COMMENT 'Time of the flow, UTC.',
  `srcip` STRING COMMENT 'Source address.',
  `dstip` STRING COMMENT 'Destination address.',
  `sport` INT COMMENT 'Source port.',
  `dport` INT COMMENT 'Destination port.',
  `proto` STRING COMMENT 'Protocol.',
  `ipkt` BIGINT COMMENT 'Packets from source to destination.',
  `ibyt` BIGINT COMMENT 'Bytes from source to destination.',
  `opkt` BIGINT COMMENT 'Packets from destination to source.',
  `obyt` BIGINT COMMENT 'Bytes from destination to source.',
  `score` DOUBLE COMMENT 'Probability of the flow for its two ends; the lowest is the most suspicious.',
  `rank` INT COMMENT 'Position in the results file, from 0, the most suspicious.',
  `srcip_internal` BOOLEAN COMMENT 'Whether the source is internal.',
  `destip_internal` BOOLEAN COMMENT 'Whether the destination is internal.',
  `src_geoloc` STRING COMMENT 'Where the source is: State;City Owner.',
  `dst_geoloc` STRING COMMENT 'Where the destination is: State;City Owner.',
  `src_domain` STRING COMMENT 'Domain of the source’s network.',
  `dst_domain` STRING COMMENT 'Domain of the destination’s network.',
  `src_rep` STRING COMMENT 'Reputation of the source: service:LABEL:value, joined by ::.',
  `dst_rep` STRING COMMENT 'Reputation of the destination: service:LABEL:value, joined by ::.',
  `src_country` STRING COMMENT 'Country of the source: ISO 3166 code, or - if the geolocation file has none.',
  `dst_country` STRING COMMENT 'Country of the destination: ISO 3166 code, or - if the geolocation file has none.',
  `why` STRING COMMENT 'Why the flow is suspicious, in words; empty if the results file does not tell.'
)
PARTITIONED BY (
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.'
)
COMMENT 'Suspicious connections: the least likely flows of the day, with context.'
STORED AS PARQUET
LOCATION 'file:///home/tables/flow/hive/oa/suspicious';
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`flow_storyboard_log` (
  `flow_oa_revision` BIGINT COMMENT 'Number of the change; of the same row, the highest holds.',
  `flow_oa_gone` BOOLEAN COMMENT 'Whether the change takes the row away.',
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.',
  `ip_threat` STRING COMMENT 'Address.',
  `title` STRING COMMENT 'Title, as written.',
  `text` STRING COMMENT 'Text, as written.',
  `written_at` STRING COMMENT 'When it was written, UTC.',
  `written_by` STRING COMMENT 'Author.'
)
COMMENT 'Comments of analysts about addresses.'
STORED AS PARQUET
LOCATION 'file:///home/tables/flow/hive/oa/storyboard';
CREATE VIEW IF NOT EXISTS `oa`.`flow_storyboard` (
  `ip_threat` COMMENT 'Address.',
  `title` COMMENT 'Title, as written.',
  `text` COMMENT 'Text, as written.',
  `written_at` COMMENT 'When it was written, UTC.',
  `written_by` COMMENT 'Author.',
  `y` COMMENT 'Partition: year of the run.',
  `m` COMMENT 'Partition: month of the run.',
  `d` COMMENT 'Partition: day of the run.'
)
COMMENT 'Comments of analysts about addresses.'
AS SELECT `ip_threat`, `title`, `text`, `written_at`, `written_by`, `y`, `m`, `d` FROM (
  SELECT `ip_threat`, `title`, `text`, `written_at`, `written_by`, `y`, `m`, `d`, `flow_oa_revision`, `flow_oa_gone`,
    row_number() OVER (PARTITION BY `y`, `m`, `d`, `ip_threat` ORDER BY `flow_oa_revision` DESC) AS `flow_oa_place`
  FROM `oa`.`flow_storyboard_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`flow_threat_investigation_log` (
  `flow_oa_revision` BIGINT COMMENT 'Number of the change; of the same row, the highest holds.',
  `flow_oa_gone` BOOLEAN COMMENT 'Whether the change takes the row away.',
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.',
  `tstart` STRING COMMENT 'Time of the flow, UTC.',
  `srcip` STRING COMMENT 'Source address.',
  `dstip` STRING COMMENT 'Destination address.',
  `srcport` INT COMMENT 'Source port.',
  `dstport` INT COMMENT 'Destination port.',
  `score` INT COMMENT 'Severity: 1 high, 2 medium, 3 low.',
  `proto` STRING COMMENT 'Protocol.',
  `rank` INT COMMENT 'Position among the suspicious connections of its day.',
  `note` STRING COMMENT 'Note of the analyst.',
  `scored_at` STRING COMMENT 'When it was scored, UTC.',
  `scored_by` STRING COMMENT 'Analyst who scored it.',
  `ipkt` BIGINT COMMENT 'Packets from source to destination.',
  `ibyt` BIGINT COMMENT 'Bytes from source to destination.'
)
COMMENT 'Connections that an analyst scored. References, while the row is stored: (y, m, d, tstart, srcip, dstip, srcport, dstport, proto) of flow_scores (y, m, d, tstart, srcip, dstip, sport, dport, proto).'
STORED AS PARQUET
LOCATION 'file:///home/tables/flow/hive/oa/threat_investigation';
CREATE VIEW IF NOT EXISTS `oa`.`flow_threat_investigation` (
  `tstart` COMMENT 'Time of the flow, UTC.',
  `srcip` COMMENT 'Source address.',
  `dstip` COMMENT 'Destination address.',
  `srcport` COMMENT 'Source port.',
  `dstport` COMMENT 'Destination port.',
  `score` COMMENT 'Severity: 1 high, 2 medium, 3 low.',
  `proto` COMMENT 'Protocol.',
  `rank` COMMENT 'Position among the suspicious connections of its day.',
  `note` COMMENT 'Note of the analyst.',
  `scored_at` COMMENT 'When it was scored, UTC.',
  `scored_by` COMMENT 'Analyst who scored it.',
  `ipkt` COMMENT 'Packets from source to destination.',
  `ibyt` COMMENT 'Bytes from source to destination.',
  `y` COMMENT 'Partition: year of the run.',
  `m` COMMENT 'Partition: month of the run.',
  `d` COMMENT 'Partition: day of the run.'
)
COMMENT 'Connections that an analyst scored. References, while the row is stored: (y, m, d, tstart, srcip, dstip, srcport, dstport, proto) of flow_scores (y, m, d, tstart, srcip, dstip, sport, dport, proto).'
AS SELECT `tstart`, `srcip`, `dstip`, `srcport`, `dstport`, `score`, `proto`, `rank`, `note`, `scored_at`, `scored_by`, `ipkt`, `ibyt`, `y`, `m`, `d` FROM (
  SELECT `tstart`, `srcip`, `dstip`, `srcport`, `dstport`, `score`, `proto`, `rank`, `note`, `scored_at`, `scored_by`, `ipkt`, `ibyt`, `y`, `m`, `d`, `flow_oa_revision`, `flow_oa_gone`,
    row_number() OVER (PARTITION BY `y`, `m`, `d`, `tstart`, `srcip`, `dstip`, `srcport`, `dstport`, `proto` ORDER BY `flow_oa_revision` DESC) AS `flow_oa_place`
  FROM `oa`.`flow_threat_investigation_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`flow_timeline_log` (
  `flow_oa_revision` BIGINT COMMENT 'Number of the change; of the same row, the highest holds.',
  `flow_oa_gone` BOOLEAN COMMENT 'Whether the change takes the row away.',
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.',
  `ip_threat` STRING COMMENT 'Address.',
  `tstart` STRING COMMENT 'First flow, UTC.',
  `tend` STRING COMMENT 'Last flow, UTC.',
  `srcip` STRING COMMENT 'Source address.',
  `dstip` STRING COMMENT 'Destination address.',
  `proto` STRING COMMENT 'Protocol.',
  `sport` INT COMMENT 'Source port.',
  `dport` INT COMMENT 'Destination port.',
  `ipkt` BIGINT COMMENT 'Packets from source to destination.',
  `ibyt` BIGINT COMMENT 'Bytes from source to destination.'
)
COMMENT 'Connections of the addresses that analysts commented on.'
STORED AS PARQUET
LOCATION 'file:///home/tables/flow/hive/oa/timeline';
CREATE VIEW IF NOT EXISTS `oa`.`flow_timeline` (
  `ip_threat` COMMENT 'Address.',
  `tstart` COMMENT 'First flow, UTC.',
  `tend` COMMENT 'Last flow, UTC.',
  `srcip` COMMENT 'Source address.',
  `dstip` COMMENT 'Destination address.',
  `proto` COMMENT 'Protocol.',
  `sport` COMMENT 'Source port.',
  `dport` COMMENT 'Destination port.',
  `ipkt` COMMENT 'Packets from source to destination.',
  `ibyt` COMMENT 'Bytes from source to destination.',
  `y` COMMENT 'Partition: year of the run.',
  `m` COMMENT 'Partition: month of the run.',
  `d` COMMENT 'Partition: day of the run.'
)
COMMENT 'Connections of the addresses that analysts commented on.'
AS SELECT `ip_threat`, `tstart`, `tend`, `srcip`, `dstip`, `proto`, `sport`, `dport`, `ipkt`, `ibyt`, `y`, `m`, `d` FROM (
  SELECT `ip_threat`, `tstart`, `tend`, `srcip`, `dstip`, `proto`, `sport`, `dport`, `ipkt`, `ibyt`, `y`, `m`, `d`, `flow_oa_revision`, `flow_oa_gone`,
    row_number() OVER (PARTITION BY `y`, `m`, `d`, `ip_threat`, `srcip`, `dstip`, `proto`, `sport`, `dport` ORDER BY `flow_oa_revision` DESC) AS `flow_oa_place`
  FROM `oa`.`flow_timeline_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`proxy` (
  `p_date` STRING COMMENT 'Date of the request, YYYY-MM-DD, UTC.',
  `p_time` STRING COMMENT 'Time of the request, H:MM:SS, UTC.',
  `clientip` STRING COMMENT 'Address of the client.',
  `host` STRING COMMENT 'Host that was requested, with its port if the request has one.',
  `reqmethod` STRING COMMENT 'Method of the request, such as GET.',
  `useragent` STRING COMMENT 'User agent of the client.',
  `resconttype` STRING COMMENT 'Content type of the response.',
  `duration` BIGINT COMMENT 'Duration of the request in milliseconds.',
  `username` STRING COMMENT 'Name of the authenticated user.',
  `authgroup` STRING COMMENT 'Group of the authenticated user.',
  `exceptionid` STRING COMMENT 'Exception that the proxy raised.',
  `filterresult` STRING COMMENT 'Result of the content filter: OBSERVED, PROXIED or DENIED.',
  `webcat` STRING COMMENT 'Web categories of the URL, separated by semicolons.',
  `referer` STRING COMMENT 'URL of the page that led to the request.',
  `respcode` STRING COMMENT 'HTTP status.',
  `action` STRING COMMENT 'What the proxy did, such as TCP_NC_MISS.',
  `urischeme` STRING COMMENT 'Scheme of the URL.',
  `uriport` STRING COMMENT 'Port of the URL.',
  `uripath` STRING COMMENT 'Path of the URL.',
  `uriquery` STRING COMMENT 'Query of the URL, with its question mark.',
  `uriextension` STRING COMMENT 'Extension of the file that was requested.',
  `serverip` STRING COMMENT 'Address to which the proxy connected, as written; - if there is none.',
  `scbytes` BIGINT COMMENT 'Bytes from the proxy to the client.',
  `csbytes` BIGINT COMMENT 'Bytes from the client to the proxy.',
  `virusid` STRING COMMENT 'Virus that the proxy found.',
  `bcappname` STRING COMMENT 'Web application that was used.',
  `bcappoper` STRING COMMENT 'Operation of the web application.',
  `fulluri` STRING COMMENT 'URL without scheme and port: host, path and query.'
)
PARTITIONED BY (
  `y` SMALLINT COMMENT 'Partition: year of the time of the row.',
  `m` TINYINT COMMENT 'Partition: month of the time of the row.',
  `d` TINYINT COMMENT 'Partition: day of the time of the row.',
  `h` TINYINT COMMENT 'Partition: hour of the time of the row.'
)
COMMENT 'Raw requests to the web proxy.'
STORED AS PARQUET
LOCATION 'file:///home/tables/proxy/hive/proxy';
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`proxy_edge` (
  `tdate` STRING COMMENT 'Date of the request, as written.',
  `time` STRING COMMENT 'Time of the request, as written.',
  `clientip` STRING COMMENT 'Address of the client.',
  `host` STRING COMMENT 'Host of the URL.',
  `webcat` STRING COMMENT 'Web categories of the URL, separated by semicolons.',
  `respcode` STRING COMMENT 'HTTP status.',
  `reqmethod` STRING COMMENT 'Method of the request.',
  `useragent` STRING COMMENT 'User agent of the client.',
  `resconttype` STRING COMMENT 'Content type of the response.',
  `referer` STRING COMMENT 'URL of the page that led to the request.',
  `uriport` STRING COMMENT 'Port of the URL.',
  `serverip` STRING COMMENT 'Address to which the proxy connected, as written; - if there is none.',
  `scbytes` BIGINT COMMENT 'Bytes from the proxy to the client.',
  `csbytes` BIGINT COMMENT 'Bytes from the client to the proxy.',
  `fulluri` STRING COMMENT 'URL without scheme and port.',
  `hh` INT COMMENT 'Hour of the request.',
  `respcode_name` STRING COMMENT 'Name of the HTTP status, or Unknown and the status.'
)
PARTITIONED BY (
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.'
)
COMMENT 'Requests of the client of a suspicious request for the same URL, in the same hour.'
STORED AS PARQUET
LOCATION 'file:///home/tables/proxy/hive/oa/edge';
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`proxy_ingest_summary` (
  `tdate` STRING COMMENT 'Minute: YYYY-MM-DD HH:MM.',
  `total` BIGINT COMMENT 'Requests.'
)
PARTITIONED BY (
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.'
)
COMMENT 'Number of requests of each minute.'
STORED AS PARQUET
LOCATION 'file:///home/tables/proxy/hive/oa/summary';
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`proxy_scores` (
  `tdate` STRING COMMENT 'Date of the request, as written.',
  `time` STRING COMMENT 'Time of the request, as written.',
  `clientip` STRING COMMENT 'Address of the client.',
  `host` STRING COMMENT 'Host of the URL.',
  `reqmethod` STRING COMMENT 'Method of the request.',
  `useragent` STRING COMMENT 'User agent of the client.',
  `resconttype` STRING COMMENT 'Content type of the response.',
  `duration` BIGINT COMMENT 'Duration of the request in milliseconds.',
  `username` STRING COMMENT 'Name of the authenticated user.',
  `webcat` STRING COMMENT 'Web categories of the URL, separated by semicolons.',
  `referer` STRING COMMENT 'URL of the page that led to the request.',
  `respcode` INT COMMENT 'HTTP status.',
  `uriport` INT COMMENT 'Port of the URL.',
  `uripath` STRING COMMENT 'Path of the URL.',
  `uriquery` STRING COMMENT 'Query of the URL, with its question mark.',
  `serverip` STRING COMMENT 'Address to which the proxy connected, as written; - if there is none.',
  `scbytes` BIGINT COMMENT 'Bytes from the proxy to the client.',
  `csbytes` BIGINT COMMENT 'Bytes from the client to the proxy.',
  `fulluri` STRING COMMENT 'URL without scheme and port.',
  `word` STRING COMMENT 'Word that the machine-learning job made of the request.',
  `ml_score` DOUBLE COMMENT 'Probability of the request for its client; the lowest is the most suspicious.',
  `uri_rep` STRING COMMENT 'Reputation of the URL: service:LABEL:value, joined by ::.',
  `respcode_name` STRING COMMENT 'Name of the HTTP status, or Unknown and the status.',
  `network_context` STRING COMMENT 'Name of the client, or of its network.',
  `rank` INT COMMENT 'Position in the results file, from 0, the most suspicious.',
  `why` STRING COMMENT 'Why the request is suspicious, in words; empty if the results file does not tell.'
)
PARTITIONED BY (
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.'
)
COMMENT 'Suspicious requests: the least likely of the day, with context.'
STORED AS PARQUET
LOCATION 'file:///home/tables/proxy/hive/oa/suspicious';
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`proxy_storyboard_log` (
  `flow_oa_revision` BIGINT COMMENT 'Number of the change; of the same row, the highest holds.',
  `flow_oa_gone` BOOLEAN COMMENT 'Whether the change takes the row away.',
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.',
  `p_threat` STRING COMMENT 'URL that the comment is about.',
  `title` STRING COMMENT 'Title, as written.',
  `text` STRING COMMENT 'Text, as written.',
  `written_at` STRING COMMENT 'When it was written, UTC.',
  `written_by` STRING COMMENT 'Author.'
)
COMMENT 'Comments of analysts about URLs.'
STORED AS PARQUET
LOCATION 'file:///home/tables/proxy/hive/oa/storyboard';
CREATE VIEW IF NOT EXISTS `oa`.`proxy_storyboard` (
  `p_threat` COMMENT 'URL that the comment is about.',
  `title` COMMENT 'Title, as written.',
  `text` COMMENT 'Text, as written.',
  `written_at` COMMENT 'When it was written, UTC.',
  `written_by` COMMENT 'Author.',
  `y` COMMENT 'Partition: year of the run.',
  `m` COMMENT 'Partition: month of the run.',
  `d` COMMENT 'Partition: day of the run.'
)
COMMENT 'Comments of analysts about URLs.'
AS SELECT `p_threat`, `title`, `text`, `written_at`, `written_by`, `y`, `m`, `d` FROM (
  SELECT `p_threat`, `title`, `text`, `written_at`, `written_by`, `y`, `m`, `d`, `flow_oa_revision`, `flow_oa_gone`,
    row_number() OVER (PARTITION BY `y`, `m`, `d`, `p_threat` ORDER BY `flow_oa_revision` DESC) AS `flow_oa_place`
  FROM `oa`.`proxy_storyboard_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`proxy_threat_investigation_log` (
  `flow_oa_revision` BIGINT COMMENT 'Number of the change; of the same row, the highest holds.',
  `flow_oa_gone` BOOLEAN COMMENT 'Whether the change takes the row away.',
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.',
  `tdate` STRING COMMENT 'Date of the request, as written.',
  `fulluri` STRING COMMENT 'URL without scheme and port.',
  `uri_sev` INT COMMENT 'Severity: 1 high, 2 medium, 3 low.',
  `rank` INT COMMENT 'Position among the suspicious requests of its day.',
  `note` STRING COMMENT 'Note of the analyst.',
  `scored_at` STRING COMMENT 'When it was scored, UTC.',
  `scored_by` STRING COMMENT 'Analyst who scored it.',
  `p_date` STRING COMMENT 'Date of the request, as written.',
  `p_time` STRING COMMENT 'Time of the request, as written.',
  `clientip` STRING COMMENT 'Address of the client.',
  `host` STRING COMMENT 'Host of the URL.',
  `reqmethod` STRING COMMENT 'Method of the request.',
  `useragent` STRING COMMENT 'User agent of the client.',
  `resconttype` STRING COMMENT 'Content type of the response.',
  `duration` BIGINT COMMENT 'Duration of the request in milliseconds.',
  `username` STRING COMMENT 'Name of the authenticated user.',
  `webcat` STRING COMMENT 'Web categories of the URL, separated by semicolons.',
  `referer` STRING COMMENT 'URL of the page that led to the request.',
  `respcode` INT COMMENT 'HTTP status.',
  `uriport` INT COMMENT 'Port of the URL.',
  `uripath` STRING COMMENT 'Path of the URL.',
  `uriquery` STRING COMMENT 'Query of the URL, with its question mark.',
  `serverip` STRING COMMENT 'Address to which the proxy connected, as written; - if there is none.',
  `scbytes` BIGINT COMMENT 'Bytes from the proxy to the client.',
  `csbytes` BIGINT COMMENT 'Bytes from the client to the proxy.',
  `word` STRING COMMENT 'Word that the machine-learning job made of the request.',
  `score` DOUBLE COMMENT 'Probability of the request for its client.',
  `uri_rep` STRING COMMENT 'Reputation of the URL.',
  `respcode_name` STRING COMMENT 'Name of the HTTP status.',
  `network_context` STRING COMMENT 'Name of the client, or of its network.',
  `hash` STRING COMMENT 'MD5 hash of client and URL, and the hour of the request.'
)
COMMENT 'Requests that an analyst scored, by URL. References, while the row is stored: (y, m, d, fulluri) of proxy_scores (y, m, d, fulluri).'
STORED AS PARQUET
LOCATION 'file:///home/tables/proxy/hive/oa/threat_investigation';
CREATE VIEW IF NOT EXISTS `oa`.`proxy_threat_investigation` (
  `tdate` COMMENT 'Date of the request, as written.',
  `fulluri` COMMENT 'URL without scheme and port.',
  `uri_sev` COMMENT 'Severity: 1 high, 2 medium, 3 low.',
  `rank` COMMENT 'Position among the suspicious requests of its day.',
  `note` COMMENT 'Note of the analyst.',
  `scored_at` COMMENT 'When it was scored, UTC.',
  `scored_by` COMMENT 'Analyst who scored it.',
  `p_date` COMMENT 'Date of the request, as written.',
  `p_time` COMMENT 'Time of the request, as written.',
  `clientip` COMMENT 'Address of the client.',
  `host` COMMENT 'Host of the URL.',
  `reqmethod` COMMENT 'Method of the request.',
  `useragent` COMMENT 'User agent of the client.',
  `resconttype` COMMENT 'Content type of the response.',
  `duration` COMMENT 'Duration of the request in milliseconds.',
  `username` COMMENT 'Name of the authenticated user.',
  `webcat` COMMENT 'Web categories of the URL, separated by semicolons.',
  `referer` COMMENT 'URL of the page that led to the request.',
  `respcode` COMMENT 'HTTP status.',
  `uriport` COMMENT 'Port of the URL.',
  `uripath` COMMENT 'Path of the URL.',
  `uriquery` COMMENT 'Query of the URL, with its question mark.',
  `serverip` COMMENT 'Address to which the proxy connected, as written; - if there is none.',
  `scbytes` COMMENT 'Bytes from the proxy to the client.',
  `csbytes` COMMENT 'Bytes from the client to the proxy.',
  `word` COMMENT 'Word that the machine-learning job made of the request.',
  `score` COMMENT 'Probability of the request for its client.',
  `uri_rep` COMMENT 'Reputation of the URL.',
  `respcode_name` COMMENT 'Name of the HTTP status.',
  `network_context` COMMENT 'Name of the client, or of its network.',
  `hash` COMMENT 'MD5 hash of client and URL, and the hour of the request.',
  `y` COMMENT 'Partition: year of the run.',
  `m` COMMENT 'Partition: month of the run.',
  `d` COMMENT 'Partition: day of the run.'
)
COMMENT 'Requests that an analyst scored, by URL. References, while the row is stored: (y, m, d, fulluri) of proxy_scores (y, m, d, fulluri).'
AS SELECT `tdate`, `fulluri`, `uri_sev`, `rank`, `note`, `scored_at`, `scored_by`, `p_date`, `p_time`, `clientip`, `host`, `reqmethod`, `useragent`, `resconttype`, `duration`, `username`, `webcat`, `referer`, `respcode`, `uriport`, `uripath`, `uriquery`, `serverip`, `scbytes`, `csbytes`, `word`, `score`, `uri_rep`, `respcode_name`, `network_context`, `hash`, `y`, `m`, `d` FROM (
  SELECT `tdate`, `fulluri`, `uri_sev`, `rank`, `note`, `scored_at`, `scored_by`, `p_date`, `p_time`, `clientip`, `host`, `reqmethod`, `useragent`, `resconttype`, `duration`, `username`, `webcat`, `referer`, `respcode`, `uriport`, `uripath`, `uriquery`, `serverip`, `scbytes`, `csbytes`, `word`, `score`, `uri_rep`, `respcode_name`, `network_context`, `hash`, `y`, `m`, `d`, `flow_oa_revision`, `flow_oa_gone`,
    row_number() OVER (PARTITION BY `y`, `m`, `d`, `fulluri` ORDER BY `flow_oa_revision` DESC) AS `flow_oa_place`
  FROM `oa`.`proxy_threat_investigation_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`proxy_timeline_log` (
  `flow_oa_revision` BIGINT COMMENT 'Number of the change; of the same row, the highest holds.',
  `flow_oa_gone` BOOLEAN COMMENT 'Whether the change takes the row away.',
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.',
  `p_threat` STRING COMMENT 'URL under investigation.',
  `tstart` STRING COMMENT 'Time of the requests.',
  `tend` STRING COMMENT 'Time of the last request.',
  `duration` BIGINT COMMENT 'Duration of all requests in milliseconds.',
  `clientip` STRING COMMENT 'Address of the client.',
  `respcode` STRING COMMENT 'HTTP status.',
  `respcodename` STRING COMMENT 'Name of the HTTP status, or Unknown and the status.'
)
COMMENT 'Requests for the URLs that analysts commented on, by client, time and HTTP status.'
STORED AS PARQUET
LOCATION 'file:///home/tables/proxy/hive/oa/timeline';
CREATE VIEW IF NOT EXISTS `oa`.`proxy_timeline` (
  `p_threat` COMMENT 'URL under investigation.',
  `tstart` COMMENT 'Time of the requests.',
  `tend` COMMENT 'Time of the last request.',
  `duration` COMMENT 'Duration of all requests in milliseconds.',
  `clientip` COMMENT 'Address of the client.',
  `respcode` COMMENT 'HTTP status.',
  `respcodename` COMMENT 'Name of the HTTP status, or Unknown and the status.',
  `y` COMMENT 'Partition: year of the run.',
  `m` COMMENT 'Partition: month of the run.',
  `d` COMMENT 'Partition: day of the run.'
)
COMMENT 'Requests for the URLs that analysts commented on, by client, time and HTTP status.'
AS SELECT `p_threat`, `tstart`, `tend`, `duration`, `clientip`, `respcode`, `respcodename`, `y`, `m`, `d` FROM (
  SELECT `p_threat`, `tstart`, `tend`, `duration`, `clientip`, `respcode`, `respcodename`, `y`, `m`, `d`, `flow_oa_revision`, `flow_oa_gone`,
    row_number() OVER (PARTITION BY `y`, `m`, `d`, `p_threat`, `tstart`, `clientip`, `respcode`, `respcodename` ORDER BY `flow_oa_revision` DESC) AS `flow_oa_place`
  FROM `oa`.`proxy_timeline_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`flow_oa_ingest_log` (
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
LOCATION 'file:///home/tables/ledger/flow_oa_ingest';
CREATE VIEW IF NOT EXISTS `oa`.`flow_oa_ingest` (
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
  FROM `oa`.`flow_oa_ingest_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`flow_oa_ingest_day_log` (
  `flow_oa_revision` BIGINT COMMENT 'Number of the change; of the same row, the highest holds.',
  `flow_oa_gone` BOOLEAN COMMENT 'Whether the change takes the row away.',
  `ingest` BIGINT COMMENT 'Number of the ingest.',
  `day` STRING COMMENT 'Day of the rows, YYYY-MM-DD.',
  `stored` BIGINT COMMENT 'Rows stored for that day.'
)
COMMENT 'Days of those files.'
STORED AS PARQUET
LOCATION 'file:///home/tables/ledger/flow_oa_ingest_day';
CREATE VIEW IF NOT EXISTS `oa`.`flow_oa_ingest_day` (
  `ingest` COMMENT 'Number of the ingest.',
  `day` COMMENT 'Day of the rows, YYYY-MM-DD.',
  `stored` COMMENT 'Rows stored for that day.'
)
COMMENT 'Days of those files.'
AS SELECT `ingest`, `day`, `stored` FROM (
  SELECT `ingest`, `day`, `stored`, `flow_oa_revision`, `flow_oa_gone`,
    row_number() OVER (PARTITION BY `ingest`, `day` ORDER BY `flow_oa_revision` DESC) AS `flow_oa_place`
  FROM `oa`.`flow_oa_ingest_day_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`flow_oa_history_log` (
  `flow_oa_revision` BIGINT COMMENT 'Number of the change; of the same row, the highest holds.',
  `flow_oa_gone` BOOLEAN COMMENT 'Whether the change takes the row away.',
  `id` BIGINT COMMENT 'Number of the entry.',
  `command` STRING COMMENT 'What was done: run, ingest, purge, copy or rank.',
  `pipeline` STRING COMMENT 'Pipeline that it was done to.',
  `day` STRING COMMENT 'Day of a run, a copy or a ranking; first day that a purge kept; YYYY-MM-DD.',
  `row_limit` BIGINT COMMENT 'Most rows that a run was to read, or a ranking to write.',
  `input` STRING COMMENT 'Results file that a run read or a ranking wrote; raw file of an ingest, - for standard input; database of a copy.',
  `content` STRING COMMENT 'BLAKE3 hash of the records read (run), the decompressed file (ingest) or the file written (rank).',
  `context` STRING COMMENT 'BLAKE3 hash of the context files of a run; of an ingest, the number of bytes of the decompressed file.',
  `fingerprint` STRING COMMENT 'Fingerprint of the schema that the program was built with.',
  `raw_rows` STRING COMMENT 'BLAKE3 hash of the list of ingests that a run or a copy found for its day.',
  `scores_file` STRING COMMENT 'BLAKE3 hash of the file of scores that a run wrote.',
  `records` BIGINT COMMENT 'Records read, those rejected and skipped included.',
  `stored` BIGINT COMMENT 'Rows stored: scores of a run, raw rows of an ingest; lines of a ranking.',
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
COMMENT 'Runs, ingests, purges, copies and rankings, however they ended.'
STORED AS PARQUET
LOCATION 'file:///home/tables/ledger/flow_oa_history';
CREATE VIEW IF NOT EXISTS `oa`.`flow_oa_history` (
  `id` COMMENT 'Number of the entry.',
  `command` COMMENT 'What was done: run, ingest, purge, copy or rank.',
  `pipeline` COMMENT 'Pipeline that it was done to.',
  `day` COMMENT 'Day of a run, a copy or a ranking; first day that a purge kept; YYYY-MM-DD.',
  `row_limit` COMMENT 'Most rows that a run was to read, or a ranking to write.',
  `input` COMMENT 'Results file that a run read or a ranking wrote; raw file of an ingest, - for standard input; database of a copy.',
  `content` COMMENT 'BLAKE3 hash of the records read (run), the decompressed file (ingest) or the file written (rank).',
  `context` COMMENT 'BLAKE3 hash of the context files of a run; of an ingest, the number of bytes of the decompressed file.',
  `fingerprint` COMMENT 'Fingerprint of the schema that the program was built with.',
  `raw_rows` COMMENT 'BLAKE3 hash of the list of ingests that a run or a copy found for its day.',
  `scores_file` COMMENT 'BLAKE3 hash of the file of scores that a run wrote.',
  `records` COMMENT 'Records read, those rejected and skipped included.',
  `stored` COMMENT 'Rows stored: scores of a run, raw rows of an ingest; lines of a ranking.',
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
COMMENT 'Runs, ingests, purges, copies and rankings, however they ended.'
AS SELECT `id`, `command`, `pipeline`, `day`, `row_limit`, `input`, `content`, `context`, `fingerprint`, `raw_rows`, `scores_file`, `records`, `stored`, `rejected`, `skipped`, `started`, `finished`, `seconds`, `status`, `message`, `version`, `lock_file` FROM (
  SELECT `id`, `command`, `pipeline`, `day`, `row_limit`, `input`, `content`, `context`, `fingerprint`, `raw_rows`, `scores_file`, `records`, `stored`, `rejected`, `skipped`, `started`, `finished`, `seconds`, `status`, `message`, `version`, `lock_file`, `flow_oa_revision`, `flow_oa_gone`,
    row_number() OVER (PARTITION BY `id` ORDER BY `flow_oa_revision` DESC) AS `flow_oa_place`
  FROM `oa`.`flow_oa_history_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`flow_oa_history_table_log` (
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
LOCATION 'file:///home/tables/ledger/flow_oa_history_table';
CREATE VIEW IF NOT EXISTS `oa`.`flow_oa_history_table` (
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
  FROM `oa`.`flow_oa_history_table_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`flow_oa_expectation_log` (
  `flow_oa_revision` BIGINT COMMENT 'Number of the change; of the same row, the highest holds.',
  `flow_oa_gone` BOOLEAN COMMENT 'Whether the change takes the row away.',
  `entry` BIGINT COMMENT 'Number of the entry in the history.',
  `number` INT COMMENT 'Number of the expectation within the entry, from 0.',
  `name` STRING COMMENT 'Table.',
  `column_name` STRING COMMENT 'Column.',
  `rule` STRING COMMENT 'What is expected of its values.',
  `checked` BIGINT COMMENT 'Rows that were checked.',
  `violated` BIGINT COMMENT 'Rows among them that violate the rule.',
  `outcome` STRING COMMENT 'met, warned or stopped.'
)
COMMENT 'Expectations of columns that some rows violated.'
STORED AS PARQUET
LOCATION 'file:///home/tables/ledger/flow_oa_expectation';
CREATE VIEW IF NOT EXISTS `oa`.`flow_oa_expectation` (
  `entry` COMMENT 'Number of the entry in the history.',
  `number` COMMENT 'Number of the expectation within the entry, from 0.',
  `name` COMMENT 'Table.',
  `column_name` COMMENT 'Column.',
  `rule` COMMENT 'What is expected of its values.',
  `checked` COMMENT 'Rows that were checked.',
  `violated` COMMENT 'Rows among them that violate the rule.',
  `outcome` COMMENT 'met, warned or stopped.'
)
COMMENT 'Expectations of columns that some rows violated.'
AS SELECT `entry`, `number`, `name`, `column_name`, `rule`, `checked`, `violated`, `outcome` FROM (
  SELECT `entry`, `number`, `name`, `column_name`, `rule`, `checked`, `violated`, `outcome`, `flow_oa_revision`, `flow_oa_gone`,
    row_number() OVER (PARTITION BY `entry`, `number` ORDER BY `flow_oa_revision` DESC) AS `flow_oa_place`
  FROM `oa`.`flow_oa_expectation_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`flow_oa_schema_log` (
  `flow_oa_revision` BIGINT COMMENT 'Number of the change; of the same row, the highest holds.',
  `flow_oa_gone` BOOLEAN COMMENT 'Whether the change takes the row away.',
  `id` BIGINT COMMENT 'Number of the entry; the highest holds.',
  `format` BIGINT COMMENT 'Format of the program’s own tables.',
  `fingerprint` STRING COMMENT 'Fingerprint of the schema that the tables have.',
  `version` STRING COMMENT 'Version of the program.',
  `finished` STRING COMMENT 'When the tables got it, UTC.'
)
COMMENT 'Schemas that the tables have had.'
STORED AS PARQUET
LOCATION 'file:///home/tables/ledger/flow_oa_schema';
CREATE VIEW IF NOT EXISTS `oa`.`flow_oa_schema` (
  `id` COMMENT 'Number of the entry; the highest holds.',
  `format` COMMENT 'Format of the program’s own tables.',
  `fingerprint` COMMENT 'Fingerprint of the schema that the tables have.',
  `version` COMMENT 'Version of the program.',
  `finished` COMMENT 'When the tables got it, UTC.'
)
COMMENT 'Schemas that the tables have had.'
AS SELECT `id`, `format`, `fingerprint`, `version`, `finished` FROM (
  SELECT `id`, `format`, `fingerprint`, `version`, `finished`, `flow_oa_revision`, `flow_oa_gone`,
    row_number() OVER (PARTITION BY `id` ORDER BY `flow_oa_revision` DESC) AS `flow_oa_place`
  FROM `oa`.`flow_oa_schema_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;
CREATE EXTERNAL TABLE IF NOT EXISTS `oa`.`flow_oa_migration_log` (
  `flow_oa_revision` BIGINT COMMENT 'Number of the change; of the same row, the highest holds.',
  `flow_oa_gone` BOOLEAN COMMENT 'Whether the change takes the row away.',
  `migration` BIGINT COMMENT 'Number of the migration.',
  `step` INT COMMENT 'Position of the step, from 1.',
  `what` STRING COMMENT 'What the step does.',
  `statements` STRING COMMENT 'Its statements, each terminated by a semicolon.',
  `fingerprint` STRING COMMENT 'Fingerprint of the schema that the migration leads to.',
  `status` STRING COMMENT 'planned, done, or replaced by a later migration.',
  `finished` STRING COMMENT 'End of the step, UTC; none if it was not done.'
)
COMMENT 'Steps of migrations.'
STORED AS PARQUET
LOCATION 'file:///home/tables/ledger/flow_oa_migration';
CREATE VIEW IF NOT EXISTS `oa`.`flow_oa_migration` (
  `migration` COMMENT 'Number of the migration.',
  `step` COMMENT 'Position of the step, from 1.',
  `what` COMMENT 'What the step does.',
  `statements` COMMENT 'Its statements, each terminated by a semicolon.',
  `fingerprint` COMMENT 'Fingerprint of the schema that the migration leads to.',
  `status` COMMENT 'planned, done, or replaced by a later migration.',
  `finished` COMMENT 'End of the step, UTC; none if it was not done.'
)
COMMENT 'Steps of migrations.'
AS SELECT `migration`, `step`, `what`, `statements`, `fingerprint`, `status`, `finished` FROM (
  SELECT `migration`, `step`, `what`, `statements`, `fingerprint`, `status`, `finished`, `flow_oa_revision`, `flow_oa_gone`,
    row_number() OVER (PARTITION BY `migration`, `step` ORDER BY `flow_oa_revision` DESC) AS `flow_oa_place`
  FROM `oa`.`flow_oa_migration_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;
INVALIDATE METADATA `oa`.`flow_oa_schema`;
INVALIDATE METADATA `oa`.`flow_oa_migration`;
INVALIDATE METADATA `oa`.`flow_oa_schema`;
INVALIDATE METADATA `oa`.`flow_oa_migration`;
INSERT INTO `oa`.`flow_oa_schema_log` SELECT CAST(1 AS BIGINT) AS `flow_oa_revision`, FALSE AS `flow_oa_gone`, CAST(1 AS BIGINT), CAST(1 AS BIGINT), CAST('9e9b4f312f43c0dd' AS STRING), CAST('version' AS STRING), CAST('now' AS STRING);
