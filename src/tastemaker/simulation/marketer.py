"""The marketer who decided in the past: shows some, chooses few, likes size and fame too much; propensities are exact.

Poisson sampling: every creator is shown, and every shown one is chosen, by an independent coin. The coin's probability
is what the tables hold, so ``p_chosen`` is exactly P(chosen | shown) and ``p_shown`` exactly P(shown).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tastemaker.simulation.clock import Flags, Floats, Ints
from tastemaker.simulation.levels import Bias, Noise
from tastemaker.simulation.response import Situation

SHOWN, CHOSEN = 45.0, 8.0
"""Expected numbers of creators shown and chosen."""

_REASONS = ("too small for us", "not our topic", "audience elsewhere", "too expensive", "no strong feeling")


@dataclass(frozen=True)
class Choice:
    """``shown``: rows of the situation, best liked first; their propensities, whether chosen, a word why not."""

    shown: Ints
    p_shown: Floats
    chosen: Flags
    p_chosen: Floats
    reason: list[str]


def decide(s: Situation, fame: Floats, noise: Noise, bias: Bias, rng: np.random.Generator) -> Choice:
    n, blur = len(s.followers), noise.perception
    size = _standard(np.log(s.followers))
    topic = _standard(s.match + blur * rng.normal(0, 0.15, n))
    public = _standard(s.overlap + blur * rng.normal(0, 0.08, n))
    cost = _standard(s.price_factor + blur * rng.normal(0, 0.3, n))
    liking = (
        bias.size * size
        + bias.fame * _standard(fame)
        + 0.9 * topic
        + 0.5 * public
        - 0.25 * cost
        + rng.normal(0, 0.4, n)
    )
    p_shown = coins(0.8 * liking, SHOWN, low=0.002, high=0.98)
    shown = np.nonzero(rng.random(n) < p_shown)[0]
    second = liking[shown] + rng.normal(0, 0.5, len(shown))
    p_chosen = coins(1.1 * second, CHOSEN, low=0.02, high=0.9)
    chosen = rng.random(len(shown)) < p_chosen
    worst = (
        np.argmin(np.stack([size, topic, public, -cost, np.full(n, -0.9)], axis=1)[shown], axis=1)
        if len(shown)
        else shown
    )
    order = np.lexsort((shown, -second))
    return Choice(
        shown=shown[order],
        p_shown=p_shown[shown][order],
        chosen=chosen[order],
        p_chosen=p_chosen[order],
        reason=["" if c else _REASONS[w] for c, w in zip(chosen[order], worst[order], strict=True)],
    )


def coins(utility: Floats, total: float, *, low: float, high: float) -> Floats:
    """sigmoid(utility + c) within [low, high], c such that they sum to ``total`` (at most 0.7 of the rows)."""
    total = min(total, 0.7 * len(utility))
    left, right = -40.0, 40.0
    for _ in range(50):
        middle = (left + right) / 2
        if np.clip(1 / (1 + np.exp(-(utility + middle))), low, high).sum() < total:
            left = middle
        else:
            right = middle
    return np.asarray(np.round(np.clip(1 / (1 + np.exp(-(utility + right))), low, high), 6), dtype=np.float64)


def _standard(values: Floats) -> Floats:
    spread = values.std() if len(values) else 0.0
    scores: Floats = (values - values.mean()) / spread if spread > 0 else np.zeros(len(values))
    return scores
