"""Does a creator sound like the brand? Both voices on the same five dimensions, compared by their shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tastemaker.errors import FeatureError
from tastemaker.features.columns import VOICE_COLUMNS
from tastemaker.features.voice.personality import voice_scores

if TYPE_CHECKING:
    from tastemaker.encoders import Encoder
    from tastemaker.features.anchors import Anchors
    from tastemaker.features.snapshot import FeatureSnapshot
    from tastemaker.schema import Brand


@dataclass(frozen=True)
class VoiceMatch:
    """``match`` (n,) in -1..1: cosine of both profiles; ``profiles`` (n, 5): each account's scores less the mean of all
    accounts of the snapshot, NaN unknown."""

    match: np.ndarray
    profiles: np.ndarray


def brand_voice(brand: Brand, encoder: Encoder, anchors: Anchors) -> np.ndarray:
    """float64 (5,) by ``DIMENSIONS``: the voice of a brand's own words (description, values, voice), NaN without any.

    Raises FeatureError for anchors of another encoder.
    """
    if anchors.encoder_id != encoder.id:
        raise FeatureError(
            f"anchors of {anchors.encoder_id!r} can not be compared with texts of {encoder.id!r}; encode both with one"
        )
    parts = (brand.description, ", ".join(brand.values), brand.voice or "")
    said = "\n".join(part.strip() for part in parts if part.strip())
    scores: np.ndarray = voice_scores(encoder.encode([said]), anchors.voice, anchors.origin)[0]
    return scores


def voice_match(brand: np.ndarray, snapshot: FeatureSnapshot, rows: np.ndarray) -> VoiceMatch:
    """How far the accounts in ``rows`` sound like ``brand`` (of :func:`brand_voice`); NaN where either is unknown."""
    every = np.column_stack([snapshot.column(name) for name in VOICE_COLUMNS])
    known = ~np.isnan(every).any(axis=1)
    usual = every[known].mean(axis=0) if known.any() else np.zeros(len(VOICE_COLUMNS))
    profiles = every[rows] - usual
    wanted = brand - brand.mean()
    shapes = profiles - profiles.mean(axis=1, keepdims=True)
    lengths = np.sqrt((shapes**2).sum(axis=1)) * np.sqrt((wanted**2).sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        match = np.where(lengths > 0, np.einsum("ij,j->i", shapes, wanted) / lengths, np.nan)
    return VoiceMatch(match, profiles)
