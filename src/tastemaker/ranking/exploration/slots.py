"""Which candidates a shortlist shows when some of its places are test slots, and with what chance each was shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tastemaker.config import Exploration
from tastemaker.errors import RankingError
from tastemaker.ranking.base import order
from tastemaker.ranking.exploration.belief import Belief
from tastemaker.ranking.exploration.chances import fixed_size_sample, thompson_wins

SWAP_CHANCE = 0.5


@dataclass(frozen=True)
class Explored:
    """What is shown, best place first; all but ``chances`` are (k,) arrays, a row per place.

    ``rows``: positions among the candidates; ``test``: not among the best k by value, so there to be tried;
    ``swapped``: changed places with its neighbour, whose value is nearly the same; ``p_shown``: the chance of being
    shown at all; ``p_place``: the chance of this place, given who is shown; ``chances`` (n,): of every candidate, the
    chance of being shown. All chances are exact, given the candidates, their values and the settings.
    """

    rows: np.ndarray
    test: np.ndarray
    swapped: np.ndarray
    p_shown: np.ndarray
    p_place: np.ndarray
    chances: np.ndarray


def explore(
    values: np.ndarray,
    creator_ids: Sequence[str] | np.ndarray,
    belief: Belief,
    k: int,
    settings: Exploration,
    seed: int,
) -> Explored:
    """At most ``k`` of n candidates: the best by ``values`` (above 0), but for ``settings.share`` of the places.

    ``belief``: how uncertain past results leave the value of each. The test places are
    contested by those who would hold them by value, by those within a near-tie of the last place, and by unknowns
    (fewer than ``unknown_below`` known campaigns). Thompson sampling says how often each would win a place; who would
    less often than ``least_chance`` stays out. The places are then drawn with exactly those chances. Shown creators
    stand in the order of their values, but two neighbours whose values differ by no more than ``near_tie`` change
    places with a chance of one half, each creator in one such pair at most. What is drawn hangs on ``seed``, the
    chances do not: they are a function of the candidates and the settings. The order in which candidates come changes
    nothing.
    """
    if (np.asarray(values) <= 0.0).any():
        raise RankingError(
            f"explore: a value of {np.min(values)}; exploration needs values above 0, as the ranker 'value' gives them"
        )
    ranked = order(values, creator_ids)
    k = min(k, len(ranked))
    tests = min(int(np.floor(settings.share * k + 0.5)), k)
    # The chances are drawn from the settings' seed alone: then they are the policy's own, whatever a decision draws.
    contest = np.random.default_rng(settings.seed)
    # A stream each, so that the length of one draw changes nothing in the next.
    draw, coins = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(2))
    wins = np.zeros(len(ranked), dtype=np.int64)
    wins[: k - tests] = settings.draws
    unknown = belief.campaigns[ranked] < settings.unknown_below
    entered = k - tests + _contenders(values[ranked], unknown, k, tests, settings)
    who = ranked[entered]
    spread = settings.boldness * belief.spread[who]
    wins[entered] = _contested(np.log(values[who]), spread, tests, settings, contest)
    taken = fixed_size_sample(wins, settings.draws, draw)
    places, swapped, p_place = _near_ties(values[ranked[taken]], settings.near_tie, coins)
    shown = taken[places]
    chances = np.empty(len(ranked))
    chances[ranked] = wins / settings.draws
    rows = ranked[shown]
    return Explored(rows, shown >= k, swapped, chances[rows], p_place, chances)


def _contenders(
    values: np.ndarray, unknown: np.ndarray, k: int, tests: int, settings: Exploration
) -> np.ndarray:
    """Who may win a test place, as positions from the first such place on; ``values`` in falling order."""
    if not tests:
        return np.zeros(0, dtype=np.int64)
    near = values >= (1.0 - settings.near_tie) * values[k - 1]
    near[:k] = True
    return np.flatnonzero((near | unknown)[k - tests :])


def _contested(
    log_values: np.ndarray, spread: np.ndarray, places: int, settings: Exploration, rng: np.random.Generator
) -> np.ndarray:
    """Wins (n,) of the contenders, of whom the first ``places`` hold the places by value and always take part."""
    wins = thompson_wins(log_values, spread, places, settings.draws, rng)
    stays = wins >= settings.least_chance * settings.draws
    stays[:places] = True
    if not stays.all():
        again = thompson_wins(log_values[stays], spread[stays], places, settings.draws, rng)
        wins = np.zeros_like(wins)
        wins[stays] = again
    return wins


def _near_ties(
    values: np.ndarray, width: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(places, swapped, chance of the place) of k values in falling order; pairs are made from the top down."""
    k = len(values)
    places, swapped, chance = np.arange(k), np.zeros(k, dtype=bool), np.ones(k)
    first = 0
    while width > 0.0 and first + 1 < k:
        if values[first + 1] < (1.0 - width) * values[first]:
            first += 1
            continue
        pair = slice(first, first + 2)
        chance[pair] = SWAP_CHANCE
        if rng.random() < SWAP_CHANCE:
            places[pair], swapped[pair] = [first + 1, first], True
        first += 2
    return places, swapped, chance
