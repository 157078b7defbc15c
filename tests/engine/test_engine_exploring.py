"""Test slots in the engine's answers: labelled, logged with their chances, the same for the same seed, and opt-in."""

from __future__ import annotations

import copy
import csv
import io
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tastemaker import Brief, Engine, Recommendation
from tastemaker.cli.recommend import as_csv, print_table
from tastemaker.config import Exploration
from tastemaker.errors import BriefError
from tastemaker.evaluation.off_policy import shown_items
from tastemaker.forecasting.own import OwnFactor
from tastemaker.ranking import Ranker, make_ranker
from tastemaker.service.pages import _of_decision
from tastemaker.service.rendering import render
from tastemaker.store import MemoryDecisionLog

BRIEF = Brief.parse(
    {
        "brand": {"name": "Quillmoor", "description": "Trail shoes made to be repaired."},
        "objective": "engagement",
        "text": "Runners and hikers who show muddy mornings.",
    }
)
BOLD = Exploration(share=0.4, least_chance=0.0, near_tie=0.05, draws=200)


class Bench(Engine):
    """An engine whose bundle can be changed in memory."""

    def changed(self, settings: Exploration, **parts: Any) -> Bench:
        manifest = self._bundle.manifest
        config = manifest.config.model_copy(update={"exploration": settings})
        changed = replace(self._bundle, manifest=manifest.model_copy(update={"config": config}), **parts)
        return Bench(changed, self._log)


@pytest.fixture(scope="module")
def engine(bundle_folder: Path) -> Bench:
    return Bench.load(bundle_folder, MemoryDecisionLog())


@pytest.fixture(scope="module")
def bold(engine: Bench) -> Bench:
    return engine.changed(BOLD, ranker=uncertain(engine.bundle.ranker, between=0.3))


@pytest.fixture(scope="module")
def calm(engine: Bench, bold: Bench) -> Bench:
    """The same values, the settings as they come."""
    return engine.changed(engine.bundle.manifest.config.exploration, ranker=bold.bundle.ranker)


def lines(answer: Recommendation) -> list[dict[str, Any]]:
    return [line.model_dump() for line in answer.shortlist]


def uncertain(ranker: Ranker, between: float) -> Ranker:
    """The ranker as it is, its creators by so much apart from what it expects; nothing was read of any of them."""
    changed = copy.deepcopy(ranker)
    assert changed.forecaster is not None
    for head in changed.forecaster.heads_.values():
        head.own_ = replace(OwnFactor.none(len(changed.forecaster.people_)), between=between, within=0.3)
    return changed


def test_training_leaves_what_was_read_of_each_creator_in_the_bundle(engine: Bench) -> None:
    forecaster = engine.bundle.ranker.forecaster
    assert forecaster is not None
    assert forecaster.cost_head.own_.count.sum() > 0
    assert set(forecaster.people_.ids) <= set(engine.bundle.snapshot.column("creator_id"))


def test_off_unless_asked_for_and_the_answer_is_the_best_by_value(calm: Bench, bold: Bench) -> None:
    plain = calm.recommend(BRIEF, limit=20)
    assert plain.exploration is None
    assert all(line.placement is None for line in plain.shortlist)
    assert lines(bold.recommend(BRIEF, limit=20)) == lines(plain)
    on = bold.changed(BOLD.model_copy(update={"enabled": True}))
    assert lines(on.recommend(BRIEF, limit=20, explore=False)) == lines(plain)
    assert on.recommend(BRIEF, limit=20).exploration is not None


def test_same_seed_gives_the_same_answer_and_the_log_holds_it(bold: Bench) -> None:
    first = bold.recommend(BRIEF, limit=20, explore=True)
    assert first.exploration is not None
    again = bold.recommend(BRIEF, limit=20, explore=True, seed=first.exploration.seed)
    assert lines(again) == lines(first)
    others = {
        tuple(x.creator_id for x in bold.recommend(BRIEF, limit=20, explore=True).shortlist) for _ in range(5)
    }
    assert len(others) > 1
    assert isinstance(bold._log, MemoryDecisionLog)
    assert bold._log.get(first.decision_id) == first


def test_test_slots_are_named_and_every_chance_is_there(calm: Bench, bold: Bench) -> None:
    best = {line.creator_id for line in calm.recommend(BRIEF, limit=20).shortlist}
    answer = bold.recommend(BRIEF, limit=20, explore=True, seed=4)
    assert answer.exploration is not None
    assert answer.exploration.contested == 8
    tests = [line for line in answer.shortlist if line.placement and line.placement.kind == "test"]
    assert {line.creator_id for line in tests} == {line.creator_id for line in answer.shortlist} - best
    assert answer.exploration.test_slots == len(tests) > 0
    for line in answer.shortlist:
        assert line.placement is not None
        assert 0.0 < line.placement.p_shown <= 1.0
        assert line.placement.p_place in (0.5, 1.0)
    assert all(line.placement and line.placement.reason.startswith("test slot: ") for line in tests)
    assert f"{len(tests)} of the 20 places are test slots" in answer.notes


def test_only_named_places_contradict_the_values(bold: Bench) -> None:
    for seed in range(20):
        shown = bold.recommend(BRIEF, limit=20, explore=True, seed=seed).shortlist
        for above, below in pairwise(shown):
            if above.score < below.score:
                assert above.placement is not None
                assert above.placement.p_place == 0.5
                assert above.score >= 0.95 * below.score


def test_a_bundle_that_can_not_say_what_is_uncertain_says_so(engine: Bench) -> None:
    alike = uncertain(engine.bundle.ranker, between=0.0)
    without = engine.changed(BOLD, ranker=alike).recommend(BRIEF, explore=True)
    assert without.exploration is None
    assert any(note.startswith("no test slots: too few creators returned") for note in without.notes)
    content = make_ranker("content", engine.bundle.manifest.config)
    plain = engine.changed(BOLD, ranker=content).recommend(BRIEF, explore=True)
    assert any("'content' does not say how uncertain" in note for note in plain.notes)


def test_a_seed_out_of_range_is_refused(bold: Bench) -> None:
    with pytest.raises(BriefError, match="seed: -1 is outside"):
        bold.recommend(BRIEF, explore=True, seed=-1)


def test_answers_become_items_with_their_propensities(engine: Bench, bold: Bench) -> None:
    answers = [bold.recommend(BRIEF, limit=20, explore=True, seed=4), engine.recommend(BRIEF, limit=5)]
    items = shown_items(answers)
    assert len(items) == 25
    drawn = items[items["decision_id"] == answers[0].decision_id]
    assert (drawn["p_shown"] < 1.0).any()
    np.testing.assert_array_equal(items["position"].to_numpy()[:20], np.arange(1, 21))
    assert (items["p_shown"][20:] == 1.0).all()


def test_readers_see_which_places_are_tests(bold: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """The table of the command, its CSV and the page name each test slot, with the reason."""
    answer = bold.recommend(BRIEF, limit=20, explore=True, seed=4)
    tests = [line for line in answer.shortlist if line.placement and line.placement.kind == "test"]
    assert tests
    print_table(answer)
    assert capsys.readouterr().out.count("test") >= len(tests)
    rows = list(csv.DictReader(io.StringIO(as_csv(answer))))
    assert [row["creator_id"] for row in rows if row["placement_kind"] == "test"] == [
        line.creator_id for line in tests
    ]
    assert all(0.0 < float(row["placement_p_shown"]) <= 1.0 for row in rows)
    page = render("shortlist.html", **_of_decision(answer))
    assert page.count('<span class="placed">Test slot: ') == len(tests)
