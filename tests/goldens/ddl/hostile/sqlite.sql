-- flow-oa: tables of a database, for sqlite. Schema c3ab259b8541c010. It can be applied again.

BEGIN;

CREATE TABLE IF NOT EXISTS "group" ( -- Numbers of every width.
  "smallint" INTEGER NOT NULL CHECK ("smallint" BETWEEN 0 AND 0), -- 16 bits.
  "bigint" INTEGER CHECK ("bigint" >= 0), -- 64 bits.
  "string" TEXT NOT NULL, -- Text.
  "primary" INTEGER NOT NULL CHECK ("primary" BETWEEN 1 AND 9999), -- Partition: year of the run.
  "key" INTEGER NOT NULL CHECK ("key" BETWEEN 1 AND 12), -- Partition: month of the run.
  "index" INTEGER NOT NULL CHECK ("index" BETWEEN 1 AND 31), -- Partition: day of the run.
  PRIMARY KEY ("string", "smallint", "primary", "key", "index")
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS "order" ( -- It's "quoted", back\slashed, -- dashed; ended, broken, /* opened */ and `ticked`: größer 我们 🚪.
  "flow_oa_id" INTEGER PRIMARY KEY, -- Order of arrival; the program's own.
  "date" TEXT, -- '; DROP TABLE "order"; --
  "select" TEXT, -- Ends in a backslash \
  "location" TEXT, -- Two lines and a tab.
  "group" INTEGER CHECK ("group" IN (0, 1)), -- Yes -- or no;
  "gen" REAL, -- '
  "year" INTEGER NOT NULL CHECK ("year" BETWEEN 1 AND 9999), -- Partition: year of `date`.
  "month" INTEGER NOT NULL CHECK ("month" BETWEEN 1 AND 12), -- Partition: month of `date`.
  "day" INTEGER NOT NULL CHECK ("day" BETWEEN 1 AND 31), -- Partition: day of `date`.
  "hour" INTEGER NOT NULL CHECK ("hour" BETWEEN 0 AND 23) -- Partition: hour of `date`.
) STRICT;
CREATE INDEX IF NOT EXISTS "order_index_1" ON "order" ("year", "select");
CREATE INDEX IF NOT EXISTS "order_index_2" ON "order" ("group");

CREATE TABLE IF NOT EXISTS "self" ( -- A table that Rust cannot name.
  "type" TEXT, -- A keyword.
  "self" TEXT, -- One that Rust cannot escape.
  "table" TEXT, -- A word of every dialect.
  "rank" INTEGER NOT NULL CHECK ("rank" BETWEEN 0 AND 2147483647), -- A function.
  "UPPER" INTEGER CHECK ("UPPER" IN (0, 1)), -- One in capitals.
  "latitude" REAL CHECK ("latitude" BETWEEN -90 AND 90), -- A description that is longer than the two hundred and fifty-six characters that Impala takes as the comment of a column, though every other engine takes all of it; so that it is cut there, and no database refuses a table because somebody had much to say about it. 🚪🚪🚪
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of the run.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of the run.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31), -- Partition: day of the run.
  PRIMARY KEY ("y", "m", "d", "rank")
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS "with" ( -- What analysts write; 'quoted'.
  "from" TEXT NOT NULL, -- Address.
  "to" TEXT, -- Text with a \.
  "primary" INTEGER NOT NULL CHECK ("primary" BETWEEN 1 AND 9999), -- Partition: year of the run.
  "key" INTEGER NOT NULL CHECK ("key" BETWEEN 1 AND 12), -- Partition: month of the run.
  "index" INTEGER NOT NULL CHECK ("index" BETWEEN 1 AND 31), -- Partition: day of the run.
  PRIMARY KEY ("from", "primary", "key", "index")
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS "flow_oa_ingest" ( -- Files whose rows are in a raw table.
  "id" INTEGER NOT NULL, -- Number of the ingest in the history.
  "pipeline" TEXT, -- Pipeline that the file was for.
  "file" TEXT, -- File as it was named; - for standard input.
  "content" TEXT, -- BLAKE3 hash of the decompressed content, in hexadecimal.
  "format" TEXT, -- Raw format that was recognised.
  "stored" INTEGER, -- Rows stored.
  "first_row" INTEGER, -- First row number in the raw table, in engines that number rows.
  "last_row" INTEGER, -- Last row number in the raw table.
  "finished" TEXT, -- End, UTC.
  PRIMARY KEY ("id")
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS "flow_oa_ingest_day" ( -- Days of those files.
  "ingest" INTEGER NOT NULL, -- Number of the ingest.
  "day" TEXT NOT NULL, -- Day of the rows, YYYY-MM-DD.
  "stored" INTEGER, -- Rows stored for that day.
  PRIMARY KEY ("ingest", "day")
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS "flow_oa_history" ( -- Runs, ingests, purges, copies and rankings, however they ended.
  "id" INTEGER NOT NULL, -- Number of the entry.
  "command" TEXT, -- What was done: run, ingest, purge, copy or rank.
  "pipeline" TEXT, -- Pipeline that it was done to.
  "day" TEXT, -- Day of a run, a copy or a ranking; first day that a purge kept; YYYY-MM-DD.
  "row_limit" INTEGER, -- Most rows that a run was to read, or a ranking to write.
  "input" TEXT, -- Results file that a run read or a ranking wrote; raw file of an ingest, - for standard input; database of a copy.
  "content" TEXT, -- BLAKE3 hash of the records read (run), the decompressed file (ingest) or the file written (rank).
  "context" TEXT, -- BLAKE3 hash of the context files of a run; of an ingest, the number of bytes of the decompressed file.
  "fingerprint" TEXT, -- Fingerprint of the schema that the program was built with.
  "raw_rows" TEXT, -- BLAKE3 hash of the list of ingests that a run or a copy found for its day.
  "scores_file" TEXT, -- BLAKE3 hash of the file of scores that a run wrote.
  "records" INTEGER, -- Records read, those rejected and skipped included.
  "stored" INTEGER, -- Rows stored: scores of a run, raw rows of an ingest; lines of a ranking.
  "rejected" INTEGER, -- Records that could not be read.
  "skipped" INTEGER, -- Blank lines, headers and trailers.
  "started" TEXT, -- Start, UTC.
  "finished" TEXT, -- End, UTC; none while it runs, or where it was killed.
  "seconds" REAL, -- Seconds from start to end.
  "status" TEXT, -- running, done, failed or killed.
  "message" TEXT, -- Why it failed.
  "version" TEXT, -- Version of the program.
  "lock_file" TEXT, -- File that is locked while it runs.
  PRIMARY KEY ("id")
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS "flow_oa_history_table" ( -- Tables and days that they changed.
  "entry" INTEGER NOT NULL, -- Number of the entry in the history.
  "name" TEXT NOT NULL, -- Table.
  "day" TEXT NOT NULL, -- Day of the rows; first day that a purge kept; YYYY-MM-DD.
  "stored" INTEGER, -- Rows stored.
  "removed" INTEGER, -- Rows that were there before and were taken out.
  "seconds" REAL, -- Seconds that the table took, where that is known.
  PRIMARY KEY ("entry", "name", "day")
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS "flow_oa_expectation" ( -- Expectations of columns that some rows violated.
  "entry" INTEGER NOT NULL, -- Number of the entry in the history.
  "number" INTEGER NOT NULL, -- Number of the expectation within the entry, from 0.
  "name" TEXT, -- Table.
  "column_name" TEXT, -- Column.
  "rule" TEXT, -- What is expected of its values.
  "checked" INTEGER, -- Rows that were checked.
  "violated" INTEGER, -- Rows among them that violate the rule.
  "outcome" TEXT, -- met, warned or stopped.
  PRIMARY KEY ("entry", "number")
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS "flow_oa_rollup_day" ( -- Days of which rollups hold all raw rows.
  "name" TEXT NOT NULL, -- Rollup.
  "day" TEXT NOT NULL, -- Day of its rows, YYYY-MM-DD.
  "raw_rows" TEXT, -- BLAKE3 hash of the definition of the rollup and of the list of ingests of the day that it sums up.
  PRIMARY KEY ("name", "day")
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS "flow_oa_schema" ( -- Schemas that the tables have had.
  "id" INTEGER NOT NULL, -- Number of the entry; the highest holds.
  "format" INTEGER, -- Format of the program's own tables.
  "fingerprint" TEXT, -- Fingerprint of the schema that the tables have.
  "version" TEXT, -- Version of the program.
  "finished" TEXT, -- When the tables got it, UTC.
  PRIMARY KEY ("id")
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS "flow_oa_migration" ( -- Steps of migrations.
  "migration" INTEGER NOT NULL, -- Number of the migration.
  "step" INTEGER NOT NULL, -- Position of the step, from 1.
  "what" TEXT, -- What the step does.
  "statements" TEXT, -- Its statements, each terminated by a semicolon.
  "fingerprint" TEXT, -- Fingerprint of the schema that the migration leads to.
  "status" TEXT, -- planned, done, or replaced by a later migration.
  "finished" TEXT, -- End of the step, UTC; none if it was not done.
  PRIMARY KEY ("migration", "step")
) STRICT, WITHOUT ROWID;

INSERT INTO "flow_oa_schema" (id, format, fingerprint, version, finished)
SELECT 1, 1, 'c3ab259b8541c010', '0.1.0', datetime('now') WHERE NOT EXISTS (SELECT 1 FROM "flow_oa_schema");

COMMIT;
