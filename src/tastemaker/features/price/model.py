"""The fee model of one moment: ln(fee) by platform, deliverables, size, reach, niche and country, with its quantiles.

    ln(quote) = ln(work) + slope * ln(1 + followers) + platform + niche + country + kinds + count + reach
                + creator + quote

The terms are fitted by Huber's weights with a ridge, a creator's quotes sharing the weight that they are worth
together. The spread left over is split into what stays with a creator and what changes from quote to quote, so that own
quotes count for what they tell of the next one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from tastemaker.features.price.design import KINDS, PRIOR_SLOPE, Asked, Design
from tastemaker.features.snapshot import to_numpy

LEVELS = (0.1, 0.5, 0.9)
MIN_QUOTED = 8
HUBER = 1.345
ROUNDS = 5
SHRINKAGE = 50.0
SHARED = 0.5
LEAST_SD = 0.05
EIGHTY = 1.2815515655446004


@dataclass(frozen=True)
class FeeModel:
    """``between``, ``within``: standard deviations of ln(fee) between like creators, and between a creator's quotes.

    ``edges``: platform -> distance of its 10 %, 50 % and 90 % points from the fitted level; only platforms with at
    least 8 quoted creators. ``latest``: time of the last quote on each, microseconds since 1970.
    """

    design: Design
    terms: np.ndarray
    between: float
    within: float
    edges: dict[str, np.ndarray] = field(default_factory=dict)
    latest: dict[str, int] = field(default_factory=dict)

    @property
    def spread(self) -> float:
        """Standard deviation of ln(quote) of a creator of whom no quote is known."""
        return float(np.hypot(self.between, self.within))

    def level(self, asked: Asked) -> np.ndarray:
        """(n,): ln of the fee in US dollars in the middle of the model; NaN on a platform without enough quotes."""
        matrix = self.design.matrix(asked)
        # einsum sums row by row: unlike in a matrix product, a row's value does not hang on the other rows.
        level = np.einsum("ij,j->i", matrix, self.terms) + asked.log_work
        level = level + PRIOR_SLOPE * (asked.log_size - self.design.centre)
        known = np.array([p in self.edges for p in asked.platform], dtype=bool)
        return np.where(known, level, np.nan)

    def quantiles(
        self, asked: Asked, own: np.ndarray | None = None, quotes: np.ndarray | None = None
    ) -> np.ndarray:
        """(n, 3): the 10 %, 50 % and 90 % points of ln(fee) that each would be quoted next, in US dollars.

        ``own`` (n,): median distance of the creator's own quotes from :meth:`level`, NaN without any; ``quotes``: their
        number. Own quotes move the middle and narrow the width by what they tell.
        """
        n = len(asked.log_size)
        own = np.full(n, np.nan) if own is None else own
        count = np.where(np.isnan(own), 0.0, 0.0 if quotes is None else quotes)
        noise = self.within**2 / np.maximum(count, 1.0)
        weight = np.where(count > 0, self.between**2 / (self.between**2 + noise), 0.0)
        moved = weight * np.nan_to_num(own)
        left = np.sqrt((1.0 - weight) * self.between**2 + self.within**2) / self.spread
        nowhere = np.full(len(LEVELS), np.nan)
        edges = np.array([self.edges.get(p, nowhere) for p in asked.platform]).reshape(n, len(LEVELS))
        middle = self.level(asked) + moved + edges[:, 1] * (1.0 - weight)
        made: np.ndarray = middle[:, None] + (edges - edges[:, 1:2]) * left[:, None]
        return made


def fit_fees(quotes: pa.Table) -> dict[int, FeeModel]:
    """Moment -> its model, from :func:`gather_quotes`; none where no platform has 8 quoted creators."""
    moments = to_numpy(quotes.column("t"))
    made = {}
    for t in np.unique(moments).tolist():
        model = _fit(quotes.filter(pa.array(moments == t)))
        if model.edges:
            made[int(t)] = model
    return made


def asked_by(quotes: pa.Table) -> Asked:
    """The packages of :func:`quoted_packages`."""
    return Asked(
        platform=quotes.column("platform").to_pylist(),
        niche=quotes.column("niche").to_pylist(),
        country=quotes.column("country").to_pylist(),
        log_size=to_numpy(quotes.column("log_size")),
        log_reach=to_numpy(quotes.column("log_reach")),
        counts=np.column_stack([to_numpy(quotes.column(f"n_{kind}")) for kind in KINDS]),
    )


def _fit(quotes: pa.Table) -> FeeModel:
    asked = asked_by(quotes)
    names = quotes.column("creator_id").to_pylist()
    place = {name: i for i, name in enumerate(sorted(set(names)))}
    creator = np.array([place[name] for name in names])
    number = np.bincount(creator)[creator]
    share = 1.0 / (1.0 + SHARED * (number - 1))
    design = Design.of(asked)
    matrix = design.matrix(asked)
    y = to_numpy(quotes.column("log_usd")) - asked.log_work - PRIOR_SLOPE * (asked.log_size - design.centre)
    terms, weight = np.zeros(matrix.shape[1]), share
    for _ in range(ROUNDS):
        terms, spent = _ridge(matrix, y, weight, design.ridge())
        rest = y - np.einsum("ij,j->i", matrix, terms)
        scale = max(1.4826 * float(np.median(np.abs(rest))), LEAST_SD)
        weight = share * np.minimum(1.0, HUBER * scale / np.maximum(np.abs(rest), 1e-12))
    # The terms were fitted on these quotes: what is left is too small by the share of them that the terms used up.
    rest = rest / np.sqrt(1.0 - min(spent / share.sum(), 0.5))
    within, between = _spreads(rest, creator, share)
    edges, latest = _edges(rest, share, creator, quotes)
    return FeeModel(design, terms, between, within, edges, latest)


def _ridge(
    matrix: np.ndarray, y: np.ndarray, weight: np.ndarray, pull: np.ndarray
) -> tuple[np.ndarray, float]:
    """Terms, and how many of them the data pay for (the trace of the hat matrix)."""
    moment = np.einsum("i,ij,ik->jk", weight, matrix, matrix, optimize=False)
    moved = moment + np.diag(pull)
    terms = np.linalg.solve(moved, np.einsum("i,ij,i->j", weight, matrix, y))
    return terms, float(np.trace(np.linalg.solve(moved, moment)))


def _spreads(rest: np.ndarray, creator: np.ndarray, share: np.ndarray) -> tuple[float, float]:
    """(within, between) standard deviations: two quotes of a creator differ by sqrt(2) times the one within."""
    total = _normal_sd(rest, share)
    order = np.argsort(creator, kind="stable")
    same = np.diff(creator[order]) == 0
    if same.sum() < MIN_QUOTED:
        return total * np.sqrt(0.5), total * np.sqrt(0.5)
    # Four of five differences, as four of five quotes are what the quantiles are to hold.
    step = float(np.quantile(np.abs(np.diff(rest[order])[same]), 0.8))
    within = min(max(step / (EIGHTY * np.sqrt(2.0)), LEAST_SD), 0.95 * total)
    return within, float(np.sqrt(total**2 - within**2))


def _normal_sd(rest: np.ndarray, weight: np.ndarray) -> float:
    low, high = _quantiles(rest, weight, (0.1, 0.9))
    return max(float(high - low) / (2 * EIGHTY), 1.1 * LEAST_SD)


def _edges(
    rest: np.ndarray, share: np.ndarray, creator: np.ndarray, quotes: pa.Table
) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Quantiles of what is left on each platform, leaning on those of all with the weight of SHRINKAGE quotes."""
    everywhere = _quantiles(rest, share, LEVELS)
    platform = np.array(quotes.column("platform").to_pylist())
    at = quotes.column("at").to_numpy()
    edges, latest = {}, {}
    for name in np.unique(platform).tolist():
        own = platform == name
        if len(np.unique(creator[own])) >= MIN_QUOTED:
            weight = own.sum() / (own.sum() + SHRINKAGE)
            edges[name] = weight * _quantiles(rest[own], share[own], LEVELS) + (1 - weight) * everywhere
            latest[name] = int(at[own].max())
    return edges, latest


def _quantiles(values: np.ndarray, weights: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    order = np.argsort(values, kind="stable")
    after = np.cumsum(weights[order])
    return np.asarray(np.interp(np.array(levels) * after[-1], after - 0.5 * weights[order], values[order]))
