"""A model of one's own, from its file to a shortlist."""

from __future__ import annotations

import json
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pytest
from test_cli import BRIEF, Run
from test_cli import run as run  # the fixture

from foreign_models import COLUMNS, boosted_text, onnx_sum
from tastemaker.bundle import load_bundle
from tastemaker.engine import Engine
from tastemaker.explanation import reason
from tastemaker.features import pair_features, view_brief
from tastemaker.schema import Brief
from toy_examples import toy


@pytest.fixture
def boosted(tmp_path: Path) -> Path:
    (tmp_path / "house.txt").write_bytes(boosted_text(toy(campaigns=60, seed=5).examples))
    (tmp_path / "columns.json").write_text(json.dumps({"name": "house 7", "columns": list(COLUMNS)}))
    return tmp_path


def test_a_lightgbm_model_is_served_by_its_own_scores(run: Run, boosted: Path, bundle_folder: Path) -> None:
    out = boosted / "new"
    args = (boosted / "house.txt", "--columns", boosted / "columns.json", "--out", out)
    code, _, told = run("import-ranker", bundle_folder, *args)
    assert (code, "ranked by lightgbm_file" in told) == (0, True)
    answer = Engine.load(out).recommend(Brief.parse(BRIEF), limit=10)
    assert answer.ranker == "lightgbm_file"
    assert answer.notes[0] == "ordered by the model 'house 7', made elsewhere: no forecasts"
    loaded = load_bundle(out)
    accounts = loaded.snapshot.column("account_id").tolist()
    rows = np.array([accounts.index(c.account_id) for c in answer.shortlist])
    view = view_brief(Brief.parse(BRIEF), loaded.encoder)
    pairs = pair_features(view, loaded.snapshot, rows, loaded.snapshot.as_of)
    own = lgb.Booster(model_file=str(boosted / "house.txt")).predict(pairs[list(COLUMNS)].to_numpy())
    np.testing.assert_array_equal([c.score for c in answer.shortlist], own)
    assert {f.feature for c in answer.shortlist for f in c.features} <= set(COLUMNS)
    assert all(c.forecast is None and c.fee is None for c in answer.shortlist)
    # What spoke of the replaced ranker alone is gone; where the new one comes from is told.
    told_by = {p.stem: json.loads(p.read_text()) for p in (out / "reports").glob("*.json")}
    assert "training" not in told_by
    assert told_by["imported"]["replaced"] == "value"
    assert not (out / "monitor").exists()


def test_an_onnx_model_is_served_without_contributions(run: Run, boosted: Path, bundle_folder: Path) -> None:
    pytest.importorskip("onnx")
    (boosted / "house.onnx").write_bytes(onnx_sum())
    columns = {"name": "sum", "columns": list(COLUMNS), "fill": dict.fromkeys(COLUMNS, 0.0)}
    (boosted / "columns.json").write_text(json.dumps(columns))
    out = boosted / "new"
    args = (boosted / "house.onnx", "--columns", boosted / "columns.json", "--out", out)
    assert run("import-ranker", bundle_folder, *args)[0] == 0
    answer = Engine.load(out).recommend(Brief.parse(BRIEF), limit=5)
    assert [c.features for c in answer.shortlist] == [()] * 5
    assert "no contributions" in answer.notes[0]
    assert reason(answer.shortlist[0], answer.kpi)


def test_a_model_that_can_not_take_unknown_values_is_refused_before_it_is_written(
    run: Run, boosted: Path, bundle_folder: Path
) -> None:
    pytest.importorskip("onnx")
    (boosted / "house.onnx").write_bytes(onnx_sum())
    (boosted / "columns.json").write_text(
        '{"name": "x", "columns": ["log_views", "log_fee", "follower_growth"]}'
    )
    args = (boosted / "house.onnx", "--columns", boosted / "columns.json", "--out", boosted / "new")
    code, _, told = run("import-ranker", bundle_folder, *args)
    assert code == 2
    assert "gave nan for row" in told
    assert not (boosted / "new").exists()


def test_importing_over_the_bundle_itself_is_refused(run: Run, boosted: Path, bundle_folder: Path) -> None:
    args = (boosted / "house.txt", "--columns", boosted / "columns.json", "--out", bundle_folder)
    code, _, told = run("import-ranker", bundle_folder, *args)
    assert (code, told.count("\n")) == (2, 1)
    assert "name another folder" in told
