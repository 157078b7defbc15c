"""Which variant to use, found inside the training brands alone: the judged ones have no say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from link_model import Asked, values
from link_settings import Settings

from tastemaker.evaluation import link_metrics

CRITERION = "MAP"
"""The steadiest of the metrics that hear the first places."""


def choose(lessons_of: Callable[[str], Sequence[Asked]], settings: Settings) -> str:
    """The name of the variant of ``choose_among`` with the best mean average precision over the lessons' brands.

    ``lessons_of``: a variant's name -> its lessons, of the same brands for all variants. Taught by three fifths of them
    and judged on the others, twice. A lesson's features know the links of the other lessons, the judged ones too, so
    variants that lean on links may look better here than they are; the brands that judge the whole procedure stand in
    no lesson. Of equals the first one named.
    """
    half = max(1, settings.inner_folds * 2 // 5)
    found = [
        np.mean([_precision(name, lessons, judged, settings) for judged in (range(half), range(-half, 0))])
        for name in settings.choose_among
        for lessons in (lessons_of(name),)
    ]
    return settings.choose_among[int(np.argmax(found))]


def _precision(name: str, lessons: Sequence[Asked], judged: range, settings: Settings) -> float:
    held = {number % len(lessons) for number in judged}
    taught = [lesson for number, lesson in enumerate(lessons) if number not in held]
    metrics = []
    for number in sorted(held):
        scores = values(taught, lessons[number], settings.variant(name), settings)
        linked = lessons[number].frame["engagements"].to_numpy().reshape(scores.shape) > 0
        metrics.append(link_metrics(scores, linked, np.ones_like(linked))[CRITERION])
    return float(np.concatenate(metrics).mean())
