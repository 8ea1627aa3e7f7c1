-- flow-oa: tables of a new database, for postgres.

CREATE TABLE "flow" (
  "flow_oa_id" bigint NOT NULL,
  "treceived" text COLLATE "C",
  "unix_tstamp" bigint,
  "tryear" integer CHECK ("tryear" BETWEEN 1 AND 9999),
  "trmonth" integer CHECK ("trmonth" BETWEEN 1 AND 12),
  "trday" integer CHECK ("trday" BETWEEN 1 AND 31),
  "trhour" integer CHECK ("trhour" BETWEEN 0 AND 23),
  "trminute" integer CHECK ("trminute" BETWEEN 0 AND 59),
  "trsec" integer CHECK ("trsec" BETWEEN 0 AND 59),
  "tdur" real CHECK ("tdur" BETWEEN 0 AND 4294967296),
  "sip" text COLLATE "C",
  "dip" text COLLATE "C",
  "sport" integer CHECK ("sport" BETWEEN 0 AND 65535),
  "dport" integer CHECK ("dport" BETWEEN 0 AND 65535),
  "proto" text COLLATE "C",
  "flag" text COLLATE "C",
  "fwd" integer CHECK ("fwd" BETWEEN 0 AND 255),
  "stos" integer CHECK ("stos" BETWEEN 0 AND 255),
  "ipkt" bigint CHECK ("ipkt" >= 0),
  "ibyt" bigint CHECK ("ibyt" >= 0),
  "opkt" bigint CHECK ("opkt" >= 0),
  "obyt" bigint CHECK ("obyt" >= 0),
  "input" integer CHECK ("input" BETWEEN 0 AND 2147483647),
  "output" integer CHECK ("output" BETWEEN 0 AND 2147483647),
  "sas" bigint CHECK ("sas" BETWEEN 0 AND 4294967295),
  "das" bigint CHECK ("das" BETWEEN 0 AND 4294967295),
  "dtos" integer CHECK ("dtos" BETWEEN 0 AND 255),
  "dir" integer CHECK ("dir" BETWEEN 0 AND 255),
  "rip" text COLLATE "C",
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31),
  "h" smallint NOT NULL CHECK ("h" BETWEEN 0 AND 23)
) PARTITION BY RANGE ("y", "m", "d");
CREATE INDEX "flow_index_1" ON "flow" ("y", "m", "d", "trhour", "trminute", "sip", "dip");
COMMENT ON COLUMN "flow"."flow_oa_id" IS 'Number of the ingest and, in its lower 32 bits, of the row in it; the program''s own.';
COMMENT ON TABLE "flow" IS 'Raw network flows, as an exporter sent them.';
COMMENT ON COLUMN "flow"."treceived" IS 'When the flow arrived, UTC.';
COMMENT ON COLUMN "flow"."unix_tstamp" IS 'The same in seconds since 1970-01-01 00:00:00 UTC.';
COMMENT ON COLUMN "flow"."tryear" IS 'Year of arrival.';
COMMENT ON COLUMN "flow"."trmonth" IS 'Month of arrival, from 1.';
COMMENT ON COLUMN "flow"."trday" IS 'Day of the month of arrival.';
COMMENT ON COLUMN "flow"."trhour" IS 'Hour of arrival, 0 to 23.';
COMMENT ON COLUMN "flow"."trminute" IS 'Minute of arrival, 0 to 59.';
COMMENT ON COLUMN "flow"."trsec" IS 'Second of arrival, 0 to 59.';
COMMENT ON COLUMN "flow"."tdur" IS 'Duration in seconds.';
COMMENT ON COLUMN "flow"."sip" IS 'Address that sent.';
COMMENT ON COLUMN "flow"."dip" IS 'Address that received.';
COMMENT ON COLUMN "flow"."sport" IS 'Port that sent; 0 where the protocol has none.';
COMMENT ON COLUMN "flow"."dport" IS 'Port that received; type and code for ICMP.';
COMMENT ON COLUMN "flow"."proto" IS 'Protocol, by name where it has one.';
COMMENT ON COLUMN "flow"."flag" IS 'TCP flags seen, UAPRSF, a point for each one absent.';
COMMENT ON COLUMN "flow"."fwd" IS 'Forwarding status.';
COMMENT ON COLUMN "flow"."stos" IS 'Type of service, from the source.';
COMMENT ON COLUMN "flow"."ipkt" IS 'Packets from source to destination.';
COMMENT ON COLUMN "flow"."ibyt" IS 'Bytes from source to destination.';
COMMENT ON COLUMN "flow"."opkt" IS 'Packets from destination to source.';
COMMENT ON COLUMN "flow"."obyt" IS 'Bytes from destination to source.';
COMMENT ON COLUMN "flow"."input" IS 'Interface that the flow entered by, SNMP number.';
COMMENT ON COLUMN "flow"."output" IS 'Interface that the flow left by, SNMP number.';
COMMENT ON COLUMN "flow"."sas" IS 'Autonomous system of the source.';
COMMENT ON COLUMN "flow"."das" IS 'Autonomous system of the destination.';
COMMENT ON COLUMN "flow"."dtos" IS 'Type of service, towards the destination.';
COMMENT ON COLUMN "flow"."dir" IS 'Direction: 0 ingress, 1 egress.';
COMMENT ON COLUMN "flow"."rip" IS 'Address of the exporter.';
COMMENT ON COLUMN "flow"."y" IS 'Partition: year of `treceived`.';
COMMENT ON COLUMN "flow"."m" IS 'Partition: month of `treceived`.';
COMMENT ON COLUMN "flow"."d" IS 'Partition: day of `treceived`.';
COMMENT ON COLUMN "flow"."h" IS 'Partition: hour of `treceived`.';

CREATE TABLE "flow_chords" (
  "ip_threat" text COLLATE "C" NOT NULL,
  "srcip" text COLLATE "C" NOT NULL,
  "dstip" text COLLATE "C" NOT NULL,
  "ibyt" bigint CHECK ("ibyt" >= 0),
  "ipkt" bigint CHECK ("ipkt" >= 0),
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31),
  PRIMARY KEY ("y", "m", "d", "ip_threat", "srcip", "dstip")
);
COMMENT ON TABLE "flow_chords" IS 'Traffic of each address that has two or more peers among the suspicious connections, by direction.';
COMMENT ON COLUMN "flow_chords"."ip_threat" IS 'Address whose peers these are.';
COMMENT ON COLUMN "flow_chords"."srcip" IS 'Address that sent.';
COMMENT ON COLUMN "flow_chords"."dstip" IS 'Address that received.';
COMMENT ON COLUMN "flow_chords"."ibyt" IS 'Bytes from source to destination over the day.';
COMMENT ON COLUMN "flow_chords"."ipkt" IS 'Packets from source to destination over the day.';
COMMENT ON COLUMN "flow_chords"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "flow_chords"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "flow_chords"."d" IS 'Partition: day of the run.';

CREATE TABLE "flow_edge" (
  "tstart" text COLLATE "C",
  "srcip" text COLLATE "C",
  "dstip" text COLLATE "C",
  "sport" integer CHECK ("sport" BETWEEN 0 AND 65535),
  "dport" integer CHECK ("dport" BETWEEN 0 AND 65535),
  "proto" text COLLATE "C",
  "flags" text COLLATE "C",
  "tos" integer CHECK ("tos" BETWEEN 0 AND 255),
  "ibyt" bigint CHECK ("ibyt" >= 0),
  "ipkt" bigint CHECK ("ipkt" >= 0),
  "pkts" bigint CHECK ("pkts" >= 0),
  "input" integer CHECK ("input" BETWEEN 0 AND 2147483647),
  "output" integer CHECK ("output" BETWEEN 0 AND 2147483647),
  "rip" text COLLATE "C",
  "obyt" bigint CHECK ("obyt" >= 0),
  "opkt" bigint CHECK ("opkt" >= 0),
  "hh" integer CHECK ("hh" BETWEEN 0 AND 23),
  "md" integer CHECK ("md" BETWEEN 0 AND 59),
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31)
);
CREATE INDEX "flow_edge_index_1" ON "flow_edge" ("y", "m", "d", "srcip", "dstip");
COMMENT ON TABLE "flow_edge" IS 'Raw flows behind the suspicious connections: all between the same two addresses, both ways, in the same minute.';
COMMENT ON COLUMN "flow_edge"."tstart" IS 'When the flow arrived, UTC.';
COMMENT ON COLUMN "flow_edge"."srcip" IS 'Address that sent.';
COMMENT ON COLUMN "flow_edge"."dstip" IS 'Address that received.';
COMMENT ON COLUMN "flow_edge"."sport" IS 'Port that sent.';
COMMENT ON COLUMN "flow_edge"."dport" IS 'Port that received.';
COMMENT ON COLUMN "flow_edge"."proto" IS 'Protocol.';
COMMENT ON COLUMN "flow_edge"."flags" IS 'TCP flags seen, UAPRSF.';
COMMENT ON COLUMN "flow_edge"."tos" IS 'Type of service.';
COMMENT ON COLUMN "flow_edge"."ibyt" IS 'Bytes from source to destination.';
COMMENT ON COLUMN "flow_edge"."ipkt" IS 'Packets from source to destination.';
COMMENT ON COLUMN "flow_edge"."pkts" IS 'Packets both ways.';
COMMENT ON COLUMN "flow_edge"."input" IS 'Interface that the flow entered by.';
COMMENT ON COLUMN "flow_edge"."output" IS 'Interface that the flow left by.';
COMMENT ON COLUMN "flow_edge"."rip" IS 'Address of the exporter.';
COMMENT ON COLUMN "flow_edge"."obyt" IS 'Bytes from destination to source.';
COMMENT ON COLUMN "flow_edge"."opkt" IS 'Packets from destination to source.';
COMMENT ON COLUMN "flow_edge"."hh" IS 'Hour, 0 to 23.';
COMMENT ON COLUMN "flow_edge"."md" IS 'Minute within the hour, 0 to 59.';
COMMENT ON COLUMN "flow_edge"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "flow_edge"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "flow_edge"."d" IS 'Partition: day of the run.';

CREATE TABLE "flow_ingest_summary" (
  "tdate" text COLLATE "C" NOT NULL,
  "total" bigint CHECK ("total" >= 0),
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31),
  PRIMARY KEY ("y", "m", "d", "tdate")
);
COMMENT ON TABLE "flow_ingest_summary" IS 'Raw flows of the day by minute; a minute without flows has no row.';
COMMENT ON COLUMN "flow_ingest_summary"."tdate" IS 'Minute, YYYY-MM-DD HH:MM, UTC.';
COMMENT ON COLUMN "flow_ingest_summary"."total" IS 'Flows that arrived in it.';
COMMENT ON COLUMN "flow_ingest_summary"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "flow_ingest_summary"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "flow_ingest_summary"."d" IS 'Partition: day of the run.';

CREATE TABLE "flow_minute" (
  "minute" text COLLATE "C" NOT NULL,
  "flows" bigint CHECK ("flows" >= 0),
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31),
  PRIMARY KEY ("y", "m", "d", "minute")
);
COMMENT ON TABLE "flow_minute" IS 'Raw flows by minute, kept while flows are ingested.';
COMMENT ON COLUMN "flow_minute"."minute" IS 'Minute, YYYY-MM-DD HH:MM, UTC.';
COMMENT ON COLUMN "flow_minute"."flows" IS 'Flows that arrived in it.';
COMMENT ON COLUMN "flow_minute"."y" IS 'Partition: year of `treceived`.';
COMMENT ON COLUMN "flow_minute"."m" IS 'Partition: month of `treceived`.';
COMMENT ON COLUMN "flow_minute"."d" IS 'Partition: day of `treceived`.';

CREATE TABLE "flow_pair" (
  "sip" text COLLATE "C" NOT NULL,
  "dip" text COLLATE "C" NOT NULL,
  "flows" bigint CHECK ("flows" >= 0),
  "ipkt" bigint CHECK ("ipkt" >= 0),
  "ibyt" bigint CHECK ("ibyt" >= 0),
  "opkt" bigint CHECK ("opkt" >= 0),
  "obyt" bigint CHECK ("obyt" >= 0),
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31),
  PRIMARY KEY ("y", "m", "d", "sip", "dip")
);
COMMENT ON TABLE "flow_pair" IS 'Traffic of a day between two addresses, by direction, kept while flows are ingested.';
COMMENT ON COLUMN "flow_pair"."sip" IS 'Address that sent.';
COMMENT ON COLUMN "flow_pair"."dip" IS 'Address that received.';
COMMENT ON COLUMN "flow_pair"."flows" IS 'Flows.';
COMMENT ON COLUMN "flow_pair"."ipkt" IS 'Packets from source to destination.';
COMMENT ON COLUMN "flow_pair"."ibyt" IS 'Bytes from source to destination.';
COMMENT ON COLUMN "flow_pair"."opkt" IS 'Packets from destination to source.';
COMMENT ON COLUMN "flow_pair"."obyt" IS 'Bytes from destination to source.';
COMMENT ON COLUMN "flow_pair"."y" IS 'Partition: year of `treceived`.';
COMMENT ON COLUMN "flow_pair"."m" IS 'Partition: month of `treceived`.';
COMMENT ON COLUMN "flow_pair"."d" IS 'Partition: day of `treceived`.';

CREATE TABLE "flow_scores" (
  "tstart" text COLLATE "C",
  "srcip" text COLLATE "C",
  "dstip" text COLLATE "C",
  "sport" integer CHECK ("sport" BETWEEN 0 AND 65535),
  "dport" integer CHECK ("dport" BETWEEN 0 AND 65535),
  "proto" text COLLATE "C",
  "ipkt" bigint CHECK ("ipkt" >= 0),
  "ibyt" bigint CHECK ("ibyt" >= 0),
  "opkt" bigint CHECK ("opkt" >= 0),
  "obyt" bigint CHECK ("obyt" >= 0),
  "score" double precision,
  "rank" integer NOT NULL CHECK ("rank" BETWEEN 0 AND 2147483647),
  "srcip_internal" boolean,
  "destip_internal" boolean,
  "src_geoloc" text COLLATE "C",
  "dst_geoloc" text COLLATE "C",
  "src_domain" text COLLATE "C",
  "dst_domain" text COLLATE "C",
  "src_rep" text COLLATE "C",
  "dst_rep" text COLLATE "C",
  "src_country" text COLLATE "C",
  "dst_country" text COLLATE "C",
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31),
  PRIMARY KEY ("y", "m", "d", "rank")
);
COMMENT ON TABLE "flow_scores" IS 'Suspicious connections: the rows of the day that the machine-learning job found least likely, with context.';
COMMENT ON COLUMN "flow_scores"."tstart" IS 'When the flow arrived, UTC.';
COMMENT ON COLUMN "flow_scores"."srcip" IS 'Address that sent.';
COMMENT ON COLUMN "flow_scores"."dstip" IS 'Address that received.';
COMMENT ON COLUMN "flow_scores"."sport" IS 'Port that sent.';
COMMENT ON COLUMN "flow_scores"."dport" IS 'Port that received.';
COMMENT ON COLUMN "flow_scores"."proto" IS 'Protocol.';
COMMENT ON COLUMN "flow_scores"."ipkt" IS 'Packets from source to destination.';
COMMENT ON COLUMN "flow_scores"."ibyt" IS 'Bytes from source to destination.';
COMMENT ON COLUMN "flow_scores"."opkt" IS 'Packets from destination to source.';
COMMENT ON COLUMN "flow_scores"."obyt" IS 'Bytes from destination to source.';
COMMENT ON COLUMN "flow_scores"."score" IS 'Probability of the flow for its two ends; the lowest is the most suspicious.';
COMMENT ON COLUMN "flow_scores"."rank" IS 'Position in the results file, from 0, the most suspicious.';
COMMENT ON COLUMN "flow_scores"."srcip_internal" IS 'Whether the source is in a range of the site''s own.';
COMMENT ON COLUMN "flow_scores"."destip_internal" IS 'Whether the destination is in a range of the site''s own.';
COMMENT ON COLUMN "flow_scores"."src_geoloc" IS 'Where the source is: State;City Owner.';
COMMENT ON COLUMN "flow_scores"."dst_geoloc" IS 'Where the destination is: State;City Owner.';
COMMENT ON COLUMN "flow_scores"."src_domain" IS 'Domain of the source''s network.';
COMMENT ON COLUMN "flow_scores"."dst_domain" IS 'Domain of the destination''s network.';
COMMENT ON COLUMN "flow_scores"."src_rep" IS 'Reputation of the source: service:LABEL:value, joined by ::.';
COMMENT ON COLUMN "flow_scores"."dst_rep" IS 'Reputation of the destination: service:LABEL:value, joined by ::.';
COMMENT ON COLUMN "flow_scores"."src_country" IS 'Country of the source: two letters (ISO 3166), - where its file says none.';
COMMENT ON COLUMN "flow_scores"."dst_country" IS 'Country of the destination: two letters (ISO 3166), - where its file says none.';
COMMENT ON COLUMN "flow_scores"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "flow_scores"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "flow_scores"."d" IS 'Partition: day of the run.';

CREATE TABLE "flow_storyboard" (
  "ip_threat" text COLLATE "C" NOT NULL,
  "title" text COLLATE "C",
  "text" text COLLATE "C",
  "written_at" text COLLATE "C",
  "written_by" text COLLATE "C",
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31),
  PRIMARY KEY ("y", "m", "d", "ip_threat")
);
COMMENT ON TABLE "flow_storyboard" IS 'What analysts wrote about addresses.';
COMMENT ON COLUMN "flow_storyboard"."ip_threat" IS 'Address that it is about.';
COMMENT ON COLUMN "flow_storyboard"."title" IS 'Title, as written.';
COMMENT ON COLUMN "flow_storyboard"."text" IS 'Text, as written.';
COMMENT ON COLUMN "flow_storyboard"."written_at" IS 'When it was written, UTC.';
COMMENT ON COLUMN "flow_storyboard"."written_by" IS 'Who wrote it.';
COMMENT ON COLUMN "flow_storyboard"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "flow_storyboard"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "flow_storyboard"."d" IS 'Partition: day of the run.';

CREATE TABLE "flow_threat_investigation" (
  "tstart" text COLLATE "C" NOT NULL,
  "srcip" text COLLATE "C" NOT NULL,
  "dstip" text COLLATE "C" NOT NULL,
  "srcport" integer NOT NULL CHECK ("srcport" BETWEEN 0 AND 65535),
  "dstport" integer NOT NULL CHECK ("dstport" BETWEEN 0 AND 65535),
  "score" integer CHECK ("score" BETWEEN 1 AND 3),
  "proto" text COLLATE "C" NOT NULL,
  "rank" integer CHECK ("rank" BETWEEN 0 AND 2147483647),
  "note" text COLLATE "C",
  "scored_at" text COLLATE "C",
  "scored_by" text COLLATE "C",
  "ipkt" bigint CHECK ("ipkt" >= 0),
  "ibyt" bigint CHECK ("ibyt" >= 0),
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31),
  PRIMARY KEY ("y", "m", "d", "tstart", "srcip", "dstip", "srcport", "dstport", "proto")
);
COMMENT ON TABLE "flow_threat_investigation" IS 'Connections that an analyst scored.';
COMMENT ON COLUMN "flow_threat_investigation"."tstart" IS 'When the flow arrived, UTC.';
COMMENT ON COLUMN "flow_threat_investigation"."srcip" IS 'Address that sent.';
COMMENT ON COLUMN "flow_threat_investigation"."dstip" IS 'Address that received.';
COMMENT ON COLUMN "flow_threat_investigation"."srcport" IS 'Port that sent.';
COMMENT ON COLUMN "flow_threat_investigation"."dstport" IS 'Port that received.';
COMMENT ON COLUMN "flow_threat_investigation"."score" IS 'Severity: 1 high, 2 medium, 3 low.';
COMMENT ON COLUMN "flow_threat_investigation"."proto" IS 'Protocol.';
COMMENT ON COLUMN "flow_threat_investigation"."rank" IS 'Position among the suspicious connections of its day.';
COMMENT ON COLUMN "flow_threat_investigation"."note" IS 'What the analyst wrote.';
COMMENT ON COLUMN "flow_threat_investigation"."scored_at" IS 'When it was scored, UTC.';
COMMENT ON COLUMN "flow_threat_investigation"."scored_by" IS 'Who scored it.';
COMMENT ON COLUMN "flow_threat_investigation"."ipkt" IS 'Packets from source to destination.';
COMMENT ON COLUMN "flow_threat_investigation"."ibyt" IS 'Bytes from source to destination.';
COMMENT ON COLUMN "flow_threat_investigation"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "flow_threat_investigation"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "flow_threat_investigation"."d" IS 'Partition: day of the run.';

CREATE TABLE "flow_timeline" (
  "ip_threat" text COLLATE "C" NOT NULL,
  "tstart" text COLLATE "C",
  "tend" text COLLATE "C",
  "srcip" text COLLATE "C" NOT NULL,
  "dstip" text COLLATE "C" NOT NULL,
  "proto" text COLLATE "C" NOT NULL,
  "sport" integer NOT NULL CHECK ("sport" BETWEEN 0 AND 65535),
  "dport" integer NOT NULL CHECK ("dport" BETWEEN 0 AND 65535),
  "ipkt" bigint CHECK ("ipkt" >= 0),
  "ibyt" bigint CHECK ("ibyt" >= 0),
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31),
  PRIMARY KEY ("y", "m", "d", "ip_threat", "srcip", "dstip", "proto", "sport", "dport")
);
COMMENT ON TABLE "flow_timeline" IS 'When an address that analysts wrote about spoke to whom.';
COMMENT ON COLUMN "flow_timeline"."ip_threat" IS 'Address that it is about.';
COMMENT ON COLUMN "flow_timeline"."tstart" IS 'First flow, UTC.';
COMMENT ON COLUMN "flow_timeline"."tend" IS 'Last flow, UTC.';
COMMENT ON COLUMN "flow_timeline"."srcip" IS 'Address that sent.';
COMMENT ON COLUMN "flow_timeline"."dstip" IS 'Address that received.';
COMMENT ON COLUMN "flow_timeline"."proto" IS 'Protocol.';
COMMENT ON COLUMN "flow_timeline"."sport" IS 'Port that sent.';
COMMENT ON COLUMN "flow_timeline"."dport" IS 'Port that received.';
COMMENT ON COLUMN "flow_timeline"."ipkt" IS 'Packets from source to destination.';
COMMENT ON COLUMN "flow_timeline"."ibyt" IS 'Bytes from source to destination.';
COMMENT ON COLUMN "flow_timeline"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "flow_timeline"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "flow_timeline"."d" IS 'Partition: day of the run.';

CREATE TABLE "flow_oa_ingest" (
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
COMMENT ON TABLE "flow_oa_ingest" IS 'Files whose rows are in a raw table.';
COMMENT ON COLUMN "flow_oa_ingest"."id" IS 'Number of the ingest in the history.';
COMMENT ON COLUMN "flow_oa_ingest"."pipeline" IS 'Pipeline that the file was for.';
COMMENT ON COLUMN "flow_oa_ingest"."file" IS 'File as it was named; - for standard input.';
COMMENT ON COLUMN "flow_oa_ingest"."content" IS 'BLAKE3 hash of the decompressed content, in hexadecimal.';
COMMENT ON COLUMN "flow_oa_ingest"."format" IS 'Raw format that was recognised.';
COMMENT ON COLUMN "flow_oa_ingest"."stored" IS 'Rows stored.';
COMMENT ON COLUMN "flow_oa_ingest"."first_row" IS 'First row number in the raw table, in engines that number rows.';
COMMENT ON COLUMN "flow_oa_ingest"."last_row" IS 'Last row number in the raw table.';
COMMENT ON COLUMN "flow_oa_ingest"."finished" IS 'End, UTC.';

CREATE TABLE "flow_oa_ingest_day" (
  "ingest" bigint NOT NULL,
  "day" text COLLATE "C" NOT NULL,
  "stored" bigint,
  PRIMARY KEY ("ingest", "day")
);
COMMENT ON TABLE "flow_oa_ingest_day" IS 'Days of those files.';
COMMENT ON COLUMN "flow_oa_ingest_day"."ingest" IS 'Number of the ingest.';
COMMENT ON COLUMN "flow_oa_ingest_day"."day" IS 'Day of the rows, YYYY-MM-DD.';
COMMENT ON COLUMN "flow_oa_ingest_day"."stored" IS 'Rows stored for that day.';

CREATE TABLE "flow_oa_history" (
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
COMMENT ON TABLE "flow_oa_history" IS 'Runs, ingests, purges and copies, however they ended.';
COMMENT ON COLUMN "flow_oa_history"."id" IS 'Number of the entry.';
COMMENT ON COLUMN "flow_oa_history"."command" IS 'What was done: run, ingest, purge or copy.';
COMMENT ON COLUMN "flow_oa_history"."pipeline" IS 'Pipeline that it was done to.';
COMMENT ON COLUMN "flow_oa_history"."day" IS 'Day of a run or a copy; first day that a purge kept; YYYY-MM-DD.';
COMMENT ON COLUMN "flow_oa_history"."row_limit" IS 'Most rows that a run was to read from the results.';
COMMENT ON COLUMN "flow_oa_history"."input" IS 'Results file of a run, raw file of an ingest; - for standard input; database that a copy read.';
COMMENT ON COLUMN "flow_oa_history"."content" IS 'BLAKE3 hash of the records read (run) or the decompressed file (ingest).';
COMMENT ON COLUMN "flow_oa_history"."context" IS 'BLAKE3 hash of the context files of a run.';
COMMENT ON COLUMN "flow_oa_history"."fingerprint" IS 'Fingerprint of the schema that the program was built with.';
COMMENT ON COLUMN "flow_oa_history"."raw_rows" IS 'BLAKE3 hash of the list of ingests that a run or a copy found for its day.';
COMMENT ON COLUMN "flow_oa_history"."scores_file" IS 'BLAKE3 hash of the file of scores that a run wrote.';
COMMENT ON COLUMN "flow_oa_history"."records" IS 'Records read, those rejected and skipped included.';
COMMENT ON COLUMN "flow_oa_history"."stored" IS 'Rows stored: scores of a run, raw rows of an ingest.';
COMMENT ON COLUMN "flow_oa_history"."rejected" IS 'Records that could not be read.';
COMMENT ON COLUMN "flow_oa_history"."skipped" IS 'Blank lines, headers and trailers.';
COMMENT ON COLUMN "flow_oa_history"."started" IS 'Start, UTC.';
COMMENT ON COLUMN "flow_oa_history"."finished" IS 'End, UTC; none while it runs, or where it was killed.';
COMMENT ON COLUMN "flow_oa_history"."seconds" IS 'Seconds from start to end.';
COMMENT ON COLUMN "flow_oa_history"."status" IS 'running, done, failed or killed.';
COMMENT ON COLUMN "flow_oa_history"."message" IS 'Why it failed.';
COMMENT ON COLUMN "flow_oa_history"."version" IS 'Version of the program.';
COMMENT ON COLUMN "flow_oa_history"."lock_file" IS 'File that is locked while it runs.';

CREATE TABLE "flow_oa_history_table" (
  "entry" bigint NOT NULL,
  "name" text COLLATE "C" NOT NULL,
  "day" text COLLATE "C" NOT NULL,
  "stored" bigint,
  "removed" bigint,
  "seconds" double precision,
  PRIMARY KEY ("entry", "name", "day")
);
COMMENT ON TABLE "flow_oa_history_table" IS 'Tables and days that they changed.';
COMMENT ON COLUMN "flow_oa_history_table"."entry" IS 'Number of the entry in the history.';
COMMENT ON COLUMN "flow_oa_history_table"."name" IS 'Table.';
COMMENT ON COLUMN "flow_oa_history_table"."day" IS 'Day of the rows; first day that a purge kept; YYYY-MM-DD.';
COMMENT ON COLUMN "flow_oa_history_table"."stored" IS 'Rows stored.';
COMMENT ON COLUMN "flow_oa_history_table"."removed" IS 'Rows that were there before and were taken out.';
COMMENT ON COLUMN "flow_oa_history_table"."seconds" IS 'Seconds that the table took, where that is known.';
