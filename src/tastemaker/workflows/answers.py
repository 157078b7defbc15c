"""What two bundles answer to the same later briefs: whom each shows, and how long it takes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import NamedTuple

import numpy as np
import pandas as pd

from tastemaker.bundle import Bundle
from tastemaker.config import Config
from tastemaker.engine import Engine
from tastemaker.errors import BriefError
from tastemaker.evaluation import exposure_shares, mean_exposure, median_growth, share_change
from tastemaker.schema import Brief, Candidate
from tastemaker.sources import Catalogue
from tastemaker.training import size_of
from tastemaker.training.comparison import Exposure, Latency

WARM_UP = 3
"""Answers that are not timed: the first fill caches."""

FEWEST = 5
SMALL, OTHER = "small", "other"


class Answers(NamedTuple):
    """``lines``: side (0, 1), decision_id, rank, followers, country of everyone shown; ``seconds`` (briefs, 2)."""

    lines: pd.DataFrame
    seconds: np.ndarray


def later_briefs(catalogue: Catalogue, since: pd.Timestamp | None, most: int) -> dict[str, Brief]:
    """decision_id -> brief of the latest ``most`` decisions from ``since`` on; those that break a rule are left out."""
    table = catalogue.table("decisions").select(["made_at", "decision_id", "brief"]).to_pylist()
    rows = [row for row in table if since is None or row["made_at"] >= since]
    briefs = {}
    for row in sorted(rows, key=lambda r: (r["made_at"], r["decision_id"]))[-most:]:
        try:
            briefs[row["decision_id"]] = Brief.from_json(row["brief"])
        except BriefError:
            continue
    return briefs


def both_answer(first: Bundle, second: Bundle, briefs: Mapping[str, Brief], limit: int) -> Answers:
    """Both engines on every brief, in turn, the first to answer changing from brief to brief.

    A brief that one of the two can not serve is left out.
    """
    engines = (Engine(first), Engine(second))
    for brief in list(briefs.values())[:WARM_UP]:
        for engine in engines:
            _timed(engine, brief, limit)
    lines, seconds = [], []
    for number, (decision, brief) in enumerate(briefs.items()):
        order = (0, 1) if number % 2 == 0 else (1, 0)
        found = {side: _timed(engines[side], brief, limit) for side in order}
        answered = [found[side] for side in (0, 1)]
        shown = [shortlist for shortlist, _ in answered]
        if all(shown):
            lines += [_line(side, decision, one) for side in (0, 1) for one in shown[side] or ()]
            seconds.append([taken for _, taken in answered])
    columns = ["side", "decision_id", "rank", "followers", "country"]
    return Answers(pd.DataFrame(lines, columns=columns), np.array(seconds).reshape(-1, 2))


def exposure_of(answers: Answers, config: Config) -> Exposure | None:
    """Whose attention each side's answers give; None with too few answers for an interval."""
    if len(answers.seconds) < FEWEST:
        return None
    tiers, below = config.features.tiers, config.promotion.small_below
    lines, settings = answers.lines, config.evaluation
    sizes = [size_of(value, tiers) for value in lines["followers"]]
    small = [None if math.isnan(f) else (SMALL if f < below else OTHER) for f in lines["followers"]]
    tables = {
        name: _shares(lines, labels)
        for name, labels in (("size", sizes), ("country", lines["country"].tolist()), ("small", small))
    }
    first = tables["small"][0]
    return Exposure(
        briefs=len(answers.seconds),
        by_size=mean_exposure(*tables["size"]),
        by_country=mean_exposure(*tables["country"]),
        small_first=float(first[SMALL].mean()) if SMALL in first else 0.0,
        small=share_change(*tables["small"], [SMALL], repetitions=settings.bootstrap, seed=settings.seed),
    )


def latency_of(answers: Answers, config: Config) -> Latency | None:
    """Median and 95th percentile of both sides; None with too few answers."""
    seconds, settings = answers.seconds, config.evaluation
    if len(seconds) < FEWEST:
        return None
    sides = [tuple(float(x) for x in 1e3 * np.quantile(seconds[:, s], [0.5, 0.95])) for s in (0, 1)]
    growth = median_growth(seconds[:, 0], seconds[:, 1], repetitions=settings.bootstrap, seed=settings.seed)
    return Latency(len(seconds), (sides[0][0], sides[0][1]), (sides[1][0], sides[1][1]), growth)


def _shares(lines: pd.DataFrame, labels: Sequence[str | None]) -> tuple[pd.DataFrame, pd.DataFrame]:
    group = np.array(labels, dtype=object)
    parts = []
    for side in (0, 1):
        own = lines["side"].to_numpy() == side
        parts.append(
            exposure_shares(lines.loc[own, "decision_id"].to_numpy(), lines.loc[own, "rank"], group[own])
        )
    return parts[0], parts[1]


def _timed(engine: Engine, brief: Brief, limit: int) -> tuple[Sequence[Candidate] | None, float]:
    started = perf_counter()
    try:
        shortlist = engine.recommend(brief, limit).shortlist
    except BriefError:
        return None, 0.0
    return shortlist, perf_counter() - started


def _line(side: int, decision: str, one: Candidate) -> tuple[int, str, int, float, str | None]:
    followers = float("nan") if one.followers is None else float(one.followers)
    return side, decision, one.rank, followers, one.country
