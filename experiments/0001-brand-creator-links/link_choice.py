"""Which variant to use, found inside the training brands alone: the judged ones have no say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from link_model import Asked, values
from link_settings import Settings, Variant

from tastemaker.evaluation import link_metrics

CRITERION = "MAP"
"""The steadiest of the metrics that hear the first places."""
GO_ON = 3
"""One of so many variants goes on to the second round."""


def choose(lessons_of: Callable[[str], Sequence[Asked]], settings: Settings) -> str:
    """The name of the variant of ``choose_among`` with the best mean average precision over the lessons' brands.

    ``lessons_of``: a variant's name -> its lessons, of the same brands for all variants. Successive halving (Jamieson
    and Talwalkar, AISTATS 2016): every variant is taught by three fifths of the lessons and judged on the others; the
    best third is judged once more on two other fifths, and the better mean of both wins. Trees are grown
    ``choice_steps`` times more coarsely than in the end, alike for all. A lesson's features know the links of the other
    lessons, the judged ones too, so variants that lean on links may look better here than they are; the brands that
    judge the whole procedure stand in no lesson. Of equals the first one named.
    """
    names = settings.choose_among
    half = max(1, settings.inner_folds * 2 // 5)

    def precision(name: str, judged: range) -> float:
        variant = _coarse(settings.variant(name), settings)
        return _precision(lessons_of(name), judged, variant, settings)

    first = np.array([precision(name, range(half)) for name in names])
    ahead = np.sort(np.argsort(-first, kind="stable")[: max(1, len(names) // GO_ON)])
    both = [first[k] + precision(names[k], range(-half, 0)) for k in ahead]
    best = int(ahead[int(np.argmax(both))])
    return names[best]


def _coarse(variant: Variant, settings: Settings) -> Variant:
    """The same with so many times fewer trees that each say so many times more."""
    usual, steps = variant.changed(settings.ranking), settings.choice_steps
    rounds, rate = max(1, usual.rounds // steps), min(1.0, usual.learning_rate * steps)
    return variant.model_copy(update={"rounds": rounds, "learning_rate": rate})


def _precision(lessons: Sequence[Asked], judged: range, variant: Variant, settings: Settings) -> float:
    held = {number % len(lessons) for number in judged}
    taught = [lesson for number, lesson in enumerate(lessons) if number not in held]
    metrics = []
    for number in sorted(held):
        scores = values(taught, lessons[number], variant, settings)
        linked = lessons[number].frame["engagements"].to_numpy().reshape(scores.shape) > 0
        metrics.append(link_metrics(scores, linked, np.ones_like(linked))[CRITERION])
    return float(np.concatenate(metrics).mean())
