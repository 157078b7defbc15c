from __future__ import annotations

from tastemaker.schema import AUDIENCE_COLUMNS, AUDIENCE_WIDTH, FACET_KEYS, FACET_SLICES, NICHES, TABLES


def test_every_table_holds_together() -> None:
    for table in TABLES.values():
        names = [c.name for c in table.columns]
        assert len(names) == len(set(names)), table.name
        assert set(table.key) <= set(names), table.name
        assert {table.known_at, table.happened_at} - {None} <= set(names), table.name
        for column, (other, key) in table.references.items():
            assert column in names
            assert TABLES[other].column(key)


def test_facts_carry_a_clock() -> None:
    """Everything that changes over time says when it was known or happened; the rest are registers."""
    registers = {"creators", "brands", "campaigns", "decision_items"}
    assert {n for n, t in TABLES.items() if t.known_at is None and t.happened_at is None} == registers


def test_audience_block_is_contiguous() -> None:
    assert len(AUDIENCE_COLUMNS) == AUDIENCE_WIDTH
    for facet, keys in FACET_KEYS.items():
        assert AUDIENCE_COLUMNS[FACET_SLICES[facet]] == tuple((facet, k) for k in keys)


def test_niches_are_many_and_distinct() -> None:
    assert len(NICHES) == len(set(NICHES)) >= 24
