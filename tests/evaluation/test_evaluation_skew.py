from __future__ import annotations

import uuid

import numpy as np
import pytest

from tastemaker.errors import EvaluationError
from tastemaker.evaluation.skew import compare_features, in_sample

NAN = float("nan")


def test_each_kind_of_mismatch_is_counted_apart() -> None:
    served = np.array([[1.0, NAN, 5.0], [2.0, 3.0, NAN], [NAN, 4.0, 5.0]], dtype=np.float32)
    again = np.array([[1.5, NAN, 5.0], [NAN, 3.0, NAN], [7.0, 4.0, 5.0 + 1e-7]])
    a, b, c = compare_features(["a", "b", "c"], served, again, 1e-5)
    assert (a.feature, a.compared, a.differ, a.lost, a.found) == ("a", 3, 1, 1, 1)
    assert a.largest == pytest.approx(1 / 3)
    assert (a.mismatches, a.share) == (3, 1.0)
    assert (b.mismatches, c.mismatches) == (0, 0)


def test_rounding_to_float32_is_no_mismatch() -> None:
    values = np.random.default_rng(0).lognormal(0, 6, (1000, 1))
    (told,) = compare_features(["x"], values.astype(np.float32), values, 1e-5)
    assert told.mismatches == 0
    assert 0 < told.largest < 1e-6


def test_small_values_are_compared_as_they_are() -> None:
    """A rate of 1.05 in ten thousand is not 1; a sum that should be zero may be a little off."""
    rate, zero = compare_features(["a", "b"], np.array([[1.05e-4, 0.0]]), np.array([[1e-4, 5e-8]]), 1e-5)
    assert (rate.differ, zero.differ) == (1, 0)


def test_the_sample_is_a_share_of_decisions_and_always_the_same() -> None:
    ids = [uuid.UUID(int=i).hex for i in range(20_000)]
    one = {i for i in ids if in_sample(i, 0.01)}
    assert 150 < len(one) < 250
    assert one <= {i for i in ids if in_sample(i, 0.02)}
    assert all(in_sample(i, 1.0) for i in ids)


def test_other_shapes_are_refused() -> None:
    with pytest.raises(EvaluationError, match="of 1 columns"):
        compare_features(["x"], np.zeros((2, 1)), np.zeros((3, 1)), 1e-5)
