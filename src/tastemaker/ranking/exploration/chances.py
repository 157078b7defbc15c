"""Thompson sampling as chances, and a draw of a fixed number that keeps exactly to them."""

from __future__ import annotations

import numpy as np

from tastemaker.errors import RankingError


def thompson_wins(
    log_values: np.ndarray, spread: np.ndarray, places: int, draws: int, rng: np.random.Generator
) -> np.ndarray:
    """In how many of ``draws`` each of n contenders is among the best ``places``: int64 (n,), sum places x draws.

    A draw takes each contender's value from a log-normal distribution whose *mean* is the value and whose logarithm has
    the standard deviation ``spread`` (n,): what is uncertain is not worth more for it, it only may be (Thompson 1933;
    the best k of one joint draw: Komiyama, Honda and Nakagawa 2015). Ties go to the earlier row.
    """
    n = len(log_values)
    if not 0 <= places <= n:
        raise RankingError(f"thompson_wins: {places} places for {n} contenders; expected 0 to {n}")
    if places in (0, n):
        return np.full(n, draws if places else 0, dtype=np.int64)
    drawn = log_values - 0.5 * spread**2 + spread * rng.standard_normal((draws, n))
    best = np.argsort(-drawn, axis=1, kind="stable")[:, :places]
    return np.bincount(best.ravel(), minlength=n).astype(np.int64)


def fixed_size_sample(wins: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Rows (int64, ascending) of a sample of sum(wins) / draws contenders that takes row i with chance wins[i] / draws.

    Randomised systematic sampling (Madow 1949; Hartley and Rao 1962): the chances are laid end to end in random order
    and cut at every whole step from a random start. In whole numbers, so the chances are exact, not nearly so. Raises
    RankingError where a chance is above 1 or the sum is not whole.
    """
    total = int(wins.sum())
    if total % draws or (wins > draws).any() or (wins < 0).any():
        raise RankingError(
            f"fixed_size_sample: {wins.max(initial=0)} wins at most and {total} in all of {draws} draws; "
            "expected 0 to 1 of the draws each and a whole number of places in all"
        )
    mixed = rng.permutation(len(wins))
    ends = np.cumsum(wins[mixed])
    cuts = int(rng.integers(0, draws)) + draws * np.arange(total // draws)
    return np.sort(mixed[np.searchsorted(ends, cuts, side="right")])
