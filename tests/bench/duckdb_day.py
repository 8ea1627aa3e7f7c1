"""The same day by DuckDB: what flow-oa is measured against.

usage: duckdb_day.py load DATABASE FLOWS.csv
       duckdb_day.py run DATABASE HOME DATE LIMIT (first|later)

`load` reads the raw flows into a table. `run` does the steps of `flow-oa run` by set-based SQL on DuckDB's own
tables, as somebody who knows it well would write them: read the results, look addresses up (`first` loads the
geolocation file into a table, `later` finds it there), store scores, details, chords and summary of the day in
one transaction, and write the scores as CSV. Prints the seconds that it took, without starting Python.
"""

import sys
import time

import duckdb

IP = """(split_part({0}, '.', 1)::UBIGINT * 16777216 + split_part({0}, '.', 2)::UBIGINT * 65536
         + split_part({0}, '.', 3)::UBIGINT * 256 + split_part({0}, '.', 4)::UBIGINT)"""

GEO = """CREATE OR REPLACE TABLE iploc AS SELECT column0::UBIGINT AS first, column1::UBIGINT AS last,
         concat(column4, ';', column5, ' ', column8) AS location, column9 AS domain
         FROM read_csv('{home}/context/iploc.csv', header=false, all_varchar=true) ORDER BY 1"""

RESULTS = """CREATE TEMP TABLE results AS SELECT row_number() OVER () - 1 AS rank, * FROM (SELECT * FROM
             read_csv('{results}', delim='\\t', header=false, parallel=false,
             columns={{'treceived': 'TIMESTAMP', 'tryear': 'INT', 'trmonth': 'INT', 'trday': 'INT', 'trhour': 'INT',
             'trminute': 'INT', 'trsec': 'INT', 'tdur': 'DOUBLE', 'sip': 'VARCHAR', 'dip': 'VARCHAR', 'sport': 'INT',
             'dport': 'INT', 'proto': 'VARCHAR', 'ipkt': 'BIGINT', 'ibyt': 'BIGINT', 'opkt': 'BIGINT',
             'obyt': 'BIGINT', 'score': 'DOUBLE'}}) LIMIT {limit})"""

ADDRESSES = [
    """CREATE TEMP TABLE v4 AS SELECT ip, {number} AS n
     FROM (SELECT sip AS ip FROM results UNION SELECT dip FROM results) WHERE ip NOT LIKE '%:%'""",
    """CREATE TEMP TABLE placed AS SELECT v4.ip, g.location, g.domain
     FROM v4 ASOF JOIN iploc g ON v4.n >= g.first WHERE v4.n <= g.last""",
    """CREATE TEMP TABLE inside AS SELECT ip FROM v4
     WHERE EXISTS (SELECT 1 FROM ranges r WHERE v4.n BETWEEN r.first AND r.last)""",
    """CREATE TEMP TABLE address AS SELECT a.ip, coalesce(p.location, '') AS location, coalesce(p.domain, '') AS domain,
     i.ip IS NOT NULL AS internal, coalesce(r.verdict, '') AS reputation
     FROM (SELECT sip AS ip FROM results UNION SELECT dip FROM results) a
     LEFT JOIN placed p USING (ip) LEFT JOIN inside i USING (ip) LEFT JOIN reputation r USING (ip)""",
]

CONTEXT = [
    "CREATE TEMP TABLE ranges AS SELECT " + IP.format("column0") + " AS first, " + IP.format("column1") + """ AS last
     FROM read_csv('{home}/context/ipranges.csv', header=false, all_varchar=true) WHERE column0 NOT LIKE '%:%'""",
    """CREATE TEMP TABLE reputation AS SELECT column0 AS ip, concat('list:', column1, ':', column2) AS verdict
     FROM read_csv('{home}/context/reputation.csv', header=false, skip=1, all_varchar=true)""",
]

DAY = [
    """CREATE TABLE IF NOT EXISTS scores AS SELECT r.treceived AS tstart, r.sip AS srcip, r.dip AS dstip, r.sport, r.dport,
     r.proto, r.ipkt, r.ibyt, r.opkt, r.obyt, r.score, r.rank, s.internal AS srcip_internal, d.internal AS dstip_internal,
     s.location AS src_geoloc, d.location AS dst_geoloc, s.domain AS src_domain, d.domain AS dst_domain,
     s.reputation AS src_rep, d.reputation AS dst_rep, {y} AS y, {m} AS m, {d} AS d
     FROM results r JOIN address s ON s.ip = r.sip JOIN address d ON d.ip = r.dip LIMIT 0""",
    "DELETE FROM scores WHERE y = {y} AND m = {m} AND d = {d}",
    """INSERT INTO scores SELECT r.treceived, r.sip, r.dip, r.sport, r.dport, r.proto, r.ipkt, r.ibyt, r.opkt, r.obyt,
     r.score, r.rank, s.internal, d.internal, s.location, d.location, s.domain, d.domain, s.reputation, d.reputation,
     {y}, {m}, {d} FROM results r JOIN address s ON s.ip = r.sip JOIN address d ON d.ip = r.dip""",
    """CREATE TABLE IF NOT EXISTS edge AS SELECT treceived AS tstart, sip, dip, sport, dport, proto, flag, stos, ibyt, ipkt,
     ipkt + opkt AS pkts, input, output, rip, obyt, opkt, trhour AS hh, trminute AS md, y, m, d FROM flow LIMIT 0""",
    "DELETE FROM edge WHERE y = {y} AND m = {m} AND d = {d}",
    """INSERT INTO edge SELECT treceived, sip, dip, sport, dport, proto, flag, stos, ibyt, ipkt, ipkt + opkt, input, output,
     rip, obyt, opkt, trhour, trminute, {y}, {m}, {d} FROM flow f SEMI JOIN
     (SELECT sip AS a, dip AS b, date_trunc('minute', treceived) AS minute FROM results
      UNION SELECT dip, sip, date_trunc('minute', treceived) FROM results) q
     ON f.sip = q.a AND f.dip = q.b AND date_trunc('minute', f.treceived) = q.minute""",
    """CREATE TABLE IF NOT EXISTS chords AS SELECT sip AS hub, sip, dip, ibyt, ipkt, y, m, d FROM flow LIMIT 0""",
    "DELETE FROM chords WHERE y = {y} AND m = {m} AND d = {d}",
    """INSERT INTO chords WITH pair AS (SELECT sip AS hub, dip AS peer FROM results WHERE sip <> dip
      UNION SELECT dip, sip FROM results WHERE sip <> dip),
     hub AS (SELECT hub FROM pair GROUP BY hub HAVING count(*) >= 2),
     way AS (SELECT hub, hub AS a, peer AS b FROM pair SEMI JOIN hub USING (hub)
             UNION SELECT hub, peer, hub FROM pair SEMI JOIN hub USING (hub))
     SELECT way.hub, f.sip, f.dip, sum(f.ibyt), sum(f.ipkt), {y}, {m}, {d} FROM flow f JOIN way ON f.sip = way.a AND f.dip = way.b
     WHERE f.y = {y} AND f.m = {m} AND f.d = {d} GROUP BY ALL""",
    """CREATE TABLE IF NOT EXISTS summary AS SELECT '' AS tdate, 0::BIGINT AS total, y, m, d FROM flow LIMIT 0""",
    "DELETE FROM summary WHERE y = {y} AND m = {m} AND d = {d}",
    """INSERT INTO summary SELECT strftime(minute, '%Y-%m-%d %H:%M'), total, {y}, {m}, {d} FROM
     (SELECT date_trunc('minute', treceived) AS minute, count(*) AS total FROM flow
      WHERE y = {y} AND m = {m} AND d = {d} GROUP BY 1)""",
]


def load(database, flows):
    connection = duckdb.connect(database)
    connection.execute("SET enable_progress_bar = false")
    connection.execute(f"CREATE OR REPLACE TABLE flow AS SELECT * FROM read_csv('{flows}', header=true)")
    connection.close()


def run(database, home, date, limit, which):
    values = {
        "home": home,
        "results": f"{home}/flow/scored_results/{date}/scores/flow_results.csv",
        "limit": limit,
        "number": IP.format("ip"),
        "y": int(date[:4]),
        "m": int(date[4:6]),
        "d": int(date[6:]),
    }
    connection = duckdb.connect(database)
    connection.execute("SET enable_progress_bar = false")
    steps = ([GEO] if which == "first" else []) + [RESULTS] + CONTEXT + ADDRESSES
    for sql in steps:
        connection.execute(sql.format(**values))
    connection.execute("BEGIN")
    for sql in DAY:
        connection.execute(sql.format(**values))
    connection.execute("COMMIT")
    connection.execute(f"COPY (SELECT * EXCLUDE (y, m, d) FROM scores ORDER BY rank) TO '{database}.scores.csv' (HEADER)")
    counts = [connection.execute(f"SELECT count(*) FROM {it}").fetchone()[0] for it in ("scores", "edge", "chords", "summary")]
    connection.close()
    return counts


def main():
    start = time.perf_counter()
    command, arguments = sys.argv[1], sys.argv[2:]
    counts = load(*arguments) if command == "load" else run(*arguments)
    seconds = time.perf_counter() - start
    print(f"{seconds:.3f}", *(counts or []))


main()
