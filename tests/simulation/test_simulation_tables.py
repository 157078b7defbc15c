"""Every simulated table keeps the rules of the schema, knows no future, and stands without the truth."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from simulated_tables import Tables, make

from tastemaker.schema import FACET_KEYS, KPI, TABLES, Brief
from tastemaker.simulation import NOW

SKIPPED = {"overlaps"}


def digests(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_simulation_same_seed_same_bytes(tiny: Tables, tmp_path: Path) -> None:
    make(tmp_path, creators=60, brands=6, campaigns=12, seed=3)
    assert digests(tmp_path) == digests(tiny.folder)


def test_simulation_another_seed_is_another_world(tiny: Tables, tmp_path: Path) -> None:
    make(tmp_path, creators=60, brands=6, campaigns=12, seed=4)
    ours, others = digests(tiny.folder), digests(tmp_path)
    assert ours.keys() == others.keys()
    assert [name for name in ours if ours[name] == others[name]] == ["rights.yaml"]


@pytest.mark.parametrize("size", ["tiny", "world"])
def test_simulation_tables_keep_the_schema(size: str, request: pytest.FixtureRequest) -> None:
    tables: Tables = request.getfixturevalue(size)
    assert set(tables.names) == set(TABLES) - SKIPPED
    for name in tables.names:
        table, frame = TABLES[name], tables[name]
        assert pq.read_schema(tables.folder / f"{name}.parquet").remove_metadata().equals(table.schema), name
        assert len(frame) > 0, name
        assert not frame.duplicated(list(table.key)).any(), name
        for column in table.columns:
            values = frame[column.name].dropna()
            where = f"{name}.{column.name}"
            if column.required:
                assert len(values) == len(frame), where
            if column.rule in ("count", "money"):
                assert (values >= 0).all(), where
            if column.rule == "share":
                assert values.between(0, 1).all(), where
            if column.rule == "one_of" and column.type == pa.string():
                assert values.isin(column.values).all(), where


def test_simulation_references_hold(world: Tables) -> None:
    for name in world.names:
        for column, (other, key) in TABLES[name].references.items():
            assert world[name][column].dropna().isin(world[other][key]).all(), f"{name}.{column}"


def test_simulation_knows_no_future(world: Tables) -> None:
    now = pd.Timestamp(NOW)
    for name in world.names:
        table, frame = TABLES[name], world[name]
        for clock in {table.known_at, table.happened_at} - {None}:
            assert (frame[clock].dropna() <= now).all(), f"{name}.{clock}"
        if table.happened_at and table.known_at:
            assert (frame[table.known_at] >= frame[table.happened_at]).all(), name


def test_simulation_clocks_follow_one_another(world: Tables) -> None:
    decisions = world["decisions"].merge(world["campaigns"], on="campaign_id")
    assert (decisions.made_at < decisions.starts_at).all()
    offers = world["offers"].merge(decisions, on="decision_id")
    assert (offers["at"] > offers.made_at).all()
    assert (offers["at"] < offers.starts_at).all()
    outcomes = world["outcomes"].merge(world["campaigns"], on="campaign_id")
    assert (outcomes.observed_at > outcomes.starts_at + pd.Timedelta(days=3)).all()
    readings = world["post_snapshots"].merge(world["posts"], on="post_id", suffixes=("", "_post"))
    assert (readings.observed_at >= readings.observed_at_post).all()
    posts = world["posts"].merge(world["accounts"], on="account_id")
    assert (posts.posted_at >= posts.valid_from).all()


def test_simulation_counts_never_shrink_with_age(world: Tables) -> None:
    readings = world["post_snapshots"].sort_values(["post_id", "observed_at"])
    for name in ("likes", "comments", "views"):
        assert (readings.groupby("post_id")[name].diff().dropna() >= 0).all(), name
    keys = ["campaign_id", "creator_id", "deliverable"]
    outcomes = world["outcomes"].sort_values([*keys, "observed_at"])
    for name in ("reach", "clicks", "conversions", "revenue"):
        assert (outcomes.groupby(keys)[name].diff().dropna() >= 0).all(), name
    assert (
        outcomes.conversions <= outcomes.clicks.groupby([outcomes[k] for k in keys]).transform("max")
    ).all()


def test_simulation_audience_shares_are_fractions_of_known_keys(world: Tables) -> None:
    audiences = world["audiences"]
    for facet, part in audiences.groupby("facet"):
        assert part.key.isin(FACET_KEYS[str(facet)]).all(), facet
    sums = audiences.groupby(["account_id", "observed_at", "basis", "facet"]).share.sum()
    assert sums.max() <= 1.02
    assert sums.min() > 0.6
    known = audiences.account_id.nunique() / len(world["accounts"])
    assert 0.75 < known < 0.97, "some accounts have no audience"


def test_simulation_briefs_parse_and_say_the_same_twice(world: Tables) -> None:
    decisions = world["decisions"].set_index("campaign_id").brief
    objectives = set()
    for campaign, text in world["campaigns"].set_index("campaign_id").brief.items():
        brief = Brief.from_json(text)
        assert brief.canonical_json() == text == decisions[campaign]
        assert brief.starts_at is not None
        assert brief.filters.max_fee is None
        assert brief.filters.min_authenticity is None
        objectives.add(brief.objective)
    assert objectives == set(KPI)


def test_simulation_stands_without_its_truth(tiny: Tables, tmp_path: Path) -> None:
    shutil.copytree(tiny.folder, tmp_path / "copy")
    shutil.rmtree(tmp_path / "copy" / "truth")
    bare = Tables(tmp_path / "copy")
    assert bare.names == tiny.names
    about = json.loads((tmp_path / "copy" / "simulation.json").read_text())
    assert all(len(bare[name]) == about["rows"][name] for name in bare.names)


def test_simulation_tables_hold_no_word_of_the_truth(world: Tables) -> None:
    hidden = pd.read_parquet(world.folder / "truth" / "creators.parquet")
    for name in world.names:
        columns = set(world[name].columns)
        assert not columns & {
            "hidden_trait",
            "quality",
            "fraud",
            "authentic_share",
            "follower_ids",
            "taste",
        }, name
    # The trait may not be read off any number of a creator either.
    trait = hidden.drop_duplicates("creator_id").set_index("creator_id").hidden_trait
    last = world["account_snapshots"].sort_values("observed_at").groupby("account_id").last()
    creators = world["accounts"].set_index("account_id").creator_id
    for name in ("followers", "following", "engagement_rate"):
        values = last[name].dropna()
        assert abs(values.corr(creators[values.index].map(trait), method="spearman")) < 0.15, name
    posts = world["posts"].post_id
    assert posts.is_monotonic_increasing, "ids follow time, not kind"
