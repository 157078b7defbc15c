"""Columns of a snapshot on content that need the themes: focus, niche, how fresh and how sure all of it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from tastemaker.features.bucket import DAY
from tastemaker.features.confidence import confidence
from tastemaker.features.content.niches import load_niches, niche_probabilities, niche_scores
from tastemaker.features.content.theme_sets import ThemeSets
from tastemaker.features.lookups import spans
from tastemaker.features.snapshot import to_numpy

if TYPE_CHECKING:
    from tastemaker.config import Evidence
    from tastemaker.features.anchors import Anchors


def content_columns(rows: pa.Table, themes: ThemeSets, anchors: Anchors | None, told: Evidence) -> pa.Table:
    """``rows`` with topical_focus, niche, niche_probability and content_confidence, from ``moment``, ``content_as_of``
    and ``content_posts``. Without ``anchors``, or with an encoder without a calibration, no niche is named.
    """
    niche, probability = _niches(themes, anchors, len(rows))
    age = (to_numpy(rows.column("moment")) - to_numpy(rows.column("content_as_of"))) / DAY
    trusted = confidence(to_numpy(rows.column("content_posts")), told.enough, age, told.half_life_days)
    made = {
        "topical_focus": themes.focus,
        "niche_probability": probability,
        "content_confidence": trusted,
    }
    for name, values in made.items():
        rows = rows.append_column(name, pa.array(values, pa.float64(), from_pandas=True))
    return rows.append_column("niche", pa.array(niche, pa.string()))


def _niches(themes: ThemeSets, anchors: Anchors | None, n: int) -> tuple[list[str | None], np.ndarray]:
    """Niche and probability of each row: the mean over its themes by their posts, unknown below the least one."""
    unknown: tuple[list[str | None], np.ndarray] = [None] * n, np.full(n, np.nan)
    niches = load_niches()
    calibrated = None if anchors is None else niches.calibration.get(anchors.encoder_id.partition("/")[0])
    if anchors is None or calibrated is None or not len(themes.vectors):
        return unknown
    sharpness, least = calibrated
    each = niche_probabilities(niche_scores(themes.vectors, anchors.niches, niches.owner), sharpness)
    weight = np.where(np.isnan(themes.share), 1.0, themes.share)
    has = themes.count > 0
    at = spans(themes.start[has], themes.count[has])
    first = np.cumsum(themes.count[has]) - themes.count[has]
    together = (
        np.add.reduceat(each[at] * weight[at, None], first, axis=0)
        / np.add.reduceat(weight[at], first)[:, None]
    )
    top = together.argmax(axis=1)
    chance = together[np.arange(len(top)), top]
    named, probability = unknown
    for row, place, p in zip(np.flatnonzero(has).tolist(), top.tolist(), chance.tolist(), strict=True):
        if p >= least:
            named[row], probability[row] = niches.names[place], p
    return named, probability
