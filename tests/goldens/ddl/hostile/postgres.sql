-- flow-oa: tables of a new database, for postgres.

CREATE SCHEMA IF NOT EXISTS "order's";

CREATE TABLE "order's"."group" (
  "smallint" smallint,
  "bigint" bigint,
  "string" text NOT NULL,
  "primary" smallint NOT NULL,
  "key" smallint NOT NULL,
  "index" smallint NOT NULL,
  PRIMARY KEY ("string", "primary")
);
COMMENT ON TABLE "order's"."group" IS 'Numbers of every width.';
COMMENT ON COLUMN "order's"."group"."smallint" IS '16 bits.';
COMMENT ON COLUMN "order's"."group"."bigint" IS '64 bits.';
COMMENT ON COLUMN "order's"."group"."string" IS 'Text.';
COMMENT ON COLUMN "order's"."group"."primary" IS 'Partition: year of the run.';
COMMENT ON COLUMN "order's"."group"."key" IS 'Partition: month of the run.';
COMMENT ON COLUMN "order's"."group"."index" IS 'Partition: day of the run.';

CREATE TABLE "order's"."order" (
  "date" text,
  "select" text,
  "location" text,
  "group" boolean,
  "gen" real,
  "year" smallint NOT NULL,
  "month" smallint NOT NULL,
  "day" smallint NOT NULL,
  "hour" smallint NOT NULL
);
CREATE INDEX "order_index_1" ON "order's"."order" ("year", "select");
CREATE INDEX "order_index_2" ON "order's"."order" ("group");
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

CREATE TABLE "order's"."self" (
  "type" text,
  "self" text,
  "table" text,
  "rank" integer NOT NULL,
  "UPPER" boolean,
  "latitude" double precision,
  "y" smallint NOT NULL,
  "m" smallint NOT NULL,
  "d" smallint NOT NULL,
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

CREATE TABLE "order's"."flow_oa_ingest" (
  "id" bigint NOT NULL,
  "pipeline" text,
  "file" text,
  "content" text,
  "format" text,
  "records" bigint,
  "stored" bigint,
  "rejected" bigint,
  "skipped" bigint,
  "first_row" bigint,
  "last_row" bigint,
  "started" text,
  "finished" text,
  PRIMARY KEY ("id")
);
COMMENT ON TABLE "order's"."flow_oa_ingest" IS 'Files that were ingested.';
COMMENT ON COLUMN "order's"."flow_oa_ingest"."id" IS 'Number of the ingest.';
COMMENT ON COLUMN "order's"."flow_oa_ingest"."pipeline" IS 'Pipeline that the file was for.';
COMMENT ON COLUMN "order's"."flow_oa_ingest"."file" IS 'File as it was named; - for standard input.';
COMMENT ON COLUMN "order's"."flow_oa_ingest"."content" IS 'BLAKE3 hash of the decompressed content, in hexadecimal.';
COMMENT ON COLUMN "order's"."flow_oa_ingest"."format" IS 'Raw format that was recognised.';
COMMENT ON COLUMN "order's"."flow_oa_ingest"."records" IS 'Records read, those rejected and skipped included.';
COMMENT ON COLUMN "order's"."flow_oa_ingest"."stored" IS 'Rows stored.';
COMMENT ON COLUMN "order's"."flow_oa_ingest"."rejected" IS 'Records that could not be read.';
COMMENT ON COLUMN "order's"."flow_oa_ingest"."skipped" IS 'Blank lines, headers and trailers.';
COMMENT ON COLUMN "order's"."flow_oa_ingest"."first_row" IS 'First row number in the raw table, in engines that number rows.';
COMMENT ON COLUMN "order's"."flow_oa_ingest"."last_row" IS 'Last row number in the raw table.';
COMMENT ON COLUMN "order's"."flow_oa_ingest"."started" IS 'Start, UTC.';
COMMENT ON COLUMN "order's"."flow_oa_ingest"."finished" IS 'End, UTC.';

CREATE TABLE "order's"."flow_oa_ingest_day" (
  "ingest" bigint NOT NULL,
  "day" text NOT NULL,
  "stored" bigint,
  PRIMARY KEY ("ingest", "day")
);
COMMENT ON TABLE "order's"."flow_oa_ingest_day" IS 'Days of the files that were ingested.';
COMMENT ON COLUMN "order's"."flow_oa_ingest_day"."ingest" IS 'Number of the ingest.';
COMMENT ON COLUMN "order's"."flow_oa_ingest_day"."day" IS 'Day of the rows, YYYY-MM-DD.';
COMMENT ON COLUMN "order's"."flow_oa_ingest_day"."stored" IS 'Rows stored for that day.';

CREATE TABLE "order's"."flow_oa_run" (
  "id" bigint NOT NULL,
  "pipeline" text,
  "day" text,
  "row_limit" bigint,
  "results" text,
  "fingerprint" text,
  "records" bigint,
  "stored" bigint,
  "rejected" bigint,
  "skipped" bigint,
  "started" text,
  "finished" text,
  PRIMARY KEY ("id")
);
COMMENT ON TABLE "order's"."flow_oa_run" IS 'Runs that were completed.';
COMMENT ON COLUMN "order's"."flow_oa_run"."id" IS 'Number of the run.';
COMMENT ON COLUMN "order's"."flow_oa_run"."pipeline" IS 'Pipeline that was run.';
COMMENT ON COLUMN "order's"."flow_oa_run"."day" IS 'Day that was run, YYYY-MM-DD.';
COMMENT ON COLUMN "order's"."flow_oa_run"."row_limit" IS 'Most rows that were to be read from the results.';
COMMENT ON COLUMN "order's"."flow_oa_run"."results" IS 'Path of the results file.';
COMMENT ON COLUMN "order's"."flow_oa_run"."fingerprint" IS 'Fingerprint of the schema that the program was built with.';
COMMENT ON COLUMN "order's"."flow_oa_run"."records" IS 'Records read from the results.';
COMMENT ON COLUMN "order's"."flow_oa_run"."stored" IS 'Rows stored in the table of scores.';
COMMENT ON COLUMN "order's"."flow_oa_run"."rejected" IS 'Records that could not be read.';
COMMENT ON COLUMN "order's"."flow_oa_run"."skipped" IS 'Blank lines.';
COMMENT ON COLUMN "order's"."flow_oa_run"."started" IS 'Start, UTC.';
COMMENT ON COLUMN "order's"."flow_oa_run"."finished" IS 'End, UTC.';
