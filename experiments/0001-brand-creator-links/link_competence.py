"""The graded outcome: is a brand's own list of partners in the order of their competence?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from link_competence_model import Fields, choose, fit_choice, graded_lessons, graded_pairs
from link_data import Links
from link_features import pair_arrays
from link_protocol import Task
from link_settings import Settings
from link_world import Floats, Ids, World

from tastemaker.errors import SourceError
from tastemaker.evaluation import Estimate, mean_interval, ndcg_at_k, paired_difference
from tastemaker.progress import Progress

FIRST = 5
LEAST_PARTNERS = 3
"""Of two partners a rank correlation is -1 or 1 and says next to nothing; from three on it has steps between."""
ORDER_METRICS = ("NDCG@5", "NDCG@5 ranks", "Spearman")
ORDER_ROWS = ("random", "creator_mean", "graded")


def read_competence(folder: Path, links: Links) -> Floats:
    """(n_brands, n_creators) competence of every link, > 0, in the order of ``links``; NaN where there is no link.

    Raises SourceError naming the file and the pair at fault.
    """
    path = folder / "links.parquet"
    frame = pd.read_parquet(path)
    if "competence" not in frame.columns:
        raise SourceError(
            f"{path}: has no column 'competence'; without it partners have no order to be judged"
        )
    score = pd.to_numeric(frame["competence"], errors="coerce").to_numpy(dtype=np.float64)
    bad = np.flatnonzero(~(np.isfinite(score) & (score > 0.0)))
    if len(bad):
        row = frame.iloc[int(bad[0])]
        raise SourceError(
            f"{path}: competence of {row['brand_id']!r} and {row['creator_id']!r} is {row['competence']!r}; "
            "expected a number above 0"
        )
    out = np.full(links.linked.shape, np.nan)
    brand = pd.Index(links.brands["brand_id"]).get_indexer(frame["brand_id"])
    creator = pd.Index(links.creators["creator_id"]).get_indexer(frame["creator_id"])
    out[brand, creator] = score
    return out


def order_metrics(competence: Floats, scores: Floats) -> dict[str, Floats]:
    """Metric -> value per brand (n_queries,) of ordering a brand's own partners; NaN with fewer than three.

    ``competence`` (n_queries, n_candidates): NaN where not linked. ``scores`` of the same shape, higher is better.
    NDCG@5 takes competence itself as the gain, which is what a campaign would have earned if it adds up; NDCG does
    not change with a brand's scale, so brands of any level count the same. "ranks" takes the place within the brand
    instead (0 for the worst of n partners, 1 for the best), for one outlier can make up most of a brand's competence.
    Ties are averaged over all orders of the tied (:func:`expected_ndcg`), so they neither flatter nor punish.
    """
    out = np.full((len(competence), len(ORDER_METRICS)), np.nan)
    for row, (truth, given) in enumerate(zip(competence, scores, strict=True)):
        own = np.isfinite(truth)
        if own.sum() >= LEAST_PARTNERS:
            gain, score = truth[own], given[own]
            place = (average_ranks(gain) - 1.0) / (own.sum() - 1.0)
            out[row] = expected_ndcg(gain, score), expected_ndcg(place, score), spearman(gain, score)
    return {name: out[:, i] for i, name in enumerate(ORDER_METRICS)}


def expected_ndcg(gains: Floats, scores: Floats, k: int = FIRST) -> float:
    """NDCG@k of one list, its expectation over all orders of equal scores (McSherry, Najork, ECIR 2008).

    ``gains`` (n,) >= 0 and ``scores`` (n,): each of the tied has the mean gain of the tied.
    """
    _, group = np.unique(-scores, return_inverse=True)
    mean = np.bincount(group, gains) / np.bincount(group)
    return float(ndcg_at_k(mean[np.sort(group)], k, gains))


def spearman(truth: Floats, scores: Floats) -> float:
    """Rank correlation, equal values at their average rank; 0 where all scores are equal: no order was given."""
    a, b = average_ranks(truth), average_ranks(scores)
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0.0 else 0.0


def average_ranks(values: Floats) -> Floats:
    """Ranks (n,) from 1, the smallest value first; equal values share their average rank."""
    return np.asarray(pd.Series(values).rank(method="average"), dtype=np.float64)


def creator_mean(competence: Floats, known: Ids) -> Floats:
    """(n_creators,) mean competence over the links with ``known`` brands; of a creator without one, the mean link."""
    given = competence[known]
    linked = np.isfinite(given)
    total, count = np.where(linked, given, 0.0).sum(axis=0), linked.sum(axis=0)
    overall = float(given[linked].mean())
    means: Floats = np.divide(total, count, out=np.full(len(count), overall), where=count > 0)
    return means


def judge_order(
    world: World,
    competence: Floats,
    tasks: list[Task],
    settings: Settings,
    tell: Progress,
    pair_features: Fields = pair_arrays,
    others: Mapping[str, list[Floats]] | None = None,
) -> tuple[dict[str, dict[str, Floats]], list[str]]:
    """Row -> metric -> values per brand, tasks one after the other; and the choice that each task's own training
    brands made (:func:`link_competence_model.choose`), so a judged brand has no part in it.

    ``others``: row -> scores (n_queries, n_candidates) of each task, judged beside. The random row is exact: the
    expectation over all orders.
    """
    parts: list[dict[str, dict[str, Floats]]] = []
    chosen = []
    for number, task in enumerate(tasks):
        tell("orders judged", number, len(tasks))
        truth = competence[np.ix_(task.queries, task.candidates)]
        lessons = graded_lessons(world, competence, task.known, settings, pair_features)
        best = choose(lessons, settings)
        asked = graded_pairs(world, competence, task.known, task.queries, pair_features)
        graded = np.full(truth.shape, np.nan)
        cells = np.searchsorted(task.queries, asked.brands), np.searchsorted(task.candidates, asked.creators)
        graded[cells] = fit_choice(best, lessons, settings).raw(asked.frame)
        scores = {"random": np.zeros(truth.shape), "graded": graded}
        scores["creator_mean"] = np.broadcast_to(
            creator_mean(competence, task.known)[task.candidates], truth.shape
        )
        scores |= {name: given[number] for name, given in (others or {}).items()}
        parts.append({row: order_metrics(truth, s) for row, s in scores.items()})
        chosen.append(best)
    tell("orders judged", len(tasks), len(tasks))
    rows = [*ORDER_ROWS, *(others or {})]
    return {r: {m: np.concatenate([p[r][m] for p in parts]) for m in ORDER_METRICS} for r in rows}, chosen


def order_table(
    values: Mapping[str, Mapping[str, Floats]], settings: Settings
) -> dict[str, dict[str, Estimate]]:
    """Row -> metric -> mean over brands with its interval; and ``graded over ...`` rows, paired over brands."""
    asked = {"repetitions": settings.bootstrap, "seed": settings.seed}
    table = {
        row: {m: mean_interval(v, **asked) for m, v in metrics.items()} for row, metrics in values.items()
    }
    for row in values:
        if row != "graded":
            table[f"graded over {row}"] = {
                m: paired_difference(v, values[row][m], **asked) for m, v in values["graded"].items()
            }
    return table


def variance_shares(competence: Floats) -> dict[str, float]:
    """Where the variance of log competence lies: the share of the brand's mean, and of what is left within brands
    the share that goes with the creator (0..1; an intraclass correlation over creators with two brands or more).

    The second bounds what any description of the creator alone can tell: a correlation of at most its root.
    """
    brand, creator = np.nonzero(np.isfinite(competence))
    log = np.log(competence[brand, creator])
    count = np.bincount(brand)
    mean = np.bincount(brand, log) / np.maximum(count, 1)
    rest = (log - mean[brand]) * np.sqrt(count[brand] / np.maximum(count[brand] - 1.0, 1.0))
    shares = {"brand": 1.0 - float((rest**2).mean()) / float(log.var())}
    several = (np.bincount(creator)[creator] > 1) & (count[brand] > 1)
    _, group = np.unique(creator[several], return_inverse=True)
    z, size = rest[several], np.bincount(group)
    within = z - (np.bincount(group, z) / size)[group]
    inside = float((within**2).sum()) / max(int(several.sum()) - len(size), 1)
    shares["creator_within_brand"] = max(0.0, 1.0 - inside / float((z**2).mean()))
    return shares
