from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_cli import Run
from test_cli import run as run  # the fixture

from tastemaker.bundle import load_bundle


@pytest.fixture
def events(bundle_folder: Path, tmp_path: Path) -> Path:
    creators = load_bundle(bundle_folder).snapshot.column("creator_id").tolist()[:8]
    stamp = "2030-01-01T00:00:00Z"
    asked = [{"name": "query", "value": "tea"}, {"name": "objective", "value": "awareness"}]
    shown = [{"id": name} for name in creators]
    rows = [
        {"event": "ranking", "id": "r1", "timestamp": stamp, "fields": asked, "items": shown},
        {"event": "ranking", "id": "r2", "timestamp": stamp, "items": shown},
        {"event": "interaction", "id": "i1", "timestamp": stamp, "ranking": "r1", "type": "[red]click",
         "item": creators[0]},
    ]  # fmt: skip
    path = tmp_path / "events.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def test_shadow_as_a_table(run: Run, events: Path, bundle_folder: Path) -> None:
    code, out, err = run("shadow", events, "--bundle", bundle_folder, "--k", "5")
    assert code == 0
    assert "1 of 2 requests replayed" in out
    assert "not replayed: 1, no field brief, query or text" in out
    for word in ("overlap@5", "rank_biased_overlap", "kendall_tau", "first_kept", "[red]click"):
        assert word in out
    assert "no estimate of a gain" in err


def test_shadow_as_json(run: Run, events: Path, bundle_folder: Path) -> None:
    code, out, _ = run("shadow", events, "--bundle", bundle_folder, "--format", "json")
    told = json.loads(out)
    assert (code, told["replayed"], told["k"]) == (0, 1, 10)
    assert told["acted"][0]["logged_position"]["value"] == 1.0
    assert set(told["answers"]) == {
        "overlap@10", "rank_biased_overlap", "kendall_tau", "first_kept", "known"
    }  # fmt: skip


def test_shadow_of_no_log_is_one_message(run: Run, tmp_path: Path, bundle_folder: Path) -> None:
    code, _, err = run("shadow", tmp_path / "none", "--bundle", bundle_folder)
    assert code == 2
    assert err.startswith("tastemaker: ")
    assert "can not be read" in err
