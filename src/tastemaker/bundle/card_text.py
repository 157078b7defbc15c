"""The model card and the register of data sources as Markdown, from their JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

NOT_DECLARED = "not declared"
NOTHING_MEASURED = "Nothing was measured: no report of a training is in this bundle."


def card_markdown(card: Mapping[str, Any]) -> str:
    """The card for people."""
    model, data, learned = card["model"], card["data"], card["learned_from"]
    sources = card["data_sources"]
    undeclared = ", ".join(sources["not_declared"]) or "none"
    parts = [
        "# Model card",
        f"**{model['ranker']}**: {_cell(model['what'])}.",
        _items([*_facts(model), *_imported(model["imported"])]),
        "## Data",
        _items(
            [
                f"known as of {data['as_of']}; digest of the tables `{data['digest']}`",
                f"{data['creators']:,} creators with {data['accounts']:,} accounts; encoder `{data['encoder']}`",
                _learned(learned),
                f"{sources['tables']} tables in the [register of data sources](data_register.md); rights not declared:"
                f" {undeclared}",
            ]
        ),
        "## Intended use",
        _items(card["intended_use"]),
        "## Not for",
        _items(card["not_for"]),
        "## Measured",
        _measured(card["measured"]),
        "## Limits",
        _items(
            [*card["limits"], *(f"{name} was not fitted: {why}" for name, why in card["not_fitted"].items())]
        ),
        "## Features",
        _table(
            ("feature", "meaning", "mean absolute contribution (blank: not reported)"),
            ((f["name"], f["meaning"], _number(f["mean_absolute_contribution"])) for f in card["features"]),
        ),
    ]
    return "\n\n".join(parts) + "\n"


def register_markdown(register: Mapping[str, Any]) -> str:
    """The register for people."""
    declared = register.get("declared_in")
    rows, told = [], []
    for name, table in register.get("tables", {}).items():
        period = f"{_day(table['first'])} to {_day(table['last'])}"
        for source in table["sources"] or [{"source": NOT_DECLARED, "rights": NOT_DECLARED}]:
            rows.append((name, f"{table['rows']:,}", period, *_source(source)))
        told += [
            f"{name}.{column}: " + ", ".join(f"{value} ({count:,} rows)" for value, count in counts.items())
            for column, counts in table["told_by_rows"].items()
            if counts
        ]
    head = f"Declared in `{declared}`." if declared else f"Sources and rights are {NOT_DECLARED}."
    columns = ("table", "rows", "facts from", "source", "rights", "basis", "personal data", "until", "more")
    parts = ["# Data sources and rights", head, _table(columns, rows) if rows else "No table was registered."]
    if told:
        parts += ["## What the rows themselves tell", _items(told)]
    return "\n\n".join(parts) + "\n"


def _facts(model: Mapping[str, Any]) -> list[str]:
    value = (
        "the expected KPI per US dollar"
        if model["score_is_the_value"]
        else "a number whose order alone counts"
    )
    explains = "given" if model["explains_itself"] else "not available, and none are shown"
    forecasts = "shown beside the order" if model["forecasts"] else "none"
    return [f"score: {value}", f"contributions of features: {explains}", f"forecasts: {forecasts}"]


def _imported(told: Mapping[str, Any] | None) -> list[str]:
    if told is None:
        return []
    name = told["declaration"]["name"]
    return [f"imported: `{told['file']}`, declared as {name}, SHA-256 `{told['sha256']}`"]


def _learned(learned: Mapping[str, int] | None) -> str:
    if learned is None:
        return "learned from: no campaigns of this bundle's data"
    return "learned from: " + ", ".join(f"{name} {count:,}" for name, count in learned.items())


def _measured(metrics: Sequence[Mapping[str, Any]]) -> str:
    if not metrics:
        return NOTHING_MEASURED
    rows = [
        (
            m["name"],
            _number(m["value"]),
            "" if m["low"] is None else f"{_number(m['low'])} to {_number(m['high'])}",
        )
        for m in metrics
    ]
    return "On held-out later campaigns, by what was logged of them.\n\n" + _table(
        ("measure", "value", "95 % interval"), rows
    )


def _source(source: Mapping[str, Any]) -> tuple[str, ...]:
    personal = {True: "yes", False: "no", None: NOT_DECLARED}[source.get("personal_data")]
    more = "; ".join(str(source[name]) for name in ("obtained", "url", "note") if name in source)
    basis, until = source.get("basis", NOT_DECLARED), source.get("until", NOT_DECLARED)
    return (source["source"], source["rights"], basis, personal, until, more)


def _day(moment: str | None) -> str:
    return "unknown" if moment is None else moment[:10]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _items(lines: Iterable[str]) -> str:
    return "\n".join(f"- {' '.join(str(line).split())}" for line in lines)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: object) -> str:
    """What somebody declared must not break the table, nor become markup."""
    plain = " ".join(str(text).split())
    return plain.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
