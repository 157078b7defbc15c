"""Cold start measured apart: partners never seen in a known link and seen ones, and brands by what is known of them.

Every judged brand is without history: by protocol no link of it is known. So the brands differ only in what they say
of themselves and in how many alike brands are known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from link_protocol import Task
from link_settings import Settings
from link_world import Floats, World
from numpy.typing import NDArray

from tastemaker.evaluation import (
    Estimate,
    labels_in_order,
    mean_interval,
    paired_difference,
    recall_at_k,
    reciprocal_rank,
)

COLD_METRICS = ("R@10", "R@50", "MRR")
Flags = NDArray[np.bool_]


def creator_kinds(world: World, task: Task) -> dict[str, Flags]:
    """Kind -> (n_candidates,): seen in a link of a known brand or never; with words or concepts in its bio or none.

    Links of the padding are unknown, as they are to whoever learns (:func:`link_protocol.cross_validation`).
    """
    known = world.without(task.padding).linked[task.known]
    seen: Flags = np.asarray(known[:, task.candidates].any(axis=0), dtype=bool)
    creators = world.creators.iloc[task.candidates]
    text = (creators["bio_nouns"].str.strip() != "") | (creators["bio_concepts"].str.strip() != "")
    told = np.asarray(text, dtype=bool)
    return {
        "seen": seen,
        "never seen": ~seen,
        "with bio": told,
        "without bio": ~told,
        "never seen, without bio": ~seen & ~told,
    }


def kind_metrics(linked: Flags, scores: Floats, kind: Flags) -> dict[str, Floats]:
    """Metric -> value per brand (n_queries,) when only partners of that ``kind`` (n_candidates,) are looked for.

    All non-partners are negatives; partners of the other kind leave the list, for they are no mistakes. NaN for a
    brand without such a partner. Ties count against the scores.
    """
    out = np.full((len(linked), len(COLD_METRICS)), np.nan)
    for row, (partner, score) in enumerate(zip(linked, scores, strict=True)):
        listed = ~partner | kind
        shown = labels_in_order(score[listed], partner[listed])
        out[row] = recall_at_k(shown, 10), recall_at_k(shown, 50), reciprocal_rank(shown)
    return {name: out[:, i] for i, name in enumerate(COLD_METRICS)}


def brand_facts(world: World, task: Task) -> dict[str, Floats]:
    """Fact -> (n_queries,): known brands of the category, likeness (mean cosine of topics and hashtags) of the
    nearest known brand, and whether there are words in the brand's bio (0 or 1)."""
    same = world.category[task.queries][:, None] == world.category[task.known][None, :]
    pairs = np.ix_(task.queries, task.known)
    alike = (world.like["topics"].brands[pairs] + world.like["hashtags"].brands[pairs]) / 2.0
    words = world.brands["bio_nouns"].iloc[task.queries].str.strip() != ""
    return {
        "known of the category": same.sum(axis=1).astype(np.float64),
        "nearest known brand": alike.max(axis=1),
        "bio": words.to_numpy(dtype=np.float64),
    }


def brand_kinds(world: World, tasks: Sequence[Task]) -> dict[str, Flags]:
    """Kind -> (n_brands,), the tasks' brands one after the other: facts split at their median (``bio`` at none)."""
    parts = [brand_facts(world, task) for task in tasks]
    facts = {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}
    kinds = {"all brands": np.ones(len(facts["bio"]), dtype=bool)}
    for name, values in facts.items():
        cut = 0.0 if name == "bio" else float(np.median(values))
        upper, lower = (
            ("with bio", "without bio") if name == "bio" else (f"{name} > {cut:.3g}", f"{name} <= {cut:.3g}")
        )
        kinds |= {f"brands: {upper}": values > cut, f"brands: {lower}": values <= cut}
    return {name: kind for name, kind in kinds.items() if kind.any()}


def cold_start(
    world: World, tasks: Sequence[Task], rows: Mapping[str, Sequence[Floats]], settings: Settings
) -> dict[str, dict[str, dict[str, object]]]:
    """Kind -> row -> metrics with intervals over brands, beside how many ``brands`` and ``partners`` they rest on.

    ``rows``: row -> scores (n_queries, n_candidates) of each task. With two rows or more, ``A over B`` holds the
    paired difference of the last and the first.
    """
    kinds = [creator_kinds(world, task) for task in tasks]
    found: dict[str, dict[str, dict[str, object]]] = {}
    for name in kinds[0]:
        partners = sum(int(t.linked[:, k[name]].sum()) for t, k in zip(tasks, kinds, strict=True))
        parts = [
            {row: kind_metrics(t.linked, s[i], k[name]) for row, s in rows.items()}
            for i, (t, k) in enumerate(zip(tasks, kinds, strict=True))
        ]
        found[f"partners: {name}"] = _estimates(_joined(parts), partners, settings)
    every = _joined(
        [
            {
                row: kind_metrics(t.linked, s[i], np.ones(len(t.candidates), dtype=bool))
                for row, s in rows.items()
            }
            for i, t in enumerate(tasks)
        ]
    )
    counts = np.concatenate([t.linked.sum(axis=1) for t in tasks])
    for name, kind in brand_kinds(world, tasks).items():
        own = {row: {m: v[kind] for m, v in metrics.items()} for row, metrics in every.items()}
        found[name] = _estimates(own, int(counts[kind].sum()), settings)
    return found


def _joined(parts: list[dict[str, dict[str, Floats]]]) -> dict[str, dict[str, Floats]]:
    return {r: {m: np.concatenate([p[r][m] for p in parts]) for m in COLD_METRICS} for r in parts[0]}


def _estimates(
    values: dict[str, dict[str, Floats]], partners: int, settings: Settings
) -> dict[str, dict[str, object]]:
    rows, asked = list(values), {"repetitions": settings.bootstrap, "seed": settings.seed}
    out: dict[str, dict[str, object]] = {}
    for row in rows:
        brands = int(np.isfinite(values[row]["MRR"]).sum())
        metrics: dict[str, Estimate] = {m: mean_interval(v, **asked) for m, v in values[row].items()}
        out[row] = {"brands": brands, "partners": partners, **metrics}
    if len(rows) > 1:
        first, last = rows[0], rows[-1]
        out[f"{last} over {first}"] = {
            m: paired_difference(values[last][m], values[first][m], **asked) for m in COLD_METRICS
        }
    return out
