"""How far a signal can be trusted: by how much evidence it stands on, and how old that is."""

from __future__ import annotations

import numpy as np


def confidence(amount: np.ndarray, enough: float, age_days: np.ndarray, half_life_days: float) -> np.ndarray:
    """float64 (n,) in 0..1: amount / (amount + enough) * 2 ^ (-age / half life); NaN where either is unknown.

    ``amount``: pieces of evidence (posts, readings, people asked), at least 0; ``enough``: so many make one half, which
    is the weight of own evidence beside a prior worth ``enough`` pieces. ``age_days``: of the latest piece, at least 0.
    Raises ValueError for an ``enough`` or a half life that is not above 0.
    """
    if enough <= 0.0 or half_life_days <= 0.0:
        raise ValueError(f"enough {enough} and half life {half_life_days} must be above 0")
    trusted: np.ndarray = amount / (amount + enough) * np.exp2(-age_days / half_life_days)
    return trusted
