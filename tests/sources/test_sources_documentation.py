"""docs/tables.md says what the schema says: an undocumented table, column, rule or reason fails here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tastemaker.schema import TABLES
from tastemaker.sources import Reason, Refusal
from tastemaker.sources.documented import column_cells

DOCUMENT = Path(__file__).parents[2] / "docs" / "tables.md"


def section(name: str) -> list[str]:
    """The lines below a heading, up to the next one."""
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    headings = [i for i, line in enumerate(lines) if line.startswith("#")]
    start = next(i for i in headings if lines[i].lstrip("# ") == name)
    return lines[start + 1 : min([i for i in headings if i > start], default=len(lines))]


def cells(lines: list[str]) -> list[tuple[str, ...]]:
    """The body of the table among these lines."""
    return [tuple(c.strip() for c in line.split("|")[1:-1]) for line in lines if line.startswith("| `")]


@pytest.mark.parametrize("name", list(TABLES))
def test_documentation_has_every_column_as_the_schema_has_it(name: str) -> None:
    table, found = TABLES[name], cells(section(name))
    assert [row[:4] for row in found] == [column_cells(table, column) for column in table.columns]
    assert all(len(row) == 5 and row[4] for row in found), "a column without its meaning"


@pytest.mark.parametrize("name", list(TABLES))
def test_documentation_has_the_keys_and_clocks(name: str) -> None:
    table = TABLES[name]
    words = [
        f"Table {'optional' if table.optional else 'required'}; key: {', '.join(f'`{k}`' for k in table.key)}"
    ]
    words += [f"happened at `{table.happened_at}`"] if table.happened_at else []
    words += [f"known at `{table.known_at}`"] if table.known_at else []
    assert "; ".join(words) + "." in section(name)


def test_documentation_has_every_reason_and_refusal() -> None:
    reasons, refusals = cells(section("What is set aside")), cells(section("What stops an ingest"))
    assert [row[0] for row in reasons] == [f"`{r.value}`" for r in Reason]
    assert [row[0] for row in refusals] == [f"`{r.value}`" for r in Refusal]
    assert all(row[1] for row in reasons + refusals)
