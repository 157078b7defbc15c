"""A comparison as one HTML file: verdict, figures, slices and pictures; nothing is loaded from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path

from tastemaker.training.comparison.result import Comparison, Side
from tastemaker.training.comparison.words import exposure_rows, figures, slice_rows
from tastemaker.training.gate import GateResult

_STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.45 system-ui, sans-serif; color: #1b1f24; background: #fff; max-width: 60rem; margin: 0 auto;
  padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .9rem; overflow-wrap: normal; }
th, td { text-align: left; padding: .35rem .6rem .35rem 0; border-bottom: 1px solid #dde1e6; vertical-align: top; }
.verdict { padding: .7rem .9rem; border-radius: .4rem; background: #e5f1ee; } .verdict.no { background: #fbe9e3; }
.fails { color: #a53d1b; font-weight: 600; } .holds { color: #1f6f78; font-weight: 600; }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1rem; }
@media (max-width: 40rem) { table { font-size: .78rem; } th, td { padding-right: .4rem; } }
figure { margin: 0; } figcaption { font-weight: 600; } svg { width: 100%; height: auto; }
"""


def write_page(
    path: Path, told: Comparison, pictures: Mapping[str, Path], gate: GateResult | None = None
) -> Path:
    """Writes the page to ``path``. ``pictures``: caption -> SVG file; ``gate``: what the rules say of the second."""
    title = f"{told.second.name} against {told.first.name}"
    since = "" if told.since is None else f", decided from {told.since:%Y-%m-%d} on"
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{told.campaigns} later campaigns{since}, which taught neither. First: {_about(told.first)}."
        f" Second: {_about(told.second)}. Differences are second less first, with 95 % intervals.</p>",
        *(_gate(gate) if gate is not None else ()),
        *(f'<p class="fails">{escape(problem)}</p>' for problem in told.problems),
        "<h2>Figures</h2>",
        _table(("", "first", "second", "difference", "on"), figures(told)),
        *_parts(told),
        '<h2>Pictures</h2><div class="pictures">',
        *(_picture(caption, file) for caption, file in pictures.items()),
        "</div>",
        *(f"<p>Note: {escape(note)}.</p>" for note in told.notes),
    ]
    head = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
    )
    path.write_text("\n".join([head, *body, "</body></html>\n"]), encoding="utf-8")
    return path


def _about(side: Side) -> str:
    until = (
        "it learned nothing" if side.trained_until is None else f"trained until {side.trained_until:%Y-%m-%d}"
    )
    return escape(f"{side.name}, bundle {side.bundle}, ranker {side.ranker}, {until}")


def _gate(gate: GateResult) -> Iterable[str]:
    said = (
        "The gate is opened by force"
        if gate.forced
        else f"The gate {'holds' if gate.passed else 'stays shut'}"
    )
    yield f'<p class="verdict{"" if gate.passed and not gate.forced else " no"}">{said}: {escape(gate.reason)}</p>'
    if gate.verdicts:
        rows = [
            f'<tr><td>{escape(v.rule)}</td><td class="{v.state}">{v.state}</td><td>{escape(v.reason)}</td></tr>'
            for v in gate.verdicts
        ]
        yield f'<h2>Rules</h2><div class="wide"><table>{"".join(rows)}</table></div>'


def _parts(told: Comparison) -> Iterable[str]:
    if told.slices:
        yield "<h2>Slices</h2><p>NDCG within the slice; intervals hold for all slices at once.</p>"
        yield _table(("slice", "campaigns", "first", "second", "difference"), slice_rows(told))
    if told.exposure is not None:
        briefs = told.exposure.briefs
        yield f"<h2>Who is seen</h2><p>Share of attention in what both answer to the same {briefs} later briefs.</p>"
        yield _table(("creators", "first", "second", "difference"), exposure_rows(told))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows]
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    return f'<div class="wide"><table><tr>{top}</tr>{"".join(f"<tr>{line}</tr>" for line in lines)}</table></div>'


def _picture(caption: str, file: Path) -> str:
    """The drawing itself, under ids of its own: those of two drawings on one page must not meet."""
    svg = file.read_text(encoding="utf-8")
    svg = svg[svg.index("<svg") :]
    own = file.stem
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{own}-\1"', svg)
    svg = re.sub(r'(href="#|url\(#)', rf"\g<1>{own}-", svg)
    return f"<figure><figcaption>{escape(caption)}</figcaption>{svg}</figure>"
