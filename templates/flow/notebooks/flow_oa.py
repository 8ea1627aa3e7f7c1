"""What the notebooks of a day ask and tell, and the charts that they draw.

Everything goes through the program `flow-oa`, so it works with every database and needs no password here: where one is needed,
set FLOW_OA_DATABASE, or PGPASSWORD for PostgreSQL, before Jupyter is started. Nothing that is typed becomes SQL, a shell command
or markup. Python 3.9 or later with pandas and matplotlib; ipywidgets for the panel, and polars if you prefer its frames.
"""

import html
import io
import json
import math
import os
import pathlib
import subprocess

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.patches import PathPatch, Wedge
from matplotlib.path import Path

#: The day of these notebooks, YYYYMMDD.
DAY = "{{date}}"

#: The pipeline whose rows are asked for.
PIPELINE = "{{pipeline}}"

#: The program, and by which options it means the deployment that this day was run in.
PROGRAM = os.environ.get("FLOW_OA_PROGRAM", {{program}})
OPTIONS = {{options}}

#: Colours that people with colour blindness tell apart, too.
COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#666666"]


class Failed(RuntimeError):
    """What flow-oa said of a command that it could not do."""


class Unconfirmed(Failed):
    """What a command would change or remove of what analysts stored. Nothing was stored: `yes=True` stores it.

    `preview` holds the same for programs; a notebook shows it without the lines of a fault."""

    def __init__(self, words, preview):
        super().__init__(words)
        self.preview = preview

    def _render_traceback_(self):
        return str(self).splitlines() + ["To do it all the same, repeat the call with yes=True."]


def call(*arguments, text=None):
    """Runs flow-oa, with `text` as its standard input, and gives the JSON that it reports.

    Raises `Failed` with its words where it could not do what it was asked, and `Unconfirmed` where that needs a yes first."""
    options = list(OPTIONS)
    if "FLOW_OA_DATABASE" in os.environ and "--database" in options:
        at = options.index("--database")
        del options[at : at + 2]
    command = [PROGRAM, *map(str, arguments), "--type", PIPELINE, *options, "--output", "json"]
    try:
        done = subprocess.run(command, input=text or "", capture_output=True, encoding="utf-8", check=False)
    except OSError as error:
        raise Failed(f"{PROGRAM} could not be started: {error}. Where flow-oa is, FLOW_OA_PROGRAM says") from error
    if done.returncode != 0:
        words = done.stderr.strip() or f"flow-oa ended with {done.returncode} and said nothing"
        preview = _preview(done.stdout)
        raise Failed(words) if preview is None else Unconfirmed(words, preview)
    return json.loads(done.stdout)


def _preview(report):
    """What a refused command would have changed, if it says so."""
    try:
        return json.loads(report).get("preview")
    except (ValueError, AttributeError):
        return None


def _agreed(yes):
    return ["--yes"] if yes else []


# What is stored


def query(name, *arguments, day=DAY, limit=0, frame="pandas"):
    """The answer of `flow-oa query NAME` for a day as a frame of pandas, or of polars: 0 is no limit. The columns are those of
    the table that answers; `describe` says what they are."""
    return as_frame(call("query", name, "--date", day, "--limit", limit, *arguments), frame)


def describe(name, *arguments):
    """What the columns of an answer say, with their units and types."""
    columns = call("query", name, "--date", DAY, "--limit", 1, *arguments)["columns"]
    return pd.DataFrame(columns, columns=["name", "type", "description"]).set_index("name")


def as_frame(answer, frame="pandas"):
    """An answer as a frame of `pandas` or `polars`; times are in UTC, and what is not known is missing."""
    names = [it["name"] for it in answer["columns"]]
    if frame == "polars":
        import polars as pl

        kinds = {"bit": pl.Boolean, "float": pl.Float64, "double": pl.Float64}
        whole = {"smallint": pl.Int64, "int": pl.Int64, "bigint": pl.Int64}
        schema = {it["name"]: {**kinds, **whole}.get(it["type"], pl.String) for it in answer["columns"]}
        return pl.DataFrame(answer["rows"], schema=schema, orient="row")
    found = pd.DataFrame(answer["rows"], columns=names)
    kinds = {"bit": "boolean", "float": "float64", "double": "float64"}
    whole = {"smallint": "Int64", "int": "Int64", "bigint": "Int64"}
    for column in answer["columns"]:
        name, kind = column["name"], column["type"]
        if kind == "time":
            found[name] = pd.to_datetime(found[name], utc=True, errors="coerce")
        elif kind in kinds or kind in whole:
            found[name] = found[name].astype({**kinds, **whole}[kind])
    return found


def suspicious(*arguments, **options):
    """The suspicious connections that nobody has scored, the most suspicious first."""
    return query("suspicious", *arguments, **options)


def details(rank, **options):
    """The raw flows behind the suspicious connection of that rank: both ways, in its minute."""
    return query("details", "--rank", rank, **options)


def chords(address, **options):
    """The traffic between an address and its peers among the suspicious connections, by direction."""
    return query("chords", address, **options)


def summary(**options):
    """The raw flows of each minute."""
    return query("summary", **options)


def threats(**options):
    """The connections that were scored, the most severe first."""
    return query("threats", **options)


def comments(**options):
    """What was written about addresses."""
    return query("comments", **options)


# What an analyst thinks


def score(severity, rank=None, note="", yes=False, **ends):
    """Scores a connection of the day: `high`, `medium` or `low`. Which one says its rank, or its ends: `src`, `dst`, `sport`,
    `dport`, `proto`. Where stored scores or notes would change, this shows which and stores nothing, unless `yes` is true."""
    what = [f"--severity={severity}", f"--note={note}"]
    return call("score", "--date", DAY, *_which(rank, ends), *what, *_agreed(yes))


def unscore(rank=None, yes=False, **ends):
    """Removes the scores of connections. Shows which and removes nothing, unless `yes` is true."""
    return call("score", "--date", DAY, *_which(rank, ends), "--unscore", *_agreed(yes))


def _which(rank, ends):
    named = {} if rank is None else {"rank": rank}
    return [f"--{name}={value}" for name, value in {**named, **ends}.items()]


def reset_scored_connections(yes=False):
    """Removes all that was scored and written of this day, by you and by everybody else. Shows what that is and removes nothing,
    unless `yes` is true. A backup is written first, and `flow-oa restore`, with the path that this gives, puts it back."""
    return call("reset", "--date", DAY, *_agreed(yes)).get("backup", "nothing was scored")


def storyboard(address, title, text, top=20, yes=False):
    """Stores what you write about an address, with its timeline of the `top` largest conversations, and the files of its impact,
    progression and globe. Where that replaces another story of this address and day, this shows it and stores nothing, unless `yes`
    is true."""
    arguments = [address, f"--title={title}", "--text=-", f"--top={top}"]
    return call("storyboard", "--date", DAY, *arguments, *_agreed(yes), text=text)


# One address


def high_risk():
    """Addresses worth an investigation: of connections scored as high; where there are none, those that a reputation service
    calls a high risk; else those of the most suspicious connections. `why` says which."""
    scored = threats()
    found, why = scored[scored["score"] == 1], "scored high"
    if found.empty:
        every = suspicious("--all")
        bad = every["src_rep"].map(_is_high) | every["dst_rep"].map(_is_high)
        found, why = every[bad], "high risk by reputation"
        if found.empty:
            found, why = every.head(20), "among the most suspicious"
    ends = pd.concat([found[[end, "rank"]].rename(columns={end: "address"}) for end in ("srcip", "dstip")])
    counted = ends.groupby("address")["rank"].agg(connections="count", best_rank="min").reset_index()
    counted["why"] = why
    return counted.sort_values(["connections", "best_rank"], ascending=[False, True], ignore_index=True)


def _is_high(verdicts):
    """Whether a service of `service:LABEL:value`, joined by `::`, says 3."""
    return isinstance(verdicts, str) and any(it.endswith(":3") for it in verdicts.split("::"))


def investigate(address, **options):
    """All that an address did on the day, by peer and ports."""
    return query("investigate", address, **options)


def top_talkers(address, top=20):
    """Four frames: to and from whom the address had the most connections, and the most bytes. `ways` says whether the two spoke
    one way or both."""
    every = investigate(address)
    tables = {}
    for way, end in (("inbound", "destination"), ("outbound", "source")):
        for measure in ("connections", "bytes"):
            chosen = every[every[end] == address].sort_values(measure, ascending=False, kind="stable")
            tables[f"{way} by {measure}"] = chosen.head(top).reset_index(drop=True)
    return tables


class Investigation:
    """The panel of an investigation: an address from the list or typed in, its top talkers, a title and a text, and a button that
    saves them; where that replaces another story, it shows this and saves on a second click. `choose`, `search` and `save` are what
    the widgets do, and can be called without them."""

    def __init__(self, top=20):
        import ipywidgets as widgets

        self.top, self.tables, self.saved = top, {}, None
        #: What the last click on the button would have stored and replaced, where that needs a second one.
        self.asked = None
        found = high_risk()
        listed = [(f"{it.address}  ({it.connections}, {it.why})", it.address) for it in found.itertuples()]
        wide = widgets.Layout(width="36em")
        self.listed = widgets.Select(options=listed, rows=8, description="High risk", layout=wide)
        self.address = widgets.Text(description="Address", layout=wide)
        self.find = widgets.Button(description="Search", button_style="primary")
        self.title = widgets.Text(description="Title", layout=wide)
        self.text = widgets.Textarea(description="Text", rows=6, layout=widgets.Layout(width="60em"))
        self.store = widgets.Button(description="Save", button_style="success")
        self.said = widgets.HTML()
        self.shown = widgets.Accordion()
        self.listed.observe(lambda change: self.choose(change["new"]), names="value")
        self.find.on_click(lambda _: self.search())
        self.store.on_click(lambda _: self.save())
        self.widget = widgets.VBox(
            [self.listed, widgets.HBox([self.address, self.find]), self.shown, self.title, self.text, self.store, self.said]
        )
        if listed:
            self.choose(listed[0][1])

    def _ipython_display_(self):
        from IPython.display import display

        display(self.widget)

    def choose(self, address):
        """Takes an address of the list."""
        self.address.value = address or ""

    def search(self):
        """Shows the top talkers of the address."""
        import ipywidgets as widgets

        try:
            self.tables = top_talkers(self.address.value.strip(), self.top)
        except Failed as error:
            return self._say(str(error))
        # pandas escapes what it shows.
        self.shown.children = [widgets.HTML(it.to_html(max_rows=self.top)) for it in self.tables.values()]
        for at, name in enumerate(self.tables):
            self.shown.set_title(at, f"{name} ({len(self.tables[name])})")
        self._say(f"{self.address.value}: {sum(map(len, self.tables.values()))} rows")

    def save(self):
        """Stores the title and the text. What they replace is shown first, and the same click again replaces exactly that."""
        story = (self.address.value.strip(), self.title.value, self.text.value, self.top)
        asked, self.asked = self.asked, None
        self.store.description = "Save"
        try:
            try:
                self.saved = storyboard(*story)
            except Unconfirmed as error:
                if asked != (story, error.preview):
                    self.asked, self.store.description = (story, error.preview), "Replace"
                    return self._say(f"{error}\nTo replace it, press the button again.")
                self.saved = storyboard(*story, yes=True)
        except Failed as error:
            return self._say(str(error))
        self._say(f"Saved: {self.saved['timeline_rows']} rows of the timeline, {self.saved['peers']} peers")

    def _say(self, words):
        self.said.value = f"<pre>{html.escape(words)}</pre>"


# Charts: each gives a figure of matplotlib


def plot_summary(frame, minutes=15):
    """Raw flows by time of the day, a bar for each so many minutes."""
    figure, axes = plt.subplots(figsize=(11, 3.2), layout="constrained")
    bars = 24 * 60 // minutes
    heights = [0] * bars
    for time, total in zip(frame["tdate"], frame["total"]):
        hour, minute = int(time[11:13]), int(time[14:16])
        heights[min((hour * 60 + minute) // minutes, bars - 1)] += int(total)
    hours = [at * minutes / 60 for at in range(bars)]
    axes.bar(hours, heights, width=minutes / 60 * 0.9, align="edge", color=COLOURS[0])
    axes.set(xlim=(0, 24), xticks=range(0, 25, 2), xlabel="hour of the day, UTC", ylabel=f"flows in {minutes} minutes")
    return _titled(figure, axes, f"Raw flows: {sum(heights):,}")


def plot_scores(frame):
    """How suspicious connections are, from the first to the last; low is suspicious."""
    figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
    axes.scatter(frame["rank"].astype("float64"), frame["score"], s=12, color=COLOURS[0], linewidths=0)
    if len(frame) and (frame["score"] > 0).all():
        axes.set_yscale("log")
    axes.set(xlabel="rank", ylabel="probability")
    return _titled(figure, axes, f"Scores of {len(frame):,} connections")


def plot_countries(frame, top=10):
    """In which countries the ends of connections are, where geolocation knows it."""
    ends = pd.concat([frame["src_country"], frame["dst_country"]]).fillna("")
    counted = ends[~ends.isin(["", "-"])].value_counts().head(top)
    return _ranked(counted, "ends of connections", "Countries", "none is known of any address")


def plot_ports(frame, top=10):
    """The destination ports with the most suspicious connections."""
    ports = frame["proto"].astype(str) + " " + frame["dport"].astype(str)
    return _ranked(ports.value_counts().head(top), "connections", "Destination ports", "no connections")


def _ranked(counted, measure, title, nothing):
    figure, axes = plt.subplots(figsize=(7, max(1.8, 0.32 * len(counted) + 0.9)), layout="constrained")
    if counted.empty:
        return _empty(figure, axes, f"{title}: {nothing}")
    # A dollar sign in a name begins no formula.
    names = [str(it).replace("$", r"\$") for it in counted.index]
    bars = axes.barh(names, counted.astype("float64"), color=COLOURS[0])
    axes.bar_label(bars, [f" {int(it):,}" for it in counted])
    axes.invert_yaxis()
    axes.set(xlabel=measure)
    axes.margins(x=0.12)
    return _titled(figure, axes, title)


def plot_chords(address, frame=None):
    """The chord diagram of an address: an arc for each address, as long as the bytes that it sent and received, and a ribbon for
    each direction between two, in the colour of whoever sent."""
    frame = chords(address) if frame is None else frame
    figure, axes = plt.subplots(figsize=(7, 7), layout="constrained")
    flows = [(it.srcip, it.dstip, int(it.ibyt)) for it in frame.itertuples() if it.ibyt > 0]
    total = sum(bytes_ for _, _, bytes_ in flows)
    if total == 0:
        return _empty(figure, axes, f"{address} has no two peers among the suspicious connections")
    nodes = sorted({end for source, target, _ in flows for end in (source, target)}, key=lambda it: (it != address, it))
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
            between = sorted(it for it in flows if far < len(nodes) and set(it[:2]) == {node, other})
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
    return _titled(figure, axes, f"{address}: {total:,} bytes with {len(nodes) - 1} peers")


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
    """Where an address and those that it spoke with are, as far as geolocation knows it. The outlines of land are in `land.txt`."""
    frame = query("globe", address) if frame is None else frame
    figure, axes = plt.subplots(figsize=(10, 5), layout="constrained")
    known = frame.dropna(subset=["latitude", "longitude"])
    if known.empty:
        return _empty(figure, axes, f"No place of {address} or of its {max(len(frame) - 1, 0)} peers is known")
    for ring in _land():
        axes.fill(*zip(*ring), facecolor="#eeeeee", edgecolor="#bbbbbb", linewidth=0.5, zorder=0)
    kinds = {"itself": (COLOURS[5], "*", 160), "inbound": (COLOURS[0], "v", 40), "outbound": (COLOURS[1], "^", 40),
             "two-way": (COLOURS[2], "o", 40)}
    for kind, (colour, marker, size) in kinds.items():
        points = known[known["kind"] == kind]
        if len(points):
            axes.scatter(points["longitude"], points["latitude"], s=size, c=colour, marker=marker, label=kind, zorder=3)
    home = known[known["kind"] == "itself"]
    for it in known.itertuples():
        if len(home) and it.kind != "itself":
            axes.plot([home["longitude"].iloc[0], it.longitude], [home["latitude"].iloc[0], it.latitude],
                      color="#999999", linewidth=0.6, zorder=1)
    axes.set(xlim=(-180, 180), ylim=(-90, 90), xticks=range(-180, 181, 30), yticks=range(-90, 91, 30),
             xlabel="degrees east", ylabel="degrees north")
    axes.grid(color="#dddddd", linewidth=0.6, zorder=0.5)
    axes.legend(loc="lower left")
    return _titled(figure, axes, f"{address}: {len(known)} of {len(frame)} addresses have a known place")


def _land():
    """The corners of each piece of land: degrees east and north."""
    lines = (pathlib.Path(__file__).parent / "land.txt").read_text(encoding="utf-8").splitlines()
    return [[tuple(map(int, it.split(","))) for it in line.split()] for line in lines if not line.startswith("#")]


def _titled(figure, axes, title):
    axes.set_title(title, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    plt.close(figure)
    return figure


def _empty(figure, axes, words):
    axes.axis("off")
    axes.text(0, 0.5, words, va="center", transform=axes.transAxes)
    plt.close(figure)
    return figure


def picture(figure):
    """A figure as the bytes of a PNG file."""
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=100)
    return out.getvalue()
