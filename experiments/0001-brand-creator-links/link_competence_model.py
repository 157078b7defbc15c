"""What orders partners by competence: pair features, facts of the creator, and a choice within the training brands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Self

import numpy as np
import pandas as pd
from link_data import folds, matrix
from link_engine import examples
from link_settings import Settings
from link_world import FLOOR, Floats, Ids, World

from tastemaker.ranking import LambdaMartRanker, LinearRanker, Ranker

Fields = Callable[[World, Ids, Ids, Ids], dict[str, Floats]]
"""(world, graph, queries, candidates) -> feature -> (n_queries, n_candidates), as ``link_features.pair_arrays``."""

CHOICES = tuple(
    f"{kind} {columns}" for kind in ("linear", "lambdamart", "ridge") for columns in ("pairs", "facts", "all")
)
"""A ranker of the engine, or :class:`RankRidge`, and the columns that it sees."""
PENALTY = 0.3
RIDGE = 1.0
MOST_DEVIATIONS = 4.0
ROUNDS, RATE, LEAVES = 200, 0.03, 7
CALIBRATION_ROWS = 80
"""The listwise ranker wants rows for its calibration, which changes no order."""


@dataclass(frozen=True)
class Graded:
    """Linked pairs as a ranker takes them: a row of ``frame`` per pair, with its row of the world's ``brands`` and
    ``creators``; ``groups``: the columns by where they come from; ``fold`` (n,): the inner fold of its brand."""

    frame: pd.DataFrame
    brands: Ids
    creators: Ids
    groups: dict[str, tuple[str, ...]]
    fold: Ids

    def columns(self, choice: str) -> tuple[str, ...]:
        named = choice.split()[1]
        return sum(self.groups.values(), ()) if named == "all" else self.groups[named]


class RankRidge:
    """Ridge regression of a partner's normal score (the quantile of its place among its brand's own partners) on
    columns centred within the brand, closed form: a straight line that no outlier bends. Unknown is average."""

    def __init__(self, columns: tuple[str, ...], penalty: float = RIDGE) -> None:
        self.columns = columns
        self.penalty = penalty

    def fit(self, lessons: pd.DataFrame) -> Self:
        own = lessons.groupby("decision_id")
        share = (own["engagements"].rank() - 0.5) / own["engagements"].transform("size")
        y = np.array([NormalDist().inv_cdf(p) for p in share])
        names = list(self.columns)
        filled = lessons[names].fillna(lessons[names].mean()).fillna(0.0)
        inside = (filled - filled.groupby(lessons["decision_id"]).transform("mean")).to_numpy(
            dtype=np.float64
        )
        self.scale_ = inside.std(axis=0) + 1e-9
        x = np.clip(inside / self.scale_, -MOST_DEVIATIONS, MOST_DEVIATIONS)
        # As strong as one more set of the same rows that says nothing.
        prior = self.penalty * len(x) * np.eye(x.shape[1])
        self.weights_ = np.linalg.solve(x.T @ x + prior, x.T @ y)
        self.middle_ = filled.mean().to_numpy(dtype=np.float64)
        return self

    def raw(self, pairs: pd.DataFrame) -> Floats:
        """Scores (n,); only differences within a brand mean something."""
        x = (pairs[list(self.columns)].to_numpy(dtype=np.float64) - self.middle_) / self.scale_
        held = np.clip(np.nan_to_num(x), -2 * MOST_DEVIATIONS, 2 * MOST_DEVIATIONS)
        scores: Floats = held @ self.weights_
        return scores


def creator_facts(world: World) -> pd.DataFrame:
    """A row per creator: what is known of it without any link. Entropy in nats; norms and shares as they come."""
    creators = world.creators
    topics = np.maximum(matrix(creators, "caption_topics"), 0.0)
    tags = matrix(creators, "hashtag_vector")
    logs = np.log(np.maximum(topics, 1e-9))
    across = world.like["hashtags"].across
    facts = {
        "topic_entropy": -(topics * logs).sum(axis=1),
        "topic_largest": topics.max(axis=1),
        "topics_over_5_percent": (topics > 0.05).sum(axis=1),
        "hashtag_norm": np.linalg.norm(tags, axis=1),
        "hashtag_hubness": across.mean(axis=0),
        "near_brands": (across > 0.5).sum(axis=0),
        "handle_length": creators["handle"].str.len(),
        "handle_digits": creators["handle"].str.count(r"\d"),
        "bio_words": creators["bio_nouns"].str.count(r"\S+"),
        "concepts": creators["bio_concepts"].str.count(r"\S+"),
        "business_account": creators["ig_business_category"] != "",
    }
    return pd.DataFrame({f"creator_{name}": np.asarray(v, dtype=np.float64) for name, v in facts.items()})


def creator_contents(world: World) -> pd.DataFrame:
    """A row per creator: its log topics and its hashtag vector, a column per dimension."""
    topics = np.log(np.maximum(matrix(world.creators, "caption_topics"), 0.0) + FLOOR)
    tags = matrix(world.creators, "hashtag_vector")
    names = [
        f"creator_{kind}_{i}"
        for kind, block in (("topic", topics), ("hashtag", tags))
        for i in range(block.shape[1])
    ]
    return pd.DataFrame(np.hstack([topics, tags]), columns=names)


def graded_pairs(world: World, competence: Floats, graph: Ids, queries: Ids, pair_features: Fields) -> Graded:
    """The linked pairs of ``queries``; only links of ``graph`` enter the features, and no competence does.

    The outcome is the competence over the mean of the brand's own partners: a brand's level is no merit of a partner.
    """
    judged = np.isfinite(competence[queries])
    candidates = np.flatnonzero(judged.any(axis=0))
    arrays = pair_features(world, graph, queries, candidates)
    own = judged[:, candidates]
    frame = examples(world, queries, candidates, arrays)[own.ravel()].reset_index(drop=True)
    row, place = np.nonzero(own)
    brands, creators = queries[row], candidates[place]
    facts, contents = creator_facts(world), creator_contents(world)
    groups = {"pairs": tuple(arrays), "facts": tuple(map(str, facts)), "contents": tuple(map(str, contents))}
    known = pd.concat([facts, contents], axis=1).iloc[creators].reset_index(drop=True)
    level = np.nanmean(competence[queries], axis=1)
    frame["engagements"] = competence[brands, creators] / level[row]
    fold = np.zeros(len(frame), dtype=np.int64)
    return Graded(pd.concat([frame, known], axis=1), brands, creators, groups, fold)


def graded_lessons(
    world: World, competence: Floats, known: Ids, settings: Settings, pair_features: Fields
) -> Graded:
    """The linked pairs of all ``known`` brands in inner folds, features of each from the links of the others."""
    fold = folds(world.brands.iloc[known], settings.inner_folds, settings.seed + 1)
    parts = [
        graded_pairs(world, competence, known[fold != i], known[fold == i], pair_features)
        for i in range(settings.inner_folds)
    ]
    number = np.repeat(np.arange(len(parts)), [len(p.frame) for p in parts])
    frame = pd.concat([p.frame for p in parts], ignore_index=True)
    brands, creators = (np.concatenate([getattr(p, side) for p in parts]) for side in ("brands", "creators"))
    return Graded(frame, brands, creators, parts[0].groups, number)


def choose(lessons: Graded, settings: Settings, choices: Sequence[str] = CHOICES) -> str:
    """The choice with the best mean rank correlation per brand over the inner folds; the first of equals."""
    return max(choices, key=lambda choice: inner_correlation(choice, lessons, settings))


def inner_correlation(choice: str, lessons: Graded, settings: Settings) -> float:
    """Mean over brands of the correlation between ranks of score and competence, each inner fold held out once."""
    scores = np.empty(len(lessons.frame))
    for fold in np.unique(lessons.fold):
        rest = lessons.fold != fold
        scores[~rest] = fit_choice(choice, lessons, settings, rest).raw(lessons.frame[~rest])
    told = pd.DataFrame({"brand": lessons.brands, "score": scores, "truth": lessons.frame["engagements"]})
    ranks = told.groupby("brand")[["score", "truth"]].rank()
    centred = ranks - ranks.groupby(told["brand"]).transform("mean")
    square = (centred**2).groupby(told["brand"]).sum()
    size = np.sqrt(square["score"] * square["truth"])
    product = (centred["score"] * centred["truth"]).groupby(told["brand"]).sum()
    several = told.groupby("brand").size() >= 3
    return float((product / size).fillna(0.0)[several].mean())


def fit_choice(
    choice: str, lessons: Graded, settings: Settings, rows: np.ndarray | None = None
) -> Ranker | RankRidge:
    """That ranker on those columns, taught by the lessons' ``rows`` (bool, all by default)."""
    taught = lessons.frame if rows is None else lessons.frame[rows]
    columns = lessons.columns(choice)
    if choice.startswith("linear"):
        return LinearRanker(PENALTY, columns=columns).fit(taught)
    if choice.startswith("ridge"):
        return RankRidge(columns).fit(taught)
    trees = settings.ranking.model_copy(update={"rounds": ROUNDS, "learning_rate": RATE, "leaves": LEAVES})
    share = max(0.03, CALIBRATION_ROWS / len(taught))
    return LambdaMartRanker(trees, columns=columns, calibration_share=share, seed=settings.seed).fit(taught)
