-- flow-oa: tables of a database, for impala. Schema c3ab259b8541c010. It can be applied again.

CREATE DATABASE IF NOT EXISTS `order`;

CREATE EXTERNAL TABLE IF NOT EXISTS `order`.`group` (
  `smallint` SMALLINT COMMENT '16 bits.',
  `bigint` BIGINT COMMENT '64 bits.',
  `string` STRING COMMENT 'Text.'
)
PARTITIONED BY (
  `primary` SMALLINT COMMENT 'Partition: year of the run.',
  `key` TINYINT COMMENT 'Partition: month of the run.',
  `index` TINYINT COMMENT 'Partition: day of the run.'
)
COMMENT 'Numbers of every width.'
STORED AS PARQUET
LOCATION 'hdfs://n:8020/flow oa; -- größer/select/hive/group';

CREATE EXTERNAL TABLE IF NOT EXISTS `order`.`order` (
  `date` STRING COMMENT '’; DROP TABLE "order"; --',
  `select` STRING COMMENT 'Ends in a backslash /',
  `location` STRING COMMENT 'Two lines and a tab.',
  `group` BOOLEAN COMMENT 'Yes -- or no;',
  `gen` FLOAT COMMENT '’'
)
PARTITIONED BY (
  `year` SMALLINT COMMENT 'Partition: year of `date`.',
  `month` TINYINT COMMENT 'Partition: month of `date`.',
  `day` TINYINT COMMENT 'Partition: day of `date`.',
  `hour` TINYINT COMMENT 'Partition: hour of `date`.'
)
COMMENT 'It’s "quoted", back/slashed, -- dashed; ended, broken, /* opened */ and `ticked`: größer 我们 🚪.'
ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t' ESCAPED BY '\\'
STORED AS TEXTFILE
LOCATION 'hdfs://n:8020/flow oa; -- größer/select/order';

CREATE EXTERNAL TABLE IF NOT EXISTS `order`.`self` (
  `type` STRING COMMENT 'A keyword.',
  `self` STRING COMMENT 'One that Rust cannot escape.',
  `table` STRING COMMENT 'A word of every dialect.',
  `rank` INT COMMENT 'A function.',
  `UPPER` BOOLEAN COMMENT 'One in capitals.',
  `latitude` DOUBLE COMMENT 'A description that is longer than the two hundred and fifty-six characters that Impala takes as the comment of a column, though every other engine takes all of it; so that it is cut there, and no database refuses a table because somebody had much to say...'
)
PARTITIONED BY (
  `y` SMALLINT COMMENT 'Partition: year of the run.',
  `m` TINYINT COMMENT 'Partition: month of the run.',
  `d` TINYINT COMMENT 'Partition: day of the run.'
)
COMMENT 'A table that Rust cannot name.'
STORED AS PARQUET
LOCATION 'hdfs://n:8020/flow oa; -- größer/select/hive/self';

CREATE EXTERNAL TABLE IF NOT EXISTS `order`.`with_log` (
  `flow_oa_revision` BIGINT COMMENT 'Number of the change; of the same row, the highest holds.',
  `flow_oa_gone` BOOLEAN COMMENT 'Whether the change takes the row away.',
  `primary` SMALLINT COMMENT 'Partition: year of the run.',
  `key` TINYINT COMMENT 'Partition: month of the run.',
  `index` TINYINT COMMENT 'Partition: day of the run.',
  `from` STRING COMMENT 'Address.',
  `to` STRING COMMENT 'Text with a /.'
)
COMMENT 'What analysts write; ’quoted’.'
STORED AS PARQUET
LOCATION 'hdfs://n:8020/flow oa; -- größer/select/hive/with';
CREATE VIEW IF NOT EXISTS `order`.`with` (
  `from` COMMENT 'Address.',
  `to` COMMENT 'Text with a /.',
  `primary` COMMENT 'Partition: year of the run.',
  `key` COMMENT 'Partition: month of the run.',
  `index` COMMENT 'Partition: day of the run.'
)
COMMENT 'What analysts write; ’quoted’.'
AS SELECT `from`, `to`, `primary`, `key`, `index` FROM (
  SELECT `from`, `to`, `primary`, `key`, `index`, `flow_oa_revision`, `flow_oa_gone`,
    row_number() OVER (PARTITION BY `from`, `primary`, `key`, `index` ORDER BY `flow_oa_revision` DESC) AS `flow_oa_place`
  FROM `order`.`with_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;

CREATE EXTERNAL TABLE IF NOT EXISTS `order`.`flow_oa_ingest_log` (
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
LOCATION 'hdfs://n:8020/flow oa; -- größer/ledger/flow_oa_ingest';
CREATE VIEW IF NOT EXISTS `order`.`flow_oa_ingest` (
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
  FROM `order`.`flow_oa_ingest_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;

CREATE EXTERNAL TABLE IF NOT EXISTS `order`.`flow_oa_ingest_day_log` (
  `flow_oa_revision` BIGINT COMMENT 'Number of the change; of the same row, the highest holds.',
  `flow_oa_gone` BOOLEAN COMMENT 'Whether the change takes the row away.',
  `ingest` BIGINT COMMENT 'Number of the ingest.',
  `day` STRING COMMENT 'Day of the rows, YYYY-MM-DD.',
  `stored` BIGINT COMMENT 'Rows stored for that day.'
)
COMMENT 'Days of those files.'
STORED AS PARQUET
LOCATION 'hdfs://n:8020/flow oa; -- größer/ledger/flow_oa_ingest_day';
CREATE VIEW IF NOT EXISTS `order`.`flow_oa_ingest_day` (
  `ingest` COMMENT 'Number of the ingest.',
  `day` COMMENT 'Day of the rows, YYYY-MM-DD.',
  `stored` COMMENT 'Rows stored for that day.'
)
COMMENT 'Days of those files.'
AS SELECT `ingest`, `day`, `stored` FROM (
  SELECT `ingest`, `day`, `stored`, `flow_oa_revision`, `flow_oa_gone`,
    row_number() OVER (PARTITION BY `ingest`, `day` ORDER BY `flow_oa_revision` DESC) AS `flow_oa_place`
  FROM `order`.`flow_oa_ingest_day_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;

CREATE EXTERNAL TABLE IF NOT EXISTS `order`.`flow_oa_history_log` (
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
LOCATION 'hdfs://n:8020/flow oa; -- größer/ledger/flow_oa_history';
CREATE VIEW IF NOT EXISTS `order`.`flow_oa_history` (
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
  FROM `order`.`flow_oa_history_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;

CREATE EXTERNAL TABLE IF NOT EXISTS `order`.`flow_oa_history_table_log` (
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
LOCATION 'hdfs://n:8020/flow oa; -- größer/ledger/flow_oa_history_table';
CREATE VIEW IF NOT EXISTS `order`.`flow_oa_history_table` (
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
  FROM `order`.`flow_oa_history_table_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;

CREATE EXTERNAL TABLE IF NOT EXISTS `order`.`flow_oa_expectation_log` (
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
LOCATION 'hdfs://n:8020/flow oa; -- größer/ledger/flow_oa_expectation';
CREATE VIEW IF NOT EXISTS `order`.`flow_oa_expectation` (
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
  FROM `order`.`flow_oa_expectation_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;

CREATE EXTERNAL TABLE IF NOT EXISTS `order`.`flow_oa_schema_log` (
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
LOCATION 'hdfs://n:8020/flow oa; -- größer/ledger/flow_oa_schema';
CREATE VIEW IF NOT EXISTS `order`.`flow_oa_schema` (
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
  FROM `order`.`flow_oa_schema_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;

CREATE EXTERNAL TABLE IF NOT EXISTS `order`.`flow_oa_migration_log` (
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
LOCATION 'hdfs://n:8020/flow oa; -- größer/ledger/flow_oa_migration';
CREATE VIEW IF NOT EXISTS `order`.`flow_oa_migration` (
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
  FROM `order`.`flow_oa_migration_log`
) AS `flow_oa_rows`
WHERE `flow_oa_place` = 1 AND NOT `flow_oa_gone`;
