"""Looks addresses up in ranges by DuckDB's ASOF join, for tests/bench/run: `duckdb_lookups.py IPLOC COUNT RUNS` prints
nanoseconds an address, with the text of the answer, without the loading of the ranges; the median of the runs."""

import sys
import time

import duckdb

path, count, runs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
duck = duckdb.connect()
duck.execute(
    """CREATE TABLE ranges AS SELECT column0::BIGINT AS first, column1::BIGINT AS last, column4 AS state, column5 AS city,
       column8 AS owner, column9 AS domain FROM read_csv(?, header = false, all_varchar = true) ORDER BY first""",
    [path],
)
duck.execute(
    "CREATE TABLE asked AS SELECT 16777216 + n * (3741319168 // $count) + n * 7919 % 3000 AS ip FROM range($count) t(n) ORDER BY ip",
    {"count": count},
)
took = []
for _ in range(runs):
    start = time.perf_counter()
    duck.execute(
        """CREATE OR REPLACE TABLE answers AS SELECT ip, state || ';' || city || ' ' || owner AS location, domain
           FROM asked ASOF JOIN ranges ON asked.ip >= ranges.first WHERE ip <= last"""
    )
    took.append(time.perf_counter() - start)
print(f"{sorted(took)[len(took) // 2] / count * 1e9:.1f}")
