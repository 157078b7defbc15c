from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tastemaker.config import Config, load_config
from tastemaker.training import judge_gate
from tastemaker.training.gate import MIN_CAMPAIGNS

CONFIG = Config()
IDS = [f"c{i:03d}" for i in range(60)]
CHAMPION = pd.Series(np.random.default_rng(0).uniform(0.4, 0.9, len(IDS)), index=IDS)
NOISE = pd.Series(np.random.default_rng(1).normal(scale=0.02, size=len(IDS)), index=IDS)


def test_a_better_candidate_passes() -> None:
    gate = judge_gate(CHAMPION + 0.05 + NOISE, CHAMPION, CONFIG)
    assert gate.passed
    assert gate.difference is not None
    assert gate.difference.low > 0.03
    assert "60 later campaigns): the lower bound is above -0.0050" in gate.reason


def test_a_worse_candidate_does_not_and_the_reason_has_the_numbers() -> None:
    gate = judge_gate(CHAMPION - 0.05 + NOISE, CHAMPION, CONFIG)
    assert not gate.passed
    assert gate.difference is not None
    assert f"{gate.difference.value:+.4f}" in gate.reason
    assert "the lower bound is not above -0.0050" in gate.reason


def test_an_equal_candidate_passes_the_margin_and_an_uncertain_one_does_not() -> None:
    assert judge_gate(CHAMPION, CHAMPION, CONFIG).passed  # no difference at all: 0 is above -0.005
    gate = judge_gate(CHAMPION + 5 * (NOISE - NOISE.mean()), CHAMPION, CONFIG)
    assert gate.difference is not None
    assert abs(gate.difference.value) < 1e-9
    assert not gate.passed  # as good on average, but it may as well be 0.02 worse


def test_the_margin_is_the_configured_one() -> None:
    strict = load_config(overrides={"training": {"gate_margin": 0.0}})
    assert not judge_gate(CHAMPION, CHAMPION, strict).passed  # above, not at
    lenient = load_config(overrides={"training": {"gate_margin": -0.2}})
    assert judge_gate(CHAMPION - 0.05 + NOISE, CHAMPION, lenient).passed


def test_the_first_version_passes_for_want_of_a_champion() -> None:
    gate = judge_gate(CHAMPION, None, CONFIG)
    assert gate.passed
    assert gate.difference is None
    assert "no champion" in gate.reason


def test_campaigns_are_matched_by_id_and_unknown_ones_say_nothing() -> None:
    shuffled = (CHAMPION + 0.05).sample(frac=1, random_state=3)
    shuffled["c000"] = np.nan
    shuffled["elsewhere"] = 0.0
    gate = judge_gate(shuffled, CHAMPION, CONFIG)
    assert gate.difference is not None
    assert gate.difference.low == pytest.approx(0.05)
    assert "59 later campaigns" in gate.reason


def test_a_handful_of_campaigns_opens_no_gate() -> None:
    few = CHAMPION.head(MIN_CAMPAIGNS - 1)
    gate = judge_gate(few + 0.3, few, CONFIG)
    assert not gate.passed
    assert f"only {MIN_CAMPAIGNS - 1} later campaigns" in gate.reason
