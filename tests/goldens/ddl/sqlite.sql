-- flow-oa: tables of a database, for sqlite. Schema 9e9b4f312f43c0dd. It can be applied again.

BEGIN;

CREATE TABLE IF NOT EXISTS "dns" ( -- Raw DNS responses.
  "flow_oa_id" INTEGER PRIMARY KEY, -- Order of arrival; the program's own.
  "frame_time" TEXT, -- Time of the frame as text, as the capture program wrote it.
  "unix_tstamp" INTEGER, -- Time of the frame in whole seconds since 1970-01-01 00:00:00 UTC.
  "frame_len" INTEGER, -- Length of the frame in bytes.
  "ip_dst" TEXT, -- Address of the client, which received the response.
  "ip_src" TEXT, -- Address of the server, which sent the response.
  "dns_qry_name" TEXT, -- Query name, as written.
  "dns_qry_class" TEXT, -- Query class in hexadecimal, such as 0x0001 for Internet.
  "dns_qry_type" INTEGER, -- Query type, such as 1 for an address (A).
  "dns_qry_rcode" INTEGER, -- Response code: 0 no error, 3 no such name.
  "dns_a" TEXT, -- First IPv4 address in the response; empty if there is none.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of the time of the row.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of the time of the row.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31), -- Partition: day of the time of the row.
  "h" INTEGER NOT NULL CHECK ("h" BETWEEN 0 AND 23) -- Partition: hour of the time of the row.
) STRICT;
CREATE INDEX IF NOT EXISTS "dns_index_1" ON "dns" ("y", "m", "d", "dns_qry_name");
CREATE INDEX IF NOT EXISTS "dns_index_2" ON "dns" ("y", "m", "d", "ip_dst");

CREATE TABLE IF NOT EXISTS "dns_dendro" ( -- Queries of the clients of suspicious responses on the same day, each response once.
  "unix_tstamp" INTEGER, -- Time of the response: whole seconds since 1970-01-01 00:00:00 UTC.
  "dns_a" TEXT, -- First IPv4 address in the response; empty if there is none.
  "dns_qry_name" TEXT, -- Query name, as written.
  "ip_dst" TEXT, -- Address of the client, which received the response.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of the run.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of the run.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31) -- Partition: day of the run.
) STRICT;

CREATE TABLE IF NOT EXISTS "dns_edge" ( -- Responses to any client with the query name of a suspicious response, in the same hour.
  "unix_tstamp" INTEGER, -- Time of the response: whole seconds since 1970-01-01 00:00:00 UTC.
  "frame_len" INTEGER, -- Length of the frame in bytes.
  "ip_dst" TEXT, -- Address of the client, which received the response.
  "ip_src" TEXT, -- Address of the server, which sent the response.
  "dns_qry_name" TEXT, -- Query name, as written.
  "dns_qry_class" TEXT, -- Query class, as written: a decimal or hexadecimal number.
  "dns_qry_type" INTEGER, -- Query type.
  "dns_qry_rcode" INTEGER, -- Response code.
  "dns_a" TEXT, -- First IPv4 address in the response; empty if there is none.
  "hh" INTEGER CHECK ("hh" BETWEEN 0 AND 23), -- Hour of the response, UTC.
  "dns_qry_class_name" TEXT, -- Name of the query class, or Unknown and the class as written.
  "dns_qry_type_name" TEXT, -- Name of the query type, or Unknown and the number.
  "dns_qry_rcode_name" TEXT, -- Name of the response code, or Unknown and the number.
  "network_context" TEXT, -- Name of the client, or of its network.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of the run.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of the run.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31) -- Partition: day of the run.
) STRICT;

CREATE TABLE IF NOT EXISTS "dns_ingest_summary" ( -- Number of DNS responses of each minute.
  "tdate" TEXT NOT NULL, -- Minute, UTC: YYYY-MM-DD HH:MM.
  "total" INTEGER CHECK ("total" >= 0), -- DNS responses.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of the run.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of the run.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31), -- Partition: day of the run.
  PRIMARY KEY ("y", "m", "d", "tdate")
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS "dns_scores" ( -- Suspicious DNS responses: the least likely of the day, with context.
  "frame_time" TEXT, -- Time of the response, as written.
  "unix_tstamp" INTEGER, -- Time of the response: whole seconds since 1970-01-01 00:00:00 UTC.
  "frame_len" INTEGER CHECK ("frame_len" >= 0), -- Length of the frame in bytes.
  "ip_dst" TEXT, -- Address of the client, which received the response.
  "dns_qry_name" TEXT, -- Query name, as written.
  "dns_qry_class" TEXT, -- Query class, as written: a decimal or hexadecimal number.
  "dns_qry_type" INTEGER, -- Query type.
  "dns_qry_rcode" INTEGER, -- Response code.
  "ml_score" REAL, -- Probability of the response for its client; the lowest is the most suspicious.
  "tld" TEXT, -- Registered domain of the query name; empty if there is none.
  "query_rep" TEXT, -- Reputation of the query name: service:LABEL:value, joined by ::.
  "hh" INTEGER CHECK ("hh" BETWEEN 0 AND 23), -- Hour of the response, UTC.
  "dns_qry_class_name" TEXT, -- Name of the query class, or Unknown and the class as written.
  "dns_qry_type_name" TEXT, -- Name of the query type, or Unknown and the number.
  "dns_qry_rcode_name" TEXT, -- Name of the response code, or Unknown and the number.
  "network_context" TEXT, -- Name of the client, or of its network.
  "rank" INTEGER NOT NULL CHECK ("rank" BETWEEN 0 AND 2147483647), -- Position in the results file, from 0, the most suspicious.
  "why" TEXT, -- Why the response is suspicious, in words; empty if the results file does not tell.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of the run.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of the run.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31), -- Partition: day of the run.
  PRIMARY KEY ("y", "m", "d", "rank")
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS "dns_storyboard" ( -- Comments of analysts about clients and names.
  "ip_threat" TEXT NOT NULL, -- Address that the comment is about; empty if it is about a name.
  "dns_threat" TEXT NOT NULL, -- Name that the comment is about; empty if it is about an address.
  "title" TEXT, -- Title, as written.
  "text" TEXT, -- Text, as written.
  "written_at" TEXT, -- When it was written, UTC.
  "written_by" TEXT, -- Author.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of the run.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of the run.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31), -- Partition: day of the run.
  PRIMARY KEY ("y", "m", "d", "ip_threat", "dns_threat")
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS "dns_threat_dendro" ( -- Number of DNS responses by client and query name, for each address or name that analysts commented on.
  "anchor" TEXT NOT NULL, -- Address or name under investigation.
  "total" INTEGER CHECK ("total" >= 0), -- DNS responses.
  "dns_qry_name" TEXT NOT NULL, -- Query name, as written.
  "ip_dst" TEXT NOT NULL, -- Address of the client, which received the responses.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of the run.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of the run.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31), -- Partition: day of the run.
  PRIMARY KEY ("y", "m", "d", "anchor", "dns_qry_name", "ip_dst")
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS "dns_threat_investigation" ( -- DNS responses that an analyst scored. References, while the row is stored: (y, m, d, unix_tstamp, ip_dst, dns_qry_name) of dns_scores (y, m, d, unix_tstamp, ip_dst, dns_qry_name).
  "unix_tstamp" INTEGER NOT NULL, -- Time of the response: whole seconds since 1970-01-01 00:00:00 UTC.
  "ip_dst" TEXT NOT NULL, -- Address of the client, which received the response.
  "dns_qry_name" TEXT NOT NULL, -- Query name, as written.
  "ip_sev" INTEGER CHECK ("ip_sev" BETWEEN 0 AND 3), -- Severity of the client: 1 high, 2 medium, 3 low, 0 not given.
  "dns_sev" INTEGER CHECK ("dns_sev" BETWEEN 0 AND 3), -- Severity of the query name: 1 high, 2 medium, 3 low, 0 not given.
  "rank" INTEGER CHECK ("rank" BETWEEN 0 AND 2147483647), -- Position among the suspicious responses of its day.
  "note" TEXT, -- Note of the analyst.
  "scored_at" TEXT, -- When it was scored, UTC.
  "scored_by" TEXT, -- Analyst who scored it.
  "frame_time" TEXT, -- Time of the response, as written.
  "frame_len" INTEGER CHECK ("frame_len" >= 0), -- Length of the frame in bytes.
  "dns_qry_class" TEXT, -- Query class, as written.
  "dns_qry_type" INTEGER, -- Query type.
  "dns_qry_rcode" INTEGER, -- Response code.
  "score" REAL, -- Probability of the response for its client.
  "tld" TEXT, -- Registered domain of the query name; empty if there is none.
  "query_rep" TEXT, -- Reputation of the query name.
  "hh" INTEGER CHECK ("hh" BETWEEN 0 AND 23), -- Hour of the response, UTC.
  "dns_qry_class_name" TEXT, -- Name of the query class.
  "dns_qry_type_name" TEXT, -- Name of the query type.
  "dns_qry_rcode_name" TEXT, -- Name of the response code.
  "network_context" TEXT, -- Name of the client, or of its network.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of the run.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of the run.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31), -- Partition: day of the run.
  PRIMARY KEY ("y", "m", "d", "unix_tstamp", "ip_dst", "dns_qry_name")
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS "flow" ( -- Raw network flows.
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
  "dport" INTEGER CHECK ("dport" BETWEEN 0 AND 65535), -- Destination port; for ICMP, type * 256 + code.
  "proto" TEXT, -- Protocol name, or its number if it has none.
  "flag" TEXT, -- TCP flags, UAPRSF, with a dot for each flag not set.
  "fwd" INTEGER CHECK ("fwd" BETWEEN 0 AND 255), -- Forwarding status.
  "stos" INTEGER CHECK ("stos" BETWEEN 0 AND 255), -- Type of service, source side.
  "ipkt" INTEGER CHECK ("ipkt" >= 0), -- Packets from source to destination.
  "ibyt" INTEGER CHECK ("ibyt" >= 0), -- Bytes from source to destination.
  "opkt" INTEGER CHECK ("opkt" >= 0), -- Packets from destination to source.
  "obyt" INTEGER CHECK ("obyt" >= 0), -- Bytes from destination to source.
  "input" INTEGER CHECK ("input" BETWEEN 0 AND 4294967295), -- Input interface (SNMP index).
  "output" INTEGER CHECK ("output" BETWEEN 0 AND 4294967295), -- Output interface (SNMP index).
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
CREATE INDEX IF NOT EXISTS "flow_index_1" ON "flow" ("y", "m", "d", "trhour", "trminute", "sip", "dip");

CREATE TABLE IF NOT EXISTS "flow_chords" ( -- Traffic of each address that has two or more peers among the suspicious connections, by direction.
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

CREATE TABLE IF NOT EXISTS "flow_edge" ( -- Raw flows behind the suspicious connections: all between the same two addresses, in either direction, in the same minute.
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
  "input" INTEGER CHECK ("input" BETWEEN 0 AND 4294967295), -- Input interface.
  "output" INTEGER CHECK ("output" BETWEEN 0 AND 4294967295), -- Output interface.
  "rip" TEXT, -- Address of the exporter.
  "obyt" INTEGER CHECK ("obyt" >= 0), -- Bytes from destination to source.
  "opkt" INTEGER CHECK ("opkt" >= 0), -- Packets from destination to source.
  "hh" INTEGER CHECK ("hh" BETWEEN 0 AND 23), -- Hour, 0 to 23.
  "md" INTEGER CHECK ("md" BETWEEN 0 AND 59), -- Minute within the hour, 0 to 59.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of the run.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of the run.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31) -- Partition: day of the run.
) STRICT;
CREATE INDEX IF NOT EXISTS "flow_edge_index_1" ON "flow_edge" ("y", "m", "d", "srcip", "dstip");

CREATE TABLE IF NOT EXISTS "flow_ingest_summary" ( -- Raw flows of the day by minute; a minute without flows has no row.
  "tdate" TEXT NOT NULL, -- Minute, YYYY-MM-DD HH:MM, UTC.
  "total" INTEGER CHECK ("total" >= 0), -- Number of flows.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of the run.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of the run.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31), -- Partition: day of the run.
  PRIMARY KEY ("y", "m", "d", "tdate")
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS "flow_minute" ( -- Raw flows by minute; updated by ingest.
  "minute" TEXT NOT NULL, -- Minute, YYYY-MM-DD HH:MM, UTC.
  "flows" INTEGER CHECK ("flows" >= 0), -- Number of flows.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of `treceived`.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of `treceived`.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31), -- Partition: day of `treceived`.
  PRIMARY KEY ("y", "m", "d", "minute")
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS "flow_pair" ( -- Traffic of a day between two addresses, by direction; updated by ingest.
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

CREATE TABLE IF NOT EXISTS "flow_scores" ( -- Suspicious connections: the least likely flows of the day, with context.
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
  "why" TEXT, -- Why the flow is suspicious, in words; empty if the results file does not tell.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of the run.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of the run.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31), -- Partition: day of the run.
  PRIMARY KEY ("y", "m", "d", "rank")
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS "flow_storyboard" ( -- Comments of analysts about addresses.
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

CREATE TABLE IF NOT EXISTS "flow_threat_investigation" ( -- Connections that an analyst scored. References, while the row is stored: (y, m, d, tstart, srcip, dstip, srcport, dstport, proto) of flow_scores (y, m, d, tstart, srcip, dstip, sport, dport, proto).
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

CREATE TABLE IF NOT EXISTS "flow_timeline" ( -- Connections of the addresses that analysts commented on.
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

CREATE TABLE IF NOT EXISTS "proxy" ( -- Raw requests to the web proxy.
  "flow_oa_id" INTEGER PRIMARY KEY, -- Order of arrival; the program's own.
  "p_date" TEXT, -- Date of the request, YYYY-MM-DD, UTC.
  "p_time" TEXT, -- Time of the request, H:MM:SS, UTC.
  "clientip" TEXT, -- Address of the client.
  "host" TEXT, -- Host that was requested, with its port if the request has one.
  "reqmethod" TEXT, -- Method of the request, such as GET.
  "useragent" TEXT, -- User agent of the client.
  "resconttype" TEXT, -- Content type of the response.
  "duration" INTEGER CHECK ("duration" >= 0), -- Duration of the request in milliseconds.
  "username" TEXT, -- Name of the authenticated user.
  "authgroup" TEXT, -- Group of the authenticated user.
  "exceptionid" TEXT, -- Exception that the proxy raised.
  "filterresult" TEXT, -- Result of the content filter: OBSERVED, PROXIED or DENIED.
  "webcat" TEXT, -- Web categories of the URL, separated by semicolons.
  "referer" TEXT, -- URL of the page that led to the request.
  "respcode" TEXT, -- HTTP status.
  "action" TEXT, -- What the proxy did, such as TCP_NC_MISS.
  "urischeme" TEXT, -- Scheme of the URL.
  "uriport" TEXT, -- Port of the URL.
  "uripath" TEXT, -- Path of the URL.
  "uriquery" TEXT, -- Query of the URL, with its question mark.
  "uriextension" TEXT, -- Extension of the file that was requested.
  "serverip" TEXT, -- Address to which the proxy connected, as written; - if there is none.
  "scbytes" INTEGER CHECK ("scbytes" >= 0), -- Bytes from the proxy to the client.
  "csbytes" INTEGER CHECK ("csbytes" >= 0), -- Bytes from the client to the proxy.
  "virusid" TEXT, -- Virus that the proxy found.
  "bcappname" TEXT, -- Web application that was used.
  "bcappoper" TEXT, -- Operation of the web application.
  "fulluri" TEXT, -- URL without scheme and port: host, path and query.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of the time of the row.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of the time of the row.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31), -- Partition: day of the time of the row.
  "h" INTEGER NOT NULL CHECK ("h" BETWEEN 0 AND 23) -- Partition: hour of the time of the row.
) STRICT;
CREATE INDEX IF NOT EXISTS "proxy_index_1" ON "proxy" ("y", "m", "d", "clientip");

CREATE TABLE IF NOT EXISTS "proxy_edge" ( -- Requests of the client of a suspicious request for the same URL, in the same hour.
  "tdate" TEXT, -- Date of the request, as written.
  "time" TEXT, -- Time of the request, as written.
  "clientip" TEXT, -- Address of the client.
  "host" TEXT, -- Host of the URL.
  "webcat" TEXT, -- Web categories of the URL, separated by semicolons.
  "respcode" TEXT, -- HTTP status.
  "reqmethod" TEXT, -- Method of the request.
  "useragent" TEXT, -- User agent of the client.
  "resconttype" TEXT, -- Content type of the response.
  "referer" TEXT, -- URL of the page that led to the request.
  "uriport" TEXT, -- Port of the URL.
  "serverip" TEXT, -- Address to which the proxy connected, as written; - if there is none.
  "scbytes" INTEGER CHECK ("scbytes" >= 0), -- Bytes from the proxy to the client.
  "csbytes" INTEGER CHECK ("csbytes" >= 0), -- Bytes from the client to the proxy.
  "fulluri" TEXT, -- URL without scheme and port.
  "hh" INTEGER CHECK ("hh" BETWEEN 0 AND 23), -- Hour of the request.
  "respcode_name" TEXT, -- Name of the HTTP status, or Unknown and the status.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of the run.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of the run.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31) -- Partition: day of the run.
) STRICT;

CREATE TABLE IF NOT EXISTS "proxy_ingest_summary" ( -- Number of requests of each minute.
  "tdate" TEXT NOT NULL, -- Minute: YYYY-MM-DD HH:MM.
  "total" INTEGER CHECK ("total" >= 0), -- Requests.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of the run.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of the run.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31), -- Partition: day of the run.
  PRIMARY KEY ("y", "m", "d", "tdate")
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS "proxy_scores" ( -- Suspicious requests: the least likely of the day, with context.
  "tdate" TEXT, -- Date of the request, as written.
  "time" TEXT, -- Time of the request, as written.
  "clientip" TEXT, -- Address of the client.
  "host" TEXT, -- Host of the URL.
  "reqmethod" TEXT, -- Method of the request.
  "useragent" TEXT, -- User agent of the client.
  "resconttype" TEXT, -- Content type of the response.
  "duration" INTEGER CHECK ("duration" >= 0), -- Duration of the request in milliseconds.
  "username" TEXT, -- Name of the authenticated user.
  "webcat" TEXT, -- Web categories of the URL, separated by semicolons.
  "referer" TEXT, -- URL of the page that led to the request.
  "respcode" INTEGER, -- HTTP status.
  "uriport" INTEGER, -- Port of the URL.
  "uripath" TEXT, -- Path of the URL.
  "uriquery" TEXT, -- Query of the URL, with its question mark.
  "serverip" TEXT, -- Address to which the proxy connected, as written; - if there is none.
  "scbytes" INTEGER CHECK ("scbytes" >= 0), -- Bytes from the proxy to the client.
  "csbytes" INTEGER CHECK ("csbytes" >= 0), -- Bytes from the client to the proxy.
  "fulluri" TEXT, -- URL without scheme and port.
  "word" TEXT, -- Word that the machine-learning job made of the request.
  "ml_score" REAL, -- Probability of the request for its client; the lowest is the most suspicious.
  "uri_rep" TEXT, -- Reputation of the URL: service:LABEL:value, joined by ::.
  "respcode_name" TEXT, -- Name of the HTTP status, or Unknown and the status.
  "network_context" TEXT, -- Name of the client, or of its network.
  "rank" INTEGER NOT NULL CHECK ("rank" BETWEEN 0 AND 2147483647), -- Position in the results file, from 0, the most suspicious.
  "why" TEXT, -- Why the request is suspicious, in words; empty if the results file does not tell.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of the run.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of the run.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31), -- Partition: day of the run.
  PRIMARY KEY ("y", "m", "d", "rank")
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS "proxy_storyboard" ( -- Comments of analysts about URLs.
  "p_threat" TEXT NOT NULL, -- URL that the comment is about.
  "title" TEXT, -- Title, as written.
  "text" TEXT, -- Text, as written.
  "written_at" TEXT, -- When it was written, UTC.
  "written_by" TEXT, -- Author.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of the run.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of the run.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31), -- Partition: day of the run.
  PRIMARY KEY ("y", "m", "d", "p_threat")
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS "proxy_threat_investigation" ( -- Requests that an analyst scored, by URL. References, while the row is stored: (y, m, d, fulluri) of proxy_scores (y, m, d, fulluri).
  "tdate" TEXT, -- Date of the request, as written.
  "fulluri" TEXT NOT NULL, -- URL without scheme and port.
  "uri_sev" INTEGER CHECK ("uri_sev" BETWEEN 1 AND 3), -- Severity: 1 high, 2 medium, 3 low.
  "rank" INTEGER CHECK ("rank" BETWEEN 0 AND 2147483647), -- Position among the suspicious requests of its day.
  "note" TEXT, -- Note of the analyst.
  "scored_at" TEXT, -- When it was scored, UTC.
  "scored_by" TEXT, -- Analyst who scored it.
  "p_date" TEXT, -- Date of the request, as written.
  "p_time" TEXT, -- Time of the request, as written.
  "clientip" TEXT, -- Address of the client.
  "host" TEXT, -- Host of the URL.
  "reqmethod" TEXT, -- Method of the request.
  "useragent" TEXT, -- User agent of the client.
  "resconttype" TEXT, -- Content type of the response.
  "duration" INTEGER CHECK ("duration" >= 0), -- Duration of the request in milliseconds.
  "username" TEXT, -- Name of the authenticated user.
  "webcat" TEXT, -- Web categories of the URL, separated by semicolons.
  "referer" TEXT, -- URL of the page that led to the request.
  "respcode" INTEGER, -- HTTP status.
  "uriport" INTEGER, -- Port of the URL.
  "uripath" TEXT, -- Path of the URL.
  "uriquery" TEXT, -- Query of the URL, with its question mark.
  "serverip" TEXT, -- Address to which the proxy connected, as written; - if there is none.
  "scbytes" INTEGER CHECK ("scbytes" >= 0), -- Bytes from the proxy to the client.
  "csbytes" INTEGER CHECK ("csbytes" >= 0), -- Bytes from the client to the proxy.
  "word" TEXT, -- Word that the machine-learning job made of the request.
  "score" REAL, -- Probability of the request for its client.
  "uri_rep" TEXT, -- Reputation of the URL.
  "respcode_name" TEXT, -- Name of the HTTP status.
  "network_context" TEXT, -- Name of the client, or of its network.
  "hash" TEXT, -- MD5 hash of client and URL, and the hour of the request.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of the run.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of the run.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31), -- Partition: day of the run.
  PRIMARY KEY ("y", "m", "d", "fulluri")
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS "proxy_timeline" ( -- Requests for the URLs that analysts commented on, by client, time and HTTP status.
  "p_threat" TEXT NOT NULL, -- URL under investigation.
  "tstart" TEXT NOT NULL, -- Time of the requests.
  "tend" TEXT, -- Time of the last request.
  "duration" INTEGER CHECK ("duration" >= 0), -- Duration of all requests in milliseconds.
  "clientip" TEXT NOT NULL, -- Address of the client.
  "respcode" TEXT NOT NULL, -- HTTP status.
  "respcodename" TEXT NOT NULL, -- Name of the HTTP status, or Unknown and the status.
  "y" INTEGER NOT NULL CHECK ("y" BETWEEN 1 AND 9999), -- Partition: year of the run.
  "m" INTEGER NOT NULL CHECK ("m" BETWEEN 1 AND 12), -- Partition: month of the run.
  "d" INTEGER NOT NULL CHECK ("d" BETWEEN 1 AND 31), -- Partition: day of the run.
  PRIMARY KEY ("y", "m", "d", "p_threat", "tstart", "clientip", "respcode", "respcodename")
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
SELECT 1, 1, '9e9b4f312f43c0dd', '0.1.0', datetime('now') WHERE NOT EXISTS (SELECT 1 FROM "flow_oa_schema");

COMMIT;
