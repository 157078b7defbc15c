"""What campaigns have told of each creator by a given day: the pair features that hang on who was picked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from loop_world import Delivery, Life, Pool

from tastemaker.features import PAIR_FEATURES, usd
from tastemaker.features.confidence import confidence
from tastemaker.features.packages import WORK, package_size
from tastemaker.features.price.columns import price_columns
from tastemaker.features.price.model import fit_fees
from tastemaker.features.snapshot import to_numpy
from tastemaker.simulation.clock import START, Ints

YEAR = 365.0
MIN_QUOTES = 30


@dataclass(frozen=True)
class Memory:
    """Known on ``day``. ``record``: per person (rows of the world's creators) what the table ``record`` of the features
    would hold; ``price``: snapshot -> columns of each of its accounts; ``last_work``: (person, brand) -> day."""

    day: float
    record: pd.DataFrame
    price: dict[int, pd.DataFrame]
    last_work: dict[tuple[int, int], float]


def remember(life: Life, day: float, snapshots: set[int]) -> Memory:
    """What ``life`` has been told by ``day``, for briefs that read the facts of ``snapshots``."""
    told = pd.DataFrame([d.__dict__ for d in life.deliveries], columns=list(Delivery.__dataclass_fields__))
    told = told.astype({"known": float, "answered": float, "quoted": float, "creator": int})
    answered = told[told["answered"] <= day]
    return Memory(
        day=day,
        record=_record(told[told["known"] <= day], day, life),
        price={s: _prices(answered[answered["answered"] > day - YEAR], s, day, life) for s in snapshots},
        last_work=answered[answered["agreed"].astype(bool)]
        .groupby(["creator", "brand"])["answered"]
        .max()
        .to_dict(),
    )


def features(pool: Pool, memory: Memory, life: Life) -> pd.DataFrame:
    """PAIR_FEATURES and ``creator`` (the person) of everyone in the pool, campaigns' as ``memory`` has them."""
    ask, rows = pool.ask, pool.rows
    people = ask.creators[rows]
    made = dict(zip(PAIR_FEATURES, ask.features[rows].T, strict=True))
    made |= {name: values.to_numpy()[people] for name, values in memory.record.items()}
    price = {name: values.to_numpy()[rows] for name, values in memory.price[ask.snapshot].items()}
    size, budget = package_size(ask.campaign.lines), usd(ask.campaign.brief.budget, {"USD": 1.0})
    made["log_fee"] = np.log1p(price["fee"])
    made["fee_to_budget"] = price["fee"] * size / budget
    made |= {name: price[name] for name in ("fee_expected", "price_confidence")}
    own, rivals = ask.campaign.brand, set(life.world.brands.rivals[ask.campaign.brand])
    last = np.full(len(life.world.people), np.nan)
    worked = np.zeros(len(life.world.people))
    for (person, brand), day in memory.last_work.items():
        if brand == own:
            worked[person] = 1.0
        if brand in rivals:
            last[person] = np.fmax(last[person], day)
    made["worked_with_brand"] = worked[people]
    made["days_since_competitor"] = ask.campaign.decided - last[people]
    return pd.DataFrame({**{name: made[name] for name in PAIR_FEATURES}, "creator": people})


def _record(known: pd.DataFrame, day: float, life: Life) -> pd.DataFrame:
    """As ``features.history``: means and ratios over all finished campaigns of a person."""
    by = known.groupby("creator")
    total = by[["reach", "engagements", "conversions"]].sum()
    count = by.size().astype(float)
    told = life.shared.config.features.confidence.history
    age = (day - by["known"].max()).to_numpy()
    made = pd.DataFrame(
        {
            "past_campaigns": count,
            "past_content_rating": by["content_rating"].mean(),
            "past_engagement_ratio": total["engagements"] / total["reach"],
            "past_conversion_rate": total["conversions"] / total["reach"],
            "past_on_time": by["on_time"].mean(),
            "history_confidence": confidence(count.to_numpy(), told.enough, age, told.half_life_days),
        }
    )
    return made.reindex(np.arange(len(life.world.people)))


def _prices(offers: pd.DataFrame, snapshot: int, day: float, life: Life) -> pd.DataFrame:
    """Fee columns of a snapshot's accounts from the last year's quotes, by the package's own model of fees."""
    facts = life.shared.facts[snapshot]
    ids = life.world.people.ids
    quoted = offers[offers["quoted"] > 0]
    lines = {ask.number: ask.campaign.lines for ask in life.asked.values()}
    sizes = np.array([package_size(lines[n]) for n in quoted["number"]], dtype=float)
    own = (quoted["quoted"] / sizes).groupby(quoted["creator"]).median()
    person = {name: i for i, name in enumerate(ids)}
    who = np.array([person[c] for c in facts.column("creator_id").to_pylist()])
    now = int((START.timestamp() + day * 86_400) * 1_000_000)
    rows = facts.select(["platform", "category", "country", "followers", "creator_id"])
    rows = rows.append_column("reach_per_follower_log", pa.array(np.full(len(rows), np.nan)))
    rows = rows.append_column(
        "quoted", pa.array(own.reindex(who).to_numpy(dtype=float), pa.float64(), from_pandas=True)
    )
    rows = rows.append_column("moment", pa.array(np.full(len(rows), float(now))))
    quotes = _quotes(quoted, lines, facts, who)
    model = fit_fees(quotes).get(0) if len(quotes) >= MIN_QUOTES else None
    made = price_columns(rows, quotes, model, np.full(len(rows), np.nan), life.shared.config.features)
    names = ("fee", "fee_expected", "price_confidence")
    return pd.DataFrame({n: made[n].to_numpy(zero_copy_only=False).astype(float) for n in names})


def _quotes(
    quoted: pd.DataFrame, lines: dict[int, tuple[tuple[str, int], ...]], facts: pa.Table, who: Ints
) -> pa.Table:
    """Quotes as ``features.price.quotes`` gives them: each for the creator's largest account."""
    followers = np.nan_to_num(to_numpy(facts.column("followers")), nan=-1.0)
    lead: dict[int, int] = {}
    for row in np.argsort(-followers, kind="stable").tolist():
        lead.setdefault(int(who[row]), row)
    quoted = quoted[quoted["creator"].isin(list(lead))]
    row = np.array([lead[c] for c in quoted["creator"]], dtype=np.int64)
    counts = {f"n_{kind}": np.zeros(len(quoted)) for kind in WORK}
    for i, number in enumerate(quoted["number"]):
        for kind, count in lines[number]:
            counts[f"n_{kind}"][i] += count
    taken = facts.take(pa.array(row))
    at = (START.timestamp() + quoted["answered"].to_numpy() * 86_400) * 1_000_000
    return pa.table(
        {
            "t": pa.array(np.zeros(len(quoted), dtype=np.int64)),
            "creator_id": taken.column("creator_id"),
            "at": pa.array(at.astype(np.int64)),
            "log_usd": pa.array(np.log(quoted["quoted"].to_numpy())),
            **{name: pa.array(values) for name, values in counts.items()},
            "platform": taken.column("platform"),
            "niche": pa.array([(c or "").strip().casefold() for c in taken.column("category").to_pylist()]),
            "country": taken.column("country"),
            "log_size": pa.array(np.log1p(to_numpy(taken.column("followers")))),
            "log_reach": pa.array(np.full(len(quoted), np.nan)),
        }
    )
