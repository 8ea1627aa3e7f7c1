"""Migrations of a raw table beside the same change written by hand: on SQLite and, if FLOW_OA_TEST_POSTGRES is set, on
PostgreSQL, a column with another name, a column with another type, and another index; on HiveServer2, if
FLOW_OA_TEST_HS2 is set, a column with another name, for which the table is copied. A Hive table is changed once.

Usage: migrations.py PROGRAM FOLDER ROWS RUNS
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

program, folder, rows, runs = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
server = os.environ.get("FLOW_OA_TEST_POSTGRES")
database = "flow_oa_bench"
url = f"{server.rsplit('/', 1)[0]}/{database}" if server else ""


def run(*arguments, **options):
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, **options)


def timed(work):
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def table(change):
    """A schema folder in which the raw table is changed."""
    schema = folder / "schema"
    shutil.rmtree(schema, ignore_errors=True)
    for pipeline in ("flow", "dns", "proxy"):
        shutil.copytree(Path("schema") / pipeline, schema / pipeline)
    file = schema / "flow/tables/flow.json"
    document = json.loads(file.read_text())
    change(document, {column["name"]: column for column in document["columns"]})
    file.write_text(json.dumps(document))
    for source in (schema / "flow/sources").glob("*.json"):
        text = json.loads(source.read_text())
        renamed = {"exporter" if name == "rip" else name: value for name, value in text["columns"].items()}
        if any(column["name"] == "exporter" for column in document["columns"]):
            source.write_text(json.dumps({**text, "columns": renamed}))
    for other in (schema / "flow/tables").glob("*.json"):
        if any(column["name"] == "exporter" for column in document["columns"]) and other != file:
            other.write_text(other.read_text().replace('"from": "rip"', '"from": "exporter"'))
    return schema


def renamed(document, columns):
    columns["rip"].update(name="exporter", was="rip")


def indexed(document, columns):
    document["indexes"] = [["y", "m", "d", "h", "trminute", "dip", "sip"]]


def same(document, columns):
    pass


def retyped_sqlite():
    ddl = subprocess.run([program, "ddl", "--table", "flow"], check=True, capture_output=True, text=True).stdout
    statements = ddl[ddl.index("CREATE TABLE"):ddl.index("CREATE INDEX")].replace('"flow"', '"flow_new"', 1)
    index = ddl[ddl.index("CREATE INDEX"):].split(";")[0]
    return f"BEGIN; {statements} INSERT INTO flow_new SELECT * FROM flow; DROP TABLE flow; " \
           f"ALTER TABLE flow_new RENAME TO flow; {index}; COMMIT;"


TEXT = "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '\"stos\" INTEGER', '\"stos\" ANY') " \
       "WHERE name = 'flow'; PRAGMA writable_schema = RESET;"

CASES = {
    "sqlite": [
        ("renamed", renamed, "", "ALTER TABLE flow RENAME COLUMN rip TO exporter"),
        ("another type", same, TEXT, retyped_sqlite()),
        ("another index", indexed, "", "DROP INDEX flow_index_1; CREATE INDEX flow_index_1 ON flow "
         "(y, m, d, h, trminute, dip, sip)"),
    ],
    "postgres": [
        ("renamed", renamed, "", "ALTER TABLE flow RENAME COLUMN rip TO exporter"),
        ("another type", same, "DROP VIEW flow_typed; ALTER TABLE flow ALTER COLUMN stos TYPE bigint",
         "ALTER TABLE flow ALTER COLUMN stos TYPE integer"),
        ("another index", indexed, "", "DROP INDEX flow_index_1; CREATE INDEX flow_index_1 ON flow "
         "(y, m, d, h, trminute, dip, sip)"),
    ],
}


def measure(engine, at, restore, by_hand):
    for name, change, before, sql in CASES[engine]:
        schema, ours, theirs = table(change), [], []
        for _ in range(runs):
            restore(before)
            ours.append(timed(lambda: run(program, "migrate", "--home", folder, "--database", at, "--schema", schema,
                                          "--apply", "--yes", "-q")))
            restore(before)
            theirs.append(timed(lambda: by_hand(sql)))
        ours, theirs = statistics.median(ours), statistics.median(theirs)
        print(f"{engine}, {rows} rows, {name}: {ours:.2f} s : {theirs:.2f} s by hand = {ours / theirs:.2f}")


template, copy = folder / "template.db", folder / "copy.db"
if not template.exists():
    run(program, "sample", "--date", "20160708", "--out", folder / "sample", "--rows", str(rows), "-q")
    run(program, "init", "--home", folder, "--database", f"sqlite:{template}", "-q")
    run(program, "ingest", "--home", folder, "--database", f"sqlite:{template}", folder / "sample/nfdump.csv", "-q")


def restore_sqlite(before):
    shutil.copyfile(template, copy)
    if before:
        run("sqlite3", copy, before)


measure("sqlite", f"sqlite:{copy}", restore_sqlite, lambda sql: run("sqlite3", copy, sql))
if server:
    base = f"{database}_template"
    run("psql", "-q", server, "-c", f"DROP DATABASE IF EXISTS {base}", "-c", f"CREATE DATABASE {base}")
    at = f"{server.rsplit('/', 1)[0]}/{base}"
    run(program, "init", "--home", folder, "--database", at, "-q")
    run(program, "ingest", "--home", folder, "--database", at, folder / "sample/nfdump.csv", "-q")

    def restore_postgres(before):
        run("psql", "-q", server, "-c", f"DROP DATABASE IF EXISTS {database}", "-c",
            f"CREATE DATABASE {database} TEMPLATE {base}", stderr=subprocess.DEVNULL)
        if before:
            run("psql", "-q", url, "-c", before)

    measure("postgres", url, restore_postgres, lambda sql: run("psql", "-q", url, "-c", sql))
    run("psql", "-q", server, "-c", f"DROP DATABASE IF EXISTS {database}", "-c", f"DROP DATABASE IF EXISTS {base}")

hs2 = os.environ.get("FLOW_OA_TEST_HS2", "").split(" ")[0]
if hs2:
    from impala.dbapi import connect

    host, port = hs2.rsplit(":", 1)
    cursor = connect(host=host, port=int(port), auth_mechanism="NOSASL", user="bench").cursor()
    cursor.execute(f"DROP DATABASE IF EXISTS {database} CASCADE")
    shutil.rmtree(folder / "hive", ignore_errors=True)
    at = f"hive2://{hs2}/{database}?auth=nosasl&location=file://{folder.resolve()}/hive"
    run(program, "init", "--home", folder, "--database", at, "-q")
    run(program, "ingest", "--home", folder, "--database", at, folder / "sample/nfdump.csv", "-q")
    columns = json.loads(Path("schema/flow/tables/flow.json").read_text())["columns"]
    cursor.execute(f"DESCRIBE {database}.flow")
    types = {row[0]: row[1] for row in cursor.fetchall() if row[0] and not row[0].startswith("#")}
    own = [column["name"] for column in columns]
    defined = ", ".join(f"`{'exporter' if name == 'rip' else name}` {types[name]}" for name in own)

    def copied_by_hand():
        for statement in (
            "SET hive.exec.dynamic.partition.mode=nonstrict",
            f"CREATE EXTERNAL TABLE {database}.by_hand ({defined}) PARTITIONED BY (y smallint, m smallint, d smallint, "
            f"h smallint) STORED AS PARQUET LOCATION 'file://{folder.resolve()}/hive/by_hand'",
            f"INSERT OVERWRITE TABLE {database}.by_hand PARTITION (y, m, d, h) SELECT "
            + ", ".join(f"`{name}`" for name in own) + f", y, m, d, h FROM {database}.flow",
        ):
            cursor.execute(statement)

    theirs = timed(copied_by_hand)
    schema = table(renamed)
    ours = timed(lambda: run(program, "migrate", "--home", folder, "--database", at, "--schema", schema, "--apply",
                             "--yes", "-q"))
    print(f"hive, {rows} rows, renamed: {ours:.2f} s : {theirs:.2f} s by hand = {ours / theirs:.2f}")
    cursor.execute(f"DROP DATABASE {database} CASCADE")
