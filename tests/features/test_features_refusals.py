"""What can not be built is refused with a message that names it, and nothing half-built is left."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from features_world import CONFIG, NOW, World, encode, row

from tastemaker.config import Features
from tastemaker.errors import FeatureError
from tastemaker.features import build_snapshots, local_executor, texts_to_encode
from tastemaker.sources import Catalogue, bucketise


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    world = World()
    for number in range(6):
        world.account(f"a{number}", f"c{number}", bio="abc")
    bucketise(world.write(tmp_path / "tables"), tmp_path / "buckets", 2)
    encode(tmp_path / "buckets", tmp_path / "vectors")
    return tmp_path


def build(folder: Path, *moments: datetime, config: Features = CONFIG) -> list[Path]:
    return build_snapshots(folder / "buckets", folder / "vectors", moments, folder / "out", config)


def left_over(folder: Path) -> list[str]:
    return [p.name for p in (folder / "out").iterdir()] if (folder / "out").exists() else []


def test_folders_are_named_by_the_second_and_ascend(prepared: Path) -> None:
    paths = build(prepared, NOW, NOW - timedelta(days=30))
    assert [p.name for p in paths] == ["20260502T000000", "20260601T000000"]
    assert sorted(left_over(prepared)) == [p.name for p in paths]


def test_missing_buckets_and_vectors_are_named(prepared: Path) -> None:
    (prepared / "vectors" / "001.parquet").unlink()
    with pytest.raises(FeatureError, match=r"001\.parquet: no vectors for bucket 001"):
        build(prepared, NOW)
    assert left_over(prepared) == []
    with pytest.raises(FeatureError, match="no buckets"):
        build_snapshots(prepared / "nowhere", prepared / "vectors", [NOW], prepared / "out", CONFIG)


def test_vectors_of_two_encoders_do_not_mix(prepared: Path) -> None:
    other = prepared / "other"
    encode(prepared / "buckets", other, encoder_id="runes-8")
    (other / "001.parquet").replace(prepared / "vectors" / "001.parquet")
    with pytest.raises(FeatureError, match=r"bucket 001 has vectors of 'runes-8'.*bucket 000 of 'letters-8'"):
        build(prepared, NOW)
    assert left_over(prepared) == []


def test_moments_must_be_dated_distinct_and_some(prepared: Path) -> None:
    with pytest.raises(FeatureError, match="time zone"):
        build(prepared, NOW.replace(tzinfo=None))
    with pytest.raises(FeatureError, match="at least one"):
        build(prepared)
    with pytest.raises(FeatureError, match="within one second"):
        build(prepared, NOW, NOW + timedelta(microseconds=5))


def test_progress_is_told_by_stage(prepared: Path) -> None:
    told: list[tuple[str, int, int]] = []
    build_snapshots(
        prepared / "buckets",
        prepared / "vectors",
        [NOW],
        prepared / "out",
        CONFIG,
        progress=lambda *step: told.append(step),
    )
    assert told == [
        ("feature statistics", 1, 2),
        ("feature statistics", 2, 2),
        ("features", 1, 2),
        ("features", 2, 2),
        ("snapshots", 1, 1),
    ]


def test_a_failing_task_stops_the_pool_with_its_own_error() -> None:
    with local_executor(2) as run, pytest.raises(ValueError, match="invalid literal"):
        run(int, ["1", "x", "3"], "counting", lambda *_: None)


def test_texts_go_by_post_and_by_version_of_the_account(tmp_path: Path) -> None:
    world = (
        World()
        .account("a", "ann", bio="first", valid_from=NOW - timedelta(days=9))
        .post("p", "a", 3, caption="cap")
    )
    world.account("a", "ann", bio="second", valid_from=NOW).account(
        "a", "ann", bio="first", valid_from=NOW + timedelta(days=1)
    )
    world.account("b", "bob", bio=" ").post("q", "b", 3, caption="").account("c", "cat", bio="always")
    owner, ids, texts = texts_to_encode(Catalogue(world.write(tmp_path / "t")))
    assert set(zip(owner, ids, texts, strict=True)) == {
        ("post", "p", "cap"), ("account", "a", "first"), ("account", f"a@{int(NOW.timestamp()) * 1_000_000}", "second"),
        ("account", "c", "always"),
    }  # fmt: skip


def test_a_catalogue_of_bios_alone_gives_themes_and_unknowns(prepared: Path) -> None:
    from tastemaker.features import FeatureSnapshot

    snapshot = FeatureSnapshot.load(build(prepared, NOW)[0])
    assert (len(snapshot), len(snapshot.themes), snapshot.collaborations.num_rows) == (6, 6, 0)
    assert row(snapshot, "a3")["authenticity"] is None
