#!/usr/bin/env python3
"""Makes protocols.csv and services.csv of the registries of the Internet Assigned Numbers Authority (CC0).

usage: tables.py protocol-numbers-1.csv service-names-port-numbers.csv SPELLINGS.csv AS_OF AS_OF

The two registries are what https://www.iana.org/assignments/ offers as CSV under these names. SPELLINGS has the columns
`number` and `nfdump_1_7_1`: what nfdump prints for each protocol. AS_OF says of what time each of the two registries is.
"""

import csv
import sys

TRANSPORTS = ["tcp", "udp", "dccp", "sctp"]


def numbers(text):
    """The first and last number of `7` or `6000-6063`; nothing where there is none."""
    ends = text.split("-")
    if not all(it.isdigit() for it in ends):
        return None
    return int(ends[0]), int(ends[-1])


def protocols(registry, spellings, date):
    with open(spellings, newline="") as file:
        spelt = {int(it["number"]): it["nfdump_1_7_1"] for it in csv.DictReader(file)}
    lines = []
    with open(registry, newline="") as file:
        for row in csv.DictReader(file):
            keyword = row["Keyword"].split(" (")[0].strip()
            ends = numbers(row["Decimal"])
            if not ends or ends[0] != ends[1] or keyword in ("", "Reserved"):
                continue
            nfdump = spelt.get(ends[0], "")
            lines.append((ends[0], keyword, "" if nfdump == str(ends[0]) else nfdump))
    known = {it[0] for it in lines}
    lines += [(number, "", name) for number, name in spelt.items() if number not in known and name != str(number)]
    with open("protocols.csv", "w") as out:
        out.write("# Protocol numbers: number, keyword, how nfdump prints it where that is a name.\n")
        out.write(f"# Source: IANA, Protocol Numbers, {date}; spellings: the output of nfdump 1.7.1.\n")
        for number, keyword, nfdump in sorted(lines):
            out.write(f"{number},{keyword},{nfdump}\n")


def services(registry, date):
    named = {}
    with open(registry, newline="") as file:
        for row in csv.DictReader(file):
            name, transport, ends = row["Service Name"], row["Transport Protocol"], numbers(row["Port Number"])
            if name and ends and transport in TRANSPORTS:
                # The registry has the name that is to be used first.
                named.setdefault((*ends, transport), name)
    joined = {}
    for (first, last, transport), name in named.items():
        joined.setdefault((first, last, name), []).append(transport)
    with open("services.csv", "w") as out:
        out.write("# Services: port or range of ports, transport protocols, name.\n")
        out.write(f"# Source: IANA, Service Name and Transport Protocol Port Number Registry, {date}.\n")
        for (first, last, name), transports in sorted(joined.items()):
            port = str(first) if first == last else f"{first}-{last}"
            out.write(f"{port},{' '.join(sorted(transports, key=TRANSPORTS.index))},{name}\n")


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    protocols(sys.argv[1], sys.argv[3], sys.argv[4])
    services(sys.argv[2], sys.argv[5])
