-- flow-oa: tables of a new database, for sqlite.

CREATE TABLE "flow" ( -- Raw network flows.
  "flow_oa_id" INTEGER PRIMARY KEY, -- Order of arrival; the program's own.
  "treceived" TEXT, -- Time of the flow, UTC.
  "unix_tstamp" INTEGER, -- Time of the flow in seconds since 1970-01-01 00:00:00 UTC.
  "tryear" INTEGER CHECK ("tryear" BETWEEN 1 AND 9999), -- Year.
  "trmonth" INTEGER CHECK ("trmonth" BETWEEN 1 AND 12), -- Month, 1 to 12.
  "trday" INTEGER CHECK ("trday" BETWEEN 1 AND 31), -- Day of the month.
  "trhour" INTEGER CHECK ("trhour" BETWEEN 0 AND 23), -- Hour, 0 to 23.
  "trminute" INTEGER CHECK ("trminute" BETWEEN 0 AND 59), -- Minute, 0 to 59.
  "trsec" INTEGER CHECK ("trsec" BETWEEN 0 AND 59), -- Second, 0 to 59.
  "tdur" REAL CHECK ("tdur" BETWEEN 0 AND 4294967296), -- Duration in seconds.
  "sip" TEXT, -- Source address.
  "dip" TEXT, -- Destination address.
  "sport" INTEGER CHECK ("sport" BETWEEN 0 AND 65535), -- Source port; 0 if the protocol has none.
  "dport" INTEGER CHECK ("dport" BETWEEN 0 AND 65535), -- Destination port; for ICMP, type × 256 + code.
  "proto" TEXT, -- Protocol name, or its number if it has none.
  "flag" TEXT, -- TCP flags, UAPRSF, with a dot for each flag not set.
  "fwd" INTEGER CHECK ("fwd" BETWEEN 0 AND 255), -- Forwarding status.
  "stos" INTEGER CHECK ("stos" BETWEEN 0 AND 255), -- Type of service, source side.
  "ipkt" INTEGER CHECK ("ipkt" >= 0), -- Packets from source to destination.
  "ibyt" INTEGER CHECK ("ibyt" >= 0), -- Bytes from source to destination.
  "opkt" INTEGER CHECK ("opkt" >= 0), -- Packets from destination to source.
  "obyt" INTEGER CHECK ("obyt" >= 0), -- Bytes from destination to source.
  "input" INTEGER CHECK ("input" BETWEEN 0 AND 2147483647), -- Input interface (SNMP index).
  "output" INTEGER CHECK ("output" BETWEEN 0 AND 2147483647), -- Output interface (SNMP index).
  "sas" INTEGER CHECK ("sas" BETWEEN 0 AND 4294967295), -- Autonomous system of the source.
  "das" INTEGER CHECK ("das" BETWEEN 0 AND 4294967295), -- Autonomous system of the destination.
  "dtos" INTEGER CHECK ("dtos" BETWEEN 0 AND 255), -- Type of service, destination side.
  "dir" INTEGER CHECK ("dir" BETWEEN 0 AND 255), -- Direction: 0 ingress, 1 egress.
  "rip" TEXT, -- Address of the exporter.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of `treceived`.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of `treceived`.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31), -- Partition: day of `treceived`.
  "h" INTEGER NOT NULL CHECK ("h" BETWEEN 0 AND 23) -- Partition: hour of `treceived`.
) STRICT;
CREATE INDEX "flow_index_1" ON "flow" ("y", "m", "d", "trhour", "trminute", "sip", "dip");

CREATE TABLE "flow_chords" ( -- Traffic of each address that has two or more peers among the suspicious connections, by direction.
  "ip_threat" TEXT NOT NULL, -- Address with two or more peers.
  "srcip" TEXT NOT NULL, -- Source address.
  "dstip" TEXT NOT NULL, -- Destination address.
  "ibyt" INTEGER CHECK ("ibyt" >= 0), -- Bytes from source to destination over the day.
  "ipkt" INTEGER CHECK ("ipkt" >= 0), -- Packets from source to destination over the day.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of the run.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of the run.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31), -- Partition: day of the run.
  PRIMARY KEY ("y", "m", "d", "ip_threat", "srcip", "dstip")
) STRICT, WITHOUT ROWID;

CREATE TABLE "flow_edge" ( -- Raw flows behind the suspicious connections: all between the same two addresses, in either direction, in the same minute.
  "tstart" TEXT, -- Time of the flow, UTC.
  "srcip" TEXT, -- Source address.
  "dstip" TEXT, -- Destination address.
  "sport" INTEGER CHECK ("sport" BETWEEN 0 AND 65535), -- Source port.
  "dport" INTEGER CHECK ("dport" BETWEEN 0 AND 65535), -- Destination port.
  "proto" TEXT, -- Protocol.
  "flags" TEXT, -- TCP flags, UAPRSF.
  "tos" INTEGER CHECK ("tos" BETWEEN 0 AND 255), -- Type of service.
  "ibyt" INTEGER CHECK ("ibyt" >= 0), -- Bytes from source to destination.
  "ipkt" INTEGER CHECK ("ipkt" >= 0), -- Packets from source to destination.
  "pkts" INTEGER CHECK ("pkts" >= 0), -- Packets in both directions.
  "input" INTEGER CHECK ("input" BETWEEN 0 AND 2147483647), -- Input interface.
  "output" INTEGER CHECK ("output" BETWEEN 0 AND 2147483647), -- Output interface.
  "rip" TEXT, -- Address of the exporter.
  "obyt" INTEGER CHECK ("obyt" >= 0), -- Bytes from destination to source.
  "opkt" INTEGER CHECK ("opkt" >= 0), -- Packets from destination to source.
  "hh" INTEGER CHECK ("hh" BETWEEN 0 AND 23), -- Hour, 0 to 23.
  "md" INTEGER CHECK ("md" BETWEEN 0 AND 59), -- Minute within the hour, 0 to 59.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of the run.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of the run.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31) -- Partition: day of the run.
) STRICT;
CREATE INDEX "flow_edge_index_1" ON "flow_edge" ("y", "m", "d", "srcip", "dstip");

CREATE TABLE "flow_ingest_summary" ( -- Raw flows of the day by minute; a minute without flows has no row.
  "tdate" TEXT NOT NULL, -- Minute, YYYY-MM-DD HH:MM, UTC.
  "total" INTEGER CHECK ("total" >= 0), -- Number of flows.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of the run.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of the run.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31), -- Partition: day of the run.
  PRIMARY KEY ("y", "m", "d", "tdate")
) STRICT, WITHOUT ROWID;

CREATE TABLE "flow_minute" ( -- Raw flows by minute; updated by ingest.
  "minute" TEXT NOT NULL, -- Minute, YYYY-MM-DD HH:MM, UTC.
  "flows" INTEGER CHECK ("flows" >= 0), -- Number of flows.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of `treceived`.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of `treceived`.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31), -- Partition: day of `treceived`.
  PRIMARY KEY ("y", "m", "d", "minute")
) STRICT, WITHOUT ROWID;

CREATE TABLE "flow_pair" ( -- Traffic of a day between two addresses, by direction; updated by ingest.
  "sip" TEXT NOT NULL, -- Source address.
  "dip" TEXT NOT NULL, -- Destination address.
  "flows" INTEGER CHECK ("flows" >= 0), -- Number of flows.
  "ipkt" INTEGER CHECK ("ipkt" >= 0), -- Packets from source to destination.
  "ibyt" INTEGER CHECK ("ibyt" >= 0), -- Bytes from source to destination.
  "opkt" INTEGER CHECK ("opkt" >= 0), -- Packets from destination to source.
  "obyt" INTEGER CHECK ("obyt" >= 0), -- Bytes from destination to source.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of `treceived`.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of `treceived`.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31), -- Partition: day of `treceived`.
  PRIMARY KEY ("y", "m", "d", "sip", "dip")
) STRICT, WITHOUT ROWID;

CREATE TABLE "flow_scores" ( -- Suspicious connections: the least likely flows of the day, with context.
  "tstart" TEXT, -- Time of the flow, UTC.
  "srcip" TEXT, -- Source address.
  "dstip" TEXT, -- Destination address.
  "sport" INTEGER CHECK ("sport" BETWEEN 0 AND 65535), -- Source port.
  "dport" INTEGER CHECK ("dport" BETWEEN 0 AND 65535), -- Destination port.
  "proto" TEXT, -- Protocol.
  "ipkt" INTEGER CHECK ("ipkt" >= 0), -- Packets from source to destination.
  "ibyt" INTEGER CHECK ("ibyt" >= 0), -- Bytes from source to destination.
  "opkt" INTEGER CHECK ("opkt" >= 0), -- Packets from destination to source.
  "obyt" INTEGER CHECK ("obyt" >= 0), -- Bytes from destination to source.
  "score" REAL, -- Probability of the flow for its two ends; the lowest is the most suspicious.
  "rank" INTEGER NOT NULL CHECK ("rank" BETWEEN 0 AND 2147483647), -- Position in the results file, from 0, the most suspicious.
  "srcip_internal" INTEGER CHECK ("srcip_internal" IN (0, 1)), -- Whether the source is internal.
  "destip_internal" INTEGER CHECK ("destip_internal" IN (0, 1)), -- Whether the destination is internal.
  "src_geoloc" TEXT, -- Where the source is: State;City Owner.
  "dst_geoloc" TEXT, -- Where the destination is: State;City Owner.
  "src_domain" TEXT, -- Domain of the source's network.
  "dst_domain" TEXT, -- Domain of the destination's network.
  "src_rep" TEXT, -- Reputation of the source: service:LABEL:value, joined by ::.
  "dst_rep" TEXT, -- Reputation of the destination: service:LABEL:value, joined by ::.
  "src_country" TEXT, -- Country of the source: ISO 3166 code, or - if the geolocation file has none.
  "dst_country" TEXT, -- Country of the destination: ISO 3166 code, or - if the geolocation file has none.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of the run.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of the run.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31), -- Partition: day of the run.
  PRIMARY KEY ("y", "m", "d", "rank")
) STRICT, WITHOUT ROWID;

CREATE TABLE "flow_storyboard" ( -- Comments of analysts about addresses.
  "ip_threat" TEXT NOT NULL, -- Address.
  "title" TEXT, -- Title, as written.
  "text" TEXT, -- Text, as written.
  "written_at" TEXT, -- When it was written, UTC.
  "written_by" TEXT, -- Author.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of the run.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of the run.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31), -- Partition: day of the run.
  PRIMARY KEY ("y", "m", "d", "ip_threat")
) STRICT, WITHOUT ROWID;

CREATE TABLE "flow_threat_investigation" ( -- Connections that an analyst scored.
  "tstart" TEXT NOT NULL, -- Time of the flow, UTC.
  "srcip" TEXT NOT NULL, -- Source address.
  "dstip" TEXT NOT NULL, -- Destination address.
  "srcport" INTEGER NOT NULL CHECK ("srcport" BETWEEN 0 AND 65535), -- Source port.
  "dstport" INTEGER NOT NULL CHECK ("dstport" BETWEEN 0 AND 65535), -- Destination port.
  "score" INTEGER CHECK ("score" BETWEEN 1 AND 3), -- Severity: 1 high, 2 medium, 3 low.
  "proto" TEXT NOT NULL, -- Protocol.
  "rank" INTEGER CHECK ("rank" BETWEEN 0 AND 2147483647), -- Position among the suspicious connections of its day.
  "note" TEXT, -- Note of the analyst.
  "scored_at" TEXT, -- When it was scored, UTC.
  "scored_by" TEXT, -- Analyst who scored it.
  "ipkt" INTEGER CHECK ("ipkt" >= 0), -- Packets from source to destination.
  "ibyt" INTEGER CHECK ("ibyt" >= 0), -- Bytes from source to destination.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of the run.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of the run.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31), -- Partition: day of the run.
  PRIMARY KEY ("y", "m", "d", "tstart", "srcip", "dstip", "srcport", "dstport", "proto")
) STRICT, WITHOUT ROWID;

CREATE TABLE "flow_timeline" ( -- Connections of the addresses that analysts commented on.
  "ip_threat" TEXT NOT NULL, -- Address.
  "tstart" TEXT, -- First flow, UTC.
  "tend" TEXT, -- Last flow, UTC.
  "srcip" TEXT NOT NULL, -- Source address.
  "dstip" TEXT NOT NULL, -- Destination address.
  "proto" TEXT NOT NULL, -- Protocol.
  "sport" INTEGER NOT NULL CHECK ("sport" BETWEEN 0 AND 65535), -- Source port.
  "dport" INTEGER NOT NULL CHECK ("dport" BETWEEN 0 AND 65535), -- Destination port.
  "ipkt" INTEGER CHECK ("ipkt" >= 0), -- Packets from source to destination.
  "ibyt" INTEGER CHECK ("ibyt" >= 0), -- Bytes from source to destination.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of the run.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of the run.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31), -- Partition: day of the run.
  PRIMARY KEY ("y", "m", "d", "ip_threat", "srcip", "dstip", "proto", "sport", "dport")
) STRICT, WITHOUT ROWID;

CREATE TABLE "flow_oa_ingest" ( -- Files whose rows are in a raw table.
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

CREATE TABLE "flow_oa_ingest_day" ( -- Days of those files.
  "ingest" INTEGER NOT NULL, -- Number of the ingest.
  "day" TEXT NOT NULL, -- Day of the rows, YYYY-MM-DD.
  "stored" INTEGER, -- Rows stored for that day.
  PRIMARY KEY ("ingest", "day")
) STRICT, WITHOUT ROWID;

CREATE TABLE "flow_oa_history" ( -- Runs, ingests, purges, copies and rankings, however they ended.
  "id" INTEGER NOT NULL, -- Number of the entry.
  "command" TEXT, -- What was done: run, ingest, purge, copy or rank.
  "pipeline" TEXT, -- Pipeline that it was done to.
  "day" TEXT, -- Day of a run, a copy or a ranking; first day that a purge kept; YYYY-MM-DD.
  "row_limit" INTEGER, -- Most rows that a run was to read, or a ranking to write.
  "input" TEXT, -- Results file that a run read or a ranking wrote; raw file of an ingest, - for standard input; database of a copy.
  "content" TEXT, -- BLAKE3 hash of the records read (run), the decompressed file (ingest) or the file written (rank).
  "context" TEXT, -- BLAKE3 hash of the context files of a run.
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

CREATE TABLE "flow_oa_history_table" ( -- Tables and days that they changed.
  "entry" INTEGER NOT NULL, -- Number of the entry in the history.
  "name" TEXT NOT NULL, -- Table.
  "day" TEXT NOT NULL, -- Day of the rows; first day that a purge kept; YYYY-MM-DD.
  "stored" INTEGER, -- Rows stored.
  "removed" INTEGER, -- Rows that were there before and were taken out.
  "seconds" REAL, -- Seconds that the table took, where that is known.
  PRIMARY KEY ("entry", "name", "day")
) STRICT, WITHOUT ROWID;

CREATE TABLE "flow_oa_rollup_day" ( -- Days of which rollups hold all raw rows.
  "name" TEXT NOT NULL, -- Rollup.
  "day" TEXT NOT NULL, -- Day of its rows, YYYY-MM-DD.
  "raw_rows" TEXT, -- BLAKE3 hash of the definition of the rollup and of the list of ingests of the day that it sums up.
  PRIMARY KEY ("name", "day")
) STRICT, WITHOUT ROWID;
