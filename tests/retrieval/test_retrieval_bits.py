"""Columns as bits: every answer is that of the plain comparison."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastemaker.retrieval.bits import Banded, Categorical, Numbered, count, packed, shifted, unpacked
from tastemaker.retrieval.recent import Recent


@given(st.lists(st.booleans(), max_size=300), st.integers(0, 140))
def test_bits_come_back_are_counted_and_move(values: list[bool], places: int) -> None:
    mask = np.array(values, dtype=np.bool_)
    words = packed(mask)
    assert unpacked(words, len(mask)).tolist() == values
    assert count(words) == sum(values)
    moved = unpacked(shifted(words, places), len(mask))
    assert moved.tolist() == ([False] * places + values)[: len(values)]


@settings(max_examples=150)
@given(
    seed=st.integers(0, 10_000),
    n=st.sampled_from([0, 1, 3, 500, 4_000]),
    kind=st.sampled_from(["normal", "few", "mostly one", "unknown"]),
)
def test_banded_is_the_plain_comparison(seed: int, n: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=n)
    if kind == "few":
        values = rng.integers(0, 4, n).astype(float)
    elif kind == "mostly one":
        values[rng.random(n) < 0.9] = 0.25
    values[rng.random(n) < (1.0 if kind == "unknown" else 0.1)] = np.nan
    column = Banded(values)
    for _ in range(10):
        # Thresholds that are values of the column, and others.
        low, high = rng.choice(np.append(values, rng.normal(size=3)), 2)
        low, high = (
            np.nan_to_num(low, nan=-np.inf),
            rng.choice([np.nan_to_num(high, nan=np.inf), np.inf]),
        )
        assert (
            unpacked(column.between(low, high), n).tolist() == ((values >= low) & (values <= high)).tolist()
        )


def test_categorical_words_and_lists() -> None:
    column = Categorical([["en", "es"], None, [], ["de"], ["en"]])
    assert unpacked(column.any_of(["en", "xx"]), 5).tolist() == [True, False, False, False, True]
    assert not column.any_of(["xx"]).any()
    assert not column.any_of([]).any()


def test_numbered_finds_places_also_where_hashes_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"c{i}" for i in range(50)]
    assert sorted(Numbered(texts).places(["c7", "nobody", "c49", "c0"]).tolist()) == [0, 7, 49]
    monkeypatch.setattr("tastemaker.retrieval.bits.hash", lambda text: len(text), raising=False)
    assert sorted(set(Numbered(texts).places(["c7", "nobody", "c49", "c0"]).tolist())) == [0, 7, 49]


def test_recent_keeps_what_was_asked_last_within_its_bounds() -> None:
    made: list[str] = []

    def value(key: str) -> str:
        made.append(key)
        return key * 3

    recent: Recent[str] = Recent(most=2, room=9, size=len)
    for key in ("a", "b", "a", "c", "a", "b"):
        assert recent.get(key, lambda key=key: value(key)) == key * 3
    assert made == ["a", "b", "c", "b"]
    assert recent.get("dddd", lambda: value("dddd")) == "d" * 12
    assert len(recent) == 1
