-- flow-oa: tables of a new database, for postgres.

CREATE SCHEMA IF NOT EXISTS "order's";

CREATE TABLE "order's"."group" (
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

CREATE TABLE "order's"."order" (
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
CREATE INDEX "order_index_1" ON "order's"."order" ("year", "select");
CREATE INDEX "order_index_2" ON "order's"."order" ("group");
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

CREATE TABLE "order's"."self" (
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

CREATE TABLE "order's"."with" (
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

CREATE TABLE "order's"."flow_oa_ingest" (
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

CREATE TABLE "order's"."flow_oa_ingest_day" (
  "ingest" bigint NOT NULL,
  "day" text COLLATE "C" NOT NULL,
  "stored" bigint,
  PRIMARY KEY ("ingest", "day")
);
COMMENT ON TABLE "order's"."flow_oa_ingest_day" IS 'Days of those files.';
COMMENT ON COLUMN "order's"."flow_oa_ingest_day"."ingest" IS 'Number of the ingest.';
COMMENT ON COLUMN "order's"."flow_oa_ingest_day"."day" IS 'Day of the rows, YYYY-MM-DD.';
COMMENT ON COLUMN "order's"."flow_oa_ingest_day"."stored" IS 'Rows stored for that day.';

CREATE TABLE "order's"."flow_oa_history" (
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

CREATE TABLE "order's"."flow_oa_history_table" (
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

CREATE TABLE "order's"."flow_oa_rollup_day" (
  "name" text COLLATE "C" NOT NULL,
  "day" text COLLATE "C" NOT NULL,
  "raw_rows" text COLLATE "C",
  PRIMARY KEY ("name", "day")
);
COMMENT ON TABLE "order's"."flow_oa_rollup_day" IS 'Days of which rollups hold all raw rows.';
COMMENT ON COLUMN "order's"."flow_oa_rollup_day"."name" IS 'Rollup.';
COMMENT ON COLUMN "order's"."flow_oa_rollup_day"."day" IS 'Day of its rows, YYYY-MM-DD.';
COMMENT ON COLUMN "order's"."flow_oa_rollup_day"."raw_rows" IS 'BLAKE3 hash of the definition of the rollup and of the list of ingests of the day that it sums up.';
