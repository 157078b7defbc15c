"""The buckets' parts of one moment put together: one snapshot, sorted, whatever the buckets were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tastemaker.features.audience import COMMON_FACETS
from tastemaker.features.authenticity.model import AuthenticityModel
from tastemaker.features.columns import COLLABORATION_SCHEMA, EVIDENCE_SCHEMA, SNAPSHOT_SCHEMA, THEME_SCHEMA
from tastemaker.features.lookups import spans
from tastemaker.features.snapshot import FeatureSnapshot
from tastemaker.schema import AUDIENCE_WIDTH, FACET_SLICES


@dataclass(frozen=True)
class Assembly:
    """Third task: the snapshot of moment number ``t`` from the buckets' folders in ``places``."""

    t: int
    as_of: datetime
    target: Path
    places: tuple[Path, ...]
    encoder_id: str
    dim: int
    platform_audience: np.ndarray
    authenticity_model: AuthenticityModel


def assemble(task: Assembly) -> None:
    """Writes the snapshot to ``task.target``."""
    parts = [pq.read_table(place / f"{task.t}.parquet") for place in task.places]
    table = pa.concat_tables(parts).combine_chunks()
    order = pc.sort_indices(table, sort_keys=[("creator_id", "ascending"), ("account_id", "ascending")])
    order_array = order.to_numpy()
    themes, theme_row, theme_posts = _themes(parts, task, order_array)
    FeatureSnapshot(
        as_of=task.as_of,
        encoder_id=task.encoder_id,
        table=table.select(SNAPSHOT_SCHEMA.names).take(order),
        themes=themes,
        theme_row=theme_row,
        audience=_audience(parts, task)[order_array],
        collaborations=_collaborations(task),
        evidence=_evidence(task),
        fx=_rates(task),
        theme_posts=theme_posts,
        platform_audience=task.platform_audience,
        authenticity_model=task.authenticity_model,
    ).save(task.target)


def _themes(
    parts: list[pa.Table], task: Assembly, order: np.ndarray
) -> tuple[np.ndarray, np.ndarray, pa.Table]:
    found, posts = [np.zeros((0, task.dim), dtype=np.float32)], [THEME_SCHEMA.empty_table()]
    for part, place in zip(parts, task.places, strict=True):
        known = np.load(place / "themes.npy", mmap_mode="r", allow_pickle=False)
        rows = spans(part.column("theme_start").to_numpy(), part.column("theme_count").to_numpy())
        found.append(known[rows])
        posts.append(pq.read_table(place / "theme_posts.parquet").take(rows))
    themes = np.concatenate(found)
    count = np.concatenate([part.column("theme_count").to_numpy() for part in parts])
    start = np.cumsum(count) - count
    rows = spans(start[order], count[order])
    table = pa.concat_tables(posts).take(rows).combine_chunks()
    return themes[rows], np.repeat(np.arange(len(order)), count[order]), table


def _audience(parts: list[pa.Table], task: Assembly) -> np.ndarray:
    rows = []
    for part, place in zip(parts, task.places, strict=True):
        audience = np.full((len(part), AUDIENCE_WIDTH), np.nan, dtype=np.float32)
        for facet in COMMON_FACETS:
            report = part.column(f"report_{facet}").to_numpy()
            known = report >= 0
            blocks = np.load(place / f"{facet}.npy", mmap_mode="r", allow_pickle=False)
            audience[known, FACET_SLICES[facet]] = blocks[report[known]]
        rows.append(audience)
    return np.concatenate(rows)


def _collaborations(task: Assembly) -> pa.Table:
    pieces = [_of_moment(place / "collaborations.parquet", task.t) for place in task.places]
    keys = [("creator_id", "ascending"), ("brand_id", "ascending")]
    return (
        pa.concat_tables(pieces).sort_by(keys).select(COLLABORATION_SCHEMA.names).cast(COLLABORATION_SCHEMA)
    )


def _evidence(task: Assembly) -> pa.Table:
    pieces = [_of_moment(place / "evidence.parquet", task.t) for place in task.places]
    keys = [(name, "ascending") for name in ("account_id", "group", "signal", "rank")]
    return pa.concat_tables(pieces).sort_by(keys).select(EVIDENCE_SCHEMA.names).cast(EVIDENCE_SCHEMA)


def _rates(task: Assembly) -> dict[str, float]:
    # Every bucket holds all rates.
    rates = _of_moment(task.places[0] / "rates.parquet", task.t).to_pydict()
    return dict(zip(rates["currency"], rates["usd"], strict=True))


def _of_moment(path: Path, t: int) -> pa.Table:
    table = pq.read_table(path)
    return table.filter(pc.equal(table.column("t"), t))
