"""What a brand's own partners would tell beyond its description: near ceilings for who reads that alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from link_ceiling import CONTENT, Flags
from link_engine import examples, make_lambdamart
from link_protocol import Task
from link_settings import Settings
from link_world import Floats, World

from tastemaker.evaluation import LINK_METRICS, link_metrics

FEW = 2
"""Partners that a brand needs to be split: one to be told, one to be found."""
NEWTON_STEPS = 30


def told_half(task: Task, seed: int) -> Flags:
    """(n_queries, n_candidates) a random half of each brand's partners, rounded down; none of a brand with one."""
    rng = np.random.default_rng([seed, len(task.candidates)])
    told = np.zeros(task.linked.shape, dtype=bool)
    for row, partner in enumerate(task.linked):
        own = rng.permutation(np.flatnonzero(partner))
        told[row, own[: len(own) // 2]] = True
    return told


def told_arrays(
    world: World, task: Task, scores: Floats, told: Flags, blocks: Sequence[str] | None = None
) -> dict[str, Floats]:
    """Feature -> (n_queries, n_candidates): the score and its place in the list, and for each of ``blocks`` (by default
    all) the similarity to the brand and how alike a creator is to the told partners (mean and most alike). NaN
    where nobody was told."""
    place = np.argsort(np.argsort(scores, axis=1, kind="stable"), axis=1) / scores.shape[1]
    arrays = {"score": np.where(np.isfinite(scores), scores, np.nan), "place": place}
    weight = told / np.where(told.any(axis=1, keepdims=True), told.sum(axis=1, keepdims=True), np.nan)
    for name in blocks or world.like:
        like = world.like[name]
        arrays[f"brand_{name}"] = like.across[np.ix_(task.queries, task.candidates)]
        among = like.creators[np.ix_(task.candidates, task.candidates)]
        arrays[f"told_mean_{name}"] = weight @ among
        arrays[f"told_most_{name}"] = np.stack(
            [among[row].max(axis=0) if row.any() else np.full(len(among), np.nan) for row in told]
        )
    return arrays


def personalised(
    world: World,
    tasks: Sequence[Task],
    scores: Sequence[Floats],
    settings: Settings,
    seed: int = 0,
    blocks: Sequence[str] | None = None,
) -> dict[str, dict[str, Floats]]:
    """Rows ``score alone`` and ``told half`` -> metric -> values per brand with two partners or more.

    Half of a brand's partners is told and leaves the list; the others are looked for among all non-partners. The
    engine's listwise ranker learns from the *other* tasks' brands, told likewise, what likeness to told partners is
    worth. What half of the partners adds to the score is a brand's taste that its description did not tell, or the
    score did not read: whoever reads the description alone should hardly do better than who also knows six partners.
    Taken for granted: partners are alike in what we can see of them, as far as they are at all. The first stage of
    another task may have known links of this one, which reaches here only through its scores.
    """
    told = [told_half(task, seed) for task in tasks]
    parts: list[dict[str, dict[str, Floats]]] = []
    frames, arrays = [], []
    for task, score, half in zip(tasks, scores, told, strict=True):
        features = told_arrays(world, task, score, half, blocks)
        frame = examples(world, task.queries, task.candidates, features, task.linked)
        frame["told"] = half.ravel()
        frames.append(frame)
        arrays.append(tuple(features))
    for number, (task, score, half) in enumerate(zip(tasks, scores, told, strict=True)):
        taught = lessons_apart(frames, number)
        ranker = make_lambdamart(arrays[number], settings.ranking, settings.seed, len(taught)).fit(taught)
        again = ranker.raw(frames[number]).reshape(task.linked.shape)
        parts.append({"score alone": _without(task, score, half), "told half": _without(task, again, half)})
    return {row: {m: np.concatenate([p[row][m] for p in parts]) for m in LINK_METRICS} for row in parts[0]}


def lessons_apart(frames: Sequence[pd.DataFrame], number: int) -> pd.DataFrame:
    """The rows of all other tasks, without those that were told: they are alike to themselves."""
    others = pd.concat([frame for i, frame in enumerate(frames) if i != number], ignore_index=True)
    return others[~others["told"]]


def _without(task: Task, scores: Floats, left_out: Flags) -> dict[str, Floats]:
    """Link metrics per brand when ``left_out`` pairs are neither partners nor listed; NaN with one partner."""
    out = {m: np.full(len(task.queries), np.nan) for m in LINK_METRICS}
    for row in np.flatnonzero(task.linked.sum(axis=1) >= FEW):
        listed = ~left_out[row]
        found = link_metrics(scores[row, listed], task.linked[row, listed], task.own_category[row, listed])
        for metric, value in found.items():
            out[metric][row] = float(value)
    return out


def own_weights(
    world: World,
    tasks: Sequence[Task],
    scores: Sequence[Floats],
    penalties: Sequence[float],
    seed: int = 0,
    dimensions: bool = False,
) -> dict[str, dict[str, Floats]]:
    """Row -> metric -> values per brand: ``score alone``, and one row per penalty.

    Each brand fits a logistic regression of its own on half of its partners and half of the non-partners, pulled by the
    penalty towards "the score alone is right", and is judged on the other halves; lists are half as long, so the rows
    compare with each other alone. The columns are the score and the similarity of every block, or with ``dimensions``
    each topic's and hashtag dimension's share of the inner product. The best penalty, picked afterwards, is an oracle.
    """
    rows: dict[str, list[dict[str, Floats]]] = {}
    for task, score in zip(tasks, scores, strict=True):
        x = _columns(world, task, score, dimensions)
        half, rng = told_half(task, seed), np.random.default_rng([seed, 1])
        told = np.where(task.linked, half, rng.random(task.linked.shape) < 0.5)
        rows.setdefault("score alone", []).append(_without(task, score, told))
        for penalty in penalties:
            fitted = np.full(score.shape, -np.inf)
            for row in np.flatnonzero(half.any(axis=1)):
                weights = _logistic(x[row][told[row]], task.linked[row][told[row]], penalty)
                fitted[row] = x[row] @ weights[1:] + weights[0]
            rows.setdefault(f"own weights, penalty {penalty:g}", []).append(_without(task, fitted, told))
    return {
        row: {m: np.concatenate([p[m] for p in parts]) for m in LINK_METRICS} for row, parts in rows.items()
    }


def _columns(world: World, task: Task, scores: Floats, dimensions: bool) -> Floats:
    """(n_queries, n_candidates, n_columns), each column standardised within the brand's list; the score first."""
    n = len(world.brands)
    placed = np.argsort(np.argsort(scores, axis=1, kind="stable"), axis=1) / scores.shape[1]
    # A logit of the place: scores of any scale and tail become comparable, their order unchanged.
    columns = [np.log((placed + 0.5 / scores.shape[1]) / (1.0 - placed))[:, :, None]]
    if dimensions:
        for name in CONTENT:
            block = np.asarray(world.blocks[name])
            columns.append(block[task.queries][:, None, :] * block[n + task.candidates][None, :, :])
    else:
        pairs = np.ix_(task.queries, task.candidates)
        columns += [like.across[pairs][:, :, None] for like in world.like.values()]
    x = np.concatenate(columns, axis=2)
    x -= x.mean(axis=1, keepdims=True)
    spread = x.std(axis=1, keepdims=True)
    standard: Floats = np.divide(x, spread, out=np.zeros_like(x), where=spread > 1e-12)
    return standard


def _logistic(x: Floats, y: Flags, penalty: float) -> Floats:
    """Intercept and weights (1 + n_columns,) by Newton's method; ``penalty`` pulls towards (free, 1, 0, 0, ...)."""
    design = np.hstack([np.ones((len(x), 1)), x])
    prior = np.zeros(design.shape[1])
    prior[1] = 1.0
    pull = np.full(design.shape[1], penalty)
    pull[0] = 1e-3
    weights = prior.copy()
    weights[0] = np.log((y.mean() + 1e-3) / (1.0 - y.mean() + 1e-3))
    for _ in range(NEWTON_STEPS):
        p = 1.0 / (1.0 + np.exp(-np.clip(design @ weights, -30.0, 30.0)))
        slope = design.T @ (p - y) + pull * (weights - prior)
        bend = (design * (p * (1.0 - p))[:, None]).T @ design + np.diag(pull)
        step = np.linalg.solve(bend, slope)
        weights = weights - np.clip(step, -2.0, 2.0)
        if float(np.abs(step).max()) < 1e-6:
            break
    return weights
