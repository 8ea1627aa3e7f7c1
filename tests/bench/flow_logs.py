"""The same generated day as logs of Zeek and Suricata, and how DuckDB reads them.

usage: flow_logs.py write FLOWS FOLDER      writes conn.log and eve.json with so many flows
       flow_logs.py read DATABASE FILE      reads one of them into a table of DuckDB's own, and prints the seconds that
                                            it took, without starting Python

A line has what these programs print by default: a conn.log of 21 columns, and events of the type flow. DuckDB keeps
the columns that flow-oa keeps, with times as TIMESTAMP, by one statement, as somebody who knows it well would write it.
"""

import datetime
import os
import random
import sys
import time

START = 1467936000  # 2016-07-08
FIELDS = (
    "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state local_orig"
    " local_resp missed_bytes history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes tunnel_parents"
).split()
TYPES = (
    "time string addr port addr port enum string interval count count string bool bool count string count count count"
    " count set[string]"
).split()

ZEEK = """CREATE TABLE flow AS SELECT to_timestamp(ts::DOUBLE + coalesce(duration::DOUBLE, 0)) AS treceived,
          duration::DOUBLE AS tdur, src AS sip, dst AS dip, sport::INT AS sport, dport::INT AS dport, proto, history AS flag,
          orig_pkts::BIGINT AS ipkt, orig_ip_bytes::BIGINT AS ibyt, resp_pkts::BIGINT AS opkt, resp_ip_bytes::BIGINT AS obyt
          FROM read_csv('{file}', delim='\\t', quote='', header=false, nullstr='-', comment='#', all_varchar=true,
          names=['ts', 'uid', 'src', 'sport', 'dst', 'dport', 'proto', 'service', 'duration', 'ob', 'rb', 'state', 'lo', 'lr',
          'missed', 'history', 'orig_pkts', 'orig_ip_bytes', 'resp_pkts', 'resp_ip_bytes', 'tunnel'])"""

EVE = """CREATE TABLE flow AS SELECT flow."end"::TIMESTAMPTZ AS treceived,
         epoch(flow."end"::TIMESTAMPTZ - flow.start::TIMESTAMPTZ) AS tdur, src_ip AS sip, dest_ip AS dip, src_port AS sport,
         dest_port AS dport, proto, tcp.tcp_flags_ts AS flag, flow.pkts_toserver AS ipkt, flow.bytes_toserver AS ibyt,
         flow.pkts_toclient AS opkt, flow.bytes_toclient AS obyt
         FROM read_json('{file}', format='newline_delimited', columns={{event_type: 'VARCHAR', src_ip: 'VARCHAR',
         src_port: 'INT', dest_ip: 'VARCHAR', dest_port: 'INT', proto: 'VARCHAR',
         flow: 'STRUCT(pkts_toserver BIGINT, pkts_toclient BIGINT, bytes_toserver BIGINT, bytes_toclient BIGINT,
         start VARCHAR, "end" VARCHAR)', tcp: 'STRUCT(tcp_flags_ts VARCHAR)'}}) WHERE event_type = 'flow'"""


def flows(count):
    """One flow after the other, in the order of their ends, with the same figures for the same count."""
    dice = random.Random(20160708)
    for number in range(count):
        start = START + number * 86000 / count
        duration = round(dice.expovariate(0.2), 6)
        packets, answers = 1 + int(dice.expovariate(0.1)), int(dice.expovariate(0.1))
        yield {
            "number": number, "start": start, "duration": duration,
            "source": f"10.20.{dice.randrange(8)}.{1 + dice.randrange(250)}", "port": 1024 + dice.randrange(60000),
            "server": f"203.0.{dice.randrange(100)}.{1 + dice.randrange(250)}",
            "service": dice.choice((53, 80, 123, 443, 443, 443, 993, 8080)),
            "packets": packets, "bytes": packets * dice.randrange(40, 1400),
            "answers": answers, "answer_bytes": answers * dice.randrange(40, 1400),
        }


def iso(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f+0000")


def zeek(flow):
    udp = flow["service"] in (53, 123)
    return "\t".join(map(str, (
        f"{flow['start']:.6f}", f"C{flow['number']:016d}", flow["source"], flow["port"], flow["server"], flow["service"],
        "udp" if udp else "tcp", "dns" if flow["service"] == 53 else "-", f"{flow['duration']:.6f}", flow["bytes"],
        flow["answer_bytes"], "SF", "T", "F", 0, "Dd" if udp else "ShADadFf", flow["packets"], flow["bytes"],
        flow["answers"], flow["answer_bytes"], "-",
    )))


def eve(flow):
    udp = flow["service"] in (53, 123)
    start, end = iso(flow["start"]), iso(flow["start"] + flow["duration"])
    tcp = "" if udp else (
        ',"tcp":{"tcp_flags":"1b","tcp_flags_ts":"1b","tcp_flags_tc":"1b","syn":true,"fin":true,"psh":true,"ack":true,'
        '"state":"closed"}'
    )
    return (
        f'{{"timestamp":"{end}","flow_id":{10**15 + flow["number"]},"in_iface":"eth0","event_type":"flow",'
        f'"src_ip":"{flow["source"]}","src_port":{flow["port"]},"dest_ip":"{flow["server"]}",'
        f'"dest_port":{flow["service"]},"proto":"{"UDP" if udp else "TCP"}","app_proto":"failed",'
        f'"flow":{{"pkts_toserver":{flow["packets"]},"pkts_toclient":{flow["answers"]},'
        f'"bytes_toserver":{flow["bytes"]},"bytes_toclient":{flow["answer_bytes"]},"start":"{start}","end":"{end}",'
        f'"age":{int(flow["duration"])},"state":"closed","reason":"timeout","alerted":false}}{tcp}}}'
    )


def write(count, folder):
    with open(os.path.join(folder, "conn.log"), "w") as log, open(os.path.join(folder, "eve.json"), "w") as events:
        log.write("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n")
        log.write("#open\t2016-07-08-00-00-00\n")
        log.write("\t".join(["#fields", *FIELDS]) + "\n" + "\t".join(["#types", *TYPES]) + "\n")
        for flow in flows(count):
            log.write(zeek(flow) + "\n")
            events.write(eve(flow) + "\n")
        log.write("#close\t2016-07-09-00-00-00\n")


def read(database, file):
    import duckdb

    statement = (EVE if file.endswith(".json") else ZEEK).format(file=file)
    connection = duckdb.connect(database)
    start = time.perf_counter()
    connection.execute(statement)
    seconds = time.perf_counter() - start
    print(f"{seconds:.2f} {connection.execute('SELECT count(*) FROM flow').fetchone()[0]}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write", count, folder]:
            write(int(count), folder)
        case ["read", database, file]:
            read(database, file)
        case _:
            sys.exit(__doc__)
