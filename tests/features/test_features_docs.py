"""Every feature is documented: definition, unit, window and unknown rule stand in ``docs/features.md``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tastemaker.features import PAIR_FEATURES, SNAPSHOT_SCHEMA
from tastemaker.features.authenticity import EVIDENCE

TEXT_PATH = Path(__file__).parents[2] / "docs" / "features.md"
TEXT = TEXT_PATH.read_text(encoding="utf-8")
CREATOR, PAIR = TEXT.split("## Creator features")[1].split("## Pair features")


def rows(section: str) -> dict[str, list[str]]:
    """The first cell of each table row -> the other cells."""
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("|")
    ]
    return {cells[0].strip("`"): cells[1:] for cells in lines if not cells[0].startswith("---")}


@pytest.mark.parametrize(("section", "names"), [(CREATOR, SNAPSHOT_SCHEMA.names), (PAIR, PAIR_FEATURES)])
def test_every_feature_has_its_row(section: str, names: list[str]) -> None:
    documented = rows(section)
    assert [name for name in names if name not in documented] == []
    for name in names:
        definition, *_, unknown = documented[name]
        assert definition, f"{name} has no definition"
        assert unknown, f"{name} does not say when it is unknown"


def test_no_feature_is_documented_that_is_not_there() -> None:
    extra = set(rows(PAIR)) - set(PAIR_FEATURES) - {"feature"}
    assert extra == set()


def test_every_evidence_of_authenticity_is_documented_with_the_side_that_is_odd() -> None:
    documented = rows((TEXT_PATH.parent / "authenticity.md").read_text(encoding="utf-8"))
    for evidence in EVIDENCE:
        _, odd, known = documented[evidence.name]
        assert known
        assert odd == {(1,): "high", (-1,): "low", (1, -1): "high or low"}[evidence.odd]
