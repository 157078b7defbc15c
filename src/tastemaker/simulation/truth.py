"""The known truth, in a folder that no stage of the pipeline reads: expectations of all pairs, and creators."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tastemaker.simulation.clock import NOW_DAY, Floats
from tastemaker.simulation.creators import FRAUDS
from tastemaker.simulation.history import History, campaign_id
from tastemaker.simulation.state import World
from tastemaker.simulation.writing import save, take

_REAL = pa.float64()
EXPECTED = pa.schema(
    [
        ("campaign_id", pa.string()),
        ("creator_id", pa.string()),
        ("account_id", pa.string()),
        ("p_accept", _REAL),
        ("fee", _REAL),
    ]
    + [("product_cost", _REAL)]
    + [
        (n, _REAL)
        for n in ("impressions", "reach", "engagements", "clicks", "conversions", "revenue", "content_rating")
    ]
)
"""One row per eligible pair; money in USD; everything but ``p_accept`` is given that the creator accepts."""

PEOPLE_PER_ID = 400
MOST_IDS = 200
_COMMUNITY = 6_000


def write_expected(world: World, history: History, costs: list[float], out: Path) -> int:
    """``expected.parquet``, campaign by campaign (memory stays flat). Returns the rows."""
    rows = 0
    with pq.ParquetWriter(
        out / "expected.parquet", EXPECTED, compression="zstd", compression_level=1
    ) as file:
        for start in range(0, len(history.expected), 100):
            part = history.expected[start : start + 100]
            number = np.repeat([n for n, _, _ in part], [len(leads) for _, leads, _ in part])
            leads = np.concatenate([leads for _, leads, _ in part])
            columns = [
                take([campaign_id(n) for n in range(len(history.expected))], number),
                take(world.people.ids, world.accounts.creator[leads]),
                take(world.accounts.ids, leads),
            ]
            costs_of = np.array(costs)[number]
            for name in EXPECTED.names[3:]:
                values = (
                    costs_of
                    if name == "product_cost"
                    else np.concatenate([getattr(hopes, name) for _, _, hopes in part])
                )
                columns.append(pa.array(values))
            file.write_table(pa.Table.from_arrays(columns, schema=EXPECTED))
            rows += len(leads)
    return rows


def write_creators(world: World, out: Path, rng: np.random.Generator) -> int:
    """``creators.parquet``: one row per account of every creator, with what the tables never say."""
    people, accounts = world.people, world.accounts
    who = accounts.creator
    followers, authentic = world.growth.at(NOW_DAY)
    table = pa.table(
        {
            "creator_id": take(people.ids, who),
            "account_id": pa.array(accounts.ids),
            "authentic_share": pa.array(np.round(authentic / followers, 6)),
            "fraud": take(FRAUDS, _planted(world)),
            "hidden_trait": pa.array(np.round(people.hidden[who], 6)),
            "quality": pa.array(np.round(people.quality[who], 6)),
            "follower_ids": _follower_ids(world, authentic, rng),
        }
    )
    save(table, out / "creators.parquet")
    return len(table)


def write_brands(world: World, out: Path) -> int:
    """``brands.parquet``: the brands' hidden side, which meets the creators' trait."""
    save(
        pa.table({"brand_id": pa.array(world.brands.ids), "taste": pa.array(world.brands.taste)}),
        out / "brands.parquet",
    )
    return len(world.brands)


def _planted(world: World) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Per account: 0 none, 1 bought followers, 2 pod, 3 both."""
    return (world.accounts.bought > 0).astype(np.int64) + 2 * (world.accounts.pod > 0)


def _follower_ids(world: World, authentic: Floats, rng: np.random.Generator) -> pa.Array:
    """A sample of the authentic followers: one id stands for 400 people of a community (niche and language)."""
    people, accounts = world.people, world.accounts
    size = np.clip(authentic / PEOPLE_PER_ID, 3, MOST_IDS).astype(np.int64)
    owner = np.repeat(np.arange(len(accounts)), size)
    who = accounts.creator[owner]
    rank = (rng.random(len(owner))[:, None] > np.cumsum(people.weights[who], axis=1)[:, :-1]).sum(axis=1)
    niche = np.maximum(people.themes[who, rank], people.themes[who, 0] * (people.themes[who, rank] < 0))
    community = niche * 5 + people.tongue[who]
    member = np.minimum((_COMMUNITY * rng.random(len(owner)) ** 1.6).astype(np.int64), _COMMUNITY - 1)
    key = np.unique(owner * (150 * _COMMUNITY) + community * _COMMUNITY + member)
    offsets = np.searchsorted(key // (150 * _COMMUNITY), np.arange(len(accounts) + 1))
    return pa.ListArray.from_arrays(
        pa.array(offsets, pa.int32()), pa.array(key % (150 * _COMMUNITY), pa.int64())
    )
