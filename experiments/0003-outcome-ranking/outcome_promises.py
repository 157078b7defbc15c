"""One number: does any pair of a shortlist contradict what is displayed beside it?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
from outcome_settings import OutcomeSettings
from outcome_worlds import World

from tastemaker import Engine
from tastemaker.schema import Brief, Objective
from tastemaker.sources import Catalogue
from tastemaker.workflows import build_index, train_candidate

LIMIT = 20


def contradictions(world: World, settings: OutcomeSettings) -> dict[str, Any]:
    """Shortlists of the candidate bundle for ``settings.briefs`` briefs: the past ones, and each again with every
    objective. A pair contradicts where the one above has the smaller p_accept x expected_kpi / expected_cost."""
    build_index(world.job)
    engine = Engine.load(train_candidate(world.job))
    found: dict[str, Any] = {"briefs": 0, "pairs": 0, "contradictions": 0, "largest_gap": 0.0}
    for brief in islice(_briefs(world), settings.briefs):
        lines = engine.recommend(brief, limit=LIMIT).shortlist
        shown = np.array([c.p_accept * c.expected_kpi / c.expected_cost for c in lines])  # type: ignore[operator]
        score = np.array([c.score for c in lines])
        found["briefs"] += 1
        found["pairs"] += len(lines) * (len(lines) - 1) // 2
        above, below = np.triu_indices(len(lines), 1)
        found["contradictions"] += int((shown[above] < shown[below] * (1 - 1e-12)).sum())
        if len(lines):
            found["largest_gap"] = max(found["largest_gap"], float(np.abs(score / shown - 1).max()))
    return found


def _briefs(world: World) -> Iterator[Brief]:
    table = Catalogue(world.job.workspace.done("tables")).table("decisions")
    for text in table["brief"].to_pylist():
        brief = Brief.from_json(text)
        for objective in Objective:
            yield brief.model_copy(update={"objective": objective})
