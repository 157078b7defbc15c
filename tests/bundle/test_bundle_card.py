"""The model card and the register of data sources: with every bundle, and with no figure that was not measured."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tastemaker.bundle import Bundle, load_bundle, write_bundle
from tastemaker.bundle.card_text import card_markdown, register_markdown
from tastemaker.features import PAIR_FEATURES, PAIR_MEANINGS
from tastemaker.ranking import PopularityRanker


@pytest.fixture(scope="module")
def loaded(bundle_folder: Path) -> Bundle:
    return load_bundle(bundle_folder)


def report(folder: Path, name: str) -> Any:
    return json.loads((folder / "reports" / f"{name}.json").read_text())


def test_every_pair_feature_has_a_meaning() -> None:
    assert set(PAIR_MEANINGS) == set(PAIR_FEATURES)
    assert len(set(PAIR_MEANINGS.values())) == len(PAIR_FEATURES)


def test_card_says_what_was_learned_from_what(bundle_folder: Path, loaded: Bundle) -> None:
    card, training = report(bundle_folder, "model_card"), report(bundle_folder, "training")
    assert card["model"]["ranker"] == "value"
    assert card["data"]["digest"] == loaded.manifest.data_digest
    assert card["data"]["as_of"] == loaded.snapshot.as_of.isoformat()
    assert (card["data"]["creators"], card["data"]["accounts"]) == (300, len(loaded.snapshot))
    assert card["learned_from"]["campaigns.train"] == training["metrics"]["campaigns.train"]
    assert [f["name"] for f in card["features"]] == list(PAIR_FEATURES)
    assert card["data_sources"]["not_declared"] == []


def test_every_figure_of_the_card_is_one_that_was_measured(bundle_folder: Path) -> None:
    card, metrics = report(bundle_folder, "model_card"), report(bundle_folder, "training")["metrics"]
    assert card["measured"]
    for one in card["measured"]:
        assert one["value"] == metrics[one["name"]]
        assert one["low"] == metrics.get(f"{one['name']}.low")
        assert one["high"] == metrics.get(f"{one['name']}.high")
    told = {one["name"] for one in card["measured"]} | set(card["learned_from"])
    assert told == {name for name in metrics if not name.endswith((".low", ".high"))}


def test_card_and_register_are_there_for_people(bundle_folder: Path) -> None:
    card = (bundle_folder / "reports" / "model_card.md").read_text()
    for heading in ("Data", "Intended use", "Not for", "Measured", "Limits", "Features"):
        assert f"\n## {heading}\n" in card
    assert "| ndcg10.value |" in card
    assert "(data_register.md)" in card
    register = (bundle_folder / "reports" / "data_register.md").read_text()
    assert "| posts |" in register
    assert "simulated by Tastemaker" in register
    assert card == card_markdown(report(bundle_folder, "model_card"))
    assert register == register_markdown(report(bundle_folder, "data_register"))


def test_a_bundle_of_which_nothing_is_told_says_so(loaded: Bundle, tmp_path: Path) -> None:
    write_bundle(
        tmp_path / "b",
        snapshot=loaded.snapshot,
        retriever=loaded.retriever,
        ranker=PopularityRanker(),
        encoder=loaded.encoder,
        config=loaded.manifest.config,
        data_digest="d",
        created_at=datetime.now(UTC),
        notes=("a note",),
        reports={"model_card": {"model": "of another bundle"}},
    )
    card = report(tmp_path / "b", "model_card")
    assert (card["measured"], card["learned_from"]) == ([], None)
    assert [f["name"] for f in card["features"]] == ["log_followers"]
    assert card["features"][0]["mean_absolute_contribution"] is None
    assert card["limits"][-1] == "a note"
    text = (tmp_path / "b" / "reports" / "model_card.md").read_text()
    measured = text.split("## Measured")[1].split("## Limits")[0]
    assert "Nothing was measured" in measured
    assert not re.search(r"\d", measured)
    register = (tmp_path / "b" / "reports" / "data_register.md").read_text()
    assert "not declared" in register


def test_what_was_declared_does_not_break_the_page() -> None:
    source = {"source": "a|b\n<script>", "rights": "none", "personal_data": True, "until": "2027-01-01"}
    table = {"rows": 3, "first": None, "last": None, "told_by_rows": {"source": {}}, "sources": [source]}
    text = register_markdown({"declared_in": "rights.yaml", "tables": {"posts": table}})
    (line,) = [line for line in text.splitlines() if line.startswith("| posts")]
    assert line.replace("\\|", "").count("|") == 10
    assert "<script>" not in text
    assert "| yes | 2027-01-01 |" in line
