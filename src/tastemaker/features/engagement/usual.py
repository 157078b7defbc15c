"""What is usual: the level of a measure among accounts of a platform, by size (smoothly) and niche, and its spreads.

A bucket counts its accounts into fine bins of the log measure. Counts are integers, so that adding the buckets up gives
the same table in any order and for any number of buckets; medians and spreads come from the summed bins.

    level = line in ln(followers) + what the size band differs + what the niche differs

A band or a niche differs by the median of what is left, shrunk with the weight of 20 accounts: thirty niches in twenty
bands would be cells of a handful of accounts, their sums hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from tastemaker.features.engagement.levels import MIN_SPREAD_POSTS
from tastemaker.features.engagement.shrinkage import MEDIAN_LOSS
from tastemaker.features.snapshot import to_numpy

BINS_PER_UNIT = 20
BANDS_PER_DECADE = 4
SHRINKAGE = 20.0
MIN_PEERS = 5
SOLID_POSTS = 3
LEAST_BETWEEN = 0.1
USUAL_POST_SPREAD = 0.6
THIN = 1_000_000

KEYS = ("t", "measure", "platform", "category", "band", "solid", "bin")
Key = tuple[int, str, str]
"""(moment, measure, platform)."""


@dataclass(frozen=True)
class Usual:
    """One measure on one platform. ``between``: sd of accounts' true logs around the level; ``within``: of posts."""

    at_one: float
    slope: float
    bands: np.ndarray
    steps: np.ndarray
    typical: float
    between: float
    within: float
    niches: dict[str, float] = field(default_factory=dict)

    def level(self, followers: np.ndarray, categories: list[str]) -> np.ndarray:
        """The usual log measure at each size and niche; unknown followers count as the typical size."""
        at = place(followers)
        at = np.where(np.isnan(at), self.typical, at)
        offsets = np.array([self.niches.get(c, 0.0) for c in categories])
        level: np.ndarray = self.at_one + self.slope * at + np.interp(at, self.bands, self.steps) + offsets
        return level


class Norms:
    """(moment, measure, platform) -> :class:`Usual`."""

    def __init__(self, usual: Mapping[Key, Usual]) -> None:
        self.usual = dict(usual)

    def expect(self, rows: pa.Table, measure: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(level, between, within) of each row, float64 (n,); NaN on a platform with fewer than 5 known accounts."""
        followers = to_numpy(rows.column("followers"))
        found = np.full((3, len(rows)), np.nan)
        groups: dict[tuple[int, str], list[int]] = {}
        pairs = zip(rows.column("t").to_pylist(), rows.column("platform").to_pylist(), strict=True)
        for i, pair in enumerate(pairs):
            groups.setdefault(pair, []).append(i)
        categories = [fold(c) for c in rows.column("category").to_pylist()]
        for (t, platform), members in groups.items():
            usual = self.usual.get((t, measure, platform))
            if usual is not None:
                own = np.array(members)
                found[0, own] = usual.level(followers[own], [categories[i] for i in members])
                found[1:, own] = [[usual.between], [usual.within]]
        return found[0], found[1], found[2]


def count_levels(rows: pa.Table, measures: Iterable[str]) -> pa.Table:
    """The counts of a bucket's statistics rows: of each measure the columns ``<measure>_log``, ``_spread``, ``_posts``.

    One row per moment, measure, platform, niche, size band, solid (at least 3 posts) and bin, with ``n`` accounts and
    ``thin``, the sum of how much less their medians vary than one post does (millionths). Spreads between posts are
    counted as a measure of their own (``<measure>_within``).
    """
    at = place(to_numpy(rows.column("followers")))
    band = np.where(np.isnan(at), -1, np.floor(at)).astype(np.int64)
    base = {
        "t": rows.column("t").cast(pa.int64()),
        "platform": rows.column("platform"),
        "category": pa.array([fold(c) for c in rows.column("category").to_pylist()], pa.string()),
        "band": pa.array(band),
    }
    parts = []
    for measure in measures:
        log, spread, posts = (to_numpy(rows.column(f"{measure}_{n}")) for n in ("log", "spread", "posts"))
        parts.append(_binned(base, measure, log, posts))
        within = np.where(posts >= MIN_SPREAD_POSTS, np.log(np.maximum(spread, 0.01)), np.nan)
        parts.append(_binned(base, f"{measure}_within", within, posts))
    return _summed(parts)


def reduce_levels(parts: Iterable[pa.Table]) -> Norms:
    """What is usual, from the counts of all buckets."""
    table = _summed(list(parts)).sort_by([(k, "ascending") for k in KEYS])
    columns = {name: table.column(name).to_numpy(zero_copy_only=False) for name in table.column_names}
    keys = list(zip(*(columns[k].tolist() for k in ("t", "measure", "platform")), strict=True))
    starts = [i for i, key in enumerate(keys) if i == 0 or key != keys[i - 1]]
    ends = [*starts, len(keys)][1:]
    cells = {
        keys[a]: {name: values[a:b] for name, values in columns.items()}
        for a, b in zip(starts, ends, strict=True)
    }
    made = {}
    for key, cell in cells.items():
        t, measure, platform = key
        if not measure.endswith("_within") and cell["n"].sum() >= MIN_PEERS:
            made[key] = _usual(cell, _within(cells.get((t, f"{measure}_within", platform))))
    return Norms(made)


def place(followers: np.ndarray) -> np.ndarray:
    """Where an account lies among the size bands, a quarter of a power of ten each; NaN unknown."""
    at: np.ndarray = BANDS_PER_DECADE * np.log10(np.maximum(followers, 1.0))
    return at


def fold(category: str | None) -> str:
    return (category or "").strip().casefold()


def weighted_quantiles(values: np.ndarray, weights: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    """Quantiles of binned values (centres): a value's weight lies evenly over its bin's width."""
    order = np.argsort(values, kind="stable")
    after = np.cumsum(weights[order])
    mass = np.column_stack([after - weights[order], after]).ravel()
    half = 0.5 / BINS_PER_UNIT
    edges = np.column_stack([values[order] - half, values[order] + half]).ravel()
    # Residuals are no longer on a grid: the edges of near neighbours may cross, which interpolation must not see.
    return np.asarray(np.interp(np.array(levels) * after[-1], mass, np.maximum.accumulate(edges)))


def _binned(base: dict[str, pa.Array], measure: str, log: np.ndarray, posts: np.ndarray) -> pa.Table:
    known = ~np.isnan(log)
    bins = np.floor(np.where(known, log, 0.0) * BINS_PER_UNIT).astype(np.int64)
    thin = np.rint(THIN * MEDIAN_LOSS / (np.maximum(np.nan_to_num(posts), 1.0) + MEDIAN_LOSS - 1)).astype(
        np.int64
    )
    table = pa.table(
        {
            **base,
            "measure": pa.array([measure]).take(pa.array(np.zeros(len(log), dtype=np.int64))),
            "solid": pa.array(posts >= SOLID_POSTS),
            "bin": pa.array(bins),
            "n": pa.array(np.ones(len(log), dtype=np.int64)),
            "thin": pa.array(thin),
        }
    ).select([*KEYS, "n", "thin"])
    return _summed([table.filter(pa.array(known))])


def _summed(parts: list[pa.Table]) -> pa.Table:
    table = pa.concat_tables(parts)
    summed = table.group_by(list(KEYS), use_threads=False).aggregate([("n", "sum"), ("thin", "sum")])
    return summed.rename_columns([c.removesuffix("_sum") for c in summed.column_names]).select(
        [*KEYS, "n", "thin"]
    )


def _within(cell: dict[str, np.ndarray] | None) -> float:
    if cell is None or cell["n"].sum() < MIN_PEERS:
        return USUAL_POST_SPREAD
    return float(np.exp(weighted_quantiles(_centres(cell), cell["n"], (0.5,))[0]))


def _usual(cell: dict[str, np.ndarray], within: float) -> Usual:
    values, n = _centres(cell), cell["n"]
    sized = cell["band"] >= 0
    at = np.where(sized, cell["band"] + 0.5, np.nan)
    typical = float((at[sized] * n[sized]).sum() / n[sized].sum()) if sized.any() else 0.0
    at = np.where(sized, at, typical)
    bands = np.unique(at)
    medians = np.array([_median(values, n, at == b) for b in bands])
    weight = np.array([n[at == b].sum() for b in bands], dtype=np.float64)
    slope, at_one = _line(bands, medians, weight)
    left = medians - at_one - slope * bands
    steps = left * weight / (weight + SHRINKAGE)
    rest = values - at_one - slope * at - np.interp(at, bands, steps)
    niches: dict[str, float] = {}
    for niche in np.unique(cell["category"]):
        own = cell["category"] == niche
        if niche:
            niches[str(niche)] = float(_median(rest, n, own) * n[own].sum() / (n[own].sum() + SHRINKAGE))
    rest = rest - np.array([niches.get(str(c), 0.0) for c in cell["category"]])
    solid = cell["solid"] if n[cell["solid"]].sum() >= MIN_PEERS else np.ones(len(n), dtype=bool)
    low, high = weighted_quantiles(rest[solid], n[solid], (0.16, 0.84))
    noise = within**2 * float(cell["thin"][solid].sum()) / THIN / float(n[solid].sum())
    between = np.sqrt(max(((high - low) / 2) ** 2 - noise, LEAST_BETWEEN**2))
    return Usual(at_one, slope, bands, steps, typical, float(between), within, niches)


def _centres(cell: dict[str, np.ndarray]) -> np.ndarray:
    return np.asarray((cell["bin"] + 0.5) / BINS_PER_UNIT)


def _median(values: np.ndarray, n: np.ndarray, own: np.ndarray) -> float:
    return float(weighted_quantiles(values[own], n[own], (0.5,))[0])


def _line(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """(slope, level at 0) by weighted least squares; the slope is shrunk as if SHRINKAGE accounts said it is flat."""
    total = weight.sum()
    mx, my = float((weight * x).sum() / total), float((weight * y).sum() / total)
    across = float((weight * (x - mx) ** 2).sum())
    slope = float((weight * (x - mx) * (y - my)).sum()) / (across + SHRINKAGE)
    return slope, my - slope * mx
