"""Snapshots keep what they are given, on disk too, and refuse what does not fit."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from features_toys import AS_OF, account, snapshot

from tastemaker.errors import FeatureError
from tastemaker.features import FeatureSnapshot


def toy() -> FeatureSnapshot:
    return snapshot(
        [
            account("a1", "ann", followers=7, verified=False, languages=["en"], last_post_at=AS_OF),
            account("b1", "bob"),
        ],
        themes={0: [[1, 0, 0, 0], [0, 1, 0, 0]]},
        audiences={
            1: {"country": {"US": 0.4, "XX": 0.1}, "age_gender": {"female.18-24": 0.5, "unknown": 0.5}}
        },
        collaborations=[{"creator_id": "ann", "brand_id": "b", "brand_name": "Quorlip", "last_at": AS_OF}],
        fx={"EUR": 1.1},
    )


def test_snapshot_survives_the_disk(tmp_path: Path) -> None:
    before = toy()
    before.save(tmp_path / "s")
    after = FeatureSnapshot.load(tmp_path / "s")
    assert after.table.equals(before.table)
    assert after.collaborations.equals(before.collaborations)
    for name in ("themes", "theme_row", "audience"):
        assert getattr(after, name).tobytes() == getattr(before, name).tobytes()
    assert (after.as_of, after.encoder_id, after.fx) == (AS_OF, "words-4", {"USD": 1.0, "EUR": 1.1})
    assert len(after) == 2


def test_saving_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    toy().save(tmp_path / "one")
    FeatureSnapshot.load(tmp_path / "one").save(tmp_path / "two")
    for path in sorted((tmp_path / "one").iterdir()):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


def test_columns_as_arrays() -> None:
    got = toy()
    assert np.array_equal(got.column("followers"), [7, np.nan], equal_nan=True)
    assert np.array_equal(got.column("verified"), [0, np.nan], equal_nan=True)
    assert got.column("last_post_at").dtype == np.dtype("datetime64[us]")
    assert np.isnat(got.column("last_post_at")[1])
    assert got.column("languages").tolist() == [["en"], None]
    assert got.column("followers") is got.column("followers")
    with pytest.raises(FeatureError, match="no column 'folowers'"):
        got.column("folowers")


def test_unknown_audience_keys_fall_to_other_and_unknown_facets_stay_unknown() -> None:
    from tastemaker.schema import AUDIENCE_COLUMNS

    row = dict(zip(AUDIENCE_COLUMNS, toy().audience[1].tolist(), strict=True))
    assert row["country", "US"] == pytest.approx(0.4)
    assert row["country", "other"] == pytest.approx(0.1)
    assert row["age_gender", "female.18-24"] == pytest.approx(0.5)
    assert sum(v for (f, _), v in row.items() if f == "age_gender") == pytest.approx(0.5)
    assert np.isnan(row["language", "en"])
    assert np.isnan(toy().audience[0]).all()


@pytest.mark.parametrize(
    "name", ["accounts.parquet", "authenticity.json", "collaborations.parquet", "themes.npy", "snapshot.json"]
)
@pytest.mark.parametrize("harm", ["cut", "gone"])
def test_a_broken_file_is_named(tmp_path: Path, name: str, harm: str) -> None:
    toy().save(tmp_path / "s")
    path = tmp_path / "s" / name
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(FeatureError, match=name):
        FeatureSnapshot.load(tmp_path / "s")


def test_another_format_is_refused(tmp_path: Path) -> None:
    toy().save(tmp_path / "s")
    path = tmp_path / "s" / "snapshot.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))
    with pytest.raises(FeatureError, match="format 99 is not 5"):
        FeatureSnapshot.load(tmp_path / "s")


def test_misfits_are_refused() -> None:
    good = toy()
    parts = (good.table, good.themes, good.theme_row, good.audience)
    with pytest.raises(FeatureError, match="audience has shape"):
        FeatureSnapshot(AS_OF, "e", *parts[:3], good.audience[:1])
    with pytest.raises(FeatureError, match="one owner a theme"):
        FeatureSnapshot(AS_OF, "e", good.table, good.themes[:1], *parts[2:])
    with pytest.raises(FeatureError, match="ascend"):
        FeatureSnapshot(AS_OF, "e", good.table, good.themes, np.array([1, 0]), good.audience)
    with pytest.raises(FeatureError, match="lacks fee"):
        FeatureSnapshot(AS_OF, "e", good.table.drop_columns(["fee"]), *parts[1:])
    with pytest.raises(FeatureError, match="time zone"):
        FeatureSnapshot(datetime(2026, 1, 1), "e", *parts)


def test_as_of_is_kept_in_utc() -> None:
    from datetime import timezone

    good = toy()
    local = AS_OF.astimezone(timezone(timedelta(hours=3)))
    assert FeatureSnapshot(
        local, "e", good.table, good.themes, good.theme_row, good.audience
    ).as_of.utcoffset() == timedelta(0)


def test_a_saved_column_of_another_type_is_named_with_its_file(tmp_path: Path) -> None:
    toy().save(tmp_path / "s")
    path = tmp_path / "s" / "accounts.parquet"
    table = pq.read_table(path)
    place = table.column_names.index("followers")
    words = pa.array(["many"] * len(table))
    pq.write_table(table.set_column(place, "followers", words), path)
    with pytest.raises(
        FeatureError, match=r"accounts\.parquet: column 'followers' is string.*build_snapshots"
    ):
        FeatureSnapshot.load(tmp_path / "s")
    pq.write_table(table.drop_columns(["fee"]), path)
    with pytest.raises(FeatureError, match=r"accounts\.parquet lacks fee"):
        FeatureSnapshot.load(tmp_path / "s")


def test_a_column_that_is_there_twice_is_refused() -> None:
    good = toy()
    table = good.table.append_column("fee", good.table.column("fee"))
    with pytest.raises(FeatureError, match="more than one column 'fee'"):
        FeatureSnapshot(AS_OF, "e", table, good.themes, good.theme_row, good.audience)
