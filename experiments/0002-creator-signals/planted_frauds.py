"""Kinds of fraud that the simulated marketplace does not know, planted on top of its published tables.

Each function changes the tables of the accounts that it is given, as a buyer of that service would, and nothing
else: the marketplace's own function stays as it is. Rates and sizes are drawn wide, mild cases included.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tastemaker.schema.tables import TABLES

Tables = dict[str, pd.DataFrame]
Plant = Callable[[Tables, np.ndarray, np.random.Generator], None]

CHANGED = ("account_snapshots", "audiences", "posts", "post_snapshots", "comments")

_FARMS = {"VN": 0.22, "ID": 0.22, "TR": 0.2, "BD": 0.1, "EG": 0.1, "BR": 0.08, "IN": 0.08}
_FARM_LANGUAGES = {"other": 0.72, "tr": 0.12, "pt": 0.08, "hi": 0.04, "ar": 0.04}
_PRAISE = (
    "wow", "nice", "love it", "so cool", "great", "amazing", "top", "perfect", "super", "beautiful", "cool pic",
    "awesome", "best", "keep going", "fire", "lovely", "nice one", "very nice", "good vibes", "stunning",
)  # fmt: skip
MONTH = pd.Timedelta(days=30)


def slow_drip(tables: Tables, accounts: np.ndarray, rng: np.random.Generator) -> None:
    """Bought followers that drip in over 8 to 20 months: no spike, odd countries, a low response.

    25 to 60 % of the last count; the farms are not those of the marketplace's own bought followers.
    """
    snapshots = tables["account_snapshots"]
    end = snapshots["observed_at"].max()
    share = pd.Series(rng.uniform(0.25, 0.6, len(accounts)), index=accounts)
    start = pd.Series(end - MONTH * rng.uniform(8, 20, len(accounts)), index=accounts)
    rows = snapshots["account_id"].isin(accounts)
    who, at = snapshots.loc[rows, "account_id"], snapshots.loc[rows, "observed_at"]
    last = snapshots.loc[rows].sort_values("observed_at").groupby("account_id")["followers"].last()
    part = ((at - who.map(start)) / (end - who.map(start))).clip(0.0, 1.0)
    bought = who.map(last) * who.map(share) / (1 - who.map(share)) * part
    total = snapshots.loc[rows, "followers"] + bought
    rate = snapshots.loc[rows, "engagement_rate"] * snapshots.loc[rows, "followers"] / total
    snapshots.loc[rows, "engagement_rate"] = rate
    snapshots.loc[rows, "followers"] = total.round()
    _move_audiences(tables, accounts, share, start, end)


def comment_bots(tables: Tables, accounts: np.ndarray, rng: np.random.Generator) -> None:
    """Bought comments: 1 to 5 times the real ones, short praise by ever new authors, within hours of the post.

    On seven unpaid posts of ten.
    """
    posts = _bought_posts(tables, accounts, rng)
    times = pd.Series(rng.uniform(1.0, 5.0, len(accounts)), index=accounts)
    readings = tables["post_snapshots"]
    rows = readings["post_id"].isin(posts.index)
    factor = readings.loc[rows, "post_id"].map(posts["account_id"]).map(times)
    readings.loc[rows, "comments"] = ((1 + factor) * (readings.loc[rows, "comments"] + 1)).round()
    read = tables["comments"]
    shown = read.loc[read["post_id"].isin(posts.index)]
    number = rng.poisson(shown["post_id"].map(posts["account_id"]).map(times).to_numpy())
    made = shown.loc[shown.index.repeat(number)].copy()
    after = pd.to_timedelta(rng.exponential(5.0, len(made)), unit="h")
    made["comment_id"] = [f"bot{i:07d}" for i in range(len(made))]
    made["author_hash"] = [f"b{a:010x}" for a in rng.integers(0, 1 << 40, len(made))]
    made["text"] = rng.choice(np.array(_PRAISE), len(made))
    made["posted_at"] = (made["post_id"].map(posts["posted_at"]) + after).dt.floor("s")
    made["observed_at"] = made["posted_at"] + pd.Timedelta(hours=6)
    made = made.loc[made["observed_at"] < read["observed_at"].max()]
    tables["comments"] = pd.concat([read, made], ignore_index=True)


def like_bots(tables: Tables, accounts: np.ndarray, rng: np.random.Generator) -> None:
    """Bought likes: 0.7 to 3 times the usual ones on seven unpaid posts of ten, and no word with them."""
    posts = _bought_posts(tables, accounts, rng)
    times = pd.Series(rng.uniform(0.7, 3.0, len(accounts)), index=accounts)
    readings = tables["post_snapshots"]
    rows = readings["post_id"].isin(posts.index)
    owner = readings.loc[rows, "post_id"].map(posts["account_id"])
    usual = readings.loc[rows].groupby(owner)["likes"].transform("median")
    noise = np.exp(rng.normal(0.0, 0.15, int(rows.sum())))
    readings.loc[rows, "likes"] = (readings.loc[rows, "likes"] + owner.map(times) * usual * noise).round()


def follow_unfollow(tables: Tables, accounts: np.ndarray, rng: np.random.Generator) -> None:
    """Follows thousands in waves and drops them again; 15 to 45 % of the last followers came by it and hardly react."""
    snapshots = tables["account_snapshots"]
    end = snapshots["observed_at"].max()
    share = pd.Series(rng.uniform(0.15, 0.45, len(accounts)), index=accounts)
    months = pd.Series(rng.uniform(6, 24, len(accounts)), index=accounts)
    period = pd.Series(rng.uniform(60, 150, len(accounts)), index=accounts)
    high = pd.Series(rng.uniform(1_200, 7_000, len(accounts)), index=accounts)
    rows = snapshots["account_id"].isin(accounts)
    who, at = snapshots.loc[rows, "account_id"], snapshots.loc[rows, "observed_at"]
    last = snapshots.loc[rows].sort_values("observed_at").groupby("account_id")["followers"].last()
    before = (end - at) / pd.Timedelta(days=1)
    part = (1 - before / (30 * who.map(months))).clip(0.0, 1.0)
    phase = (before % who.map(period)) / who.map(period)
    total = snapshots.loc[rows, "followers"] + who.map(last) * who.map(share) / (1 - who.map(share)) * part
    rate = snapshots.loc[rows, "engagement_rate"] * snapshots.loc[rows, "followers"] / total
    waves = who.map(high) * (0.35 + 0.65 * (1 - phase))
    following = snapshots.loc[rows, "following"].where(part == 0, snapshots.loc[rows, "following"] + waves)
    snapshots.loc[rows, "engagement_rate"] = rate
    snapshots.loc[rows, "followers"] = total.round()
    snapshots.loc[rows, "following"] = following.round()


PLANTED: Mapping[str, Plant] = {
    "slow_drip": slow_drip,
    "comment_bots": comment_bots,
    "like_bots": like_bots,
    "follow_unfollow": follow_unfollow,
}
"""Kind -> what plants it, in the order in which they are planted."""


def plant(folder: Path, honest: np.ndarray, share: float, seed: int) -> dict[str, str]:
    """Rewrites the tables in ``folder``: of the accounts ``honest`` a ``share`` each becomes one of :data:`PLANTED`.

    Returns account_id -> kind.
    """
    rng = np.random.default_rng([seed, 2])
    size = round(share * len(honest))
    drawn = rng.permutation(np.sort(honest))
    tables = {name: pq.read_table(folder / f"{name}.parquet").to_pandas() for name in CHANGED}
    kinds: dict[str, str] = {}
    for number, (kind, change) in enumerate(PLANTED.items()):
        chosen = np.sort(drawn[number * size : (number + 1) * size])
        change(tables, chosen, rng)
        kinds |= dict.fromkeys(chosen.tolist(), kind)
    for name in CHANGED:
        table = pa.Table.from_pandas(tables[name], schema=TABLES[name].schema, preserve_index=False)
        pq.write_table(table, folder / f"{name}.parquet")
    return kinds


def _bought_posts(tables: Tables, accounts: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Of the accounts' posts without a paid label and a partner's handle seven of ten; indexed by post_id."""
    posts = tables["posts"]
    own = posts["account_id"].isin(accounts) & (posts["paid_label"] != True)  # noqa: E712 (unknown is not paid)
    chosen = posts.loc[own & (rng.random(len(posts)) < 0.7)]
    return chosen.set_index("post_id")[["account_id", "posted_at"]]


def _move_audiences(
    tables: Tables, accounts: np.ndarray, share: pd.Series, start: pd.Series, end: pd.Timestamp
) -> None:
    """Audience reports of countries and languages mixed with the farms', by how much had dripped in at the time."""
    audiences = tables["audiences"]
    mine = audiences["account_id"].isin(accounts)
    who, at = audiences.loc[mine, "account_id"], audiences.loc[mine, "observed_at"]
    part = ((at - who.map(start)) / (end - who.map(start))).clip(0.0, 1.0)
    fake = who.map(share) * part / (1 - who.map(share) * (1 - part))
    audiences.loc[mine, "share"] *= 1 - fake
    report = ["account_id", "observed_at", "basis", "facet", "sample_size", "source", "first_party"]
    heads = (
        audiences.loc[mine, report].assign(fake=fake).drop_duplicates(["account_id", "observed_at", "facet"])
    )
    added = [audiences]
    for facet, farms in (("country", _FARMS), ("language", _FARM_LANGUAGES)):
        for key, weight in farms.items():
            rows = heads.loc[(heads["facet"] == facet) & (heads["fake"] > 0)].assign(key=key)
            rows["share"] = rows["fake"] * weight
            added.append(rows.loc[rows["share"] > 0.015].drop(columns="fake"))
    keys = ["account_id", "observed_at", "basis", "facet", "key"]
    joined = pd.concat(added, ignore_index=True)
    joined["share"] = joined.groupby(keys)["share"].transform("sum").clip(upper=1.0)
    tables["audiences"] = joined.drop_duplicates(keys)
