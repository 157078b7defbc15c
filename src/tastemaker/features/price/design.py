"""The terms of the fee model: which columns a quote or an account has, and how hard each is held to zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tastemaker.features.packages import WORK

KINDS = tuple(WORK)
BASE_KIND = "post"
PRIOR_SLOPE = 0.7
"""Fees grow with followers, and slower than they do; few quotes move the slope little from here."""

RIDGE = {
    "platform": 0.01,
    "slope": 2.0,
    "own_slope": 20.0,
    "count": 5.0,
    "kind": 5.0,
    "niche": 10.0,
    "country": 10.0,
    "reach": 20.0,
}
"""Quotes that the pull of each kind of term towards zero is worth. Niches and countries differ little until many quotes
say so."""


@dataclass(frozen=True)
class Asked:
    """n packages, each for an account. ``log_size``: ln(1 + followers); ``log_reach``: ln(reported reach / followers),
    NaN unknown; ``counts`` (n, kinds): deliverables by :data:`KINDS`, at least one each row.
    """

    platform: Sequence[str]
    niche: Sequence[str]
    country: Sequence[str | None]
    log_size: np.ndarray
    log_reach: np.ndarray
    counts: np.ndarray

    @property
    def log_work(self) -> np.ndarray:
        """(n,): ln of the package's size in standard packages, which the model's terms correct."""
        return np.asarray(np.log(self.counts @ np.array([WORK[kind] for kind in KINDS])))


def one_of(kind: str, n: int) -> np.ndarray:
    """(n, kinds): one deliverable of a kind."""
    counts = np.zeros((n, len(KINDS)))
    counts[:, KINDS.index(kind)] = 1.0
    return counts


@dataclass(frozen=True)
class Design:
    """The terms that some quotes know; ``centre``: their mean ln(1 + followers), ``reach``: their mean log reach."""

    platforms: tuple[str, ...]
    niches: tuple[str, ...]
    countries: tuple[str, ...]
    centre: float
    reach: float

    @classmethod
    def of(cls, asked: Asked) -> Design:
        known = asked.log_reach[~np.isnan(asked.log_reach)]
        return cls(
            platforms=tuple(sorted(set(asked.platform))),
            niches=tuple(sorted({n for n in asked.niche if n})),
            countries=tuple(sorted({c for c in asked.country if c})),
            centre=float(np.mean(asked.log_size)),
            reach=float(np.mean(known)) if len(known) else 0.0,
        )

    def ridge(self) -> np.ndarray:
        """(terms,): the pull on each term, in the order of :meth:`matrix`."""
        p = len(self.platforms)
        counts = (p, 1, p, 1, len(KINDS) - 1, 1, len(self.niches), len(self.countries))
        names = ("platform", "slope", "own_slope", "count", "kind", "reach", "niche", "country")
        return np.repeat([RIDGE[name] for name in names], counts)

    def matrix(self, asked: Asked) -> np.ndarray:
        """(n, terms). A platform, niche or country that the quotes did not know has zeros: the others' common level."""
        on = _marks(asked.platform, self.platforms)
        size = (asked.log_size - self.centre)[:, None]
        work = asked.counts * np.array([WORK[kind] for kind in KINDS])
        shares = np.delete(work / work.sum(axis=1, keepdims=True), KINDS.index(BASE_KIND), axis=1)
        reach = np.nan_to_num(asked.log_reach - self.reach)[:, None]
        count = np.log(np.maximum(asked.counts.sum(axis=1), 1.0))[:, None]
        niches, countries = _marks(asked.niche, self.niches), _marks(asked.country, self.countries)
        return np.hstack([on, size, on * size, count, shares, reach, niches, countries])


def _marks(values: Sequence[str | None], names: tuple[str, ...]) -> np.ndarray:
    place = {name: i for i, name in enumerate(names)}
    found = np.array([place.get(v, -1) if v else -1 for v in values], dtype=np.int64)
    marks = np.zeros((len(found), len(names)))
    known = found >= 0
    marks[np.flatnonzero(known), found[known]] = 1.0
    return marks
