-- flow-oa: tables of a database, for postgres. Schema c3ab259b8541c010. It can be applied again.

BEGIN;

CREATE SCHEMA IF NOT EXISTS "order's";

CREATE TABLE IF NOT EXISTS "order's"."group" (
  "smallint" smallint NOT NULL CHECK ("smallint" BETWEEN 0 AND 0),
  "bigint" bigint CHECK ("bigint" >= 0),
  "string" text COLLATE "C" NOT NULL,
  "primary" smallint NOT NULL CHECK ("primary" BETWEEN 1 AND 9999),
  "key" smallint NOT NULL CHECK ("key" BETWEEN 1 AND 12),
  "index" smallint NOT NULL CHECK ("index" BETWEEN 1 AND 31),
  PRIMARY KEY ("string", "smallint", "primary", "key", "index")
);
COMMENT ON TABLE "order's"."group" IS 'Numbers of every width.';
COMMENT ON COLUMN "order's"."group"."smallint" IS '16 bits.';
COMMENT ON COLUMN "order's"."group"."bigint" IS '64 bits.';
COMMENT ON COLUMN "order's"."group"."string" IS 'Text.';
COMMENT ON COLUMN "order's"."group"."primary" IS 'Partition: year of the run.';
COMMENT ON COLUMN "order's"."group"."key" IS 'Partition: month of the run.';
COMMENT ON COLUMN "order's"."group"."index" IS 'Partition: day of the run.';

CREATE TABLE IF NOT EXISTS "order's"."order" (
  "flow_oa_id" bigint NOT NULL,
  "date" text COLLATE "C",
  "select" text COLLATE "C",
  "location" text COLLATE "C",
  "group" boolean,
  "gen" real,
  "year" smallint NOT NULL CHECK ("year" BETWEEN 1 AND 9999),
  "month" smallint NOT NULL CHECK ("month" BETWEEN 1 AND 12),
  "day" smallint NOT NULL CHECK ("day" BETWEEN 1 AND 31),
  "hour" smallint NOT NULL CHECK ("hour" BETWEEN 0 AND 23)
) PARTITION BY RANGE ("year", "month", "day");
CREATE INDEX IF NOT EXISTS "order_index_1" ON "order's"."order" ("year", "select");
CREATE INDEX IF NOT EXISTS "order_index_2" ON "order's"."order" ("group");
COMMENT ON COLUMN "order's"."order"."flow_oa_id" IS 'Number of the ingest and, in its lower 32 bits, of the row in it; the program''s own.';
COMMENT ON TABLE "order's"."order" IS 'It''s "quoted", back\slashed, -- dashed; ended, broken, /* opened */ and `ticked`: größer 我们 🚪.';
COMMENT ON COLUMN "order's"."order"."date" IS '''; DROP TABLE "order"; --';
COMMENT ON COLUMN "order's"."order"."select" IS 'Ends in a backslash \';
COMMENT ON COLUMN "order's"."order"."location" IS 'Two lines and a tab.';
COMMENT ON COLUMN "order's"."order"."group" IS 'Yes -- or no;';
COMMENT ON COLUMN "order's"."order"."gen" IS '''';
COMMENT ON COLUMN "order's"."order"."year" IS 'Partition: year of `date`.';
COMMENT ON COLUMN "order's"."order"."month" IS 'Partition: month of `date`.';
COMMENT ON COLUMN "order's"."order"."day" IS 'Partition: day of `date`.';
COMMENT ON COLUMN "order's"."order"."hour" IS 'Partition: hour of `date`.';
CREATE OR REPLACE VIEW "order's"."order_typed" AS SELECT
  "year",
  "month",
  "day",
  "hour",
  CAST(NULLIF("date", '') AS timestamp) AT TIME ZONE 'UTC' AS "date",
  CAST(NULLIF("select", '') AS inet) AS "select",
  CAST(NULLIF("location", '') AS inet) AS "location",
  "group",
  "gen"
FROM "order's"."order";
COMMENT ON VIEW "order's"."order_typed" IS 'The rows of order, with times and addresses of these types.';

CREATE TABLE IF NOT EXISTS "order's"."self" (
  "type" text COLLATE "C",
  "self" text COLLATE "C",
  "table" text COLLATE "C",
  "rank" integer NOT NULL CHECK ("rank" BETWEEN 0 AND 2147483647),
  "UPPER" boolean,
  "latitude" double precision CHECK ("latitude" BETWEEN -90 AND 90),
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31),
  PRIMARY KEY ("y", "m", "d", "rank")
);
COMMENT ON TABLE "order's"."self" IS 'A table that Rust cannot name.';
COMMENT ON COLUMN "order's"."self"."type" IS 'A keyword.';
COMMENT ON COLUMN "order's"."self"."self" IS 'One that Rust cannot escape.';
COMMENT ON COLUMN "order's"."self"."table" IS 'A word of every dialect.';
COMMENT ON COLUMN "order's"."self"."rank" IS 'A function.';
COMMENT ON COLUMN "order's"."self"."UPPER" IS 'One in capitals.';
COMMENT ON COLUMN "order's"."self"."latitude" IS 'A description that is longer than the two hundred and fifty-six characters that Impala takes as the comment of a column, though every other engine takes all of it; so that it is cut there, and no database refuses a table because somebody had much to say about it. 🚪🚪🚪';
COMMENT ON COLUMN "order's"."self"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "order's"."self"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "order's"."self"."d" IS 'Partition: day of the run.';
CREATE OR REPLACE VIEW "order's"."self_typed" AS SELECT
  "y",
  "m",
  "d",
  CAST(NULLIF("type", '') AS timestamp) AT TIME ZONE 'UTC' AS "type",
  CAST(NULLIF("self", '') AS inet) AS "self",
  CAST(NULLIF("table", '') AS inet) AS "table",
  "rank",
  "UPPER",
  "latitude"
FROM "order's"."self";
COMMENT ON VIEW "order's"."self_typed" IS 'The rows of self, with times and addresses of these types.';

CREATE TABLE IF NOT EXISTS "order's"."with" (
  "from" text COLLATE "C" NOT NULL,
  "to" text COLLATE "C",
  "primary" smallint NOT NULL CHECK ("primary" BETWEEN 1 AND 9999),
  "key" smallint NOT NULL CHECK ("key" BETWEEN 1 AND 12),
  "index" smallint NOT NULL CHECK ("index" BETWEEN 1 AND 31),
  PRIMARY KEY ("from", "primary", "key", "index")
);
COMMENT ON TABLE "order's"."with" IS 'What analysts write; ''quoted''.';
COMMENT ON COLUMN "order's"."with"."from" IS 'Address.';
COMMENT ON COLUMN "order's"."with"."to" IS 'Text with a \.';
COMMENT ON COLUMN "order's"."with"."primary" IS 'Partition: year of the run.';
COMMENT ON COLUMN "order's"."with"."key" IS 'Partition: month of the run.';
COMMENT ON COLUMN "order's"."with"."index" IS 'Partition: day of the run.';
CREATE OR REPLACE VIEW "order's"."with_typed" AS SELECT
  "primary",
  "key",
  "index",
  CAST(NULLIF("from", '') AS inet) AS "from",
  "to"
FROM "order's"."with";
COMMENT ON VIEW "order's"."with_typed" IS 'The rows of with, with times and addresses of these types.';

CREATE TABLE IF NOT EXISTS "order's"."flow_oa_ingest" (
  "id" bigint NOT NULL,
  "pipeline" text COLLATE "C",
  "file" text COLLATE "C",
  "content" text COLLATE "C",
  "format" text COLLATE "C",
  "stored" bigint,
  "first_row" bigint,
  "last_row" bigint,
  "finished" text COLLATE "C",
  PRIMARY KEY ("id")
);
COMMENT ON TABLE "order's"."flow_oa_ingest" IS 'Files whose rows are in a raw table.';
COMMENT ON COLUMN "order's"."flow_oa_ingest"."id" IS 'Number of the ingest in the history.';
COMMENT ON COLUMN "order's"."flow_oa_ingest"."pipeline" IS 'Pipeline that the file was for.';
COMMENT ON COLUMN "order's"."flow_oa_ingest"."file" IS 'File as it was named; - for standard input.';
COMMENT ON COLUMN "order's"."flow_oa_ingest"."content" IS 'BLAKE3 hash of the decompressed content, in hexadecimal.';
COMMENT ON COLUMN "order's"."flow_oa_ingest"."format" IS 'Raw format that was recognised.';
COMMENT ON COLUMN "order's"."flow_oa_ingest"."stored" IS 'Rows stored.';
COMMENT ON COLUMN "order's"."flow_oa_ingest"."first_row" IS 'First row number in the raw table, in engines that number rows.';
COMMENT ON COLUMN "order's"."flow_oa_ingest"."last_row" IS 'Last row number in the raw table.';
COMMENT ON COLUMN "order's"."flow_oa_ingest"."finished" IS 'End, UTC.';

CREATE TABLE IF NOT EXISTS "order's"."flow_oa_ingest_day" (
  "ingest" bigint NOT NULL,
  "day" text COLLATE "C" NOT NULL,
  "stored" bigint,
  PRIMARY KEY ("ingest", "day")
);
COMMENT ON TABLE "order's"."flow_oa_ingest_day" IS 'Days of those files.';
COMMENT ON COLUMN "order's"."flow_oa_ingest_day"."ingest" IS 'Number of the ingest.';
COMMENT ON COLUMN "order's"."flow_oa_ingest_day"."day" IS 'Day of the rows, YYYY-MM-DD.';
COMMENT ON COLUMN "order's"."flow_oa_ingest_day"."stored" IS 'Rows stored for that day.';

CREATE TABLE IF NOT EXISTS "order's"."flow_oa_history" (
  "id" bigint NOT NULL,
  "command" text COLLATE "C",
  "pipeline" text COLLATE "C",
  "day" text COLLATE "C",
  "row_limit" bigint,
  "input" text COLLATE "C",
  "content" text COLLATE "C",
  "context" text COLLATE "C",
  "fingerprint" text COLLATE "C",
  "raw_rows" text COLLATE "C",
  "scores_file" text COLLATE "C",
  "records" bigint,
  "stored" bigint,
  "rejected" bigint,
  "skipped" bigint,
  "started" text COLLATE "C",
  "finished" text COLLATE "C",
  "seconds" double precision,
  "status" text COLLATE "C",
  "message" text COLLATE "C",
  "version" text COLLATE "C",
  "lock_file" text COLLATE "C",
  PRIMARY KEY ("id")
);
COMMENT ON TABLE "order's"."flow_oa_history" IS 'Runs, ingests, purges, copies and rankings, however they ended.';
COMMENT ON COLUMN "order's"."flow_oa_history"."id" IS 'Number of the entry.';
COMMENT ON COLUMN "order's"."flow_oa_history"."command" IS 'What was done: run, ingest, purge, copy or rank.';
COMMENT ON COLUMN "order's"."flow_oa_history"."pipeline" IS 'Pipeline that it was done to.';
COMMENT ON COLUMN "order's"."flow_oa_history"."day" IS 'Day of a run, a copy or a ranking; first day that a purge kept; YYYY-MM-DD.';
COMMENT ON COLUMN "order's"."flow_oa_history"."row_limit" IS 'Most rows that a run was to read, or a ranking to write.';
COMMENT ON COLUMN "order's"."flow_oa_history"."input" IS 'Results file that a run read or a ranking wrote; raw file of an ingest, - for standard input; database of a copy.';
COMMENT ON COLUMN "order's"."flow_oa_history"."content" IS 'BLAKE3 hash of the records read (run), the decompressed file (ingest) or the file written (rank).';
COMMENT ON COLUMN "order's"."flow_oa_history"."context" IS 'BLAKE3 hash of the context files of a run; of an ingest, the number of bytes of the decompressed file.';
COMMENT ON COLUMN "order's"."flow_oa_history"."fingerprint" IS 'Fingerprint of the schema that the program was built with.';
COMMENT ON COLUMN "order's"."flow_oa_history"."raw_rows" IS 'BLAKE3 hash of the list of ingests that a run or a copy found for its day.';
COMMENT ON COLUMN "order's"."flow_oa_history"."scores_file" IS 'BLAKE3 hash of the file of scores that a run wrote.';
COMMENT ON COLUMN "order's"."flow_oa_history"."records" IS 'Records read, those rejected and skipped included.';
COMMENT ON COLUMN "order's"."flow_oa_history"."stored" IS 'Rows stored: scores of a run, raw rows of an ingest; lines of a ranking.';
COMMENT ON COLUMN "order's"."flow_oa_history"."rejected" IS 'Records that could not be read.';
COMMENT ON COLUMN "order's"."flow_oa_history"."skipped" IS 'Blank lines, headers and trailers.';
COMMENT ON COLUMN "order's"."flow_oa_history"."started" IS 'Start, UTC.';
COMMENT ON COLUMN "order's"."flow_oa_history"."finished" IS 'End, UTC; none while it runs, or where it was killed.';
COMMENT ON COLUMN "order's"."flow_oa_history"."seconds" IS 'Seconds from start to end.';
COMMENT ON COLUMN "order's"."flow_oa_history"."status" IS 'running, done, failed or killed.';
COMMENT ON COLUMN "order's"."flow_oa_history"."message" IS 'Why it failed.';
COMMENT ON COLUMN "order's"."flow_oa_history"."version" IS 'Version of the program.';
COMMENT ON COLUMN "order's"."flow_oa_history"."lock_file" IS 'File that is locked while it runs.';

CREATE TABLE IF NOT EXISTS "order's"."flow_oa_history_table" (
  "entry" bigint NOT NULL,
  "name" text COLLATE "C" NOT NULL,
  "day" text COLLATE "C" NOT NULL,
  "stored" bigint,
  "removed" bigint,
  "seconds" double precision,
  PRIMARY KEY ("entry", "name", "day")
);
COMMENT ON TABLE "order's"."flow_oa_history_table" IS 'Tables and days that they changed.';
COMMENT ON COLUMN "order's"."flow_oa_history_table"."entry" IS 'Number of the entry in the history.';
COMMENT ON COLUMN "order's"."flow_oa_history_table"."name" IS 'Table.';
COMMENT ON COLUMN "order's"."flow_oa_history_table"."day" IS 'Day of the rows; first day that a purge kept; YYYY-MM-DD.';
COMMENT ON COLUMN "order's"."flow_oa_history_table"."stored" IS 'Rows stored.';
COMMENT ON COLUMN "order's"."flow_oa_history_table"."removed" IS 'Rows that were there before and were taken out.';
COMMENT ON COLUMN "order's"."flow_oa_history_table"."seconds" IS 'Seconds that the table took, where that is known.';

CREATE TABLE IF NOT EXISTS "order's"."flow_oa_expectation" (
  "entry" bigint NOT NULL,
  "number" integer NOT NULL,
  "name" text COLLATE "C",
  "column_name" text COLLATE "C",
  "rule" text COLLATE "C",
  "checked" bigint,
  "violated" bigint,
  "outcome" text COLLATE "C",
  PRIMARY KEY ("entry", "number")
);
COMMENT ON TABLE "order's"."flow_oa_expectation" IS 'Expectations of columns that some rows violated.';
COMMENT ON COLUMN "order's"."flow_oa_expectation"."entry" IS 'Number of the entry in the history.';
COMMENT ON COLUMN "order's"."flow_oa_expectation"."number" IS 'Number of the expectation within the entry, from 0.';
COMMENT ON COLUMN "order's"."flow_oa_expectation"."name" IS 'Table.';
COMMENT ON COLUMN "order's"."flow_oa_expectation"."column_name" IS 'Column.';
COMMENT ON COLUMN "order's"."flow_oa_expectation"."rule" IS 'What is expected of its values.';
COMMENT ON COLUMN "order's"."flow_oa_expectation"."checked" IS 'Rows that were checked.';
COMMENT ON COLUMN "order's"."flow_oa_expectation"."violated" IS 'Rows among them that violate the rule.';
COMMENT ON COLUMN "order's"."flow_oa_expectation"."outcome" IS 'met, warned or stopped.';

CREATE TABLE IF NOT EXISTS "order's"."flow_oa_rollup_day" (
  "name" text COLLATE "C" NOT NULL,
  "day" text COLLATE "C" NOT NULL,
  "raw_rows" text COLLATE "C",
  PRIMARY KEY ("name", "day")
);
COMMENT ON TABLE "order's"."flow_oa_rollup_day" IS 'Days of which rollups hold all raw rows.';
COMMENT ON COLUMN "order's"."flow_oa_rollup_day"."name" IS 'Rollup.';
COMMENT ON COLUMN "order's"."flow_oa_rollup_day"."day" IS 'Day of its rows, YYYY-MM-DD.';
COMMENT ON COLUMN "order's"."flow_oa_rollup_day"."raw_rows" IS 'BLAKE3 hash of the definition of the rollup and of the list of ingests of the day that it sums up.';

CREATE TABLE IF NOT EXISTS "order's"."flow_oa_schema" (
  "id" bigint NOT NULL,
  "format" bigint,
  "fingerprint" text COLLATE "C",
  "version" text COLLATE "C",
  "finished" text COLLATE "C",
  PRIMARY KEY ("id")
);
COMMENT ON TABLE "order's"."flow_oa_schema" IS 'Schemas that the tables have had.';
COMMENT ON COLUMN "order's"."flow_oa_schema"."id" IS 'Number of the entry; the highest holds.';
COMMENT ON COLUMN "order's"."flow_oa_schema"."format" IS 'Format of the program''s own tables.';
COMMENT ON COLUMN "order's"."flow_oa_schema"."fingerprint" IS 'Fingerprint of the schema that the tables have.';
COMMENT ON COLUMN "order's"."flow_oa_schema"."version" IS 'Version of the program.';
COMMENT ON COLUMN "order's"."flow_oa_schema"."finished" IS 'When the tables got it, UTC.';

CREATE TABLE IF NOT EXISTS "order's"."flow_oa_migration" (
  "migration" bigint NOT NULL,
  "step" integer NOT NULL,
  "what" text COLLATE "C",
  "statements" text COLLATE "C",
  "fingerprint" text COLLATE "C",
  "status" text COLLATE "C",
  "finished" text COLLATE "C",
  PRIMARY KEY ("migration", "step")
);
COMMENT ON TABLE "order's"."flow_oa_migration" IS 'Steps of migrations.';
COMMENT ON COLUMN "order's"."flow_oa_migration"."migration" IS 'Number of the migration.';
COMMENT ON COLUMN "order's"."flow_oa_migration"."step" IS 'Position of the step, from 1.';
COMMENT ON COLUMN "order's"."flow_oa_migration"."what" IS 'What the step does.';
COMMENT ON COLUMN "order's"."flow_oa_migration"."statements" IS 'Its statements, each terminated by a semicolon.';
COMMENT ON COLUMN "order's"."flow_oa_migration"."fingerprint" IS 'Fingerprint of the schema that the migration leads to.';
COMMENT ON COLUMN "order's"."flow_oa_migration"."status" IS 'planned, done, or replaced by a later migration.';
COMMENT ON COLUMN "order's"."flow_oa_migration"."finished" IS 'End of the step, UTC; none if it was not done.';

INSERT INTO "order's"."flow_oa_schema" (id, format, fingerprint, version, finished)
SELECT 1, 1, 'c3ab259b8541c010', '0.1.0', to_char(timezone('UTC', now()), 'YYYY-MM-DD HH24:MI:SS') WHERE NOT EXISTS (SELECT 1 FROM "order's"."flow_oa_schema");

COMMIT;
