"""8-bit codes: the bound on their error holds, and an exact plan over them is the plain scan to the last bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastemaker.retrieval import ExactIndex, IVFIndex
from tastemaker.retrieval.codes import ByteCodes


def rows(seed: int, n: int = 400, width: int = 37) -> np.ndarray:
    """Columns of very different ranges, some constant, a few far outliers."""
    rng = np.random.default_rng(seed)
    made = rng.normal(size=(n, width)) * 10.0 ** rng.integers(-3, 2, width)
    made[:, rng.integers(0, width, 3)] = rng.normal()
    made[rng.integers(0, n, 2)] *= 50
    return made.astype(np.float32)


@settings(max_examples=60)
@given(seed=st.integers(0, 10_000), fine=st.booleans(), some=st.booleans())
def test_codes_scores_are_within_their_bound(seed: int, fine: bool, some: bool) -> None:
    vectors = rows(seed)
    codes = ByteCodes.fit(vectors)
    query = np.random.default_rng(seed + 1).normal(size=vectors.shape[1]).astype(np.float32)
    ids = np.arange(0, len(vectors), 3) if some else None
    scores, error = codes.scores(query, ids, fine=fine)
    exact = (vectors if ids is None else vectors[ids]).astype(np.float64) @ query
    assert np.abs(scores - exact).max() <= error


def test_codes_finer_queries_have_a_smaller_bound() -> None:
    codes = ByteCodes.fit(rows(3))
    query = rows(4)[0]
    assert codes.scores(query, fine=True)[1] < codes.scores(query)[1]


@pytest.mark.parametrize("share", [1.0, 0.6, 0.2, 0.05])
def test_codes_exact_plan_is_the_scan_to_the_last_bit(share: float) -> None:
    rng = np.random.default_rng(5)
    vectors = rows(7, 3_000)
    vectors[1_500:1_600] = vectors[20]  # ties
    planned, plain = IVFIndex().fit(vectors), ExactIndex().fit(vectors)
    selection = plain.select(rng.random(len(vectors)) < share if share < 1 else None)
    for number in range(8):
        query = vectors[20] if number == 0 else rng.normal(size=vectors.shape[1]).astype(np.float32)
        found = planned.find(query, 25, selection, exact=True)
        wanted = plain.find(query, 25, selection)
        assert (found.plan, found.exact, found.missed) == ("codes", True, 0.0)
        assert found.ids.tolist() == wanted.ids.tolist()
        assert found.scores.tobytes() == wanted.scores.tobytes()


def test_codes_come_back_from_their_file(tmp_path: Path) -> None:
    codes = ByteCodes.fit(rows(1))
    codes.save(tmp_path / "codes.safetensors")
    again = ByteCodes.load(tmp_path / "codes.safetensors")
    query = rows(2)[0]
    assert again.scores(query)[0].tobytes() == codes.scores(query)[0].tobytes()
    assert again.scores(query)[1] == codes.scores(query)[1]
