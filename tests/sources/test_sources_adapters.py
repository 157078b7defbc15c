"""Adapters: an invented frame of the same columns, and the public catalogue where it lies beside the checkout."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from invented_market import NOW, take_in

from tastemaker.config import Sources
from tastemaker.errors import SourceError
from tastemaker.schema import NICHES
from tastemaker.sources import Catalogue, Refusal, RefusedInputError, ingest
from tastemaker.sources.adapters import ADAPTERS, adapt
from tastemaker.sources.adapters.tiktok_catalogue import NICHE_OF_CATEGORY

REAL = Path(__file__).parents[3] / "shared" / "data" / "tiktok_catalogue" / "creators.parquet"
MARCH = datetime(2026, 3, 1, tzinfo=UTC)


def profiles() -> pa.Table:
    return pa.table(
        {
            "creator_id": pa.array(["t1", "t2", "t3"], pa.large_string()),
            "bio": ["mossy tunes", "cuisine lunaire", ""],
            "category": ["Sports/Fitness", "Personal Blog", None],
            "language": ["English", " french", "Elvish"],
            "country": ["ZA", "MA", "CH"],
            "continent": ["Africa", "Africa", "Europe"],
            "tier": ["nano", "micro", "mega"],
            "verified": [True, False, False],
            "followers": [1590, 20_000, 3_000_000],
            "following": [12, 0, 7],
            "total_likes": [100, 200, 300],
            "total_videos": [5, 6, 7],
        }
    )


def put(path: Path, table: pa.Table) -> Path:
    pq.write_table(table, path)
    return path


def test_adapters_are_registered_by_name() -> None:
    assert list(ADAPTERS) == ["tiktok-catalogue"]


def test_adapter_profiles_become_creators_accounts_and_snapshots(tmp_path: Path) -> None:
    adapt("tiktok-catalogue", put(tmp_path / "in.parquet", profiles()), tmp_path / "raw", observed_at=MARCH)
    report = take_in(tmp_path / "raw", tmp_path / "out", Sources())
    assert (report.rejected, set(report.tables)) == (0, {"creators", "accounts", "account_snapshots"})
    catalogue = Catalogue(tmp_path / "out")
    creators, accounts = catalogue.table("creators"), catalogue.table("accounts")
    assert creators["languages"].to_pylist() == [["en"], ["fr"], None]
    assert creators["country"].to_pylist() == ["ZA", "MA", "CH"]
    assert accounts["account_id"].to_pylist() == ["tiktok:t1", "tiktok:t2", "tiktok:t3"]
    assert accounts["handle"].to_pylist() == ["t1", "t2", "t3"]
    assert accounts["category"].to_pylist() == ["sports", None, None]
    assert accounts["language"].to_pylist() == ["en", "fr", None]
    assert accounts["bio"].to_pylist() == ["mossy tunes", "cuisine lunaire", ""]
    assert accounts["verified"].to_pylist() == [True, False, False]
    snapshot = catalogue.table("account_snapshots").to_pylist()[0]
    assert {k: v for k, v in snapshot.items() if v is not None} == {
        "account_id": "tiktok:t1", "observed_at": MARCH, "followers": 1590, "following": 12, "media_count": 5,
        "total_likes": 100,
    }  # fmt: skip


def test_adapter_takes_the_handle_where_there_is_one(tmp_path: Path) -> None:
    table = (
        profiles().append_column("handle", pa.array(["@Mossy", None, "x"])).drop_columns(["category", "tier"])
    )
    adapt("tiktok-catalogue", put(tmp_path / "in.parquet", table), tmp_path / "raw", observed_at=MARCH)
    take_in(tmp_path / "raw", tmp_path / "out")
    assert Catalogue(tmp_path / "out").table("accounts")["handle"].to_pylist() == ["mossy", "t2", "x"]


def test_adapter_observed_at_is_the_time_of_the_file_unless_told(tmp_path: Path) -> None:
    path = put(tmp_path / "in.parquet", profiles())
    os.utime(path, (MARCH.timestamp(), MARCH.timestamp()))
    adapt("tiktok-catalogue", path, tmp_path / "raw")
    assert pq.read_table(tmp_path / "raw" / "account_snapshots.parquet")["observed_at"][0].as_py() == MARCH
    with pytest.raises(SourceError, match="has no time zone"):
        adapt("tiktok-catalogue", path, tmp_path / "raw", observed_at=MARCH.replace(tzinfo=None))


def test_adapter_every_category_leads_to_a_niche() -> None:
    assert set(NICHE_OF_CATEGORY.values()) <= set(NICHES)
    assert all(name == name.lower() for name in NICHE_OF_CATEGORY)


def _dropped(path: Path) -> None:
    put(path, profiles().rename_columns({"followers": "follower_count"}))


def _nonsense(path: Path) -> None:
    path.write_bytes(b"PAR1 nonsense")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize(
    ("spoil", "code", "message"),
    [
        (_dropped, Refusal.MISSING_COLUMN, "'followers' is missing; did you mean 'follower_count'"),
        (_nonsense, Refusal.UNREADABLE_FILE, "in.parquet: can not be read as parquet"),
        (_empty, Refusal.EMPTY_FILE, "in.parquet: the file is empty"),
        (Path.mkdir, Refusal.UNREADABLE_FILE, "expected one Parquet, CSV or JSON Lines file of profiles"),
    ],
)
def test_adapter_refuses_another_shape(
    tmp_path: Path, spoil: Callable[[Path], None], code: Refusal, message: str
) -> None:
    spoil(tmp_path / "in.parquet")
    with pytest.raises(RefusedInputError) as caught:
        adapt("tiktok-catalogue", tmp_path / "in.parquet", tmp_path / "raw")
    assert caught.value.code is code
    assert message in str(caught.value)
    assert not (tmp_path / "raw").exists()


def test_adapter_unknown_name_and_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="did you mean 'tiktok-catalogue'"):
        adapt("tiktok-catalog", tmp_path, tmp_path / "raw")
    with pytest.raises(SourceError, match="no such file"):
        adapt("tiktok-catalogue", tmp_path / "nowhere.parquet", tmp_path / "raw")


@pytest.mark.data
@pytest.mark.skipif(not REAL.exists(), reason="needs ../shared/data/tiktok_catalogue beside the checkout")
def test_adapter_public_catalogue_is_accepted_whole(tmp_path: Path) -> None:
    adapt("tiktok-catalogue", REAL, tmp_path / "raw", observed_at=MARCH)
    report = ingest(tmp_path / "raw", tmp_path / "out", Sources(), now=NOW)
    assert (report.rejected, report.tables["creators"].accepted) == (0, 5000)
    accounts = Catalogue(tmp_path / "out").table("accounts")
    assert accounts["language"].null_count == 0
    assert 4_000 < accounts["category"].null_count < 4_800
