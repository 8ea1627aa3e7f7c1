"""Charts of connections: countries, ports, the chord diagram of an address and its map.

The notebooks of flows import this module. It must not query or store anything except through `flow_oa.py`. Each function
returns a figure of matplotlib.
"""

import math
import pathlib

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.patches import PathPatch, Wedge
from matplotlib.path import Path

from flow_oa import COLOURS, columns, empty, plot_top, query, titled


def plot_countries(frame, top=10):
    """The countries of both ends of connections, where geolocation knows them."""
    ends = pd.concat([frame["src_country"], frame["dst_country"]])
    return plot_top(ends, "Countries", "ends of connections", top)


def plot_ports(frame, top=10):
    """The destination ports with the most suspicious connections."""
    protocol, port = columns(frame, "protocol", "destination_port")
    return plot_top(frame[protocol] + " " + frame[port].astype("string"), "Destination ports", "connections", top)


def chords(address, **options):
    """The traffic between an address and its peers among the suspicious connections, by direction."""
    return query("chords", address, **options)


def plot_chords(address, frame=None):
    """The chord diagram of an address: an arc for each address, as long as the bytes that it sent and received, and a ribbon for
    each direction between two, in the colour of the sender."""
    frame = chords(address) if frame is None else frame
    figure, axes = plt.subplots(figsize=(7, 7), layout="constrained")
    flows = [(row.srcip, row.dstip, int(row.ibyt)) for row in frame.itertuples() if row.ibyt > 0]
    total = sum(bytes_ for _, _, bytes_ in flows)
    if total == 0:
        return empty(figure, axes, f"{address} has no two peers among the suspicious connections")
    nodes = sorted({end for source, target, _ in flows for end in (source, target)}, key=lambda node: (node != address, node))
    gap = min(3.0, 120 / len(nodes))
    degrees = (360 - gap * len(nodes)) / (2 * total)
    ribbons, colours = {}, {}
    start = 90.0
    for place, node in enumerate(nodes):
        width = degrees * sum(bytes_ * (source, target).count(node) for source, target, bytes_ in flows)
        colours[node] = COLOURS[place % len(COLOURS)]
        axes.add_patch(Wedge((0, 0), 1, start, start + width, width=0.06, color=colours[node]))
        middle = math.radians(start + width / 2)
        turned = math.degrees(middle) % 360
        flipped = 90 < turned < 270
        axes.text(
            1.04 * math.cos(middle), 1.04 * math.sin(middle), node, fontsize=8, rotation_mode="anchor", va="center",
            rotation=turned - 180 if flipped else turned, ha="right" if flipped else "left",
        )
        # The ribbon to the farthest node comes first, so that ribbons of one node do not cross.
        begin = start
        for far in range(len(nodes), -1, -1):
            other = nodes[(place + far) % len(nodes)]
            between = sorted(flow for flow in flows if far < len(nodes) and set(flow[:2]) == {node, other})
            for source, target, bytes_ in between[:: 1 if node <= other else -1]:
                for _ in range((source, target).count(node)):
                    ribbons.setdefault((source, target), []).append(begin)
                    begin += degrees * bytes_
        start += width + gap
    for source, target, bytes_ in flows:
        first, second = ribbons[source, target]
        ribbon = _ribbon(first, second, degrees * bytes_)
        axes.add_patch(PathPatch(ribbon, facecolor=colours[source], alpha=0.55, linewidth=0))
    axes.set(xlim=(-1.6, 1.6), ylim=(-1.6, 1.6), aspect="equal")
    axes.axis("off")
    return titled(figure, axes, f"{address}: {total:,} bytes with {len(nodes) - 1} peers")


def _ribbon(first, second, span, radius=0.93):
    """The outline of a ribbon between two arcs of `span` degrees that begin at two angles."""

    def point(angle):
        return radius * math.cos(math.radians(angle)), radius * math.sin(math.radians(angle))

    def arc(begin):
        steps = max(2, int(span))
        return [point(begin + span * step / steps) for step in range(steps + 1)]

    one, other = arc(first), arc(second)
    inward = [(0, 0), other[0]], [(0, 0), one[0]]
    points = [*one, *inward[0], *other[1:], *inward[1]]
    codes = [Path.MOVETO] + [Path.LINETO] * (len(one) - 1) + [Path.CURVE3] * 2
    codes += [Path.LINETO] * (len(other) - 1) + [Path.CURVE3] * 2
    return Path(points, codes)


def plot_map(address, frame=None):
    """The locations of an address and its peers, where geolocation knows them. The outlines of land are in `land.txt`."""
    frame = query("globe", address) if frame is None else frame
    figure, axes = plt.subplots(figsize=(10, 5), layout="constrained")
    known = frame.dropna(subset=["latitude", "longitude"])
    if known.empty:
        return empty(figure, axes, f"{address}: no location is known, nor of its {max(len(frame) - 1, 0)} peers")
    for ring in _land():
        axes.fill(*zip(*ring), facecolor="#eeeeee", edgecolor="#bbbbbb", linewidth=0.5, zorder=0)
    kinds = {"itself": (COLOURS[5], "*", 160), "inbound": (COLOURS[0], "v", 40), "outbound": (COLOURS[1], "^", 40),
             "two-way": (COLOURS[2], "o", 40)}
    for kind, (colour, marker, size) in kinds.items():
        points = known[known["kind"] == kind]
        if len(points):
            axes.scatter(points["longitude"], points["latitude"], s=size, c=colour, marker=marker, label=kind, zorder=3)
    home = known[known["kind"] == "itself"]
    for peer in known.itertuples():
        if len(home) and peer.kind != "itself":
            axes.plot([home["longitude"].iloc[0], peer.longitude], [home["latitude"].iloc[0], peer.latitude],
                      color="#999999", linewidth=0.6, zorder=1)
    axes.set(xlim=(-180, 180), ylim=(-90, 90), xticks=range(-180, 181, 30), yticks=range(-90, 91, 30),
             xlabel="degrees east", ylabel="degrees north")
    axes.grid(color="#dddddd", linewidth=0.6, zorder=0.5)
    axes.legend(loc="lower left")
    return titled(figure, axes, f"{address}: {len(known)} of {len(frame)} addresses have a known location")


def _land():
    """The corners of each piece of land: degrees east and north."""
    lines = (pathlib.Path(__file__).parent / "land.txt").read_text(encoding="utf-8").splitlines()
    return [[tuple(map(int, corner.split(","))) for corner in line.split()] for line in lines if not line.startswith("#")]
