"""Plays a notebook as an analyst would: each cell in its turn, on a kernel of this Python, without a person and without a network.

    play.py NOTEBOOK OUT < PROBES

PROBES is a JSON list of Python texts, which are run in the same kernel when the cells are through; each prints one JSON value. In
them `content(figure)` says what a chart holds. OUT gets the played notebook, its HTML, and a picture of each chart. Standard output
is JSON: what each cell of code printed and showed (`stdout`, `stderr`, `texts`, `pictures`), and what the probes printed. A cell that
fails, or that Python 3.9 could not read, ends this with its reason. It must not judge: what is right is for the tests that call it.
"""

import ast
import base64
import io
import json
import pathlib
import re
import sys

import nbclient
import nbformat
from nbconvert import HTMLExporter
from PIL import Image

#: The time limit of a cell, in seconds.
PATIENCE = 120

CONTENT = '''
def content(figure):
    """What a chart of matplotlib holds: its title and texts, its bars, its points by kind, its arcs and ribbons, its land."""
    from matplotlib.collections import PathCollection
    from matplotlib.patches import PathPatch, Polygon, Rectangle, Wedge
    [axes] = figure.axes
    bars = [it for it in axes.patches if isinstance(it, Rectangle)]
    return {
        "title": axes.get_title("left"),
        "texts": [it.get_text() for it in axes.texts],
        "heights": [float(it.get_height()) for it in bars],
        "widths": [float(it.get_width()) for it in bars],
        "arcs": [float(it.theta2 - it.theta1) for it in axes.patches if isinstance(it, Wedge)],
        "ribbons": sum(isinstance(it, PathPatch) for it in axes.patches),
        "land": sum(isinstance(it, Polygon) for it in axes.patches),
        "points": [len(it.get_offsets()) for it in axes.collections if isinstance(it, PathCollection)],
    }
'''


def play(path, out, probes):
    """Runs the cells, then the probes; gives what both had to say."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    for source in (*(it.read_text("utf-8") for it in path.parent.glob("*.py")), *(it.source for _, it in code_of(notebook))):
        ast.parse(source, feature_version=(3, 9))
    cells = len(notebook.cells)
    sources = [CONTENT, *probes] if probes else []
    notebook.cells += [nbformat.v4.new_code_cell(it) for it in sources]
    folder = {"metadata": {"path": str(path.parent)}}
    nbclient.NotebookClient(notebook, timeout=PATIENCE, kernel_name="python3", resources=folder).execute()
    answers = [json.loads(printed(it)) for it in notebook.cells[cells:][1:]]
    del notebook.cells[cells:]
    nbformat.write(notebook, out / path.name)
    (out / path.name).with_suffix(".html").write_text(page(notebook), encoding="utf-8")
    return {"cells": [shown(out, f"{path.stem}-{at:02}", it) for at, it in code_of(notebook)], "probes": answers}


def code_of(notebook):
    """The cells of code, with their places."""
    return [(at, it) for at, it in enumerate(notebook.cells) if it.cell_type == "code"]


def printed(cell):
    """What a cell wrote to its standard output."""
    return "".join(it.text for it in cell.outputs if it.output_type == "stream" and it.name == "stdout")


def shown(out, name, cell):
    """What a cell printed and showed; its pictures become files."""
    errors = [it.text for it in cell.outputs if it.output_type == "stream" and it.name == "stderr"]
    data = [it.data for it in cell.outputs if "data" in it]
    pictures = [picture(out / f"{name}.png", base64.b64decode(it["image/png"])) for it in data if "image/png" in it]
    texts = ["".join(it.get("text/html", it.get("text/plain", ""))) for it in data]
    return {"source": cell.source, "stdout": printed(cell), "stderr": errors, "texts": texts, "pictures": pictures}


def picture(path, content):
    """Writes a picture; says how large it is, and which share of it is not as its first corner."""
    path.write_bytes(content)
    with Image.open(io.BytesIO(content)) as image:
        pixels = image.convert("RGB")
        counted = dict((colour, number) for number, colour in pixels.getcolors(pixels.width * pixels.height))
        paper = counted[pixels.getpixel((0, 0))] / (pixels.width * pixels.height)
        return {"file": str(path), "width": pixels.width, "height": pixels.height, "inked": 1 - paper}


def page(notebook):
    """The HTML of a notebook, without the scripts that would come from elsewhere: those of formulas and of widgets."""
    text, _ = HTMLExporter().from_notebook_node(notebook)
    return re.sub(r'<script[^>]*\ssrc="https?:[^>]*></script>', "", text)


if __name__ == "__main__":
    notebook_path, out_path = map(pathlib.Path, sys.argv[1:])
    json.dump(play(notebook_path, out_path, json.load(sys.stdin)), sys.stdout)
