"""What every decision log must do. A new one joins with a line in LOGS."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

from tastemaker.errors import StoreError
from tastemaker.schema import (
    EXAMPLE_BRIEF,
    Candidate,
    Contribution,
    FilterCount,
    Funnel,
    Interval,
    Recommendation,
    ShownFeatures,
    Trace,
)
from tastemaker.store import DecisionStore, MemoryDecisionLog, SqlDecisionLog

LOGS: dict[str, Callable[[Path], DecisionStore]] = {
    "memory": lambda _: MemoryDecisionLog(),
    "sqlite": lambda folder: SqlDecisionLog(f"sqlite:///{folder}/log.db"),
}


@pytest.fixture(params=sorted(LOGS))
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DecisionStore]:
    made = LOGS[request.param](tmp_path)
    yield made
    made.close()


def decision(name: str = "d-1", score: float = 0.1 + 0.2) -> Recommendation:
    return Recommendation(
        decision_id=name,
        made_at=datetime(2026, 9, 1, 12, 30, 15, 123456, tzinfo=UTC),
        bundle="sha-ab12",
        ranker="value",
        kpi="engagements",
        brief=EXAMPLE_BRIEF,
        funnel=Funnel(
            creators=90, eligible=3, retrieved=2, ranked=1, filters=(FilterCount(name="platforms", left=3),)
        ),
        shortlist=(
            Candidate(
                rank=1,
                creator_id="c-1",
                account_id="a-1",
                handle="morwen.brews 🍵",
                display_name="Mörwen “Ñ” <b>",
                platform="tiktok",
                country=None,
                followers=12_345,
                score=score,
                audience_fit=None,
                content_fit=0.5,
                engagement_rate=0.031,
                authenticity=0.9,
                p_accept=0.4,
                forecast=Interval(low=1e-12, median=812.25, high=3e17),
                fee=None,
                source="content",
                features=(Contribution(feature="audience_fit", value=None, contribution=-0.25),),
            ),
        ),
        notes=("first", "line\nbreak"),
    )


def test_log_gives_back_exactly_what_it_was_given(log: DecisionStore) -> None:
    log.record(decision())
    back = log.get("d-1")
    assert back == decision()
    assert back is not None
    assert back.made_at.tzinfo is not None


def shown(value: float = 0.1) -> ShownFeatures:
    made = decision().made_at
    values = np.array([[value, np.nan, -3e7]], dtype=np.float32)
    return ShownFeatures(made - timedelta(days=9), made, ("a", "b", "c"), ("a-1",), values)


def test_log_gives_back_the_features_behind_a_shortlist(log: DecisionStore) -> None:
    log.record(decision("d-1"), shown())
    log.record(decision("d-2"))
    back = log.shown_features("d-1")
    assert back is not None
    assert (back.as_of, back.at) == (shown().as_of, shown().at)
    assert (back.columns, back.account_ids) == (("a", "b", "c"), ("a-1",))
    np.testing.assert_array_equal(back.values, shown().values)
    assert back.values.dtype == np.float32
    assert log.shown_features("d-2") is None
    assert log.shown_features("d-3") is None


def test_log_keeps_no_features_of_a_decision_that_it_refused(log: DecisionStore) -> None:
    log.record(decision("d-1"), shown(1.0))
    with pytest.raises(StoreError):
        log.record(decision("d-1"), shown(2.0))
    back = log.shown_features("d-1")
    assert back is not None
    assert back.values[0, 0] == 1.0


def trace() -> Trace:
    return Trace(
        at=decision().made_at,
        limit=20,
        explore=True,
        exact=False,
        seed=None,
        config="ab" * 32,
        account_ids=("a-1", "ä-2"),
        sources=("content", "audience"),
        scores=(0.1 + 0.2, 1e-300),
        features={"content_similarity": "00ff"},
    )


def test_log_gives_back_bit_for_bit_what_a_decision_was_made_from(log: DecisionStore) -> None:
    log.record(decision("d-1"), shown(), trace())
    log.record(decision("d-2"))
    assert log.trace("d-1") == trace()
    assert log.trace("d-2") is None
    assert log.trace("d-3") is None


@pytest.mark.parametrize("packed", [b"", b"hello", trace().pack()[:-5], zlib.compress(b'{"limit": 1}')])
def test_a_trace_that_was_altered_is_one_error(packed: bytes) -> None:
    with pytest.raises(StoreError, match="decision d-9: its trace can not be read"):
        Trace.unpack(packed, "decision d-9")


@pytest.mark.parametrize("packed", [b"", b"hello", shown().pack()[:-5], zlib.compress(b'{"as_of": 1}\n')])
def test_features_that_were_altered_are_one_error(packed: bytes) -> None:
    with pytest.raises(StoreError, match="decision d-9: its logged features can not be read"):
        ShownFeatures.unpack(packed, "decision d-9")


def test_log_knows_no_other_ids(log: DecisionStore) -> None:
    log.record(decision("d-1"))
    assert log.get("d-2") is None
    assert log.get("") is None
    assert log.get("d-1' or '1'='1") is None


def test_log_refuses_an_id_twice_and_keeps_the_first(log: DecisionStore) -> None:
    log.record(decision(score=1.0))
    with pytest.raises(StoreError, match="decision d-1 is in the log already"):
        log.record(decision(score=2.0))
    kept = log.get("d-1")
    assert kept is not None
    assert kept.shortlist[0].score == 1.0
    assert len(log.recent()) == 1


def test_log_lists_the_newest_first_by_order_of_recording(log: DecisionStore) -> None:
    for name in ("b", "c", "a"):
        log.record(decision(name))
    assert [d.decision_id for d in log.recent()] == ["a", "c", "b"]
    assert [d.decision_id for d in log.recent(2)] == ["a", "c"]
    assert log.recent(0) == []


def test_log_refuses_a_negative_limit(log: DecisionStore) -> None:
    with pytest.raises(StoreError, match="limit -1 is negative"):
        log.recent(-1)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_log_refuses_what_json_can_not_hold(log: DecisionStore, bad: float) -> None:
    with pytest.raises(StoreError, match="decision d-1: holds a number that is not finite"):
        log.record(decision(score=bad))
    assert log.recent() == []


def test_log_checks_out_when_it_works(log: DecisionStore) -> None:
    log.check()


def test_log_keeps_everything_that_several_threads_record(log: DecisionStore) -> None:
    names = [f"d-{i}" for i in range(120)]

    def record_and_read(name: str) -> bool:
        log.record(decision(name))
        return log.get(name) is not None

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(record_and_read, names))
    assert sorted(d.decision_id for d in log.recent(500)) == sorted(names)


def test_log_lets_one_of_several_threads_have_an_id(log: DecisionStore) -> None:
    def record(score: int) -> bool:
        try:
            log.record(decision(score=float(score)))
        except StoreError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(record, range(16))) == 1


def test_between_takes_the_first_moment_and_leaves_the_last(log: DecisionStore) -> None:
    made = decision().made_at
    for number, days in enumerate((-1, 0, 1, 2)):
        log.record(decision(f"d-{number}").model_copy(update={"made_at": made + timedelta(days=days)}))
    found = log.between(made, made + timedelta(days=2))
    assert [kept.decision_id for kept in found] == ["d-1", "d-2"]


def test_between_knows_other_zones(log: DecisionStore) -> None:
    log.record(decision())
    zone = timezone(timedelta(hours=9))
    made = decision().made_at.astimezone(zone)
    assert len(log.between(made, made + timedelta(hours=1))) == 1
    assert log.between(made + timedelta(seconds=1), made + timedelta(hours=1)) == []
