"""How close a brief's words are to what an account posts about."""

from __future__ import annotations

import numpy as np

from tastemaker.errors import FeatureError
from tastemaker.features.lookups import spans
from tastemaker.features.snapshot import FeatureSnapshot


def content_similarity(content: np.ndarray, snapshot: FeatureSnapshot, rows: np.ndarray) -> np.ndarray:
    """float64 (len(rows),): the greatest cosine of ``content`` (dim,) with a theme of the row, in -1..1.

    NaN for a row without a theme and for a content vector of zeros (a brief without words).
    """
    if content.shape != (snapshot.themes.shape[1],):
        raise FeatureError(
            f"content has shape {content.shape}; the themes have {snapshot.themes.shape[1]} columns"
        )
    similarity = np.full(len(rows), np.nan)
    if not content.any():
        return similarity
    start = snapshot.theme_start[rows]
    count = snapshot.theme_start[rows + 1] - start
    has = count > 0
    counts = count[has]
    if not len(counts):
        return similarity
    first = np.cumsum(counts) - counts
    themes = spans(start[has], counts)
    # einsum sums row by row: unlike in a matrix product, a row's value does not hang on the other rows.
    cosines = np.einsum("ij,j->i", snapshot.themes[themes], content)
    similarity[has] = np.maximum.reduceat(cosines, first)
    return similarity
