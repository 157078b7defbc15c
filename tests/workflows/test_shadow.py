"""Requests of a log, answered by a bundle that does not serve."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tastemaker.bundle import Bundle, load_bundle, write_bundle
from tastemaker.engine import Engine
from tastemaker.errors import BundleError, SourceError, StoreError
from tastemaker.ranking import PopularityRanker
from tastemaker.schema import EXAMPLE_BRIEF, Brief
from tastemaker.store import SqlDecisionLog
from tastemaker.workflows import shadow_log

BRIEFS = [
    Brief.parse({"brand": {"name": "Quillmoor"}, "objective": objective, "text": text})
    for objective, text in (
        ("awareness", "trail running"),
        ("engagement", "home baking"),
        ("conversion", "tea"),
    )
]


@pytest.fixture(scope="module")
def log(bundle_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log") / "decisions.db"
    store = SqlDecisionLog(f"sqlite:///{path}")
    engine = Engine.load(bundle_folder, store)
    for brief in BRIEFS:
        engine.recommend(brief)
    store.close()
    return path


@pytest.fixture(scope="module")
def loaded(bundle_folder: Path) -> Bundle:
    return load_bundle(bundle_folder)


@pytest.fixture(scope="module")
def popular(loaded: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same bundle, by the number of followers."""
    out = tmp_path_factory.mktemp("popular") / "bundle"
    write_bundle(
        out,
        snapshot=loaded.snapshot,
        retriever=loaded.retriever,
        ranker=PopularityRanker(),
        encoder=loaded.encoder,
        config=loaded.manifest.config,
        data_digest=loaded.manifest.data_digest,
        created_at=datetime.now(UTC),
    )
    return out


def test_a_bundle_agrees_with_itself(log: Path, bundle_folder: Path) -> None:
    told = shadow_log(str(log), bundle_folder)
    assert (told.logged, told.replayed, told.refused) == (3, 3, {})
    for name, estimate in (*told.answers.items(), *told.orders.items()):
        assert estimate.value == pytest.approx(1.0), name
    assert told.acted == ()
    # The log is of today, the bundle's data of the past: nothing to warn of.
    assert told.notes == ()


def test_reading_a_log_by_its_url_is_the_same(log: Path, bundle_folder: Path) -> None:
    by_url, by_path = (shadow_log(name, bundle_folder).to_json() for name in (f"sqlite:///{log}", str(log)))
    assert {**by_url, "log": ""} == {**by_path, "log": ""}
    json.dumps(by_url, allow_nan=False)


def test_another_ranker_differs(log: Path, popular: Path) -> None:
    told = shadow_log(str(log), popular)
    assert told.replayed == 3
    assert 0 <= told.answers["overlap@10"].value < 0.8
    assert told.answers["rank_biased_overlap"].value < 0.8
    assert told.orders["kendall_tau"].value < 0.8
    assert told.answers["known"].value == 1.0


def test_the_latest_requests_are_taken(log: Path, bundle_folder: Path) -> None:
    told = shadow_log(str(log), bundle_folder, most=2)
    assert (told.logged, told.replayed) == (2, 2)
    assert "the latest 2 requests were read" in told.notes[-1]


# Metarank's events -------------------------------------------------------------------------------


def event(kind: str, number: int, **more: Any) -> dict[str, Any]:
    stamp = str(int(datetime(2030, 1, 1, tzinfo=UTC).timestamp() * 1000) + number)
    return {"event": kind, "id": f"{kind[0]}{number}", "timestamp": stamp, **more}


def fields(**values: object) -> list[dict[str, object]]:
    return [{"name": name, "value": value} for name, value in values.items()]


def items(*names: str) -> list[dict[str, str]]:
    return [{"id": name} for name in names]


def written(path: Path, *events: dict[str, Any]) -> str:
    path.write_text("\n".join(map(json.dumps, events)))
    return str(path)


def by_followers(bundle: Bundle) -> list[str]:
    """The ten most followed creators, least of them first."""
    followers = np.nan_to_num(bundle.snapshot.column("followers"))
    creators = bundle.snapshot.column("creator_id")[np.argsort(-followers, kind="stable")]
    return list(dict.fromkeys(creators.tolist()))[:10][::-1]


def test_what_was_clicked_is_found_in_the_bundles_order(
    loaded: Bundle, popular: Path, tmp_path: Path
) -> None:
    """By followers the logged list is turned around: what stood last, first."""
    shown = by_followers(loaded)
    log = written(
        tmp_path / "e.jsonl",
        event("ranking", 1, fields=fields(query="tea", objective="awareness"), items=items(*shown)),
        event("interaction", 2, ranking="r1", type="click", item=shown[-1]),
        event("interaction", 3, ranking="r1", type="click", item=shown[0]),
        event("interaction", 4, ranking="r1", type="click", item=shown[0]),
        event("interaction", 5, ranking="r1", type="hire", item=shown[-1]),
    )
    told = shadow_log(log, popular)
    assert told.orders["kendall_tau"].value == -1.0
    assert told.orders["first_kept"].value == 0.0
    click, hire = told.acted
    assert (click.kind, click.actions, click.above, click.same, click.below) == ("click", 2, 1, 0, 1)
    assert (hire.above, hire.logged_position.value, hire.our_position.value) == (1, 10.0, 1.0)
    assert "no estimate of a gain" in told.notes[-1]


def test_items_are_creators_by_several_names(loaded: Bundle, popular: Path, tmp_path: Path) -> None:
    first, second, third, fourth = by_followers(loaded)[:4]
    facts = {
        row["creator_id"]: row
        for row in loaded.snapshot.table.select(
            ["creator_id", "account_id", "platform", "handle"]
        ).to_pylist()
    }
    handle = f"{facts[second]['platform']}:@{facts[second]['handle'].upper()}"
    log = written(
        tmp_path / "e.jsonl",
        event("item", 1, item="x1", fields=fields(creator_id=third)),
        event("item", 2, item="x2", fields=fields(**{k: facts[fourth][k] for k in ("platform", "handle")})),
        event(
            "ranking",
            3,
            fields=fields(query="tea", objective="awareness"),
            items=items(facts[first]["account_id"], handle, "x1", "x2", "nobody", third),
        ),
    )
    told = shadow_log(log, popular)
    assert told.replayed == 1
    # Five of them are creators, one of those twice: four of five places.
    assert told.answers["known"].value == pytest.approx(4 / 5)


def test_what_can_not_be_replayed_is_counted_by_reason(loaded: Bundle, popular: Path, tmp_path: Path) -> None:
    shown = by_followers(loaded)
    good = fields(query="tea", objective="awareness")
    fee = {"max_fee": {"amount": 10, "currency": "XTS"}}
    strange = EXAMPLE_BRIEF.model_dump(mode="json") | {"filters": fee}
    log = written(
        tmp_path / "e.jsonl",
        event("ranking", 1, fields=good, items=items(*shown)),
        event("ranking", 2, fields=fields(source="search"), items=items(*shown)),
        event("ranking", 3, fields=fields(query="tea"), items=items(*shown)),
        event("ranking", 4, fields=good, items=items("film-1", "film-2")),
        event("ranking", 5, fields=fields(brief=json.dumps(strange)), items=items(*shown)),
        event("ranking", 6, fields=good, items=[]),
        event("interaction", 7, type="like", item=shown[0]),
        event("interaction", 8, type="like", item=shown[0], ranking="r99"),
        event("interaction", 9, type="like", item="film-9", ranking="r1"),
    )
    told = shadow_log(log, popular)
    assert (told.logged, told.replayed) == (5, 1)
    assert set(told.refused.values()) == {1}
    for reason in (
        "no field brief",
        "no field objective",
        "none of its items",
        "no exchange rate for currency",
    ):
        assert sum(reason in said for said in told.refused) == 1, reason
    assert told.unreadable == {"ranking without items": 1}
    assert set(told.stray) == {
        "outside any ranking",
        "of a ranking that is not in the log",
        "with an item that its ranking did not show",
    }
    assert shadow_log(log, popular, objective="content").replayed == 2


def test_requests_from_before_the_bundles_data_are_told(
    loaded: Bundle, popular: Path, tmp_path: Path
) -> None:
    early = (loaded.snapshot.as_of - timedelta(days=3)).isoformat()
    ranking = event(
        "ranking", 1, fields=fields(query="tea", objective="awareness"), items=items(*by_followers(loaded))
    )
    told = shadow_log(written(tmp_path / "e.jsonl", ranking | {"timestamp": early}), popular)
    assert "1 of 1 requests were made before" in told.notes[0]


def test_nothing_replayed_is_a_report_all_the_same(popular: Path, tmp_path: Path) -> None:
    log = written(tmp_path / "e.jsonl", event("ranking", 1, fields=[], items=items("a")))
    told = shadow_log(log, popular)
    assert (told.replayed, told.answers, told.acted) == (0, {}, ())
    json.dumps(told.to_json(), allow_nan=False)


def test_a_log_that_can_not_be_read_is_one_error(popular: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="can not be read"):
        shadow_log(str(tmp_path / "none.jsonl"), popular)
    with pytest.raises(StoreError, match="no such file"):
        shadow_log(f"sqlite:///{tmp_path / 'none.db'}", popular)
    assert not (tmp_path / "none.db").exists()
    with pytest.raises(BundleError):
        shadow_log(str(tmp_path / "none.jsonl"), tmp_path)
