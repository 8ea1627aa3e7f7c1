"""Prints what a query gives to impyla, a client of HiveServer2 that is not ours: a JSON list a row.

It compares nothing: tests/engines/hive_read_back.rs does. A number in floating point is {"double": TEXT}, the shortest
text that is it.

Usage: impyla_rows.py HOST PORT DATABASE < QUERY
"""

import json
import sys

from impala.dbapi import connect


def shown(value):
    return {"double": repr(value)} if isinstance(value, float) else value


host, port, database = sys.argv[1:]
connection = connect(host=host, port=int(port), auth_mechanism="NOSASL", user="tester", timeout=60)
cursor = connection.cursor()
cursor.execute(f"USE `{database}`")
cursor.execute(sys.stdin.read())
for row in cursor:
    print(json.dumps([shown(it) for it in row]))
connection.close()
