from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from tastemaker import Brief, Engine, Recommendation
from tastemaker.errors import BriefError, BundleError, StoreError
from tastemaker.features import PAIR_FEATURES
from tastemaker.schema import ShownFeatures, Trace

OPEN: dict[str, Any] = {
    "brand": {"name": "Quillmoor", "description": "Trail shoes made to be repaired."},
    "objective": "engagement",
    "text": "Runners and hikers who show muddy mornings.",
}


@pytest.fixture(scope="module")
def engine(bundle_folder: Path) -> Engine:
    return Engine.load(bundle_folder)


@pytest.fixture(scope="module")
def answer(engine: Engine) -> Recommendation:
    return engine.recommend(Brief.parse(OPEN), limit=30)


def brief(**changes: Any) -> Brief:
    return Brief.parse({**OPEN, **changes})


def test_ranks_start_at_one_and_order_by_value(answer: Recommendation) -> None:
    assert [c.rank for c in answer.shortlist] == list(range(1, 31))
    assert all(a.score >= b.score for a, b in zip(answer.shortlist, answer.shortlist[1:], strict=False))
    assert len({c.creator_id for c in answer.shortlist}) == 30


def test_funnel_narrows(answer: Recommendation) -> None:
    f = answer.funnel
    assert 300 == f.creators >= f.eligible >= f.retrieved >= f.ranked == 30


def test_funnel_tells_the_plan(engine: Engine, answer: Recommendation) -> None:
    exact = engine.recommend(answer.brief, exact=True).funnel
    assert exact.plan in ("scan", "codes")
    assert exact.missed == 0.0
    assert answer.funnel.plan is not None


def test_forecasts_are_ordered_intervals(answer: Recommendation) -> None:
    for c in answer.shortlist:
        for interval in (c.forecast, c.fee):
            assert interval is not None
            assert 0 <= interval.low <= interval.median <= interval.high
        assert c.p_accept is not None
        assert 0 <= c.p_accept <= 1


@pytest.mark.parametrize("objective", ["awareness", "engagement", "conversion", "content"])
def test_the_score_is_what_is_displayed_so_no_pair_contradicts_it(engine: Engine, objective: str) -> None:
    lines = engine.recommend(brief(objective=objective), limit=100).shortlist
    values = [c.p_accept * c.expected_kpi / c.expected_cost for c in lines]
    assert [c.score for c in lines] == pytest.approx(values, rel=1e-9)
    assert values == sorted(values, reverse=True)


def test_every_count_is_forecast_whatever_the_objective(answer: Recommendation) -> None:
    for line in answer.shortlist:
        assert set(line.outcomes) == {"impressions", "reach", "engagements", "clicks", "conversions"}
        assert all(0 <= told.low <= told.median <= told.high for told in line.outcomes.values())
        assert line.outcomes[answer.kpi] == line.forecast


def test_features_that_mattered_come_with_their_values(answer: Recommendation) -> None:
    first = answer.shortlist[0]
    assert 0 < len(first.features) <= 5
    sizes = [abs(f.contribution) for f in first.features]
    assert sizes == sorted(sizes, reverse=True)


def test_same_brief_same_answer(engine: Engine, answer: Recommendation) -> None:
    again = engine.recommend(Brief.parse(OPEN), limit=30)
    assert again.decision_id != answer.decision_id
    assert again.shortlist == answer.shortlist


def test_answer_survives_json(answer: Recommendation) -> None:
    assert Recommendation.model_validate(answer.to_json()) == answer


def test_filters_hold_on_the_shortlist(engine: Engine) -> None:
    wanted = brief(
        filters={"platforms": ["tiktok"], "followers": {"min": 5000, "max": 60000}, "min_authenticity": 0.5}
    )
    shortlist = engine.recommend(wanted).shortlist
    assert shortlist
    for c in shortlist:
        assert c.platform == "tiktok"
        assert 5000 <= c.followers <= 60000
        assert c.authenticity is not None
        assert c.authenticity >= 0.5


def test_nobody_eligible_says_which_filter(engine: Engine) -> None:
    answer = engine.recommend(brief(filters={"followers": {"min": 10**12}}))
    assert answer.shortlist == ()
    assert any("followers leaves none" in note for note in answer.notes)


def test_budget_in_an_unknown_currency_is_noted(engine: Engine) -> None:
    answer = engine.recommend(brief(budget={"amount": 5, "currency": "ZZZ"}))
    assert any("ZZZ is not known here" in note for note in answer.notes)


def test_brief_without_words_is_answered_and_noted(engine: Engine) -> None:
    answer = engine.recommend(Brief.parse({"brand": {"name": "Quillmoor"}, "objective": "awareness"}))
    assert len(answer.shortlist) == 20
    assert any("no text" in note for note in answer.notes)


def test_safety_floor_bars_whom_it_should_and_names_the_unjudged(engine: Engine) -> None:
    table = engine.bundle.snapshot.table
    categories = ("profanity", "substances", "arms")
    levels: dict[str, list[list[int | None]]] = {}
    for one in table.select(["creator_id", *(f"safety_{c}" for c in categories)]).to_pylist():
        levels.setdefault(one.pop("creator_id"), []).append(list(one.values()))
    barred = {c for c, rows in levels.items() if any(v is not None and v > 0 for row in rows for v in row)}
    unknown = {
        c for c, rows in levels.items() if any(all(v is None for v in of) for of in zip(*rows, strict=True))
    }
    answer = engine.recommend(brief(safety_floor=dict.fromkeys(categories, "none")), limit=300)
    shown = {c.creator_id for c in answer.shortlist}
    assert shown == set(levels) - barred
    assert [(f.name, f.left) for f in answer.funnel.filters] == [("safety_floor", len(shown))]
    said = [note for note in answer.notes if note.startswith("safety_floor: ")]
    assert len(said) == bool(unknown & shown)
    if said:
        assert f"{len(unknown & shown)} of the {len(shown)} shown" in said[0]


@pytest.mark.parametrize("limit", [0, -1, 501])
def test_limit_out_of_range_is_refused(engine: Engine, limit: int) -> None:
    with pytest.raises(BriefError, match=f"limit: {limit} is outside"):
        engine.recommend(brief(), limit=limit)


def test_limit_above_the_candidates_widens_the_search(engine: Engine) -> None:
    """The configuration retrieves 200; who asks for more gets more."""
    assert len(engine.recommend(brief(), limit=280).shortlist) == 280


class Log:
    def __init__(self, broken: bool = False) -> None:
        self.kept: list[Recommendation] = []
        self.shown: list[ShownFeatures | None] = []
        self.broken = broken

    def record(
        self, decision: Recommendation, shown: ShownFeatures | None = None, trace: Trace | None = None
    ) -> None:
        if self.broken:
            raise StoreError("disk full")
        assert trace is not None
        self.kept.append(decision)
        self.shown.append(shown)


def test_decision_is_logged_before_the_answer(bundle_folder: Path) -> None:
    log = Log()
    answer = Engine.load(bundle_folder, log=log).recommend(brief())
    assert log.kept == [answer]


def test_features_of_the_shown_are_logged_with_the_decision(engine: Engine) -> None:
    log = Log()
    answer = Engine(engine.bundle, log).recommend(brief(), limit=7)
    (shown,) = log.shown
    assert shown is not None
    assert shown.account_ids == tuple(c.account_id for c in answer.shortlist)
    assert (shown.columns, shown.values.shape) == (PAIR_FEATURES, (7, len(PAIR_FEATURES)))
    assert (shown.as_of, shown.at) == (engine.bundle.snapshot.as_of,) * 2
    similar = shown.values[:, PAIR_FEATURES.index("content_similarity")]
    assert similar.tolist() == pytest.approx([c.content_fit for c in answer.shortlist], rel=1e-6)


def test_what_can_not_be_logged_is_not_answered(bundle_folder: Path) -> None:
    with pytest.raises(StoreError, match="disk full"):
        Engine.load(bundle_folder, log=Log(broken=True)).recommend(brief())


def test_swap_keeps_the_old_bundle_when_the_new_one_is_bad(bundle_folder: Path, tmp_path: Path) -> None:
    engine = Engine.load(bundle_folder)
    before = engine.bundle_id
    bad = Path(shutil.copytree(bundle_folder, tmp_path / "bad"))
    (bad / "manifest.json").write_text("{}")
    with pytest.raises(BundleError):
        engine.swap(bad)
    assert engine.bundle_id == before
    assert engine.recommend(brief()).bundle == before
    assert engine.swap(bundle_folder) == before


def test_threads_share_an_engine(engine: Engine, answer: Recommendation) -> None:
    answers: list[Recommendation] = []
    threads = [
        threading.Thread(target=lambda: answers.append(engine.recommend(Brief.parse(OPEN), limit=30)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert all(a.shortlist == answer.shortlist for a in answers)
