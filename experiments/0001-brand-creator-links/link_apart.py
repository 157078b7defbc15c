"""What the report measures apart from the rows: the cold start, and the order of a brand's own partners."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from link_cold import cold_start
from link_competence import judge_order, order_table
from link_units import SHOWN, Judged, Source
from link_world import Floats

from tastemaker.evaluation import Estimate
from tastemaker.progress import Progress


def cold_report(source: Source, judged: Sequence[Judged]) -> dict[str, object]:
    """Metrics by kind of partner and of brand, of the configuration's seed."""
    world, tasks = source.tasks(source.settings.seed)
    return {
        kind: {row: _json(metrics) for row, metrics in rows.items()}
        for kind, rows in cold_start(world, tasks, _scores(source, judged), source.settings).items()
    }


def competence_report(
    source: Source, judged: Sequence[Judged], graded: Floats, tell: Progress
) -> dict[str, object]:
    """Partners in order of competence (n_brands, n_creators), brands held out, of the configuration's seed; and what
    each fold chose."""
    world, tasks = source.tasks(source.settings.seed)
    values, chosen = judge_order(world, graded, tasks, source.settings, tell, others=_scores(source, judged))
    table = order_table(values, source.settings)
    return {"rows": {row: _json(metrics) for row, metrics in table.items()}, "chosen_inside": chosen}


def _scores(source: Source, judged: Sequence[Judged]) -> dict[str, list[Floats]]:
    units = sorted((u for u in judged if u.seed == source.settings.seed), key=lambda unit: unit.number)
    return {row: [unit.scores[row] for unit in units] for row in SHOWN}


def _json(metrics: Mapping[str, object]) -> dict[str, object]:
    return {name: m.to_json() if isinstance(m, Estimate) else m for name, m in metrics.items()}
