"""A coverage from audiences: people sampled from those whom the options would reach, each with the weight of many."""

from __future__ import annotations

import numpy as np

from tastemaker.portfolio.audience import Audiences, OverlapModel
from tastemaker.portfolio.coverage import Coverage

POINTS_EACH = 24
"""Sampled people of each option where there are hundreds."""

LEAST_POINTS = 4_000
_ACTIVITY = 2.0


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
    each = points_each or max(POINTS_EACH, -(-LEAST_POINTS // max(n, 1)))
    known = np.isfinite(reach) & (reach > 0.0)
    people = np.where(known, reach, 1.0) * p_accept
    live = np.flatnonzero((people > 0.0) & (kpi > 0.0))
    if not len(live):
        return Coverage(0, np.zeros(n + 1, dtype=np.int64), np.empty(0, np.int64), np.empty(0))
    rng = np.random.default_rng(seed)
    chance = (
        _chances(audiences, model, account[live], known[live], np.where(known, reach, 0.0)[live])
        * p_accept[live]
    )
    source = np.repeat(np.arange(len(live)), each)
    member = _draw(chance, source, rng)
    # A person stands for 1 / (sum over those who reach them of the density that each samples with).
    density = member @ (each / people[live])
    rate = kpi[live] / np.where(known, reach, 1.0)[live]
    option, point = np.nonzero(member.T)
    gain = rate[option] / density[point]
    # What an option brings alone is known: the sample is there for what several bring together.
    gain *= ((kpi * p_accept)[live] / np.bincount(option, gain, minlength=len(live)))[option]
    start = np.zeros(n + 1, dtype=np.int64)
    start[1 + live] = np.bincount(option, minlength=len(live))
    return Coverage(len(source), np.cumsum(start), point, gain)


def _chances(
    audiences: Audiences, model: OverlapModel, account: np.ndarray, known: np.ndarray, reach: np.ndarray
) -> np.ndarray:
    """(n, n) how likely a person reached by the row's option is reached by the column's, were it to accept."""
    own = audiences.only(account)
    size = np.maximum(own.size, 1.0)
    follows = model.shared(own) / size[:, None]
    same = own_accounts(account)
    follows[same] = 1.0
    chance = follows * np.minimum(reach / size, 1.0)[None, :]
    chance[~known] = 0.0
    return np.asarray(np.minimum(chance, 1.0))


def own_accounts(account: np.ndarray) -> np.ndarray:
    """bool (n, n): options of one account."""
    return np.asarray(account[:, None] == account[None, :])


def _draw(
    chance: np.ndarray,
    source: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """bool (points, n): who reaches whom. A person's activity moves all chances together, so that triples are
    shared more often than pairs would say."""
    activity = rng.gamma(_ACTIVITY, 1.0 / _ACTIVITY, len(source)).astype(np.float32)
    told = chance.astype(np.float32)[source] * activity[:, None]
    member = rng.random(told.shape, dtype=np.float32) < told
    member[np.arange(len(source)), source] = True
    return np.asarray(member)
