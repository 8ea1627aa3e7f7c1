"""Queries, scores, comments and charts for the notebooks of a day, of every pipeline.

All data comes from the program `flow-oa`. The notebooks therefore work with every database and hold no password: if one is
needed, set FLOW_OA_DATABASE, or PGPASSWORD for PostgreSQL, before Jupyter is started. No input becomes SQL, a shell command
or markup. This module must not name a pipeline or its columns: notebooks pass them. It needs Python 3.9 or later with pandas
and matplotlib; ipywidgets for the panel; polars if you prefer its frames.
"""

import html
import io
import ipaddress
import json
import os
import subprocess
import typing

import matplotlib.pyplot as plt
import pandas as pd

#: The day of these notebooks, YYYYMMDD.
DAY = "{{date}}"

#: The pipeline of these notebooks.
PIPELINE = "{{pipeline}}"

#: The program, and the options that select the deployment of the run.
PROGRAM = os.environ.get("FLOW_OA_PROGRAM", {{program}})
OPTIONS = {{options}}

#: Colours that people with colour blindness can tell apart, too.
COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#666666"]

#: The pandas types of the column types in an answer. All other columns are texts or times.
TYPES = {"bit": "boolean", "float": "float64", "double": "float64", "smallint": "Int64", "int": "Int64", "bigint": "Int64"}


class Failed(RuntimeError):
    """A command of flow-oa failed; this is its error message."""


class Unconfirmed(Failed):
    """A command would change or remove stored scores or comments. Nothing was stored; `yes=True` confirms the change.

    `preview` has the changes in machine-readable form. Notebooks show the message without a traceback."""

    def __init__(self, message, preview):
        super().__init__(message)
        self.preview = preview

    def _render_traceback_(self):
        return str(self).splitlines() + ["To confirm, repeat the call with yes=True."]


def call(*arguments, subject=None, text=None):
    """Runs flow-oa and returns the JSON that it reports. `subject` is a last argument that may start with a hyphen, `text` the
    standard input.

    Raises `Failed` if the command fails, and `Unconfirmed` if it needs confirmation."""
    options = list(OPTIONS)
    if "FLOW_OA_DATABASE" in os.environ and "--database" in options:
        at = options.index("--database")
        del options[at : at + 2]
    command = [PROGRAM, *map(str, arguments), "--type", PIPELINE, *options, "--output", "json"]
    if subject is not None:
        command += ["--", subject]
    try:
        done = subprocess.run(command, input=text or "", capture_output=True, encoding="utf-8", check=False)
    except OSError as error:
        raise Failed(f"{PROGRAM} could not be started: {error}. Set FLOW_OA_PROGRAM to the path of flow-oa") from error
    if done.returncode != 0:
        message = done.stderr.strip() or f"flow-oa exited with {done.returncode} and no message"
        preview = _preview(done.stdout)
        raise Failed(message) if preview is None else Unconfirmed(message, preview)
    return json.loads(done.stdout)


def _preview(report):
    """The changes that a command refused to make without confirmation, if it reports any."""
    try:
        return json.loads(report).get("preview")
    except (ValueError, AttributeError):
        return None


def _consent(yes):
    return ["--yes"] if yes else []


# Stored rows


def query(name, *arguments, day=DAY, limit=0, frame="pandas", subject=None):
    """The answer of `flow-oa query NAME` for a day, as a frame of pandas or polars. A limit of 0 returns all rows. `describe`
    explains the columns."""
    return as_frame(call("query", name, "--date", day, "--limit", limit, *arguments, subject=subject), frame)


def describe(name, *arguments):
    """The types and descriptions of the columns of an answer."""
    columns = call("query", name, "--date", DAY, "--limit", 1, *arguments)["columns"]
    return pd.DataFrame(columns, columns=["name", "type", "description"]).set_index("name")


def as_frame(answer, frame="pandas"):
    """An answer as a frame of `pandas` or `polars`. Times are UTC; null is a missing value."""
    columns = answer["columns"]
    if frame == "polars":
        import polars as pl

        types = {"boolean": pl.Boolean, "float64": pl.Float64, "Int64": pl.Int64}
        schema = {column["name"]: types.get(TYPES.get(column["type"]), pl.String) for column in columns}
        return pl.DataFrame(answer["rows"], schema=schema, orient="row")
    found = pd.DataFrame(answer["rows"], columns=[column["name"] for column in columns])
    found.attrs["roles"] = {column["role"]: column["name"] for column in reversed(columns) if "role" in column}
    for column in columns:
        name, kind = column["name"], column["type"]
        if kind == "time":
            found[name] = pd.to_datetime(found[name], utc=True, errors="coerce")
        elif kind in TYPES:
            found[name] = found[name].astype(TYPES[kind])
    return found


def columns(rows, *roles):
    """The names of the columns with these roles, such as `client` or `subject`, in a frame of pandas that a query returned. The
    configuration of the pipeline assigns the roles."""
    known = rows.attrs.get("roles", {})
    for role in roles:
        if role not in known:
            raise Failed(f"no column of these rows has the role {role}; those of a query have: {', '.join(known) or 'none'}")
    return [known[role] for role in roles]


def suspicious(*arguments, **options):
    """The suspicious rows without a score, most suspicious first. `--all` includes those with a score."""
    return query("suspicious", "--rows", *arguments, **options)


def stories(*arguments, **options):
    """The stories of the suspicious rows without a score: the most suspicious row of each, with the number of its rows and what they
    have in common. `--all` includes rows with a score."""
    return query("suspicious", *arguments, **options)


def details(rank, *arguments, **options):
    """The raw rows behind the suspicious row of that rank. `--table` selects one of several tables."""
    return query("details", "--rank", rank, *arguments, **options)


def summary(**options):
    """The number of raw rows per minute."""
    return query("summary", **options)


def threats(**options):
    """The scored rows, most severe first."""
    return query("threats", **options)


def comments(**options):
    """The comments of analysts."""
    return query("comments", **options)


def timeline(subject=None, **options):
    """The rows that were stored with comments: with that about a subject, or with all."""
    return query("timeline", subject=subject, **options)


# Scores and comments


def score(severity, rank=None, note="", where=(), yes=False, **ends):
    """Scores suspicious rows of the day as `high`, `medium` or `low`. If the pipeline has several severities, this sets all of them;
    `NAME=SEVERITY,…` sets some. The rows are that of a rank, those that match the filters `where` (such as `["rank<5"]`), or those
    with certain ends: `src`, `dst`, `sport`, `dport`, `proto`. If stored scores or notes would change, this shows the changes and
    stores nothing, unless `yes` is true."""
    what = [f"--severity={severity}", f"--note={note}"]
    return call("score", "--date", DAY, *_rows(rank, where, ends), *what, *_consent(yes))


def unscore(rank=None, where=(), yes=False, **ends):
    """Removes scores. Shows them and removes nothing, unless `yes` is true."""
    return call("score", "--date", DAY, *_rows(rank, where, ends), "--unscore", *_consent(yes))


def _rows(rank, where, ends):
    """The options that select rows."""
    named = ends if rank is None else {"rank": rank, **ends}
    return [f"--{name}={value}" for name, value in named.items()] + [f"--filter={condition}" for condition in where]


def reset_scored_connections(yes=False):
    """Removes all scores and comments of this day and pipeline, of all analysts. Shows them and removes nothing, unless `yes` is
    true. Returns the path of the backup that is written first; `flow-oa restore` restores it."""
    return call("reset", "--date", DAY, *_consent(yes)).get("backup", "nothing was scored")


def storyboard(subject, title, text, top=20, yes=False):
    """Stores a comment about a subject, with its `top` first rows of the timeline, and writes the files from which the story is
    drawn. If another comment of this subject and day would be replaced, this shows it and stores nothing, unless `yes` is true."""
    arguments = [f"--title={title}", "--text=-", f"--top={top}"]
    return call("storyboard", "--date", DAY, *arguments, *_consent(yes), subject=subject, text=text)


# Subjects of an investigation


class Subject(typing.NamedTuple):
    """A column of suspicious rows whose values can be investigated, such as an address or a name."""

    #: The column, in the answers of both `suspicious` and `threats`.
    column: str
    #: The column of `threats` with its severity.
    scored: str
    #: The name of that severity, if the pipeline has several.
    severity: str = ""
    #: The column of `suspicious` with its reputation.
    reputation: str = ""
    #: The columns by which rows about it are counted: suspicious rows, or the raw rows in a table of `details`.
    by: typing.Sequence[str] = ()
    table: str = ""


def candidates(subjects):
    """Subjects worth an investigation: those that are scored high; if there are none, those of rows with a high risk by a reputation
    service; else those of the 20 most suspicious rows. The column `why` names the reason."""
    scored = threats()
    found, why = [scored[scored[kind.scored] == 1] for kind in subjects], "scored high"
    if all(rows.empty for rows in found):
        every = suspicious("--all")
        is_bad = pd.Series(False, index=every.index)
        for kind in subjects:
            if kind.reputation:
                is_bad |= every[kind.reputation].map(_is_high).astype(bool)
        bad, why = every[is_bad], "high risk by reputation"
        if bad.empty:
            bad, why = every.head(20), "among the most suspicious"
        found = [bad] * len(subjects)
    named = [rows[[kind.column, "rank"]].rename(columns={kind.column: "subject"}) for kind, rows in zip(subjects, found)]
    listed = pd.concat(named)
    listed = listed[listed["subject"].fillna("") != ""]
    counted = listed.groupby("subject")["rank"].agg(rows="count", best_rank="min").reset_index()
    counted["why"] = why
    return counted.sort_values(["rows", "best_rank"], ascending=[False, True], ignore_index=True)


def _is_high(answers):
    """Whether one of the answers of reputation services, `service:LABEL:value` joined by `::`, is 3."""
    return isinstance(answers, str) and any(answer.endswith(":3") for answer in answers.split("::"))


def investigate(address, **options):
    """All traffic of an address on the day, by peer and ports."""
    return query("investigate", address, **options)


def top_talkers(address, top=20):
    """Four frames: the peers with the most connections and the most bytes, to and from the address. The column `ways` shows whether
    the traffic went one way or both."""
    every = investigate(address)
    tables = {}
    for way, end in (("inbound", "destination"), ("outbound", "source")):
        for measure in ("connections", "bytes"):
            chosen = every[every[end] == address].sort_values(measure, ascending=False, kind="stable")
            tables[f"{way} by {measure}"] = chosen.head(top).reset_index(drop=True)
    return tables


def findings(subjects, subject, top=20):
    """Frames about a subject, by title: the suspicious rows with it; how many of these, or of the raw rows behind the most suspicious
    of them, have each combination of values of `Subject.by`; and, for an address, its top talkers."""
    every = suspicious("--all")
    tables = {}
    for kind in subjects:
        rows = every[every[kind.column] == subject]
        if rows.empty:
            continue
        tables[f"suspicious rows, {kind.column}"] = rows.head(top).reset_index(drop=True)
        if kind.by:
            about = details(int(rows["rank"].iloc[0]), "--table", kind.table) if kind.table else rows
            counted = about.groupby(list(kind.by), dropna=False).size().reset_index(name="rows")
            counted = counted.sort_values("rows", ascending=False, kind="stable", ignore_index=True)
            tables[f"{kind.table or 'suspicious rows'} by {', '.join(kind.by)}"] = counted.head(top)
    if _is_address(subject):
        tables.update(top_talkers(subject, top))
    return tables


def _is_address(text):
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


class Investigation:
    """The panel of an investigation: a subject from the list or typed in, the tables about it, the scores of its suspicious rows,
    and a comment. If stored scores or comments would change, the first click shows the changes and the second makes them.
    `choose`, `search`, `judge` and `save` do what the widgets do."""

    def __init__(self, subjects, top=20):
        import ipywidgets as widgets

        self.subjects, self.top, self.tables, self.scored, self.saved = subjects, top, {}, None, None
        #: The input and the preview of the last click, if a second click would confirm them.
        self.asked = None
        wide = widgets.Layout(width="36em")
        found = candidates(subjects)
        listed = [(f"{row.subject}  ({row.rows}, {row.why})", row.subject) for row in found.itertuples()]
        self.listed = widgets.Select(options=listed, rows=8, description="Candidates", layout=wide)
        self.subject = widgets.Text(description="Subject", layout=wide)
        self.find = widgets.Button(description="Search", button_style="primary")
        self.shown = widgets.Accordion()
        self.ranks = widgets.Select(options=[], rows=5, description="Rows", layout=wide)
        names = dict.fromkeys(kind.severity for kind in subjects)
        levels = {"not given": "", "high": "high", "medium": "medium", "low": "low"}.items()
        self.severities = {name: widgets.Dropdown(options=levels, description=name or "Severity") for name in names}
        self.note = widgets.Text(description="Note", layout=wide)
        self.rate = widgets.Button(description="Score", button_style="warning")
        self.title = widgets.Text(description="Title", layout=wide)
        self.text = widgets.Textarea(description="Text", rows=6, layout=widgets.Layout(width="60em"))
        self.store = widgets.Button(description="Save", button_style="success")
        self.message = widgets.HTML()
        self.listed.observe(lambda change: self.choose(change["new"]), names="value")
        self.find.on_click(lambda _: self.search())
        self.rate.on_click(lambda _: self.judge())
        self.store.on_click(lambda _: self.save())
        score_row = widgets.HBox([*self.severities.values(), self.rate])
        self.widget = widgets.VBox(
            [self.listed, widgets.HBox([self.subject, self.find]), self.shown, self.ranks, self.note, score_row]
            + [self.title, self.text, self.store, self.message]
        )
        if listed:
            self.choose(listed[0][1])

    def _ipython_display_(self):
        from IPython.display import display

        display(self.widget)

    def choose(self, subject):
        """Selects a subject of the list."""
        self.subject.value = subject or ""

    def search(self):
        """Shows the tables about the subject, and lists its suspicious rows."""
        import ipywidgets as widgets

        subject = self.subject.value.strip()
        try:
            self.tables = findings(self.subjects, subject, self.top)
            every = suspicious("--all")
        except Failed as error:
            return self._say(str(error))
        # pandas escapes what it shows.
        self.shown.children = [widgets.HTML(table.to_html(max_rows=self.top)) for table in self.tables.values()]
        for at, name in enumerate(self.tables):
            self.shown.set_title(at, f"{name} ({len(self.tables[name])})")
        columns = [kind.column for kind in self.subjects]
        rows = every[(every[columns] == subject).any(axis=1)]
        labels = zip(rows["rank"], rows[columns].itertuples(index=False))
        self.ranks.options = [(f"{rank}: {'  '.join(map(str, values))}", int(rank)) for rank, values in labels]
        self._say(f"{subject}: {len(rows)} suspicious rows, {sum(map(len, self.tables.values()))} rows in all tables")

    def judge(self):
        """Stores the chosen severities and the note as the score of the selected row."""
        given = {name: chosen.value for name, chosen in self.severities.items() if chosen.value}
        if self.ranks.value is None or not given:
            return self._say("To score, search for a subject, select one of its rows, and choose a severity")
        severity = ",".join(f"{name}={level}" if name else level for name, level in given.items())
        done = self._confirmed(self.rate, "Score", score, severity, self.ranks.value, self.note.value)
        if done is not None:
            self.scored = done
            self._say(f"Scored: {done['rows']} suspicious rows as {severity}")

    def save(self):
        """Stores the title and the text as the comment about the subject."""
        story = (self.subject.value.strip(), self.title.value, self.text.value, self.top)
        done = self._confirmed(self.store, "Save", storyboard, *story)
        if done is not None:
            self.saved = done
            self._say(f"Saved, with {done['timeline_rows']} rows of the timeline")

    def _confirmed(self, button, label, task, *values):
        """The result of a task; None if it failed or needs confirmation. A second click confirms only what the first one showed."""
        asked, self.asked = self.asked, None
        self.rate.description, self.store.description = "Score", "Save"
        try:
            try:
                return task(*values)
            except Unconfirmed as error:
                if asked != (label, values, error.preview):
                    self.asked, button.description = (label, values, error.preview), "Replace"
                    self._say(f"{error}\nTo confirm, press the button again.")
                    return None
                return task(*values, yes=True)
        except Failed as error:
            self._say(str(error))
            return None

    def _say(self, message):
        self.message.value = f"<pre>{html.escape(message)}</pre>"


# Charts: each function returns a figure of matplotlib


def plot_summary(frame, minutes=15):
    """Raw rows by time of day, one bar per interval of so many minutes. The first two columns are the minute and the number."""
    figure, axes = plt.subplots(figsize=(11, 3.2), layout="constrained")
    bars = 24 * 60 // minutes
    heights = [0] * bars
    for time, total in zip(frame.iloc[:, 0], frame.iloc[:, 1]):
        hour, minute = int(time[11:13]), int(time[14:16])
        heights[min((hour * 60 + minute) // minutes, bars - 1)] += int(total)
    hours = [at * minutes / 60 for at in range(bars)]
    axes.bar(hours, heights, width=minutes / 60 * 0.9, align="edge", color=COLOURS[0])
    axes.set(xlim=(0, 24), xticks=range(0, 25, 2), xlabel="hour of the day", ylabel=f"rows in {minutes} minutes")
    return titled(figure, axes, f"Raw rows: {sum(heights):,}")


def plot_scores(frame, column):
    """The probability in a column, by rank; low is suspicious."""
    figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
    axes.scatter(frame["rank"].astype("float64"), frame[column], s=12, color=COLOURS[0], linewidths=0)
    if len(frame) and (frame[column] > 0).all():
        axes.set_yscale("log")
    axes.set(xlabel="rank", ylabel="probability")
    return titled(figure, axes, f"Scores of {len(frame):,} rows")


def plot_top(values, title, measure, top=10):
    """The most frequent values, one bar each. Missing, empty and `-` do not count."""
    values = values.dropna().astype(str)
    counted = values[~values.isin(["", "-"])].value_counts().head(top)
    figure, axes = plt.subplots(figsize=(7, max(1.8, 0.32 * len(counted) + 0.9)), layout="constrained")
    if counted.empty:
        return empty(figure, axes, f"{title}: no values")
    places = range(len(counted))
    bars = axes.barh(places, counted.astype("float64"), color=COLOURS[0])
    axes.set_yticks(places, [_label(name) for name in counted.index])
    axes.bar_label(bars, [f" {number:,}" for number in counted])
    axes.invert_yaxis()
    axes.set(xlabel=measure)
    axes.margins(x=0.12)
    return titled(figure, axes, title)


def _label(name, longest=60):
    """A name as the label of a bar: shortened, and without the dollar signs that would start a formula."""
    short = name if len(name) <= longest else name[: longest - 1] + "…"
    return short.replace("$", r"\$")


def titled(figure, axes, title):
    """Completes a chart."""
    axes.set_title(title, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    plt.close(figure)
    return figure


def empty(figure, axes, text):
    """A chart without data: a text that says why."""
    axes.axis("off")
    axes.text(0, 0.5, text, va="center", transform=axes.transAxes)
    plt.close(figure)
    return figure


def picture(figure):
    """A figure as the bytes of a PNG file."""
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=100)
    return out.getvalue()
