-- flow-oa: tables of a new database, for sqlite.

CREATE TABLE "flow" ( -- Raw network flows, as an exporter sent them.
  "flow_oa_id" INTEGER PRIMARY KEY, -- Order of arrival; the program's own.
  "treceived" TEXT, -- When the flow arrived, UTC.
  "unix_tstamp" INTEGER, -- The same in seconds since 1970-01-01 00:00:00 UTC.
  "tryear" INTEGER, -- Year of arrival.
  "trmonth" INTEGER, -- Month of arrival, from 1.
  "trday" INTEGER, -- Day of the month of arrival.
  "trhour" INTEGER, -- Hour of arrival, 0 to 23.
  "trminute" INTEGER, -- Minute of arrival, 0 to 59.
  "trsec" INTEGER, -- Second of arrival, 0 to 59.
  "tdur" REAL, -- Duration in seconds.
  "sip" TEXT, -- Address that sent.
  "dip" TEXT, -- Address that received.
  "sport" INTEGER, -- Port that sent; 0 where the protocol has none.
  "dport" INTEGER, -- Port that received; type and code for ICMP.
  "proto" TEXT, -- Protocol, by name where it has one.
  "flag" TEXT, -- TCP flags seen, UAPRSF, a point for each one absent.
  "fwd" INTEGER, -- Forwarding status.
  "stos" INTEGER, -- Type of service, from the source.
  "ipkt" INTEGER, -- Packets from source to destination.
  "ibyt" INTEGER, -- Bytes from source to destination.
  "opkt" INTEGER, -- Packets from destination to source.
  "obyt" INTEGER, -- Bytes from destination to source.
  "input" INTEGER, -- Interface that the flow entered by, SNMP number.
  "output" INTEGER, -- Interface that the flow left by, SNMP number.
  "sas" INTEGER, -- Autonomous system of the source.
  "das" INTEGER, -- Autonomous system of the destination.
  "dtos" INTEGER, -- Type of service, towards the destination.
  "dir" INTEGER, -- Direction: 0 ingress, 1 egress.
  "rip" TEXT, -- Address of the exporter.
  "y" INTEGER NOT NULL, -- Partition: year of `treceived`.
  "m" INTEGER NOT NULL, -- Partition: month of `treceived`.
  "d" INTEGER NOT NULL, -- Partition: day of `treceived`.
  "h" INTEGER NOT NULL -- Partition: hour of `treceived`.
) STRICT;
CREATE INDEX "flow_index_1" ON "flow" ("y", "m", "d", "sip", "dip", "trhour", "trminute", "ibyt", "ipkt");

CREATE TABLE "flow_chords" ( -- Traffic of each address that has two or more peers among the suspicious connections, by direction.
  "ip_threat" TEXT NOT NULL, -- Address whose peers these are.
  "srcip" TEXT NOT NULL, -- Address that sent.
  "dstip" TEXT NOT NULL, -- Address that received.
  "ibyt" INTEGER, -- Bytes from source to destination over the day.
  "ipkt" INTEGER, -- Packets from source to destination over the day.
  "y" INTEGER NOT NULL, -- Partition: year of the run.
  "m" INTEGER NOT NULL, -- Partition: month of the run.
  "d" INTEGER NOT NULL, -- Partition: day of the run.
  PRIMARY KEY ("y", "m", "d", "ip_threat", "srcip", "dstip")
) STRICT;

CREATE TABLE "flow_edge" ( -- Raw flows behind the suspicious connections: all between the same two addresses, both ways, in the same minute.
  "tstart" TEXT, -- When the flow arrived, UTC.
  "srcip" TEXT, -- Address that sent.
  "dstip" TEXT, -- Address that received.
  "sport" INTEGER, -- Port that sent.
  "dport" INTEGER, -- Port that received.
  "proto" TEXT, -- Protocol.
  "flags" TEXT, -- TCP flags seen, UAPRSF.
  "tos" INTEGER, -- Type of service.
  "ibyt" INTEGER, -- Bytes from source to destination.
  "ipkt" INTEGER, -- Packets from source to destination.
  "pkts" INTEGER, -- Packets both ways.
  "input" INTEGER, -- Interface that the flow entered by.
  "output" INTEGER, -- Interface that the flow left by.
  "rip" TEXT, -- Address of the exporter.
  "obyt" INTEGER, -- Bytes from destination to source.
  "opkt" INTEGER, -- Packets from destination to source.
  "hh" INTEGER, -- Hour, 0 to 23.
  "md" INTEGER, -- Minute within the hour, 0 to 59.
  "y" INTEGER NOT NULL, -- Partition: year of the run.
  "m" INTEGER NOT NULL, -- Partition: month of the run.
  "d" INTEGER NOT NULL -- Partition: day of the run.
) STRICT;
CREATE INDEX "flow_edge_index_1" ON "flow_edge" ("y", "m", "d", "srcip", "dstip");

CREATE TABLE "flow_ingest_summary" ( -- Raw flows of the day by minute; a minute without flows has no row.
  "tdate" TEXT NOT NULL, -- Minute, YYYY-MM-DD HH:MM, UTC.
  "total" INTEGER, -- Flows that arrived in it.
  "y" INTEGER NOT NULL, -- Partition: year of the run.
  "m" INTEGER NOT NULL, -- Partition: month of the run.
  "d" INTEGER NOT NULL, -- Partition: day of the run.
  PRIMARY KEY ("y", "m", "d", "tdate")
) STRICT;

CREATE TABLE "flow_scores" ( -- Suspicious connections: the rows of the day that the machine-learning job found least likely, with context.
  "tstart" TEXT, -- When the flow arrived, UTC.
  "srcip" TEXT, -- Address that sent.
  "dstip" TEXT, -- Address that received.
  "sport" INTEGER, -- Port that sent.
  "dport" INTEGER, -- Port that received.
  "proto" TEXT, -- Protocol.
  "ipkt" INTEGER, -- Packets from source to destination.
  "ibyt" INTEGER, -- Bytes from source to destination.
  "opkt" INTEGER, -- Packets from destination to source.
  "obyt" INTEGER, -- Bytes from destination to source.
  "score" REAL, -- Probability of the flow for its two ends; the lowest is the most suspicious.
  "rank" INTEGER NOT NULL, -- Position in the results file, from 0, the most suspicious.
  "srcip_internal" INTEGER CHECK ("srcip_internal" IN (0, 1)), -- Whether the source is in a range of the site's own.
  "destip_internal" INTEGER CHECK ("destip_internal" IN (0, 1)), -- Whether the destination is in a range of the site's own.
  "src_geoloc" TEXT, -- Where the source is: State;City Owner.
  "dst_geoloc" TEXT, -- Where the destination is: State;City Owner.
  "src_domain" TEXT, -- Domain of the source's network.
  "dst_domain" TEXT, -- Domain of the destination's network.
  "src_rep" TEXT, -- Reputation of the source: service:LABEL:value, joined by ::.
  "dst_rep" TEXT, -- Reputation of the destination: service:LABEL:value, joined by ::.
  "y" INTEGER NOT NULL, -- Partition: year of the run.
  "m" INTEGER NOT NULL, -- Partition: month of the run.
  "d" INTEGER NOT NULL, -- Partition: day of the run.
  PRIMARY KEY ("y", "m", "d", "rank")
) STRICT;

CREATE TABLE "flow_storyboard" ( -- What analysts wrote about an address.
  "ip_threat" TEXT, -- Address that it is about.
  "title" TEXT, -- Title.
  "text" TEXT, -- Text, as written.
  "y" INTEGER NOT NULL, -- Partition: year of the run.
  "m" INTEGER NOT NULL, -- Partition: month of the run.
  "d" INTEGER NOT NULL -- Partition: day of the run.
) STRICT;
CREATE INDEX "flow_storyboard_index_1" ON "flow_storyboard" ("y", "m", "d");

CREATE TABLE "flow_threat_investigation" ( -- Connections that an analyst scored.
  "tstart" TEXT, -- When the flow arrived, UTC.
  "srcip" TEXT, -- Address that sent.
  "dstip" TEXT, -- Address that received.
  "srcport" INTEGER, -- Port that sent.
  "dstport" INTEGER, -- Port that received.
  "score" INTEGER, -- Severity: 1 high, 2 medium, 3 low.
  "proto" TEXT, -- Protocol.
  "rank" INTEGER, -- Position among the suspicious connections of its day.
  "note" TEXT, -- What the analyst wrote.
  "y" INTEGER NOT NULL, -- Partition: year of the run.
  "m" INTEGER NOT NULL, -- Partition: month of the run.
  "d" INTEGER NOT NULL -- Partition: day of the run.
) STRICT;
CREATE INDEX "flow_threat_investigation_index_1" ON "flow_threat_investigation" ("y", "m", "d");

CREATE TABLE "flow_timeline" ( -- When an investigated address spoke to whom.
  "ip_threat" TEXT, -- Address that it is about.
  "tstart" TEXT, -- First flow, UTC.
  "tend" TEXT, -- Last flow, UTC.
  "srcip" TEXT, -- Address that sent.
  "dstip" TEXT, -- Address that received.
  "proto" TEXT, -- Protocol.
  "sport" INTEGER, -- Port that sent.
  "dport" INTEGER, -- Port that received.
  "ipkt" INTEGER, -- Packets.
  "ibyt" INTEGER, -- Bytes.
  "y" INTEGER NOT NULL, -- Partition: year of the run.
  "m" INTEGER NOT NULL, -- Partition: month of the run.
  "d" INTEGER NOT NULL -- Partition: day of the run.
) STRICT;
CREATE INDEX "flow_timeline_index_1" ON "flow_timeline" ("y", "m", "d");

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
) STRICT;

CREATE TABLE "flow_oa_ingest_day" ( -- Days of the files that were ingested.
  "ingest" INTEGER NOT NULL, -- Number of the ingest.
  "day" TEXT NOT NULL, -- Day of the rows, YYYY-MM-DD.
  "stored" INTEGER, -- Rows stored for that day.
  PRIMARY KEY ("ingest", "day")
) STRICT;

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
) STRICT;
