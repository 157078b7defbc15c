"""How much audiences overlap: as reported, else as modelled by niche, country, language, age and size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pyarrow as pa

from tastemaker.schema import AUDIENCE_WIDTH, FACET_SLICES

PEOPLE = 20e6
"""How many people follow somebody of the catalogue, where no overlap report tells."""

DOUBT = 10.0
"""Reports that the spread without any is worth: of a few pairs one can not tell how far the next lies off."""

UNSURE = 1.2
"""Standard deviation of the log of a modelled overlap where nothing was reported: within a factor of 4.7 four times in
five (of a simulated catalogue it told a third of the truth: experiments/0005-sets)."""

BOUGHT = 0.5
"""Share of the followers who are taken to be nobody where an audience is not real."""

LEAST_REPORTS = 5
PRIOR = (1.5, 25.0)
"""Pull of the fit towards the defaults: the number of people within a factor of about 2, the slope within 0.2 of 1."""

ROUNDS = 30


@dataclass(frozen=True)
class Audiences:
    """Of n accounts: ``ids``, ``size`` (n,) followers who are real people, ``shares`` (n, AUDIENCE_WIDTH) without NaN,
    every facet of a row summing to 1, and ``average`` (AUDIENCE_WIDTH,), the mean over all follows."""

    ids: tuple[str, ...]
    size: np.ndarray
    shares: np.ndarray
    average: np.ndarray

    @classmethod
    def of(
        cls,
        ids: Sequence[str],
        followers: np.ndarray,
        authenticity: np.ndarray,
        shares: np.ndarray,
        usual: np.ndarray,
        average: np.ndarray,
    ) -> Self:
        """``shares`` (n, AUDIENCE_WIDTH), NaN in an unknown facet; ``usual`` (n, AUDIENCE_WIDTH), what is usual for the
        platform: an unknown facet takes it, and what a report does not list is spread over the other keys by it;
        ``average`` (AUDIENCE_WIDTH,), over the whole catalogue: the same for every set of accounts that is compared.

        ``authenticity`` (n,): the chance that the audience is real, NaN counts as 1; where it is not, ``BOUGHT`` of it
        is taken to be nobody. ``followers`` (n,), NaN counts as none.
        """
        size = np.nan_to_num(followers, nan=0.0) * (
            1.0 - BOUGHT * (1.0 - np.where(np.isnan(authenticity), 1.0, authenticity))
        )
        full = np.empty((len(ids), AUDIENCE_WIDTH))
        for part in FACET_SLICES.values():
            full[:, part] = _completed(shares[:, part].astype(float), usual[:, part].astype(float))
        middle = np.empty(AUDIENCE_WIDTH)
        for part in FACET_SLICES.values():
            unknown = np.full((1, part.stop - part.start), np.nan)
            middle[part] = _completed(unknown, average[None, part].astype(float))[0]
        return cls(tuple(ids), size, full, middle)

    def lift(self, rows: np.ndarray | None = None, others: np.ndarray | None = None) -> np.ndarray:
        """(rows, others) log of how much likelier than chance a follower of one is to be like one of the other."""
        mine = self.shares if rows is None else self.shares[rows]
        theirs = self.shares if others is None else self.shares[others]
        out = np.zeros((len(mine), len(theirs)))
        for part in FACET_SLICES.values():
            usual = np.maximum(self.average[part], 1e-6)
            out += np.log(np.maximum((mine[:, part] / usual) @ theirs[:, part].T, 1e-6))
        return out

    def pairs(self, rows: np.ndarray, others: np.ndarray) -> np.ndarray:
        """(k,) :meth:`lift` of ``rows[i]`` and ``others[i]``."""
        out = np.zeros(len(rows))
        for part in FACET_SLICES.values():
            usual = np.maximum(self.average[part], 1e-6)
            out += np.log(
                np.maximum((self.shares[rows, part] * self.shares[others, part] / usual).sum(1), 1e-6)
            )
        return out

    def only(self, rows: np.ndarray) -> Audiences:
        """The accounts ``rows``; the average stays that of all."""
        ids = tuple(self.ids[r] for r in rows)
        return replace(self, ids=ids, size=self.size[rows], shares=self.shares[rows])


@dataclass(frozen=True)
class OverlapModel:
    """``shared(a, b) = size_a size_b / people x exp(slope x lift)``; never more than the smaller of the two.

    ``spread``: standard deviation of the log of what reports say over it, drawn to the one without reports where they
    are few; ``reports``: how many it was fitted on; ``known``: (account, account) in order -> people who follow both,
    by a report of the two.
    """

    people: float = PEOPLE
    slope: float = 1.0
    spread: float = UNSURE
    reports: int = 0
    known: dict[tuple[str, str], float] | None = None

    @classmethod
    def fit(cls, audiences: Audiences, reports: pa.Table | None) -> Self:
        """By a log-linear model of the reported counts on the lift, with a pull towards the defaults; counts scatter as
        gamma-Poisson ones do, so that pairs without anybody in common speak too (iteratively reweighted least squares:
        McCullagh and Nelder 1989). ``reports``: the canonical table ``overlaps``; those of accounts that are not there,
        or without both counts, are passed over."""
        told = _reported(audiences, reports)
        if len(told.rows) < LEAST_REPORTS:
            return cls(reports=len(told.rows), known=told.known)
        lift = audiences.pairs(told.rows, told.others)
        usual = (
            np.log(np.maximum(audiences.size[told.rows] * audiences.size[told.others], 1.0) / PEOPLE) + lift
        )
        seen, expected = told.shared / told.coarse, usual - np.log(told.coarse)
        x = np.column_stack([np.ones(len(lift)), lift - lift.mean()])
        prior, beta = np.diag(PRIOR), np.zeros(2)
        for _ in range(ROUNDS):
            mean = np.exp(np.clip(expected + x @ beta, -20.0, 20.0))
            weight = mean / (1.0 + mean)
            moment = (x * weight[:, None]).T @ x + prior
            target = x @ beta + (seen - mean) / mean
            beta = np.linalg.solve(moment, (x * weight[:, None]).T @ target)
        mean = np.exp(np.clip(expected + x @ beta, -20.0, 20.0))
        told_of, n = max(_excess(seen, mean), 0.0), len(lift)
        spread = float(np.sqrt((DOUBT * UNSURE**2 + n * told_of) / (DOUBT + n)))
        people = PEOPLE / np.exp(beta[0] - beta[1] * lift.mean())
        return cls(float(people), float(1.0 + beta[1]), spread, len(lift), told.known)

    def shared(self, audiences: Audiences) -> np.ndarray:
        """(n, n) people who follow both of two accounts; of an account with itself its size."""
        out = np.outer(audiences.size, audiences.size) / self.people * np.exp(self.slope * audiences.lift())
        place = {name: i for i, name in enumerate(audiences.ids)}
        for (a, b), people in (self.known or {}).items():
            if a in place and b in place:
                out[place[a], place[b]] = out[place[b], place[a]] = people
        out = np.minimum(out, np.minimum.outer(audiences.size, audiences.size))
        np.fill_diagonal(out, audiences.size)
        return np.asarray(out)


@dataclass(frozen=True)
class _Reported:
    rows: np.ndarray
    others: np.ndarray
    shared: np.ndarray
    coarse: float
    known: dict[tuple[str, str], float]


def _reported(audiences: Audiences, reports: pa.Table | None) -> _Reported:
    """Reports of two accounts as pairs; the latest of each pair. Larger sets tell no single pair and are left out."""
    place = {name: i for i, name in enumerate(audiences.ids)}
    known: dict[tuple[str, str], float] = {}
    for line in [] if reports is None else reports.sort_by("observed_at").to_pylist():
        ids, unique, total = line["account_ids"], line["unique_followers"], line["total_followers"]
        if len(ids) == 2 and unique is not None and total is not None:
            known[(min(ids), max(ids))] = float(max(total - unique, 0))
    pairs = [(place[a], place[b], n) for (a, b), n in known.items() if a in place and b in place]
    rows, others = (np.array([p[k] for p in pairs], dtype=np.int64) for k in (0, 1))
    people = np.array([p[2] for p in pairs], dtype=float)
    # The step in which counts come is not told; the smallest one above 0 is a fair guess of it.
    coarse = float(people[people > 0].min()) if (people > 0).any() else 1.0
    return _Reported(rows, others, people, coarse, known)


def _excess(seen: np.ndarray, mean: np.ndarray) -> float:
    """Variance of the log of true over modelled overlap, beyond the scatter of counts: that of pairs whose modelled
    overlap is of some size, by ln(1 + relative excess variance)."""
    large = mean >= np.median(mean)
    relative = ((seen - mean) ** 2 - mean)[large] / mean[large] ** 2
    return float(np.log1p(max(float(np.mean(np.minimum(relative, 25.0))), 0.0)))


def _completed(shares: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Rows that sum to 1: an unknown one is the usual, an incomplete one keeps its shares and spreads the rest."""
    width = shares.shape[1]
    usual = np.where(np.isnan(usual).any(axis=1, keepdims=True), 1.0 / width, usual) + 1e-4 / width
    usual = usual / usual.sum(axis=1, keepdims=True)
    there = ~np.isnan(shares).any(axis=1, keepdims=True)
    listed = np.where(there, np.nan_to_num(shares), 0.0)
    open_ = np.where(listed > 0.0, 0.0, usual)
    rest = np.maximum(1.0 - listed.sum(axis=1, keepdims=True), 1e-6)
    out = listed + rest * open_ / np.maximum(open_.sum(axis=1, keepdims=True), 1e-12)
    return np.asarray(out / out.sum(axis=1, keepdims=True))
