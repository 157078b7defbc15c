"""A decision of the log is made again bit for bit; whatever was altered is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as changed
from pathlib import Path

import numpy as np
import pytest

from tastemaker.bundle import Bundle
from tastemaker.engine import Engine
from tastemaker.errors import StoreError
from tastemaker.explanation import Replay, audit, replay
from tastemaker.schema import EXAMPLE_BRIEF, Brief, FilterCount, Recommendation, ShownFeatures, Trace
from tastemaker.store import MemoryDecisionLog

OPEN = Brief.parse({"objective": "engagement", "brand": {"name": "Northleaf", "category": "food"}})


@pytest.fixture(scope="module")
def log() -> MemoryDecisionLog:
    return MemoryDecisionLog()


@pytest.fixture(scope="module")
def engine(bundle_folder: Path, log: MemoryDecisionLog) -> Engine:
    return Engine.load(bundle_folder, log=log)


@pytest.fixture(scope="module")
def kept(engine: Engine, log: MemoryDecisionLog) -> tuple[Recommendation, Trace, ShownFeatures]:
    answer = engine.recommend(OPEN, limit=12, explore=True)
    trace, shown = log.trace(answer.decision_id), log.shown_features(answer.decision_id)
    assert trace is not None
    assert shown is not None
    return answer, trace, shown


@pytest.mark.parametrize(
    "asked",
    [{}, {"limit": 3}, {"explore": True}, {"explore": True, "seed": 7}, {"exact": True}],
    ids=lambda asked: ",".join(asked) or "plain",
)
@pytest.mark.parametrize("brief", [OPEN, EXAMPLE_BRIEF], ids=["open", "example"])
def test_what_is_in_the_log_can_be_made_again(
    engine: Engine, log: MemoryDecisionLog, brief: Brief, asked: dict[str, int]
) -> None:
    made = engine.recommend(brief, **asked)
    logged = log.get(made.decision_id)
    assert logged is not None
    told = replay(engine.bundle, logged, log.trace(made.decision_id), log.shown_features(made.decision_id))
    assert told.differences == ()
    assert told.same


def _line(logged: Recommendation, **changes: object) -> Recommendation:
    first = logged.shortlist[0].model_copy(update=changes)
    return logged.model_copy(update={"shortlist": (first, *logged.shortlist[1:])})


def _nudged(scores: tuple[float, ...]) -> tuple[float, ...]:
    return (float(np.nextafter(scores[0], np.inf)), *scores[1:])


ALTERED: dict[str, Callable[[Recommendation, Trace], tuple[Recommendation, Trace]]] = {
    "bundle": lambda d, t: (d.model_copy(update={"bundle": "another"}), t),
    "configuration": lambda d, t: (d, t.model_copy(update={"config": "another"})),
    "ranker": lambda d, t: (d.model_copy(update={"ranker": "popularity"}), t),
    "funnel: filters": lambda d, t: (
        d.model_copy(
            update={"funnel": d.funnel.model_copy(update={"filters": (FilterCount(name="x", left=1),)})}
        ),
        t,
    ),
    "candidates": lambda d, t: (
        d,
        t.model_copy(
            update={n: getattr(t, n)[1:] for n in ("account_ids", "sources", "scores")},
        ),
    ),
    "order of candidates": lambda d, t: (d, t.model_copy(update={"account_ids": t.account_ids[::-1]})),
    "features of the candidates": lambda d, t: (
        d,
        t.model_copy(update={"features": {**t.features, next(iter(t.features)): "0" * 16}}),
    ),
    "scores": lambda d, t: (d, t.model_copy(update={"scores": _nudged(t.scores)})),
    "line 1": lambda d, t: (_line(d, score=float(np.nextafter(d.shortlist[0].score, np.inf))), t),
    "shortlist": lambda d, t: (d.model_copy(update={"shortlist": d.shortlist[::-1]}), t),
    "test slots": lambda d, t: (d.model_copy(update={"exploration": None}), t),
    "notes": lambda d, t: (d.model_copy(update={"notes": ("another",)}), t),
}


@pytest.mark.parametrize("what", ALTERED)
def test_what_differs_is_named_and_the_cause_comes_first(
    engine: Engine, kept: tuple[Recommendation, Trace, ShownFeatures], what: str
) -> None:
    logged, trace = ALTERED[what](*kept[:2])
    told = replay(engine.bundle, logged, trace, kept[2])
    assert not told.same
    assert told.differences[0].what.startswith(what)


def test_a_feature_that_differs_is_told_by_its_values(
    engine: Engine, kept: tuple[Recommendation, Trace, ShownFeatures]
) -> None:
    logged, trace, shown = kept
    column = shown.columns.index("content_similarity")
    values = shown.values.copy()
    values[2, column] += 0.5
    (one,) = replay(engine.bundle, logged, trace, changed(shown, values=values)).differences
    assert one.what == f"feature content_similarity: 1 of 12 shown, the first {shown.account_ids[2]}"
    assert float(one.logged) == pytest.approx(float(one.now) + 0.5, abs=1e-4)


def test_another_bundle_is_the_first_difference_and_its_effects_follow(
    engine: Engine, kept: tuple[Recommendation, Trace, ShownFeatures]
) -> None:
    logged, trace, shown = kept
    told = _on_another(engine.bundle, logged, trace, shown)
    assert told.differences[0].what == "bundle"
    assert any(d.what.startswith("scores") for d in told.differences)


def _on_another(bundle: Bundle, logged: Recommendation, trace: Trace, shown: ShownFeatures) -> Replay:
    """The same bundle, but for a ranker that turns everything round."""

    class Turned:
        def __getattr__(self, name: str) -> object:
            return getattr(bundle.ranker, name)

        def value(self, pairs: object) -> np.ndarray:
            return 1.0 / np.asarray(bundle.ranker.value(pairs))  # type: ignore[arg-type]

    manifest = bundle.manifest.model_copy(update={"digest": "f" * 64})
    return replay(changed(bundle, manifest=manifest, ranker=Turned()), logged, trace, shown)  # type: ignore[arg-type]


def test_a_decision_without_a_trace_can_not_be_made_again(
    engine: Engine, kept: tuple[Recommendation, Trace, ShownFeatures]
) -> None:
    with pytest.raises(StoreError, match="what it was made from was not kept"):
        replay(engine.bundle, kept[0], None)


def test_an_audit_tells_every_stage_and_everyone_shown(
    kept: tuple[Recommendation, Trace, ShownFeatures],
) -> None:
    logged, trace, _ = kept
    text = "\n".join(audit(logged, trace))
    assert logged.decision_id in text
    assert f"configuration {trace.config[:16]}" in text
    for stage in logged.funnel.filters:
        assert f"  {stage.name}: " in text
    for line in logged.shortlist:
        assert f"{line.rank}. @{line.handle}" in text
    assert "not shown, next by score: " in text


def test_the_score_in_an_audit_is_what_its_factors_make(
    kept: tuple[Recommendation, Trace, ShownFeatures],
) -> None:
    for line in kept[0].shortlist:
        assert line.p_accept is not None
        assert line.expected_kpi is not None
        assert line.expected_cost is not None
        assert line.score == pytest.approx(line.p_accept * line.expected_kpi / line.expected_cost, rel=1e-9)


def test_an_audit_without_a_trace_says_so(kept: tuple[Recommendation, Trace, ShownFeatures]) -> None:
    assert "can not be made again" in "\n".join(audit(kept[0], None))
