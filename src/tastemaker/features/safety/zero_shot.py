"""Captions near the description of a category, by the vectors that they have: leads for a person, not levels.

Measured (docs/safety.md): at the threshold that keeps 95 % precision on the tuning half it finds next to nothing that
the words do not, so nothing counts it unless asked to.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from tastemaker.errors import FeatureError
from tastemaker.features.safety.lexicon import Lexicon

THRESHOLDS = {"multilingual": 0.45}
"""Encoder (the part of its id before the first slash) -> least cosine, chosen on the tuning half."""


class Encodes(Protocol):
    """What makes the vectors of the descriptions: the encoder that made those of the posts."""

    @property
    def id(self) -> str: ...

    def encode(self, texts: list[str]) -> npt.NDArray[np.float32]: ...


def near_categories(
    vectors: npt.NDArray[np.float32],
    encoder_id: str,
    encoder: Encodes,
    lexicon: Lexicon,
    threshold: float | None = None,
) -> npt.NDArray[np.float32]:
    """float32 (n, 12): the cosine of a post with the nearest description of its nearest category; 0 elsewhere.

    ``vectors``: (n, dim), unit rows or zero, made by the encoder ``encoder_id``; ``threshold``: least cosine, else
    the encoder's in ``THRESHOLDS``. Raises FeatureError for vectors of another encoder, or one without a threshold.
    """
    if encoder.id != encoder_id:
        raise FeatureError(f"vectors of {encoder_id!r} can not be compared with {encoder.id!r}; encode again")
    least = THRESHOLDS.get(encoder_id.partition("/")[0]) if threshold is None else threshold
    if least is None:
        known = ", ".join(THRESHOLDS)
        raise FeatureError(
            f"no threshold for encoder {encoder_id!r} (known: {known}); choose one on labelled texts"
        )
    nearest = np.stack(
        [(vectors @ encoder.encode(list(said)).T).max(axis=1) for said in lexicon.descriptions], axis=1
    )
    best = nearest.max(axis=1, keepdims=True)
    return np.where((nearest == best) & (nearest >= least), nearest, 0).astype(np.float32)
