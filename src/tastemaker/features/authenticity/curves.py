"""Natural cubic curves: a smooth bend between the outer knots, a straight line beyond them.

Hastie, Tibshirani and Friedman, The Elements of Statistical Learning (2009), section 5.2.1; the places of the knots are
those of Harrell, Regression Modeling Strategies (2015), table 2.3.
"""

from __future__ import annotations

import numpy as np

_PLACES = {3: (0.1, 0.5, 0.9), 4: (0.05, 0.35, 0.65, 0.95), 5: (0.05, 0.275, 0.5, 0.725, 0.95)}


def knots(values: np.ndarray, count: int) -> np.ndarray:
    """At most ``count`` (3 to 5) knots at quantiles of the known ``values`` (n,); equal ones count once."""
    known = values[np.isfinite(values)]
    return np.unique(np.quantile(known, _PLACES[count])) if known.size else np.empty(0)


def curve(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The basis (n, max(1, knots - 1)): the value itself, then a bend per inner knot. NaN stays NaN."""
    if len(at) < 3:
        return values[:, None]
    # In units of the knots' span, so that a bend is of the size of the line beside it.
    x, t = (values - at[0]) / (at[-1] - at[0]), (at - at[0]) / (at[-1] - at[0])
    bends = [_cubic(x, t, i) - _cubic(x, t, len(t) - 2) for i in range(len(t) - 2)]
    return np.stack([values, *bends], axis=1)


def _cubic(x: np.ndarray, t: np.ndarray, knot: int) -> np.ndarray:
    rise = np.maximum(x - t[knot], 0.0) ** 3 - np.maximum(x - t[-1], 0.0) ** 3
    return np.asarray(rise / (t[-1] - t[knot]))
