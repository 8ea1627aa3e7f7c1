"""A day in a HiveServer2 without SASL: what flow-oa is measured against there, and how its statements are counted.

usage: hs2_day.py count HOST:PORT FILE
       hs2_day.py each HOST:PORT DATABASE DATE COUNT
       hs2_day.py drop HOST:PORT DATABASE

`count` listens on a port of this machine, prints it, passes everything on to the server until it is killed, and keeps
the number of statements that went through in FILE: those that clients send, not those that anybody says were sent.
`each` asks for the raw flows behind the first COUNT suspicious rows of a day by one query each, by impyla, and prints
the seconds that this took, without its start. `drop` takes a database away.
"""

import socket
import sys
import threading
import time

# The beginning of a call in Thrift's binary protocol: the length of its name, then the name.
CALL = b"\x00\x00\x00\x10ExecuteStatement"

DETAILS = """SELECT treceived, sip, dip, sport, dport, proto, flag, stos, ipkt, ibyt, input, output, rip FROM flow
             WHERE y = {y} AND m = {m} AND d = {d} AND h = {h} AND trminute = {minute}
             AND ((sip = '{source}' AND dip = '{target}') OR (sip = '{target}' AND dip = '{source}'))
             ORDER BY treceived"""


def count(server, path):
    lock, sent = threading.Lock(), 0

    def note(found):
        nonlocal sent
        with lock:
            sent += found
            with open(path, "w") as out:
                out.write(f"{sent}\n")

    def pump(source, target, seen):
        while data := source.recv(65536):
            seen(data)
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)

    def counting():
        rest = b""

        def seen(data):
            nonlocal rest
            rest += data
            if found := rest.count(CALL):
                note(found)
            # A possible beginning of a call is checked together with the next piece.
            rest = rest[rest.rfind(CALL) + len(CALL) if found else 0 :][-len(CALL) + 1 :]

        return seen

    def serve(client):
        upstream = socket.create_connection(server)
        back = threading.Thread(target=pump, args=(upstream, client, lambda _: None), daemon=True)
        back.start()
        pump(client, upstream, counting())

    note(0)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()


def cursor_of(server):
    from impala.dbapi import connect

    return connect(host=server[0], port=server[1], auth_mechanism="NOSASL", user="bench").cursor()


def each(server, database, date, limit):
    day = {"y": int(date[:4]), "m": int(date[4:6]), "d": int(date[6:])}
    cursor = cursor_of(server)
    cursor.execute(f"USE `{database}`")
    cursor.execute(
        "SELECT srcip, dstip, tstart FROM flow_scores WHERE y = {y} AND m = {m} AND d = {d}".format(**day)
        + f" ORDER BY rank LIMIT {limit}"
    )
    rows = cursor.fetchall()
    start = time.monotonic()
    for source, target, at in rows:
        asked = {"source": source, "target": target, "h": int(at[11:13]), "minute": int(at[14:16])}
        cursor.execute(DETAILS.format(**day, **asked))
        cursor.fetchall()
    print(f"{time.monotonic() - start:.2f}")


command, at, *rest = sys.argv[1:]
host, port = at.rsplit(":", 1)
place = (host, int(port))
if command == "count":
    count(place, *rest)
elif command == "each":
    each(place, *rest)
elif command == "drop":
    cursor_of(place).execute(f"DROP DATABASE IF EXISTS `{rest[0]}` CASCADE")
else:
    sys.exit(__doc__)
