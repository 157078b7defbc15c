"""Fitted models on the disk: both kinds come back whole, and a file that is no such model is named with its fault."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tastemaker.errors import FeatureError
from tastemaker.features import AccountAuthenticity
from tastemaker.features.authenticity import AuthenticityModel, shipped_model
from tastemaker.features.authenticity.saved import load_fitted, save_fitted


def test_values_come_back_with_every_bit(tmp_path: Path) -> None:
    values = {"share": 0.1 + 0.2, "named": {"a": [1.0, None]}}
    save_fitted(tmp_path / "m.json", 3, values)
    assert load_fitted(tmp_path / "m.json", 3, "a toy", dict) == {"format": 3, **values}
    assert [p.name for p in tmp_path.iterdir()] == ["m.json"]


def test_a_number_that_is_none_leaves_the_old_file_as_it_was(tmp_path: Path) -> None:
    save_fitted(tmp_path / "m.json", 3, {"share": 1.0})
    with pytest.raises(ValueError, match="JSON compliant"):
        save_fitted(tmp_path / "m.json", 3, {"share": float("nan")})
    assert json.loads((tmp_path / "m.json").read_text())["share"] == 1.0


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "Expecting property name"),
        ("[]", "list indices"),
        ("null", "not subscriptable"),
        ("{}", "'format'"),
        ('{"format": 4}', "format 4"),
    ],
)
@pytest.mark.parametrize("model", [AccountAuthenticity, AuthenticityModel])
def test_what_is_no_model_is_named_with_its_fault(tmp_path: Path, model: Any, text: str, fault: str) -> None:
    path = tmp_path / "m.json"
    path.write_text(text)
    with pytest.raises(
        FeatureError, match=f"m.json: .*{fault}.* of format 1 was expected; fit and save again"
    ):
        model.load(path)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"calm": {}}, "evidence"),
        ({"bends": [1.0]}, r"bends \[1.0\]"),
        ({"slopes": {}}, "'growth_spike above'"),
    ],
)
def test_weights_of_another_kind_are_refused(tmp_path: Path, change: dict[str, Any], fault: str) -> None:
    path = tmp_path / "m.json"
    shipped_model().save(path)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(FeatureError, match=fault):
        AuthenticityModel.load(path)


def test_the_shipped_weights_are_written_as_they_are_shipped(tmp_path: Path) -> None:
    from tastemaker.features.authenticity.model import SHIPPED

    shipped_model().save(tmp_path / "m.json")
    assert (tmp_path / "m.json").read_bytes() == SHIPPED.read_bytes()
