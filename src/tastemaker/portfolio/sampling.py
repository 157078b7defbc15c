"""A coverage from audiences: people sampled from those whom the options would reach, each with the weight of many."""

from __future__ import annotations

import numpy as np

from tastemaker.portfolio.audience import Audiences, OverlapModel
from tastemaker.portfolio.coverage import Coverage

POINTS_EACH = 24
"""Sampled people of each option where there are hundreds."""

FEWEST_POINTS_EACH = 4
LEAST_POINTS = 4_000
_ACTIVITY = 2.0
_CELLS = 4_000_000


def sample_coverage(
    audiences: Audiences,
    model: OverlapModel,
    kpi: np.ndarray,
    reach: np.ndarray,
    p_accept: np.ndarray,
    *,
    account: np.ndarray | None = None,
    points_each: int | None = None,
    seed: int = 0,
) -> Coverage:
    """The KPI of sets over unique audience, given how likely each accepts.

    ``kpi`` (n,) expected results given acceptance, at least 0; ``reach`` (n,) people reached (NaN: nothing is known of
    whom, and the option's people are its own); ``p_accept`` (n,) 0..1; ``account`` (n,) each option's row in
    ``audiences`` (default: one each).

    People are drawn from each option in turn, and whether another reaches the same person is a coin of the modelled
    overlap; a person whom several reach stands for fewer people (the estimator of a union: Karp, Luby and Madras
    1989), so that an option of a thousand people is seen as well as one of a million. The chance to reach a person
    bears the chance to be there at all: the expectation of f is that over who accepts.
    """
    n = len(kpi)
    account = np.arange(n) if account is None else account
    each = points_each or _points_each(n)
    known = np.isfinite(reach) & (reach > 0.0)
    people = np.where(known, reach, 1.0) * p_accept
    live = np.flatnonzero((people > 0.0) & (kpi > 0.0))
    if not len(live):
        return Coverage(0, np.zeros(n + 1, dtype=np.int64), np.empty(0, np.int64), np.empty(0))
    rng = np.random.default_rng(seed)
    share = np.where(known, np.nan_to_num(reach), 0.0) / np.maximum(audiences.size[account], 1.0)
    chance = np.minimum(share, 1.0) * p_accept
    source = np.repeat(np.arange(len(live)), each)
    follows = _follows(audiences, model)
    point, option = _draw(follows, account[live], chance[live], source, rng)
    # A person stands for 1 / (sum over those who reach them of the density that each samples with).
    density = np.bincount(point, (each / people[live])[option], minlength=len(source))
    order = np.lexsort((point, option))
    point, option = point[order], option[order]
    gain = (kpi[live] / np.where(known, reach, 1.0)[live])[option] / density[point]
    # What an option brings alone is known: the sample is there for what several bring together.
    gain *= ((kpi * p_accept)[live] / np.bincount(option, gain, minlength=len(live)))[option]
    start = np.zeros(n + 1, dtype=np.int64)
    start[1 + live] = np.bincount(option, minlength=len(live))
    return Coverage(len(source), np.cumsum(start), point, gain)


def _points_each(options: int) -> int:
    """Many for few options, fewer where the pairs of thousands would take seconds."""
    usual = max(POINTS_EACH, -(-LEAST_POINTS // max(options, 1)))
    return int(np.clip(4 * _CELLS // max(options * options, 1), FEWEST_POINTS_EACH, usual))


def _follows(audiences: Audiences, model: OverlapModel) -> np.ndarray:
    """(accounts, accounts) share of the row's followers who follow the column's; 1 for its own."""
    return np.asarray(model.shared(audiences) / np.maximum(audiences.size, 1.0)[:, None], dtype=np.float32)


def _draw(
    follows: np.ndarray, account: np.ndarray, chance: np.ndarray, source: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """(point, option) of everyone who reaches a sampled person, its source among them. A person's activity moves all
    chances together, so that triples are shared more often than pairs would say."""
    activity = rng.gamma(_ACTIVITY, 1.0 / _ACTIVITY, len(source)).astype(np.float32)
    reached = chance.astype(np.float32)
    points, options = [], []
    step = max(1, _CELLS // len(account))
    for first in range(0, len(source), step):
        part = slice(first, first + step)
        told = follows[account[source[part]]][:, account] * reached * activity[part, None]
        # An option without a known reach has people of its own.
        told[reached[source[part]] <= 0.0] = 0.0
        member = rng.random(told.shape, dtype=np.float32) < told
        member[np.arange(len(member)), source[part]] = True
        point, option = np.nonzero(member)
        points.append(point + first)
        options.append(option)
    return np.concatenate(points), np.concatenate(options)
