-- flow-oa: tables of a new database, for sqlite.

CREATE TABLE "group" ( -- Numbers of every width.
  "smallint" INTEGER, -- 16 bits.
  "bigint" INTEGER, -- 64 bits.
  "string" TEXT NOT NULL, -- Text.
  "primary" INTEGER NOT NULL, -- Partition: year of the run.
  "key" INTEGER NOT NULL, -- Partition: month of the run.
  "index" INTEGER NOT NULL, -- Partition: day of the run.
  PRIMARY KEY ("string", "primary")
) STRICT, WITHOUT ROWID;

CREATE TABLE "order" ( -- It's "quoted", back\slashed, -- dashed; ended, broken, /* opened */ and `ticked`: größer 我们 🚪.
  "flow_oa_id" INTEGER PRIMARY KEY, -- Order of arrival; the program's own.
  "date" TEXT, -- '; DROP TABLE "order"; --
  "select" TEXT, -- Ends in a backslash \
  "location" TEXT, -- Two lines and a tab.
  "group" INTEGER CHECK ("group" IN (0, 1)), -- Yes -- or no;
  "gen" REAL, -- '
  "year" INTEGER NOT NULL, -- Partition: year of `date`.
  "month" INTEGER NOT NULL, -- Partition: month of `date`.
  "day" INTEGER NOT NULL, -- Partition: day of `date`.
  "hour" INTEGER NOT NULL -- Partition: hour of `date`.
) STRICT;
CREATE INDEX "order_index_1" ON "order" ("year", "select");
CREATE INDEX "order_index_2" ON "order" ("group");

CREATE TABLE "self" ( -- A table that Rust cannot name.
  "type" TEXT, -- A keyword.
  "self" TEXT, -- One that Rust cannot escape.
  "table" TEXT, -- A word of every dialect.
  "rank" INTEGER NOT NULL, -- A function.
  "UPPER" INTEGER CHECK ("UPPER" IN (0, 1)), -- One in capitals.
  "latitude" REAL, -- A description that is longer than the two hundred and fifty-six characters that Impala takes as the comment of a column, though every other engine takes all of it; so that it is cut there, and no database refuses a table because somebody had much to say about it. 🚪🚪🚪
  "y" INTEGER NOT NULL, -- Partition: year of the run.
  "m" INTEGER NOT NULL, -- Partition: month of the run.
  "d" INTEGER NOT NULL, -- Partition: day of the run.
  PRIMARY KEY ("y", "m", "d", "rank")
) STRICT, WITHOUT ROWID;

CREATE TABLE "flow_oa_ingest" ( -- Files that were ingested.
  "id" INTEGER NOT NULL, -- Number of the ingest.
  "pipeline" TEXT, -- Pipeline that the file was for.
  "file" TEXT, -- File as it was named; - for standard input.
  "content" TEXT, -- BLAKE3 hash of the decompressed content, in hexadecimal.
  "format" TEXT, -- Raw format that was recognised.
  "records" INTEGER, -- Records read, those rejected and skipped included.
  "stored" INTEGER, -- Rows stored.
  "rejected" INTEGER, -- Records that could not be read.
  "skipped" INTEGER, -- Blank lines, headers and trailers.
  "first_row" INTEGER, -- First row number in the raw table, in engines that number rows.
  "last_row" INTEGER, -- Last row number in the raw table.
  "started" TEXT, -- Start, UTC.
  "finished" TEXT, -- End, UTC.
  PRIMARY KEY ("id")
) STRICT, WITHOUT ROWID;

CREATE TABLE "flow_oa_ingest_day" ( -- Days of the files that were ingested.
  "ingest" INTEGER NOT NULL, -- Number of the ingest.
  "day" TEXT NOT NULL, -- Day of the rows, YYYY-MM-DD.
  "stored" INTEGER, -- Rows stored for that day.
  PRIMARY KEY ("ingest", "day")
) STRICT, WITHOUT ROWID;

CREATE TABLE "flow_oa_run" ( -- Runs that were completed.
  "id" INTEGER NOT NULL, -- Number of the run.
  "pipeline" TEXT, -- Pipeline that was run.
  "day" TEXT, -- Day that was run, YYYY-MM-DD.
  "row_limit" INTEGER, -- Most rows that were to be read from the results.
  "results" TEXT, -- Path of the results file.
  "fingerprint" TEXT, -- Fingerprint of the schema that the program was built with.
  "records" INTEGER, -- Records read from the results.
  "stored" INTEGER, -- Rows stored in the table of scores.
  "rejected" INTEGER, -- Records that could not be read.
  "skipped" INTEGER, -- Blank lines.
  "started" TEXT, -- Start, UTC.
  "finished" TEXT, -- End, UTC.
  PRIMARY KEY ("id")
) STRICT, WITHOUT ROWID;
