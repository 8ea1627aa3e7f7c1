-- flow-oa: tables of a database, for postgres. Schema 9e9b4f312f43c0dd. It can be applied again.

BEGIN;

CREATE TABLE IF NOT EXISTS "dns" (
  "flow_oa_id" bigint NOT NULL,
  "frame_time" text COLLATE "C",
  "unix_tstamp" bigint,
  "frame_len" integer,
  "ip_dst" text COLLATE "C",
  "ip_src" text COLLATE "C",
  "dns_qry_name" text COLLATE "C",
  "dns_qry_class" text COLLATE "C",
  "dns_qry_type" integer,
  "dns_qry_rcode" integer,
  "dns_a" text COLLATE "C",
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31),
  "h" smallint NOT NULL CHECK ("h" BETWEEN 0 AND 23)
) PARTITION BY RANGE ("y", "m", "d");
CREATE INDEX IF NOT EXISTS "dns_index_1" ON "dns" ("y", "m", "d", "dns_qry_name");
CREATE INDEX IF NOT EXISTS "dns_index_2" ON "dns" ("y", "m", "d", "ip_dst");
COMMENT ON COLUMN "dns"."flow_oa_id" IS 'Number of the ingest and, in its lower 32 bits, of the row in it; the program''s own.';
COMMENT ON TABLE "dns" IS 'Raw DNS responses.';
COMMENT ON COLUMN "dns"."frame_time" IS 'Time of the frame as text, as the capture program wrote it.';
COMMENT ON COLUMN "dns"."unix_tstamp" IS 'Time of the frame in whole seconds since 1970-01-01 00:00:00 UTC.';
COMMENT ON COLUMN "dns"."frame_len" IS 'Length of the frame in bytes.';
COMMENT ON COLUMN "dns"."ip_dst" IS 'Address of the client, which received the response.';
COMMENT ON COLUMN "dns"."ip_src" IS 'Address of the server, which sent the response.';
COMMENT ON COLUMN "dns"."dns_qry_name" IS 'Query name, as written.';
COMMENT ON COLUMN "dns"."dns_qry_class" IS 'Query class in hexadecimal, such as 0x0001 for Internet.';
COMMENT ON COLUMN "dns"."dns_qry_type" IS 'Query type, such as 1 for an address (A).';
COMMENT ON COLUMN "dns"."dns_qry_rcode" IS 'Response code: 0 no error, 3 no such name.';
COMMENT ON COLUMN "dns"."dns_a" IS 'First IPv4 address in the response; empty if there is none.';
COMMENT ON COLUMN "dns"."y" IS 'Partition: year of the time of the row.';
COMMENT ON COLUMN "dns"."m" IS 'Partition: month of the time of the row.';
COMMENT ON COLUMN "dns"."d" IS 'Partition: day of the time of the row.';
COMMENT ON COLUMN "dns"."h" IS 'Partition: hour of the time of the row.';
CREATE OR REPLACE VIEW "dns_typed" AS SELECT
  "y",
  "m",
  "d",
  "h",
  "frame_time",
  "unix_tstamp",
  "frame_len",
  CAST(NULLIF("ip_dst", '') AS inet) AS "ip_dst",
  CAST(NULLIF("ip_src", '') AS inet) AS "ip_src",
  "dns_qry_name",
  "dns_qry_class",
  "dns_qry_type",
  "dns_qry_rcode",
  "dns_a"
FROM "dns";
COMMENT ON VIEW "dns_typed" IS 'The rows of dns, with times and addresses of these types.';

CREATE TABLE IF NOT EXISTS "dns_dendro" (
  "unix_tstamp" bigint,
  "dns_a" text COLLATE "C",
  "dns_qry_name" text COLLATE "C",
  "ip_dst" text COLLATE "C",
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31)
);
COMMENT ON TABLE "dns_dendro" IS 'Queries of the clients of suspicious responses on the same day, each response once.';
COMMENT ON COLUMN "dns_dendro"."unix_tstamp" IS 'Time of the response: whole seconds since 1970-01-01 00:00:00 UTC.';
COMMENT ON COLUMN "dns_dendro"."dns_a" IS 'First IPv4 address in the response; empty if there is none.';
COMMENT ON COLUMN "dns_dendro"."dns_qry_name" IS 'Query name, as written.';
COMMENT ON COLUMN "dns_dendro"."ip_dst" IS 'Address of the client, which received the response.';
COMMENT ON COLUMN "dns_dendro"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "dns_dendro"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "dns_dendro"."d" IS 'Partition: day of the run.';
CREATE OR REPLACE VIEW "dns_dendro_typed" AS SELECT
  "y",
  "m",
  "d",
  "unix_tstamp",
  "dns_a",
  "dns_qry_name",
  CAST(NULLIF("ip_dst", '') AS inet) AS "ip_dst"
FROM "dns_dendro";
COMMENT ON VIEW "dns_dendro_typed" IS 'The rows of dns_dendro, with times and addresses of these types.';

CREATE TABLE IF NOT EXISTS "dns_edge" (
  "unix_tstamp" bigint,
  "frame_len" bigint,
  "ip_dst" text COLLATE "C",
  "ip_src" text COLLATE "C",
  "dns_qry_name" text COLLATE "C",
  "dns_qry_class" text COLLATE "C",
  "dns_qry_type" integer,
  "dns_qry_rcode" integer,
  "dns_a" text COLLATE "C",
  "hh" integer CHECK ("hh" BETWEEN 0 AND 23),
  "dns_qry_class_name" text COLLATE "C",
  "dns_qry_type_name" text COLLATE "C",
  "dns_qry_rcode_name" text COLLATE "C",
  "network_context" text COLLATE "C",
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31)
);
COMMENT ON TABLE "dns_edge" IS 'Responses to any client with the query name of a suspicious response, in the same hour.';
COMMENT ON COLUMN "dns_edge"."unix_tstamp" IS 'Time of the response: whole seconds since 1970-01-01 00:00:00 UTC.';
COMMENT ON COLUMN "dns_edge"."frame_len" IS 'Length of the frame in bytes.';
COMMENT ON COLUMN "dns_edge"."ip_dst" IS 'Address of the client, which received the response.';
COMMENT ON COLUMN "dns_edge"."ip_src" IS 'Address of the server, which sent the response.';
COMMENT ON COLUMN "dns_edge"."dns_qry_name" IS 'Query name, as written.';
COMMENT ON COLUMN "dns_edge"."dns_qry_class" IS 'Query class, as written: a decimal or hexadecimal number.';
COMMENT ON COLUMN "dns_edge"."dns_qry_type" IS 'Query type.';
COMMENT ON COLUMN "dns_edge"."dns_qry_rcode" IS 'Response code.';
COMMENT ON COLUMN "dns_edge"."dns_a" IS 'First IPv4 address in the response; empty if there is none.';
COMMENT ON COLUMN "dns_edge"."hh" IS 'Hour of the response, UTC.';
COMMENT ON COLUMN "dns_edge"."dns_qry_class_name" IS 'Name of the query class, or Unknown and the class as written.';
COMMENT ON COLUMN "dns_edge"."dns_qry_type_name" IS 'Name of the query type, or Unknown and the number.';
COMMENT ON COLUMN "dns_edge"."dns_qry_rcode_name" IS 'Name of the response code, or Unknown and the number.';
COMMENT ON COLUMN "dns_edge"."network_context" IS 'Name of the client, or of its network.';
COMMENT ON COLUMN "dns_edge"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "dns_edge"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "dns_edge"."d" IS 'Partition: day of the run.';
CREATE OR REPLACE VIEW "dns_edge_typed" AS SELECT
  "y",
  "m",
  "d",
  "unix_tstamp",
  "frame_len",
  CAST(NULLIF("ip_dst", '') AS inet) AS "ip_dst",
  CAST(NULLIF("ip_src", '') AS inet) AS "ip_src",
  "dns_qry_name",
  "dns_qry_class",
  "dns_qry_type",
  "dns_qry_rcode",
  "dns_a",
  "hh",
  "dns_qry_class_name",
  "dns_qry_type_name",
  "dns_qry_rcode_name",
  "network_context"
FROM "dns_edge";
COMMENT ON VIEW "dns_edge_typed" IS 'The rows of dns_edge, with times and addresses of these types.';

CREATE TABLE IF NOT EXISTS "dns_ingest_summary" (
  "tdate" text COLLATE "C" NOT NULL,
  "total" bigint CHECK ("total" >= 0),
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31),
  PRIMARY KEY ("y", "m", "d", "tdate")
);
COMMENT ON TABLE "dns_ingest_summary" IS 'Number of DNS responses of each minute.';
COMMENT ON COLUMN "dns_ingest_summary"."tdate" IS 'Minute, UTC: YYYY-MM-DD HH:MM.';
COMMENT ON COLUMN "dns_ingest_summary"."total" IS 'DNS responses.';
COMMENT ON COLUMN "dns_ingest_summary"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "dns_ingest_summary"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "dns_ingest_summary"."d" IS 'Partition: day of the run.';

CREATE TABLE IF NOT EXISTS "dns_scores" (
  "frame_time" text COLLATE "C",
  "unix_tstamp" bigint,
  "frame_len" bigint CHECK ("frame_len" >= 0),
  "ip_dst" text COLLATE "C",
  "dns_qry_name" text COLLATE "C",
  "dns_qry_class" text COLLATE "C",
  "dns_qry_type" integer,
  "dns_qry_rcode" integer,
  "ml_score" double precision,
  "tld" text COLLATE "C",
  "query_rep" text COLLATE "C",
  "hh" integer CHECK ("hh" BETWEEN 0 AND 23),
  "dns_qry_class_name" text COLLATE "C",
  "dns_qry_type_name" text COLLATE "C",
  "dns_qry_rcode_name" text COLLATE "C",
  "network_context" text COLLATE "C",
  "rank" integer NOT NULL CHECK ("rank" BETWEEN 0 AND 2147483647),
  "why" text COLLATE "C",
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31),
  PRIMARY KEY ("y", "m", "d", "rank")
);
COMMENT ON TABLE "dns_scores" IS 'Suspicious DNS responses: the least likely of the day, with context.';
COMMENT ON COLUMN "dns_scores"."frame_time" IS 'Time of the response, as written.';
COMMENT ON COLUMN "dns_scores"."unix_tstamp" IS 'Time of the response: whole seconds since 1970-01-01 00:00:00 UTC.';
COMMENT ON COLUMN "dns_scores"."frame_len" IS 'Length of the frame in bytes.';
COMMENT ON COLUMN "dns_scores"."ip_dst" IS 'Address of the client, which received the response.';
COMMENT ON COLUMN "dns_scores"."dns_qry_name" IS 'Query name, as written.';
COMMENT ON COLUMN "dns_scores"."dns_qry_class" IS 'Query class, as written: a decimal or hexadecimal number.';
COMMENT ON COLUMN "dns_scores"."dns_qry_type" IS 'Query type.';
COMMENT ON COLUMN "dns_scores"."dns_qry_rcode" IS 'Response code.';
COMMENT ON COLUMN "dns_scores"."ml_score" IS 'Probability of the response for its client; the lowest is the most suspicious.';
COMMENT ON COLUMN "dns_scores"."tld" IS 'Registered domain of the query name; empty if there is none.';
COMMENT ON COLUMN "dns_scores"."query_rep" IS 'Reputation of the query name: service:LABEL:value, joined by ::.';
COMMENT ON COLUMN "dns_scores"."hh" IS 'Hour of the response, UTC.';
COMMENT ON COLUMN "dns_scores"."dns_qry_class_name" IS 'Name of the query class, or Unknown and the class as written.';
COMMENT ON COLUMN "dns_scores"."dns_qry_type_name" IS 'Name of the query type, or Unknown and the number.';
COMMENT ON COLUMN "dns_scores"."dns_qry_rcode_name" IS 'Name of the response code, or Unknown and the number.';
COMMENT ON COLUMN "dns_scores"."network_context" IS 'Name of the client, or of its network.';
COMMENT ON COLUMN "dns_scores"."rank" IS 'Position in the results file, from 0, the most suspicious.';
COMMENT ON COLUMN "dns_scores"."why" IS 'Why the response is suspicious, in words; empty if the results file does not tell.';
COMMENT ON COLUMN "dns_scores"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "dns_scores"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "dns_scores"."d" IS 'Partition: day of the run.';
CREATE OR REPLACE VIEW "dns_scores_typed" AS SELECT
  "y",
  "m",
  "d",
  "frame_time",
  "unix_tstamp",
  "frame_len",
  CAST(NULLIF("ip_dst", '') AS inet) AS "ip_dst",
  "dns_qry_name",
  "dns_qry_class",
  "dns_qry_type",
  "dns_qry_rcode",
  "ml_score",
  "tld",
  "query_rep",
  "hh",
  "dns_qry_class_name",
  "dns_qry_type_name",
  "dns_qry_rcode_name",
  "network_context",
  "rank",
  "why"
FROM "dns_scores";
COMMENT ON VIEW "dns_scores_typed" IS 'The rows of dns_scores, with times and addresses of these types.';

CREATE TABLE IF NOT EXISTS "dns_storyboard" (
  "ip_threat" text COLLATE "C" NOT NULL,
  "dns_threat" text COLLATE "C" NOT NULL,
  "title" text COLLATE "C",
  "text" text COLLATE "C",
  "written_at" text COLLATE "C",
  "written_by" text COLLATE "C",
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31),
  PRIMARY KEY ("y", "m", "d", "ip_threat", "dns_threat")
);
COMMENT ON TABLE "dns_storyboard" IS 'Comments of analysts about clients and names.';
COMMENT ON COLUMN "dns_storyboard"."ip_threat" IS 'Address that the comment is about; empty if it is about a name.';
COMMENT ON COLUMN "dns_storyboard"."dns_threat" IS 'Name that the comment is about; empty if it is about an address.';
COMMENT ON COLUMN "dns_storyboard"."title" IS 'Title, as written.';
COMMENT ON COLUMN "dns_storyboard"."text" IS 'Text, as written.';
COMMENT ON COLUMN "dns_storyboard"."written_at" IS 'When it was written, UTC.';
COMMENT ON COLUMN "dns_storyboard"."written_by" IS 'Author.';
COMMENT ON COLUMN "dns_storyboard"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "dns_storyboard"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "dns_storyboard"."d" IS 'Partition: day of the run.';
CREATE OR REPLACE VIEW "dns_storyboard_typed" AS SELECT
  "y",
  "m",
  "d",
  "ip_threat",
  "dns_threat",
  "title",
  "text",
  CAST(NULLIF("written_at", '') AS timestamp) AT TIME ZONE 'UTC' AS "written_at",
  "written_by"
FROM "dns_storyboard";
COMMENT ON VIEW "dns_storyboard_typed" IS 'The rows of dns_storyboard, with times and addresses of these types.';

CREATE TABLE IF NOT EXISTS "dns_threat_dendro" (
  "anchor" text COLLATE "C" NOT NULL,
  "total" bigint CHECK ("total" >= 0),
  "dns_qry_name" text COLLATE "C" NOT NULL,
  "ip_dst" text COLLATE "C" NOT NULL,
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31),
  PRIMARY KEY ("y", "m", "d", "anchor", "dns_qry_name", "ip_dst")
);
COMMENT ON TABLE "dns_threat_dendro" IS 'Number of DNS responses by client and query name, for each address or name that analysts commented on.';
COMMENT ON COLUMN "dns_threat_dendro"."anchor" IS 'Address or name under investigation.';
COMMENT ON COLUMN "dns_threat_dendro"."total" IS 'DNS responses.';
COMMENT ON COLUMN "dns_threat_dendro"."dns_qry_name" IS 'Query name, as written.';
COMMENT ON COLUMN "dns_threat_dendro"."ip_dst" IS 'Address of the client, which received the responses.';
COMMENT ON COLUMN "dns_threat_dendro"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "dns_threat_dendro"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "dns_threat_dendro"."d" IS 'Partition: day of the run.';
CREATE OR REPLACE VIEW "dns_threat_dendro_typed" AS SELECT
  "y",
  "m",
  "d",
  "anchor",
  "total",
  "dns_qry_name",
  CAST(NULLIF("ip_dst", '') AS inet) AS "ip_dst"
FROM "dns_threat_dendro";
COMMENT ON VIEW "dns_threat_dendro_typed" IS 'The rows of dns_threat_dendro, with times and addresses of these types.';

CREATE TABLE IF NOT EXISTS "dns_threat_investigation" (
  "unix_tstamp" bigint NOT NULL,
  "ip_dst" text COLLATE "C" NOT NULL,
  "dns_qry_name" text COLLATE "C" NOT NULL,
  "ip_sev" integer CHECK ("ip_sev" BETWEEN 0 AND 3),
  "dns_sev" integer CHECK ("dns_sev" BETWEEN 0 AND 3),
  "rank" integer CHECK ("rank" BETWEEN 0 AND 2147483647),
  "note" text COLLATE "C",
  "scored_at" text COLLATE "C",
  "scored_by" text COLLATE "C",
  "frame_time" text COLLATE "C",
  "frame_len" bigint CHECK ("frame_len" >= 0),
  "dns_qry_class" text COLLATE "C",
  "dns_qry_type" integer,
  "dns_qry_rcode" integer,
  "score" double precision,
  "tld" text COLLATE "C",
  "query_rep" text COLLATE "C",
  "hh" integer CHECK ("hh" BETWEEN 0 AND 23),
  "dns_qry_class_name" text COLLATE "C",
  "dns_qry_type_name" text COLLATE "C",
  "dns_qry_rcode_name" text COLLATE "C",
  "network_context" text COLLATE "C",
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31),
  PRIMARY KEY ("y", "m", "d", "unix_tstamp", "ip_dst", "dns_qry_name")
);
COMMENT ON TABLE "dns_threat_investigation" IS 'DNS responses that an analyst scored. References, while the row is stored: (y, m, d, unix_tstamp, ip_dst, dns_qry_name) of dns_scores (y, m, d, unix_tstamp, ip_dst, dns_qry_name).';
COMMENT ON COLUMN "dns_threat_investigation"."unix_tstamp" IS 'Time of the response: whole seconds since 1970-01-01 00:00:00 UTC.';
COMMENT ON COLUMN "dns_threat_investigation"."ip_dst" IS 'Address of the client, which received the response.';
COMMENT ON COLUMN "dns_threat_investigation"."dns_qry_name" IS 'Query name, as written.';
COMMENT ON COLUMN "dns_threat_investigation"."ip_sev" IS 'Severity of the client: 1 high, 2 medium, 3 low, 0 not given.';
COMMENT ON COLUMN "dns_threat_investigation"."dns_sev" IS 'Severity of the query name: 1 high, 2 medium, 3 low, 0 not given.';
COMMENT ON COLUMN "dns_threat_investigation"."rank" IS 'Position among the suspicious responses of its day.';
COMMENT ON COLUMN "dns_threat_investigation"."note" IS 'Note of the analyst.';
COMMENT ON COLUMN "dns_threat_investigation"."scored_at" IS 'When it was scored, UTC.';
COMMENT ON COLUMN "dns_threat_investigation"."scored_by" IS 'Analyst who scored it.';
COMMENT ON COLUMN "dns_threat_investigation"."frame_time" IS 'Time of the response, as written.';
COMMENT ON COLUMN "dns_threat_investigation"."frame_len" IS 'Length of the frame in bytes.';
COMMENT ON COLUMN "dns_threat_investigation"."dns_qry_class" IS 'Query class, as written.';
COMMENT ON COLUMN "dns_threat_investigation"."dns_qry_type" IS 'Query type.';
COMMENT ON COLUMN "dns_threat_investigation"."dns_qry_rcode" IS 'Response code.';
COMMENT ON COLUMN "dns_threat_investigation"."score" IS 'Probability of the response for its client.';
COMMENT ON COLUMN "dns_threat_investigation"."tld" IS 'Registered domain of the query name; empty if there is none.';
COMMENT ON COLUMN "dns_threat_investigation"."query_rep" IS 'Reputation of the query name.';
COMMENT ON COLUMN "dns_threat_investigation"."hh" IS 'Hour of the response, UTC.';
COMMENT ON COLUMN "dns_threat_investigation"."dns_qry_class_name" IS 'Name of the query class.';
COMMENT ON COLUMN "dns_threat_investigation"."dns_qry_type_name" IS 'Name of the query type.';
COMMENT ON COLUMN "dns_threat_investigation"."dns_qry_rcode_name" IS 'Name of the response code.';
COMMENT ON COLUMN "dns_threat_investigation"."network_context" IS 'Name of the client, or of its network.';
COMMENT ON COLUMN "dns_threat_investigation"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "dns_threat_investigation"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "dns_threat_investigation"."d" IS 'Partition: day of the run.';
CREATE OR REPLACE VIEW "dns_threat_investigation_typed" AS SELECT
  "y",
  "m",
  "d",
  "unix_tstamp",
  CAST(NULLIF("ip_dst", '') AS inet) AS "ip_dst",
  "dns_qry_name",
  "ip_sev",
  "dns_sev",
  "rank",
  "note",
  CAST(NULLIF("scored_at", '') AS timestamp) AT TIME ZONE 'UTC' AS "scored_at",
  "scored_by",
  "frame_time",
  "frame_len",
  "dns_qry_class",
  "dns_qry_type",
  "dns_qry_rcode",
  "score",
  "tld",
  "query_rep",
  "hh",
  "dns_qry_class_name",
  "dns_qry_type_name",
  "dns_qry_rcode_name",
  "network_context"
FROM "dns_threat_investigation";
COMMENT ON VIEW "dns_threat_investigation_typed" IS 'The rows of dns_threat_investigation, with times and addresses of these types.';

CREATE TABLE IF NOT EXISTS "flow" (
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
  "input" bigint CHECK ("input" BETWEEN 0 AND 4294967295),
  "output" bigint CHECK ("output" BETWEEN 0 AND 4294967295),
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
CREATE INDEX IF NOT EXISTS "flow_index_1" ON "flow" ("y", "m", "d", "trhour", "trminute", "sip", "dip");
COMMENT ON COLUMN "flow"."flow_oa_id" IS 'Number of the ingest and, in its lower 32 bits, of the row in it; the program''s own.';
COMMENT ON TABLE "flow" IS 'Raw network flows.';
COMMENT ON COLUMN "flow"."treceived" IS 'Time of the flow, UTC.';
COMMENT ON COLUMN "flow"."unix_tstamp" IS 'Time of the flow in seconds since 1970-01-01 00:00:00 UTC.';
COMMENT ON COLUMN "flow"."tryear" IS 'Year.';
COMMENT ON COLUMN "flow"."trmonth" IS 'Month, 1 to 12.';
COMMENT ON COLUMN "flow"."trday" IS 'Day of the month.';
COMMENT ON COLUMN "flow"."trhour" IS 'Hour, 0 to 23.';
COMMENT ON COLUMN "flow"."trminute" IS 'Minute, 0 to 59.';
COMMENT ON COLUMN "flow"."trsec" IS 'Second, 0 to 59.';
COMMENT ON COLUMN "flow"."tdur" IS 'Duration in seconds.';
COMMENT ON COLUMN "flow"."sip" IS 'Source address.';
COMMENT ON COLUMN "flow"."dip" IS 'Destination address.';
COMMENT ON COLUMN "flow"."sport" IS 'Source port; 0 if the protocol has none.';
COMMENT ON COLUMN "flow"."dport" IS 'Destination port; for ICMP, type * 256 + code.';
COMMENT ON COLUMN "flow"."proto" IS 'Protocol name, or its number if it has none.';
COMMENT ON COLUMN "flow"."flag" IS 'TCP flags, UAPRSF, with a dot for each flag not set.';
COMMENT ON COLUMN "flow"."fwd" IS 'Forwarding status.';
COMMENT ON COLUMN "flow"."stos" IS 'Type of service, source side.';
COMMENT ON COLUMN "flow"."ipkt" IS 'Packets from source to destination.';
COMMENT ON COLUMN "flow"."ibyt" IS 'Bytes from source to destination.';
COMMENT ON COLUMN "flow"."opkt" IS 'Packets from destination to source.';
COMMENT ON COLUMN "flow"."obyt" IS 'Bytes from destination to source.';
COMMENT ON COLUMN "flow"."input" IS 'Input interface (SNMP index).';
COMMENT ON COLUMN "flow"."output" IS 'Output interface (SNMP index).';
COMMENT ON COLUMN "flow"."sas" IS 'Autonomous system of the source.';
COMMENT ON COLUMN "flow"."das" IS 'Autonomous system of the destination.';
COMMENT ON COLUMN "flow"."dtos" IS 'Type of service, destination side.';
COMMENT ON COLUMN "flow"."dir" IS 'Direction: 0 ingress, 1 egress.';
COMMENT ON COLUMN "flow"."rip" IS 'Address of the exporter.';
COMMENT ON COLUMN "flow"."y" IS 'Partition: year of `treceived`.';
COMMENT ON COLUMN "flow"."m" IS 'Partition: month of `treceived`.';
COMMENT ON COLUMN "flow"."d" IS 'Partition: day of `treceived`.';
COMMENT ON COLUMN "flow"."h" IS 'Partition: hour of `treceived`.';
CREATE OR REPLACE VIEW "flow_typed" AS SELECT
  "y",
  "m",
  "d",
  "h",
  CAST(NULLIF("treceived", '') AS timestamp) AT TIME ZONE 'UTC' AS "treceived",
  "unix_tstamp",
  "tryear",
  "trmonth",
  "trday",
  "trhour",
  "trminute",
  "trsec",
  "tdur",
  CAST(NULLIF("sip", '') AS inet) AS "sip",
  CAST(NULLIF("dip", '') AS inet) AS "dip",
  "sport",
  "dport",
  "proto",
  "flag",
  "fwd",
  "stos",
  "ipkt",
  "ibyt",
  "opkt",
  "obyt",
  "input",
  "output",
  "sas",
  "das",
  "dtos",
  "dir",
  "rip"
FROM "flow";
COMMENT ON VIEW "flow_typed" IS 'The rows of flow, with times and addresses of these types.';

CREATE TABLE IF NOT EXISTS "flow_chords" (
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
COMMENT ON COLUMN "flow_chords"."ip_threat" IS 'Address with two or more peers.';
COMMENT ON COLUMN "flow_chords"."srcip" IS 'Source address.';
COMMENT ON COLUMN "flow_chords"."dstip" IS 'Destination address.';
COMMENT ON COLUMN "flow_chords"."ibyt" IS 'Bytes from source to destination over the day.';
COMMENT ON COLUMN "flow_chords"."ipkt" IS 'Packets from source to destination over the day.';
COMMENT ON COLUMN "flow_chords"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "flow_chords"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "flow_chords"."d" IS 'Partition: day of the run.';
CREATE OR REPLACE VIEW "flow_chords_typed" AS SELECT
  "y",
  "m",
  "d",
  CAST(NULLIF("ip_threat", '') AS inet) AS "ip_threat",
  CAST(NULLIF("srcip", '') AS inet) AS "srcip",
  CAST(NULLIF("dstip", '') AS inet) AS "dstip",
  "ibyt",
  "ipkt"
FROM "flow_chords";
COMMENT ON VIEW "flow_chords_typed" IS 'The rows of flow_chords, with times and addresses of these types.';

CREATE TABLE IF NOT EXISTS "flow_edge" (
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
  "input" bigint CHECK ("input" BETWEEN 0 AND 4294967295),
  "output" bigint CHECK ("output" BETWEEN 0 AND 4294967295),
  "rip" text COLLATE "C",
  "obyt" bigint CHECK ("obyt" >= 0),
  "opkt" bigint CHECK ("opkt" >= 0),
  "hh" integer CHECK ("hh" BETWEEN 0 AND 23),
  "md" integer CHECK ("md" BETWEEN 0 AND 59),
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31)
);
CREATE INDEX IF NOT EXISTS "flow_edge_index_1" ON "flow_edge" ("y", "m", "d", "srcip", "dstip");
COMMENT ON TABLE "flow_edge" IS 'Raw flows behind the suspicious connections: all between the same two addresses, in either direction, in the same minute.';
COMMENT ON COLUMN "flow_edge"."tstart" IS 'Time of the flow, UTC.';
COMMENT ON COLUMN "flow_edge"."srcip" IS 'Source address.';
COMMENT ON COLUMN "flow_edge"."dstip" IS 'Destination address.';
COMMENT ON COLUMN "flow_edge"."sport" IS 'Source port.';
COMMENT ON COLUMN "flow_edge"."dport" IS 'Destination port.';
COMMENT ON COLUMN "flow_edge"."proto" IS 'Protocol.';
COMMENT ON COLUMN "flow_edge"."flags" IS 'TCP flags, UAPRSF.';
COMMENT ON COLUMN "flow_edge"."tos" IS 'Type of service.';
COMMENT ON COLUMN "flow_edge"."ibyt" IS 'Bytes from source to destination.';
COMMENT ON COLUMN "flow_edge"."ipkt" IS 'Packets from source to destination.';
COMMENT ON COLUMN "flow_edge"."pkts" IS 'Packets in both directions.';
COMMENT ON COLUMN "flow_edge"."input" IS 'Input interface.';
COMMENT ON COLUMN "flow_edge"."output" IS 'Output interface.';
COMMENT ON COLUMN "flow_edge"."rip" IS 'Address of the exporter.';
COMMENT ON COLUMN "flow_edge"."obyt" IS 'Bytes from destination to source.';
COMMENT ON COLUMN "flow_edge"."opkt" IS 'Packets from destination to source.';
COMMENT ON COLUMN "flow_edge"."hh" IS 'Hour, 0 to 23.';
COMMENT ON COLUMN "flow_edge"."md" IS 'Minute within the hour, 0 to 59.';
COMMENT ON COLUMN "flow_edge"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "flow_edge"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "flow_edge"."d" IS 'Partition: day of the run.';
CREATE OR REPLACE VIEW "flow_edge_typed" AS SELECT
  "y",
  "m",
  "d",
  CAST(NULLIF("tstart", '') AS timestamp) AT TIME ZONE 'UTC' AS "tstart",
  CAST(NULLIF("srcip", '') AS inet) AS "srcip",
  CAST(NULLIF("dstip", '') AS inet) AS "dstip",
  "sport",
  "dport",
  "proto",
  "flags",
  "tos",
  "ibyt",
  "ipkt",
  "pkts",
  "input",
  "output",
  "rip",
  "obyt",
  "opkt",
  "hh",
  "md"
FROM "flow_edge";
COMMENT ON VIEW "flow_edge_typed" IS 'The rows of flow_edge, with times and addresses of these types.';

CREATE TABLE IF NOT EXISTS "flow_ingest_summary" (
  "tdate" text COLLATE "C" NOT NULL,
  "total" bigint CHECK ("total" >= 0),
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31),
  PRIMARY KEY ("y", "m", "d", "tdate")
);
COMMENT ON TABLE "flow_ingest_summary" IS 'Raw flows of the day by minute; a minute without flows has no row.';
COMMENT ON COLUMN "flow_ingest_summary"."tdate" IS 'Minute, YYYY-MM-DD HH:MM, UTC.';
COMMENT ON COLUMN "flow_ingest_summary"."total" IS 'Number of flows.';
COMMENT ON COLUMN "flow_ingest_summary"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "flow_ingest_summary"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "flow_ingest_summary"."d" IS 'Partition: day of the run.';

CREATE TABLE IF NOT EXISTS "flow_minute" (
  "minute" text COLLATE "C" NOT NULL,
  "flows" bigint CHECK ("flows" >= 0),
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31),
  PRIMARY KEY ("y", "m", "d", "minute")
);
COMMENT ON TABLE "flow_minute" IS 'Raw flows by minute; updated by ingest.';
COMMENT ON COLUMN "flow_minute"."minute" IS 'Minute, YYYY-MM-DD HH:MM, UTC.';
COMMENT ON COLUMN "flow_minute"."flows" IS 'Number of flows.';
COMMENT ON COLUMN "flow_minute"."y" IS 'Partition: year of `treceived`.';
COMMENT ON COLUMN "flow_minute"."m" IS 'Partition: month of `treceived`.';
COMMENT ON COLUMN "flow_minute"."d" IS 'Partition: day of `treceived`.';

CREATE TABLE IF NOT EXISTS "flow_pair" (
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
COMMENT ON TABLE "flow_pair" IS 'Traffic of a day between two addresses, by direction; updated by ingest.';
COMMENT ON COLUMN "flow_pair"."sip" IS 'Source address.';
COMMENT ON COLUMN "flow_pair"."dip" IS 'Destination address.';
COMMENT ON COLUMN "flow_pair"."flows" IS 'Number of flows.';
COMMENT ON COLUMN "flow_pair"."ipkt" IS 'Packets from source to destination.';
COMMENT ON COLUMN "flow_pair"."ibyt" IS 'Bytes from source to destination.';
COMMENT ON COLUMN "flow_pair"."opkt" IS 'Packets from destination to source.';
COMMENT ON COLUMN "flow_pair"."obyt" IS 'Bytes from destination to source.';
COMMENT ON COLUMN "flow_pair"."y" IS 'Partition: year of `treceived`.';
COMMENT ON COLUMN "flow_pair"."m" IS 'Partition: month of `treceived`.';
COMMENT ON COLUMN "flow_pair"."d" IS 'Partition: day of `treceived`.';
CREATE OR REPLACE VIEW "flow_pair_typed" AS SELECT
  "y",
  "m",
  "d",
  CAST(NULLIF("sip", '') AS inet) AS "sip",
  CAST(NULLIF("dip", '') AS inet) AS "dip",
  "flows",
  "ipkt",
  "ibyt",
  "opkt",
  "obyt"
FROM "flow_pair";
COMMENT ON VIEW "flow_pair_typed" IS 'The rows of flow_pair, with times and addresses of these types.';

CREATE TABLE IF NOT EXISTS "flow_scores" (
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
  "why" text COLLATE "C",
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31),
  PRIMARY KEY ("y", "m", "d", "rank")
);
COMMENT ON TABLE "flow_scores" IS 'Suspicious connections: the least likely flows of the day, with context.';
COMMENT ON COLUMN "flow_scores"."tstart" IS 'Time of the flow, UTC.';
COMMENT ON COLUMN "flow_scores"."srcip" IS 'Source address.';
COMMENT ON COLUMN "flow_scores"."dstip" IS 'Destination address.';
COMMENT ON COLUMN "flow_scores"."sport" IS 'Source port.';
COMMENT ON COLUMN "flow_scores"."dport" IS 'Destination port.';
COMMENT ON COLUMN "flow_scores"."proto" IS 'Protocol.';
COMMENT ON COLUMN "flow_scores"."ipkt" IS 'Packets from source to destination.';
COMMENT ON COLUMN "flow_scores"."ibyt" IS 'Bytes from source to destination.';
COMMENT ON COLUMN "flow_scores"."opkt" IS 'Packets from destination to source.';
COMMENT ON COLUMN "flow_scores"."obyt" IS 'Bytes from destination to source.';
COMMENT ON COLUMN "flow_scores"."score" IS 'Probability of the flow for its two ends; the lowest is the most suspicious.';
COMMENT ON COLUMN "flow_scores"."rank" IS 'Position in the results file, from 0, the most suspicious.';
COMMENT ON COLUMN "flow_scores"."srcip_internal" IS 'Whether the source is internal.';
COMMENT ON COLUMN "flow_scores"."destip_internal" IS 'Whether the destination is internal.';
COMMENT ON COLUMN "flow_scores"."src_geoloc" IS 'Where the source is: State;City Owner.';
COMMENT ON COLUMN "flow_scores"."dst_geoloc" IS 'Where the destination is: State;City Owner.';
COMMENT ON COLUMN "flow_scores"."src_domain" IS 'Domain of the source''s network.';
COMMENT ON COLUMN "flow_scores"."dst_domain" IS 'Domain of the destination''s network.';
COMMENT ON COLUMN "flow_scores"."src_rep" IS 'Reputation of the source: service:LABEL:value, joined by ::.';
COMMENT ON COLUMN "flow_scores"."dst_rep" IS 'Reputation of the destination: service:LABEL:value, joined by ::.';
COMMENT ON COLUMN "flow_scores"."src_country" IS 'Country of the source: ISO 3166 code, or - if the geolocation file has none.';
COMMENT ON COLUMN "flow_scores"."dst_country" IS 'Country of the destination: ISO 3166 code, or - if the geolocation file has none.';
COMMENT ON COLUMN "flow_scores"."why" IS 'Why the flow is suspicious, in words; empty if the results file does not tell.';
COMMENT ON COLUMN "flow_scores"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "flow_scores"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "flow_scores"."d" IS 'Partition: day of the run.';
CREATE OR REPLACE VIEW "flow_scores_typed" AS SELECT
  "y",
  "m",
  "d",
  CAST(NULLIF("tstart", '') AS timestamp) AT TIME ZONE 'UTC' AS "tstart",
  CAST(NULLIF("srcip", '') AS inet) AS "srcip",
  CAST(NULLIF("dstip", '') AS inet) AS "dstip",
  "sport",
  "dport",
  "proto",
  "ipkt",
  "ibyt",
  "opkt",
  "obyt",
  "score",
  "rank",
  "srcip_internal",
  "destip_internal",
  "src_geoloc",
  "dst_geoloc",
  "src_domain",
  "dst_domain",
  "src_rep",
  "dst_rep",
  "src_country",
  "dst_country",
  "why"
FROM "flow_scores";
COMMENT ON VIEW "flow_scores_typed" IS 'The rows of flow_scores, with times and addresses of these types.';

CREATE TABLE IF NOT EXISTS "flow_storyboard" (
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
COMMENT ON TABLE "flow_storyboard" IS 'Comments of analysts about addresses.';
COMMENT ON COLUMN "flow_storyboard"."ip_threat" IS 'Address.';
COMMENT ON COLUMN "flow_storyboard"."title" IS 'Title, as written.';
COMMENT ON COLUMN "flow_storyboard"."text" IS 'Text, as written.';
COMMENT ON COLUMN "flow_storyboard"."written_at" IS 'When it was written, UTC.';
COMMENT ON COLUMN "flow_storyboard"."written_by" IS 'Author.';
COMMENT ON COLUMN "flow_storyboard"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "flow_storyboard"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "flow_storyboard"."d" IS 'Partition: day of the run.';
CREATE OR REPLACE VIEW "flow_storyboard_typed" AS SELECT
  "y",
  "m",
  "d",
  CAST(NULLIF("ip_threat", '') AS inet) AS "ip_threat",
  "title",
  "text",
  CAST(NULLIF("written_at", '') AS timestamp) AT TIME ZONE 'UTC' AS "written_at",
  "written_by"
FROM "flow_storyboard";
COMMENT ON VIEW "flow_storyboard_typed" IS 'The rows of flow_storyboard, with times and addresses of these types.';

CREATE TABLE IF NOT EXISTS "flow_threat_investigation" (
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
COMMENT ON TABLE "flow_threat_investigation" IS 'Connections that an analyst scored. References, while the row is stored: (y, m, d, tstart, srcip, dstip, srcport, dstport, proto) of flow_scores (y, m, d, tstart, srcip, dstip, sport, dport, proto).';
COMMENT ON COLUMN "flow_threat_investigation"."tstart" IS 'Time of the flow, UTC.';
COMMENT ON COLUMN "flow_threat_investigation"."srcip" IS 'Source address.';
COMMENT ON COLUMN "flow_threat_investigation"."dstip" IS 'Destination address.';
COMMENT ON COLUMN "flow_threat_investigation"."srcport" IS 'Source port.';
COMMENT ON COLUMN "flow_threat_investigation"."dstport" IS 'Destination port.';
COMMENT ON COLUMN "flow_threat_investigation"."score" IS 'Severity: 1 high, 2 medium, 3 low.';
COMMENT ON COLUMN "flow_threat_investigation"."proto" IS 'Protocol.';
COMMENT ON COLUMN "flow_threat_investigation"."rank" IS 'Position among the suspicious connections of its day.';
COMMENT ON COLUMN "flow_threat_investigation"."note" IS 'Note of the analyst.';
COMMENT ON COLUMN "flow_threat_investigation"."scored_at" IS 'When it was scored, UTC.';
COMMENT ON COLUMN "flow_threat_investigation"."scored_by" IS 'Analyst who scored it.';
COMMENT ON COLUMN "flow_threat_investigation"."ipkt" IS 'Packets from source to destination.';
COMMENT ON COLUMN "flow_threat_investigation"."ibyt" IS 'Bytes from source to destination.';
COMMENT ON COLUMN "flow_threat_investigation"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "flow_threat_investigation"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "flow_threat_investigation"."d" IS 'Partition: day of the run.';
CREATE OR REPLACE VIEW "flow_threat_investigation_typed" AS SELECT
  "y",
  "m",
  "d",
  CAST(NULLIF("tstart", '') AS timestamp) AT TIME ZONE 'UTC' AS "tstart",
  CAST(NULLIF("srcip", '') AS inet) AS "srcip",
  CAST(NULLIF("dstip", '') AS inet) AS "dstip",
  "srcport",
  "dstport",
  "score",
  "proto",
  "rank",
  "note",
  CAST(NULLIF("scored_at", '') AS timestamp) AT TIME ZONE 'UTC' AS "scored_at",
  "scored_by",
  "ipkt",
  "ibyt"
FROM "flow_threat_investigation";
COMMENT ON VIEW "flow_threat_investigation_typed" IS 'The rows of flow_threat_investigation, with times and addresses of these types.';

CREATE TABLE IF NOT EXISTS "flow_timeline" (
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
COMMENT ON TABLE "flow_timeline" IS 'Connections of the addresses that analysts commented on.';
COMMENT ON COLUMN "flow_timeline"."ip_threat" IS 'Address.';
COMMENT ON COLUMN "flow_timeline"."tstart" IS 'First flow, UTC.';
COMMENT ON COLUMN "flow_timeline"."tend" IS 'Last flow, UTC.';
COMMENT ON COLUMN "flow_timeline"."srcip" IS 'Source address.';
COMMENT ON COLUMN "flow_timeline"."dstip" IS 'Destination address.';
COMMENT ON COLUMN "flow_timeline"."proto" IS 'Protocol.';
COMMENT ON COLUMN "flow_timeline"."sport" IS 'Source port.';
COMMENT ON COLUMN "flow_timeline"."dport" IS 'Destination port.';
COMMENT ON COLUMN "flow_timeline"."ipkt" IS 'Packets from source to destination.';
COMMENT ON COLUMN "flow_timeline"."ibyt" IS 'Bytes from source to destination.';
COMMENT ON COLUMN "flow_timeline"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "flow_timeline"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "flow_timeline"."d" IS 'Partition: day of the run.';
CREATE OR REPLACE VIEW "flow_timeline_typed" AS SELECT
  "y",
  "m",
  "d",
  CAST(NULLIF("ip_threat", '') AS inet) AS "ip_threat",
  CAST(NULLIF("tstart", '') AS timestamp) AT TIME ZONE 'UTC' AS "tstart",
  CAST(NULLIF("tend", '') AS timestamp) AT TIME ZONE 'UTC' AS "tend",
  CAST(NULLIF("srcip", '') AS inet) AS "srcip",
  CAST(NULLIF("dstip", '') AS inet) AS "dstip",
  "proto",
  "sport",
  "dport",
  "ipkt",
  "ibyt"
FROM "flow_timeline";
COMMENT ON VIEW "flow_timeline_typed" IS 'The rows of flow_timeline, with times and addresses of these types.';

CREATE TABLE IF NOT EXISTS "proxy" (
  "flow_oa_id" bigint NOT NULL,
  "p_date" text COLLATE "C",
  "p_time" text COLLATE "C",
  "clientip" text COLLATE "C",
  "host" text COLLATE "C",
  "reqmethod" text COLLATE "C",
  "useragent" text COLLATE "C",
  "resconttype" text COLLATE "C",
  "duration" bigint CHECK ("duration" >= 0),
  "username" text COLLATE "C",
  "authgroup" text COLLATE "C",
  "exceptionid" text COLLATE "C",
  "filterresult" text COLLATE "C",
  "webcat" text COLLATE "C",
  "referer" text COLLATE "C",
  "respcode" text COLLATE "C",
  "action" text COLLATE "C",
  "urischeme" text COLLATE "C",
  "uriport" text COLLATE "C",
  "uripath" text COLLATE "C",
  "uriquery" text COLLATE "C",
  "uriextension" text COLLATE "C",
  "serverip" text COLLATE "C",
  "scbytes" bigint CHECK ("scbytes" >= 0),
  "csbytes" bigint CHECK ("csbytes" >= 0),
  "virusid" text COLLATE "C",
  "bcappname" text COLLATE "C",
  "bcappoper" text COLLATE "C",
  "fulluri" text COLLATE "C",
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31),
  "h" smallint NOT NULL CHECK ("h" BETWEEN 0 AND 23)
) PARTITION BY RANGE ("y", "m", "d");
CREATE INDEX IF NOT EXISTS "proxy_index_1" ON "proxy" ("y", "m", "d", "clientip");
COMMENT ON COLUMN "proxy"."flow_oa_id" IS 'Number of the ingest and, in its lower 32 bits, of the row in it; the program''s own.';
COMMENT ON TABLE "proxy" IS 'Raw requests to the web proxy.';
COMMENT ON COLUMN "proxy"."p_date" IS 'Date of the request, YYYY-MM-DD, UTC.';
COMMENT ON COLUMN "proxy"."p_time" IS 'Time of the request, H:MM:SS, UTC.';
COMMENT ON COLUMN "proxy"."clientip" IS 'Address of the client.';
COMMENT ON COLUMN "proxy"."host" IS 'Host that was requested, with its port if the request has one.';
COMMENT ON COLUMN "proxy"."reqmethod" IS 'Method of the request, such as GET.';
COMMENT ON COLUMN "proxy"."useragent" IS 'User agent of the client.';
COMMENT ON COLUMN "proxy"."resconttype" IS 'Content type of the response.';
COMMENT ON COLUMN "proxy"."duration" IS 'Duration of the request in milliseconds.';
COMMENT ON COLUMN "proxy"."username" IS 'Name of the authenticated user.';
COMMENT ON COLUMN "proxy"."authgroup" IS 'Group of the authenticated user.';
COMMENT ON COLUMN "proxy"."exceptionid" IS 'Exception that the proxy raised.';
COMMENT ON COLUMN "proxy"."filterresult" IS 'Result of the content filter: OBSERVED, PROXIED or DENIED.';
COMMENT ON COLUMN "proxy"."webcat" IS 'Web categories of the URL, separated by semicolons.';
COMMENT ON COLUMN "proxy"."referer" IS 'URL of the page that led to the request.';
COMMENT ON COLUMN "proxy"."respcode" IS 'HTTP status.';
COMMENT ON COLUMN "proxy"."action" IS 'What the proxy did, such as TCP_NC_MISS.';
COMMENT ON COLUMN "proxy"."urischeme" IS 'Scheme of the URL.';
COMMENT ON COLUMN "proxy"."uriport" IS 'Port of the URL.';
COMMENT ON COLUMN "proxy"."uripath" IS 'Path of the URL.';
COMMENT ON COLUMN "proxy"."uriquery" IS 'Query of the URL, with its question mark.';
COMMENT ON COLUMN "proxy"."uriextension" IS 'Extension of the file that was requested.';
COMMENT ON COLUMN "proxy"."serverip" IS 'Address to which the proxy connected, as written; - if there is none.';
COMMENT ON COLUMN "proxy"."scbytes" IS 'Bytes from the proxy to the client.';
COMMENT ON COLUMN "proxy"."csbytes" IS 'Bytes from the client to the proxy.';
COMMENT ON COLUMN "proxy"."virusid" IS 'Virus that the proxy found.';
COMMENT ON COLUMN "proxy"."bcappname" IS 'Web application that was used.';
COMMENT ON COLUMN "proxy"."bcappoper" IS 'Operation of the web application.';
COMMENT ON COLUMN "proxy"."fulluri" IS 'URL without scheme and port: host, path and query.';
COMMENT ON COLUMN "proxy"."y" IS 'Partition: year of the time of the row.';
COMMENT ON COLUMN "proxy"."m" IS 'Partition: month of the time of the row.';
COMMENT ON COLUMN "proxy"."d" IS 'Partition: day of the time of the row.';
COMMENT ON COLUMN "proxy"."h" IS 'Partition: hour of the time of the row.';
CREATE OR REPLACE VIEW "proxy_typed" AS SELECT
  "y",
  "m",
  "d",
  "h",
  "p_date",
  "p_time",
  CAST(NULLIF("clientip", '') AS inet) AS "clientip",
  "host",
  "reqmethod",
  "useragent",
  "resconttype",
  "duration",
  "username",
  "authgroup",
  "exceptionid",
  "filterresult",
  "webcat",
  "referer",
  "respcode",
  "action",
  "urischeme",
  "uriport",
  "uripath",
  "uriquery",
  "uriextension",
  "serverip",
  "scbytes",
  "csbytes",
  "virusid",
  "bcappname",
  "bcappoper",
  "fulluri"
FROM "proxy";
COMMENT ON VIEW "proxy_typed" IS 'The rows of proxy, with times and addresses of these types.';

CREATE TABLE IF NOT EXISTS "proxy_edge" (
  "tdate" text COLLATE "C",
  "time" text COLLATE "C",
  "clientip" text COLLATE "C",
  "host" text COLLATE "C",
  "webcat" text COLLATE "C",
  "respcode" text COLLATE "C",
  "reqmethod" text COLLATE "C",
  "useragent" text COLLATE "C",
  "resconttype" text COLLATE "C",
  "referer" text COLLATE "C",
  "uriport" text COLLATE "C",
  "serverip" text COLLATE "C",
  "scbytes" bigint CHECK ("scbytes" >= 0),
  "csbytes" bigint CHECK ("csbytes" >= 0),
  "fulluri" text COLLATE "C",
  "hh" integer CHECK ("hh" BETWEEN 0 AND 23),
  "respcode_name" text COLLATE "C",
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31)
);
COMMENT ON TABLE "proxy_edge" IS 'Requests of the client of a suspicious request for the same URL, in the same hour.';
COMMENT ON COLUMN "proxy_edge"."tdate" IS 'Date of the request, as written.';
COMMENT ON COLUMN "proxy_edge"."time" IS 'Time of the request, as written.';
COMMENT ON COLUMN "proxy_edge"."clientip" IS 'Address of the client.';
COMMENT ON COLUMN "proxy_edge"."host" IS 'Host of the URL.';
COMMENT ON COLUMN "proxy_edge"."webcat" IS 'Web categories of the URL, separated by semicolons.';
COMMENT ON COLUMN "proxy_edge"."respcode" IS 'HTTP status.';
COMMENT ON COLUMN "proxy_edge"."reqmethod" IS 'Method of the request.';
COMMENT ON COLUMN "proxy_edge"."useragent" IS 'User agent of the client.';
COMMENT ON COLUMN "proxy_edge"."resconttype" IS 'Content type of the response.';
COMMENT ON COLUMN "proxy_edge"."referer" IS 'URL of the page that led to the request.';
COMMENT ON COLUMN "proxy_edge"."uriport" IS 'Port of the URL.';
COMMENT ON COLUMN "proxy_edge"."serverip" IS 'Address to which the proxy connected, as written; - if there is none.';
COMMENT ON COLUMN "proxy_edge"."scbytes" IS 'Bytes from the proxy to the client.';
COMMENT ON COLUMN "proxy_edge"."csbytes" IS 'Bytes from the client to the proxy.';
COMMENT ON COLUMN "proxy_edge"."fulluri" IS 'URL without scheme and port.';
COMMENT ON COLUMN "proxy_edge"."hh" IS 'Hour of the request.';
COMMENT ON COLUMN "proxy_edge"."respcode_name" IS 'Name of the HTTP status, or Unknown and the status.';
COMMENT ON COLUMN "proxy_edge"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "proxy_edge"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "proxy_edge"."d" IS 'Partition: day of the run.';
CREATE OR REPLACE VIEW "proxy_edge_typed" AS SELECT
  "y",
  "m",
  "d",
  "tdate",
  "time",
  CAST(NULLIF("clientip", '') AS inet) AS "clientip",
  "host",
  "webcat",
  "respcode",
  "reqmethod",
  "useragent",
  "resconttype",
  "referer",
  "uriport",
  "serverip",
  "scbytes",
  "csbytes",
  "fulluri",
  "hh",
  "respcode_name"
FROM "proxy_edge";
COMMENT ON VIEW "proxy_edge_typed" IS 'The rows of proxy_edge, with times and addresses of these types.';

CREATE TABLE IF NOT EXISTS "proxy_ingest_summary" (
  "tdate" text COLLATE "C" NOT NULL,
  "total" bigint CHECK ("total" >= 0),
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31),
  PRIMARY KEY ("y", "m", "d", "tdate")
);
COMMENT ON TABLE "proxy_ingest_summary" IS 'Number of requests of each minute.';
COMMENT ON COLUMN "proxy_ingest_summary"."tdate" IS 'Minute: YYYY-MM-DD HH:MM.';
COMMENT ON COLUMN "proxy_ingest_summary"."total" IS 'Requests.';
COMMENT ON COLUMN "proxy_ingest_summary"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "proxy_ingest_summary"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "proxy_ingest_summary"."d" IS 'Partition: day of the run.';

CREATE TABLE IF NOT EXISTS "proxy_scores" (
  "tdate" text COLLATE "C",
  "time" text COLLATE "C",
  "clientip" text COLLATE "C",
  "host" text COLLATE "C",
  "reqmethod" text COLLATE "C",
  "useragent" text COLLATE "C",
  "resconttype" text COLLATE "C",
  "duration" bigint CHECK ("duration" >= 0),
  "username" text COLLATE "C",
  "webcat" text COLLATE "C",
  "referer" text COLLATE "C",
  "respcode" integer,
  "uriport" integer,
  "uripath" text COLLATE "C",
  "uriquery" text COLLATE "C",
  "serverip" text COLLATE "C",
  "scbytes" bigint CHECK ("scbytes" >= 0),
  "csbytes" bigint CHECK ("csbytes" >= 0),
  "fulluri" text COLLATE "C",
  "word" text COLLATE "C",
  "ml_score" double precision,
  "uri_rep" text COLLATE "C",
  "respcode_name" text COLLATE "C",
  "network_context" text COLLATE "C",
  "rank" integer NOT NULL CHECK ("rank" BETWEEN 0 AND 2147483647),
  "why" text COLLATE "C",
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31),
  PRIMARY KEY ("y", "m", "d", "rank")
);
COMMENT ON TABLE "proxy_scores" IS 'Suspicious requests: the least likely of the day, with context.';
COMMENT ON COLUMN "proxy_scores"."tdate" IS 'Date of the request, as written.';
COMMENT ON COLUMN "proxy_scores"."time" IS 'Time of the request, as written.';
COMMENT ON COLUMN "proxy_scores"."clientip" IS 'Address of the client.';
COMMENT ON COLUMN "proxy_scores"."host" IS 'Host of the URL.';
COMMENT ON COLUMN "proxy_scores"."reqmethod" IS 'Method of the request.';
COMMENT ON COLUMN "proxy_scores"."useragent" IS 'User agent of the client.';
COMMENT ON COLUMN "proxy_scores"."resconttype" IS 'Content type of the response.';
COMMENT ON COLUMN "proxy_scores"."duration" IS 'Duration of the request in milliseconds.';
COMMENT ON COLUMN "proxy_scores"."username" IS 'Name of the authenticated user.';
COMMENT ON COLUMN "proxy_scores"."webcat" IS 'Web categories of the URL, separated by semicolons.';
COMMENT ON COLUMN "proxy_scores"."referer" IS 'URL of the page that led to the request.';
COMMENT ON COLUMN "proxy_scores"."respcode" IS 'HTTP status.';
COMMENT ON COLUMN "proxy_scores"."uriport" IS 'Port of the URL.';
COMMENT ON COLUMN "proxy_scores"."uripath" IS 'Path of the URL.';
COMMENT ON COLUMN "proxy_scores"."uriquery" IS 'Query of the URL, with its question mark.';
COMMENT ON COLUMN "proxy_scores"."serverip" IS 'Address to which the proxy connected, as written; - if there is none.';
COMMENT ON COLUMN "proxy_scores"."scbytes" IS 'Bytes from the proxy to the client.';
COMMENT ON COLUMN "proxy_scores"."csbytes" IS 'Bytes from the client to the proxy.';
COMMENT ON COLUMN "proxy_scores"."fulluri" IS 'URL without scheme and port.';
COMMENT ON COLUMN "proxy_scores"."word" IS 'Word that the machine-learning job made of the request.';
COMMENT ON COLUMN "proxy_scores"."ml_score" IS 'Probability of the request for its client; the lowest is the most suspicious.';
COMMENT ON COLUMN "proxy_scores"."uri_rep" IS 'Reputation of the URL: service:LABEL:value, joined by ::.';
COMMENT ON COLUMN "proxy_scores"."respcode_name" IS 'Name of the HTTP status, or Unknown and the status.';
COMMENT ON COLUMN "proxy_scores"."network_context" IS 'Name of the client, or of its network.';
COMMENT ON COLUMN "proxy_scores"."rank" IS 'Position in the results file, from 0, the most suspicious.';
COMMENT ON COLUMN "proxy_scores"."why" IS 'Why the request is suspicious, in words; empty if the results file does not tell.';
COMMENT ON COLUMN "proxy_scores"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "proxy_scores"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "proxy_scores"."d" IS 'Partition: day of the run.';
CREATE OR REPLACE VIEW "proxy_scores_typed" AS SELECT
  "y",
  "m",
  "d",
  "tdate",
  "time",
  CAST(NULLIF("clientip", '') AS inet) AS "clientip",
  "host",
  "reqmethod",
  "useragent",
  "resconttype",
  "duration",
  "username",
  "webcat",
  "referer",
  "respcode",
  "uriport",
  "uripath",
  "uriquery",
  "serverip",
  "scbytes",
  "csbytes",
  "fulluri",
  "word",
  "ml_score",
  "uri_rep",
  "respcode_name",
  "network_context",
  "rank",
  "why"
FROM "proxy_scores";
COMMENT ON VIEW "proxy_scores_typed" IS 'The rows of proxy_scores, with times and addresses of these types.';

CREATE TABLE IF NOT EXISTS "proxy_storyboard" (
  "p_threat" text COLLATE "C" NOT NULL,
  "title" text COLLATE "C",
  "text" text COLLATE "C",
  "written_at" text COLLATE "C",
  "written_by" text COLLATE "C",
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31)
);
CREATE UNIQUE INDEX IF NOT EXISTS "proxy_storyboard_pkey" ON "proxy_storyboard" ("y", "m", "d", md5("p_threat"));
COMMENT ON TABLE "proxy_storyboard" IS 'Comments of analysts about URLs.';
COMMENT ON COLUMN "proxy_storyboard"."p_threat" IS 'URL that the comment is about.';
COMMENT ON COLUMN "proxy_storyboard"."title" IS 'Title, as written.';
COMMENT ON COLUMN "proxy_storyboard"."text" IS 'Text, as written.';
COMMENT ON COLUMN "proxy_storyboard"."written_at" IS 'When it was written, UTC.';
COMMENT ON COLUMN "proxy_storyboard"."written_by" IS 'Author.';
COMMENT ON COLUMN "proxy_storyboard"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "proxy_storyboard"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "proxy_storyboard"."d" IS 'Partition: day of the run.';
CREATE OR REPLACE VIEW "proxy_storyboard_typed" AS SELECT
  "y",
  "m",
  "d",
  "p_threat",
  "title",
  "text",
  CAST(NULLIF("written_at", '') AS timestamp) AT TIME ZONE 'UTC' AS "written_at",
  "written_by"
FROM "proxy_storyboard";
COMMENT ON VIEW "proxy_storyboard_typed" IS 'The rows of proxy_storyboard, with times and addresses of these types.';

CREATE TABLE IF NOT EXISTS "proxy_threat_investigation" (
  "tdate" text COLLATE "C",
  "fulluri" text COLLATE "C" NOT NULL,
  "uri_sev" integer CHECK ("uri_sev" BETWEEN 1 AND 3),
  "rank" integer CHECK ("rank" BETWEEN 0 AND 2147483647),
  "note" text COLLATE "C",
  "scored_at" text COLLATE "C",
  "scored_by" text COLLATE "C",
  "p_date" text COLLATE "C",
  "p_time" text COLLATE "C",
  "clientip" text COLLATE "C",
  "host" text COLLATE "C",
  "reqmethod" text COLLATE "C",
  "useragent" text COLLATE "C",
  "resconttype" text COLLATE "C",
  "duration" bigint CHECK ("duration" >= 0),
  "username" text COLLATE "C",
  "webcat" text COLLATE "C",
  "referer" text COLLATE "C",
  "respcode" integer,
  "uriport" integer,
  "uripath" text COLLATE "C",
  "uriquery" text COLLATE "C",
  "serverip" text COLLATE "C",
  "scbytes" bigint CHECK ("scbytes" >= 0),
  "csbytes" bigint CHECK ("csbytes" >= 0),
  "word" text COLLATE "C",
  "score" double precision,
  "uri_rep" text COLLATE "C",
  "respcode_name" text COLLATE "C",
  "network_context" text COLLATE "C",
  "hash" text COLLATE "C",
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31)
);
CREATE UNIQUE INDEX IF NOT EXISTS "proxy_threat_investigation_pkey" ON "proxy_threat_investigation" ("y", "m", "d", md5("fulluri"));
COMMENT ON TABLE "proxy_threat_investigation" IS 'Requests that an analyst scored, by URL. References, while the row is stored: (y, m, d, fulluri) of proxy_scores (y, m, d, fulluri).';
COMMENT ON COLUMN "proxy_threat_investigation"."tdate" IS 'Date of the request, as written.';
COMMENT ON COLUMN "proxy_threat_investigation"."fulluri" IS 'URL without scheme and port.';
COMMENT ON COLUMN "proxy_threat_investigation"."uri_sev" IS 'Severity: 1 high, 2 medium, 3 low.';
COMMENT ON COLUMN "proxy_threat_investigation"."rank" IS 'Position among the suspicious requests of its day.';
COMMENT ON COLUMN "proxy_threat_investigation"."note" IS 'Note of the analyst.';
COMMENT ON COLUMN "proxy_threat_investigation"."scored_at" IS 'When it was scored, UTC.';
COMMENT ON COLUMN "proxy_threat_investigation"."scored_by" IS 'Analyst who scored it.';
COMMENT ON COLUMN "proxy_threat_investigation"."p_date" IS 'Date of the request, as written.';
COMMENT ON COLUMN "proxy_threat_investigation"."p_time" IS 'Time of the request, as written.';
COMMENT ON COLUMN "proxy_threat_investigation"."clientip" IS 'Address of the client.';
COMMENT ON COLUMN "proxy_threat_investigation"."host" IS 'Host of the URL.';
COMMENT ON COLUMN "proxy_threat_investigation"."reqmethod" IS 'Method of the request.';
COMMENT ON COLUMN "proxy_threat_investigation"."useragent" IS 'User agent of the client.';
COMMENT ON COLUMN "proxy_threat_investigation"."resconttype" IS 'Content type of the response.';
COMMENT ON COLUMN "proxy_threat_investigation"."duration" IS 'Duration of the request in milliseconds.';
COMMENT ON COLUMN "proxy_threat_investigation"."username" IS 'Name of the authenticated user.';
COMMENT ON COLUMN "proxy_threat_investigation"."webcat" IS 'Web categories of the URL, separated by semicolons.';
COMMENT ON COLUMN "proxy_threat_investigation"."referer" IS 'URL of the page that led to the request.';
COMMENT ON COLUMN "proxy_threat_investigation"."respcode" IS 'HTTP status.';
COMMENT ON COLUMN "proxy_threat_investigation"."uriport" IS 'Port of the URL.';
COMMENT ON COLUMN "proxy_threat_investigation"."uripath" IS 'Path of the URL.';
COMMENT ON COLUMN "proxy_threat_investigation"."uriquery" IS 'Query of the URL, with its question mark.';
COMMENT ON COLUMN "proxy_threat_investigation"."serverip" IS 'Address to which the proxy connected, as written; - if there is none.';
COMMENT ON COLUMN "proxy_threat_investigation"."scbytes" IS 'Bytes from the proxy to the client.';
COMMENT ON COLUMN "proxy_threat_investigation"."csbytes" IS 'Bytes from the client to the proxy.';
COMMENT ON COLUMN "proxy_threat_investigation"."word" IS 'Word that the machine-learning job made of the request.';
COMMENT ON COLUMN "proxy_threat_investigation"."score" IS 'Probability of the request for its client.';
COMMENT ON COLUMN "proxy_threat_investigation"."uri_rep" IS 'Reputation of the URL.';
COMMENT ON COLUMN "proxy_threat_investigation"."respcode_name" IS 'Name of the HTTP status.';
COMMENT ON COLUMN "proxy_threat_investigation"."network_context" IS 'Name of the client, or of its network.';
COMMENT ON COLUMN "proxy_threat_investigation"."hash" IS 'MD5 hash of client and URL, and the hour of the request.';
COMMENT ON COLUMN "proxy_threat_investigation"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "proxy_threat_investigation"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "proxy_threat_investigation"."d" IS 'Partition: day of the run.';
CREATE OR REPLACE VIEW "proxy_threat_investigation_typed" AS SELECT
  "y",
  "m",
  "d",
  "tdate",
  "fulluri",
  "uri_sev",
  "rank",
  "note",
  CAST(NULLIF("scored_at", '') AS timestamp) AT TIME ZONE 'UTC' AS "scored_at",
  "scored_by",
  "p_date",
  "p_time",
  CAST(NULLIF("clientip", '') AS inet) AS "clientip",
  "host",
  "reqmethod",
  "useragent",
  "resconttype",
  "duration",
  "username",
  "webcat",
  "referer",
  "respcode",
  "uriport",
  "uripath",
  "uriquery",
  "serverip",
  "scbytes",
  "csbytes",
  "word",
  "score",
  "uri_rep",
  "respcode_name",
  "network_context",
  "hash"
FROM "proxy_threat_investigation";
COMMENT ON VIEW "proxy_threat_investigation_typed" IS 'The rows of proxy_threat_investigation, with times and addresses of these types.';

CREATE TABLE IF NOT EXISTS "proxy_timeline" (
  "p_threat" text COLLATE "C" NOT NULL,
  "tstart" text COLLATE "C" NOT NULL,
  "tend" text COLLATE "C",
  "duration" bigint CHECK ("duration" >= 0),
  "clientip" text COLLATE "C" NOT NULL,
  "respcode" text COLLATE "C" NOT NULL,
  "respcodename" text COLLATE "C" NOT NULL,
  "y" smallint NOT NULL CHECK ("y" BETWEEN 1 AND 9999),
  "m" smallint NOT NULL CHECK ("m" BETWEEN 1 AND 12),
  "d" smallint NOT NULL CHECK ("d" BETWEEN 1 AND 31)
);
CREATE UNIQUE INDEX IF NOT EXISTS "proxy_timeline_pkey" ON "proxy_timeline" ("y", "m", "d", md5("p_threat"), "tstart", "clientip", "respcode", "respcodename");
COMMENT ON TABLE "proxy_timeline" IS 'Requests for the URLs that analysts commented on, by client, time and HTTP status.';
COMMENT ON COLUMN "proxy_timeline"."p_threat" IS 'URL under investigation.';
COMMENT ON COLUMN "proxy_timeline"."tstart" IS 'Time of the requests.';
COMMENT ON COLUMN "proxy_timeline"."tend" IS 'Time of the last request.';
COMMENT ON COLUMN "proxy_timeline"."duration" IS 'Duration of all requests in milliseconds.';
COMMENT ON COLUMN "proxy_timeline"."clientip" IS 'Address of the client.';
COMMENT ON COLUMN "proxy_timeline"."respcode" IS 'HTTP status.';
COMMENT ON COLUMN "proxy_timeline"."respcodename" IS 'Name of the HTTP status, or Unknown and the status.';
COMMENT ON COLUMN "proxy_timeline"."y" IS 'Partition: year of the run.';
COMMENT ON COLUMN "proxy_timeline"."m" IS 'Partition: month of the run.';
COMMENT ON COLUMN "proxy_timeline"."d" IS 'Partition: day of the run.';
CREATE OR REPLACE VIEW "proxy_timeline_typed" AS SELECT
  "y",
  "m",
  "d",
  "p_threat",
  CAST(NULLIF("tstart", '') AS timestamp) AT TIME ZONE 'UTC' AS "tstart",
  CAST(NULLIF("tend", '') AS timestamp) AT TIME ZONE 'UTC' AS "tend",
  "duration",
  CAST(NULLIF("clientip", '') AS inet) AS "clientip",
  "respcode",
  "respcodename"
FROM "proxy_timeline";
COMMENT ON VIEW "proxy_timeline_typed" IS 'The rows of proxy_timeline, with times and addresses of these types.';

CREATE TABLE IF NOT EXISTS "flow_oa_ingest" (
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

CREATE TABLE IF NOT EXISTS "flow_oa_ingest_day" (
  "ingest" bigint NOT NULL,
  "day" text COLLATE "C" NOT NULL,
  "stored" bigint,
  PRIMARY KEY ("ingest", "day")
);
COMMENT ON TABLE "flow_oa_ingest_day" IS 'Days of those files.';
COMMENT ON COLUMN "flow_oa_ingest_day"."ingest" IS 'Number of the ingest.';
COMMENT ON COLUMN "flow_oa_ingest_day"."day" IS 'Day of the rows, YYYY-MM-DD.';
COMMENT ON COLUMN "flow_oa_ingest_day"."stored" IS 'Rows stored for that day.';

CREATE TABLE IF NOT EXISTS "flow_oa_history" (
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
COMMENT ON TABLE "flow_oa_history" IS 'Runs, ingests, purges, copies and rankings, however they ended.';
COMMENT ON COLUMN "flow_oa_history"."id" IS 'Number of the entry.';
COMMENT ON COLUMN "flow_oa_history"."command" IS 'What was done: run, ingest, purge, copy or rank.';
COMMENT ON COLUMN "flow_oa_history"."pipeline" IS 'Pipeline that it was done to.';
COMMENT ON COLUMN "flow_oa_history"."day" IS 'Day of a run, a copy or a ranking; first day that a purge kept; YYYY-MM-DD.';
COMMENT ON COLUMN "flow_oa_history"."row_limit" IS 'Most rows that a run was to read, or a ranking to write.';
COMMENT ON COLUMN "flow_oa_history"."input" IS 'Results file that a run read or a ranking wrote; raw file of an ingest, - for standard input; database of a copy.';
COMMENT ON COLUMN "flow_oa_history"."content" IS 'BLAKE3 hash of the records read (run), the decompressed file (ingest) or the file written (rank).';
COMMENT ON COLUMN "flow_oa_history"."context" IS 'BLAKE3 hash of the context files of a run; of an ingest, the number of bytes of the decompressed file.';
COMMENT ON COLUMN "flow_oa_history"."fingerprint" IS 'Fingerprint of the schema that the program was built with.';
COMMENT ON COLUMN "flow_oa_history"."raw_rows" IS 'BLAKE3 hash of the list of ingests that a run or a copy found for its day.';
COMMENT ON COLUMN "flow_oa_history"."scores_file" IS 'BLAKE3 hash of the file of scores that a run wrote.';
COMMENT ON COLUMN "flow_oa_history"."records" IS 'Records read, those rejected and skipped included.';
COMMENT ON COLUMN "flow_oa_history"."stored" IS 'Rows stored: scores of a run, raw rows of an ingest; lines of a ranking.';
COMMENT ON COLUMN "flow_oa_history"."rejected" IS 'Records that could not be read.';
COMMENT ON COLUMN "flow_oa_history"."skipped" IS 'Blank lines, headers and trailers.';
COMMENT ON COLUMN "flow_oa_history"."started" IS 'Start, UTC.';
COMMENT ON COLUMN "flow_oa_history"."finished" IS 'End, UTC; none while it runs, or where it was killed.';
COMMENT ON COLUMN "flow_oa_history"."seconds" IS 'Seconds from start to end.';
COMMENT ON COLUMN "flow_oa_history"."status" IS 'running, done, failed or killed.';
COMMENT ON COLUMN "flow_oa_history"."message" IS 'Why it failed.';
COMMENT ON COLUMN "flow_oa_history"."version" IS 'Version of the program.';
COMMENT ON COLUMN "flow_oa_history"."lock_file" IS 'File that is locked while it runs.';

CREATE TABLE IF NOT EXISTS "flow_oa_history_table" (
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

CREATE TABLE IF NOT EXISTS "flow_oa_expectation" (
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
COMMENT ON TABLE "flow_oa_expectation" IS 'Expectations of columns that some rows violated.';
COMMENT ON COLUMN "flow_oa_expectation"."entry" IS 'Number of the entry in the history.';
COMMENT ON COLUMN "flow_oa_expectation"."number" IS 'Number of the expectation within the entry, from 0.';
COMMENT ON COLUMN "flow_oa_expectation"."name" IS 'Table.';
COMMENT ON COLUMN "flow_oa_expectation"."column_name" IS 'Column.';
COMMENT ON COLUMN "flow_oa_expectation"."rule" IS 'What is expected of its values.';
COMMENT ON COLUMN "flow_oa_expectation"."checked" IS 'Rows that were checked.';
COMMENT ON COLUMN "flow_oa_expectation"."violated" IS 'Rows among them that violate the rule.';
COMMENT ON COLUMN "flow_oa_expectation"."outcome" IS 'met, warned or stopped.';

CREATE TABLE IF NOT EXISTS "flow_oa_rollup_day" (
  "name" text COLLATE "C" NOT NULL,
  "day" text COLLATE "C" NOT NULL,
  "raw_rows" text COLLATE "C",
  PRIMARY KEY ("name", "day")
);
COMMENT ON TABLE "flow_oa_rollup_day" IS 'Days of which rollups hold all raw rows.';
COMMENT ON COLUMN "flow_oa_rollup_day"."name" IS 'Rollup.';
COMMENT ON COLUMN "flow_oa_rollup_day"."day" IS 'Day of its rows, YYYY-MM-DD.';
COMMENT ON COLUMN "flow_oa_rollup_day"."raw_rows" IS 'BLAKE3 hash of the definition of the rollup and of the list of ingests of the day that it sums up.';

CREATE TABLE IF NOT EXISTS "flow_oa_schema" (
  "id" bigint NOT NULL,
  "format" bigint,
  "fingerprint" text COLLATE "C",
  "version" text COLLATE "C",
  "finished" text COLLATE "C",
  PRIMARY KEY ("id")
);
COMMENT ON TABLE "flow_oa_schema" IS 'Schemas that the tables have had.';
COMMENT ON COLUMN "flow_oa_schema"."id" IS 'Number of the entry; the highest holds.';
COMMENT ON COLUMN "flow_oa_schema"."format" IS 'Format of the program''s own tables.';
COMMENT ON COLUMN "flow_oa_schema"."fingerprint" IS 'Fingerprint of the schema that the tables have.';
COMMENT ON COLUMN "flow_oa_schema"."version" IS 'Version of the program.';
COMMENT ON COLUMN "flow_oa_schema"."finished" IS 'When the tables got it, UTC.';

CREATE TABLE IF NOT EXISTS "flow_oa_migration" (
  "migration" bigint NOT NULL,
  "step" integer NOT NULL,
  "what" text COLLATE "C",
  "statements" text COLLATE "C",
  "fingerprint" text COLLATE "C",
  "status" text COLLATE "C",
  "finished" text COLLATE "C",
  PRIMARY KEY ("migration", "step")
);
COMMENT ON TABLE "flow_oa_migration" IS 'Steps of migrations.';
COMMENT ON COLUMN "flow_oa_migration"."migration" IS 'Number of the migration.';
COMMENT ON COLUMN "flow_oa_migration"."step" IS 'Position of the step, from 1.';
COMMENT ON COLUMN "flow_oa_migration"."what" IS 'What the step does.';
COMMENT ON COLUMN "flow_oa_migration"."statements" IS 'Its statements, each terminated by a semicolon.';
COMMENT ON COLUMN "flow_oa_migration"."fingerprint" IS 'Fingerprint of the schema that the migration leads to.';
COMMENT ON COLUMN "flow_oa_migration"."status" IS 'planned, done, or replaced by a later migration.';
COMMENT ON COLUMN "flow_oa_migration"."finished" IS 'End of the step, UTC; none if it was not done.';

INSERT INTO "flow_oa_schema" (id, format, fingerprint, version, finished)
SELECT 1, 1, '9e9b4f312f43c0dd', '0.1.0', to_char(timezone('UTC', now()), 'YYYY-MM-DD HH24:MI:SS') WHERE NOT EXISTS (SELECT 1 FROM "flow_oa_schema");

COMMIT;
