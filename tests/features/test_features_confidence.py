"""Trust grows with evidence, halves with age, and is unknown without either."""

from __future__ import annotations

import numpy as np
import pytest

from tastemaker.features.confidence import confidence


def test_trust_grows_with_evidence_and_halves_with_age() -> None:
    found = confidence(np.array([0.0, 10.0, 90.0, 10.0]), 10.0, np.array([0.0, 0.0, 0.0, 30.0]), 30.0)
    np.testing.assert_allclose(found, [0.0, 0.5, 0.9, 0.25])


def test_what_is_unknown_has_no_trust_at_all() -> None:
    assert np.isnan(confidence(np.array([np.nan, 3.0]), 5.0, np.array([1.0, np.nan]), 30.0)).all()


def test_a_prior_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        confidence(np.ones(1), 0.0, np.ones(1), 30.0)
