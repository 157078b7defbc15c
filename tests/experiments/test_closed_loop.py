"""Experiment 0003, closed loop: one luck for all policies, nothing known early, and a report that is whole."""

from __future__ import annotations

import json
from pathlib import Path

import closed_loop
import numpy as np
import pandas as pd
import pytest
from loop_memory import features, remember
from loop_model import examples
from loop_run import Past, before, ideals, loop
from loop_world import LOOP_DAY, Life, make_market

from tastemaker.features import PAIR_FEATURES
from tastemaker.simulation.clock import instant

SIZE = closed_loop.QUICK


@pytest.fixture(scope="module")
def past() -> Past:
    shared = make_market(
        closed_loop.configuration(SIZE),
        5,
        campaigns=SIZE.history,
        a_month=SIZE.a_month,
        months=SIZE.months,
        asked=closed_loop.measured(SIZE),
    )
    return before(shared)


def test_the_luck_of_a_pair_is_the_same_in_every_policys_world(past: Past) -> None:
    ask = past.life.shared.months[0][0]
    told = []
    for many in (2, 5):
        own = past.copy()
        pool = own.life.pool(ask)
        own.life.deliver(pool, np.arange(many)[::-1])
        told.append({d.creator: d for d in own.life.deliveries if d.number == ask.number})
    assert len(told[0]) == 2
    for creator, delivery in told[0].items():
        assert repr(told[1][creator]) == repr(delivery)


def test_worlds_of_two_policies_do_not_touch(past: Past) -> None:
    works = len(past.life.world.works.creator)
    own = past.copy()
    pool = own.life.pool(past.life.shared.months[0][0])
    own.life.deliver(pool, np.arange(len(pool.value)))
    assert len(own.life.world.works.creator) > works
    assert len(past.life.world.works.creator) == works


def test_what_was_known_on_a_day_hangs_on_nothing_later(past: Past) -> None:
    day = 300.0
    early = Life(past.life.shared)
    early.deliveries = [d for d in past.life.deliveries if d.answered <= day]
    early.asked = past.life.asked
    snapshot = past.life.shared.history[-1].snapshot
    whole, part = (remember(life, day, {snapshot}) for life in (past.life, early))
    assert whole.record.equals(part.record)
    assert whole.price[snapshot].equals(part.price[snapshot])
    assert whole.last_work == part.last_work
    told = examples(past.life, past.logged, day)
    assert told["made_at"].max() <= pd.Timestamp(instant(day))
    known = [d.known <= day for d in past.life.deliveries if d.answered <= day]
    assert np.isfinite(told["cost"]).to_numpy().tolist() == known


def test_features_are_the_ranker_s_columns(past: Past) -> None:
    ask = past.life.shared.months[-1][0]
    memory = remember(past.life, LOOP_DAY, {ask.snapshot})
    frame = features(past.life.pool(ask), memory, past.life)
    assert frame.columns.tolist() == [*PAIR_FEATURES, "creator"]
    assert frame["past_campaigns"].notna().any()
    assert frame["fee_expected"].notna().any()


def test_no_share_is_the_greedy_policy(past: Past) -> None:
    ideal = ideals(past, SIZE.k)
    run = loop(past, SIZE.k, ideal, closed_loop.SETTINGS, [0.0] * SIZE.months)
    np.testing.assert_array_equal(run.shown, run.best)
    assert not run.tests.any()


def test_command_writes_its_report_and_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report, picture = tmp_path / "loop.json", tmp_path / "loop.png"
    assert closed_loop.main(["--quick", "--seeds", "1", "--out", str(report), "--picture", str(picture)]) == 0
    made = json.loads(report.read_text())
    for name in ("greedy", "explore", "oracle"):
        assert len(made[name]["monthly"]) == SIZE.months
    assert made["oracle"]["end"]["mean"] > made["greedy"]["end"]["mean"]
    assert made["difference"]["mean"] == pytest.approx(
        made["explore"]["end"]["mean"] - made["greedy"]["end"]["mean"]
    )
    assert picture.stat().st_size > 1_000
    assert json.loads(capsys.readouterr().out)["by_market"]
