"""A first, transparent authenticity score: how little about an account looks bought.

z = 2.5 - sum of weight * signal, score = 1 / (1 + exp(-z)). Each signal is 0 where nothing is odd, grows to at most 3,
and counts as 0 where it is unknown; the score is unknown where none of the four signals of evidence is known.
"""

from __future__ import annotations

import numpy as np

BASE = 2.5
MOST = 3.0

WEIGHTS: dict[str, float] = {
    "growth_spike": 1.0,
    "low_engagement": 0.9,
    "high_engagement": 0.5,
    "odd_comment_ratio": 0.6,
    "comment_repetition": 0.9,
    "following_ratio": 0.4,
    "foreign_audience": 0.5,
}

EVIDENCE = ("growth_spike", "engagement", "comment_ratio", "comment_repetition")


def signals(
    growth_spike: np.ndarray,
    engagement: np.ndarray,
    comment_ratio: np.ndarray,
    comment_repetition: np.ndarray,
    following_ratio: np.ndarray,
    language_share: np.ndarray,
) -> dict[str, np.ndarray]:
    """The signals, each 0..3, NaN unknown. ``engagement``, ``comment_ratio``: spreads above the peers' median."""
    raw = {
        # ln(followers) rose by more than 15 % within 30 days beyond the account's usual step
        "growth_spike": (growth_spike - 0.15) / 0.15,
        # far fewer reactions than accounts of its size: followers who are not there
        "low_engagement": -engagement - 1.0,
        # far more of them: pods
        "high_engagement": engagement - 2.0,
        # many likes without talk, or talk without likes
        "odd_comment_ratio": np.abs(comment_ratio) - 1.5,
        # more than 20 % of the comments are the same few words again
        "comment_repetition": (comment_repetition - 0.2) / 0.2,
        # follows more accounts than follow it
        "following_ratio": np.log(np.maximum(following_ratio, 1e-9)),
        # less than 30 % of the audience speaks a language of the creator
        "foreign_audience": (0.3 - language_share) / 0.1,
    }
    return {name: np.clip(value, 0.0, MOST) for name, value in raw.items()}


def authenticity(odd: dict[str, np.ndarray], known: np.ndarray) -> np.ndarray:
    """The score in 0..1 from the signals; NaN where ``known`` (bool: any signal of evidence is known) is false."""
    doubt = sum(weight * np.nan_to_num(odd[name], nan=0.0) for name, weight in WEIGHTS.items())
    return np.where(known, 1.0 / (1.0 + np.exp(doubt - BASE)), np.nan)
