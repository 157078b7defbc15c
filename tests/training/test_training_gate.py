from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from compared import backtest, bins, comparison, estimated, piece

from tastemaker.config import Config, Promotion, load_config
from tastemaker.errors import ConfigError, TrainingError
from tastemaker.evaluation import Estimate
from tastemaker.training import RULES, Comparison, Verdict, judge_gate
from tastemaker.training.comparison import Calibration

CONFIG = Config()
GOOD = comparison()
UNBOUNDED = Estimate(-0.4, float("nan"), float("nan"))


def verdict(rule: str, told: Comparison, **limits: Any) -> Verdict:
    return RULES[rule](told, Promotion(**limits))


def test_a_version_that_breaks_no_rule_passes_and_every_rule_has_a_verdict() -> None:
    gate = judge_gate(GOOD, CONFIG)
    assert gate.passed
    assert [v.rule for v in gate.verdicts] == list(RULES)
    assert {v.state for v in gate.verdicts} == {"holds"}
    assert all(v.value is not None and v.threshold is not None and v.reason for v in gate.verdicts)
    assert gate.difference == Estimate((0.001 + 0.031) / 2, 0.001, 0.031)


BREAKS = [
    ("ndcg", {"backtest": backtest(-0.006, 0.1)}, "the lower bound is not above -0.0050"),
    ("ndcg", {"backtest": backtest(0.1, 0.2, campaigns=4)}, "only 4 later campaigns"),
    ("ndcg", {"backtest": None, "problems": ("the champion can not be judged",)}, "can not be judged"),
    (
        "off_policy",
        {"replayed": replace(GOOD.replayed, difference=estimated(-0.3, -0.5, -0.1))},
        "the upper bound is not above +0",
    ),
    (
        "calibration",
        {"calibration": Calibration(bins(), bins(), Estimate(0.3, 0.11, 0.5))},
        "surely worse by more than 0.1",
    ),
    ("calibration", {"calibration": Calibration(bins(), None, None)}, "this one's none"),
    ("slices", {"slices": (piece("tiktok", -0.2, -0.06), piece("x", 0.0, 0.1))}, "platform tiktok -0.130"),
    (
        "exposure",
        {"exposure": replace(GOOD.exposure, small=Estimate(-0.2, -0.3, -0.1))},
        "surely worse by more than 0.1",
    ),
    (
        "latency",
        {"latency": replace(GOOD.latency, growth=Estimate(0.9, 0.51, 1.2))},
        "+90% [+51%, +120%]",
    ),
    ("size", {"second": replace(GOOD.second, bytes=1_600_000)}, "+60.0%: more than 50%"),
]


@pytest.mark.parametrize(
    ("rule", "changes", "said"), BREAKS, ids=[f"{r}-{i}" for i, (r, *_) in enumerate(BREAKS)]
)
def test_each_rule_alone_shuts_the_gate_and_can_be_switched_off(
    rule: str, changes: dict[str, Any], said: str
) -> None:
    told = comparison(**changes)
    gate = judge_gate(told, CONFIG)
    assert not gate.passed
    assert gate.failed == (rule,)
    assert said in gate.reason
    keys = {
        "ndcg": "ndcg_margin",
        "off_policy": "off_policy_margin",
        "calibration": "calibration_worsening",
        "slices": "slice_worsening",
        "exposure": "small_share_fall",
        "latency": "latency_growth",
        "size": "size_growth",
    }
    off = load_config(overrides={"promotion": {keys[rule]: None}})
    gate = judge_gate(told, off)
    assert gate.passed
    assert next(v for v in gate.verdicts if v.rule == rule).state == "off"


@pytest.mark.parametrize(
    ("rule", "changes", "said"),
    [
        ("off_policy", {"replayed": None}, "not estimable"),
        ("calibration", {"calibration": Calibration(None, bins(), None)}, "promise nothing"),
        ("slices", {"slices": (piece("youtube", float("nan"), float("nan"), 4),)}, "no slice has 20"),
        ("exposure", {"exposure": None}, "no later brief"),
        ("exposure", {"exposure": replace(GOOD.exposure, small_first=0.0)}, "shows no small"),
        ("latency", {"latency": None}, "no later brief"),
        ("latency", {"latency": replace(GOOD.latency, growth=UNBOUNDED)}, "too little"),
        ("size", {"first": replace(GOOD.first, bytes=0)}, "can not be read"),
    ],
)
def test_what_can_not_be_judged_says_so_and_stands_in_nobodys_way(
    rule: str, changes: dict[str, Any], said: str
) -> None:
    told = comparison(**changes)
    found = verdict(rule, told)
    assert found.state == "not judged"
    assert said in found.reason
    assert judge_gate(told, CONFIG).passed


def test_without_propensities_the_verdict_rests_on_the_backtest() -> None:
    nan = float("nan")
    why = "12 chosen rows that the policy takes carry no propensity; decisions must log one"
    replayed = replace(GOOD.replayed, difference=estimated(nan, nan, nan, why))
    found = verdict("off_policy", comparison(replayed=replayed))
    assert found.reason == f"not estimable: {why}; the verdict rests on the backtest"


def test_a_strict_gate_asks_for_the_lower_bound_of_the_off_policy_difference() -> None:
    assert verdict("off_policy", GOOD).state == "holds"
    strict = verdict("off_policy", GOOD, off_policy_bound="low")
    assert (strict.state, strict.value) == ("fails", -0.1)
    same = comparison(replayed=replace(GOOD.replayed, difference=estimated(0.0, 0.0, 0.0)))
    assert verdict("off_policy", same, off_policy_bound="low").state == "holds"
    assert verdict("off_policy", same, off_policy_margin=0.1).state == "fails"


@pytest.mark.parametrize(
    ("rule", "key", "value"),
    [
        ("ndcg", "ndcg_margin", 0.5),
        ("ndcg", "min_campaigns", 41),
        ("off_policy", "off_policy_margin", 0.4),
        ("calibration", "calibration_worsening", 0.0),
        ("slices", "slice_worsening", 0.0),
        ("exposure", "small_share_fall", 0.0),
        ("latency", "latency_growth", 0.01),
        ("size", "size_growth", 0.05),
    ],
)
def test_the_limits_are_the_configured_ones(rule: str, key: str, value: float) -> None:
    told = comparison(
        calibration=Calibration(bins(), bins(), Estimate(0.05, 0.01, 0.08)),
        slices=(piece("tiktok", -0.06, -0.04),),
        exposure=replace(GOOD.exposure, small=Estimate(-0.02, -0.03, -0.01)),
    )
    assert verdict(rule, told).state == "holds"
    assert verdict(rule, told, **{key: value}).state == "fails"


@pytest.mark.parametrize("key", ["slice_worsening", "size_growth", "min_campaigns", "ndcg_margin", "briefs"])
def test_a_limit_that_makes_no_sense_is_refused(key: str) -> None:
    with pytest.raises(ConfigError, match=f"promotion.{key}"):
        load_config(overrides={"promotion": {key: -2}})


def test_the_first_version_passes_for_want_of_a_champion_unless_something_else_is_known() -> None:
    gate = judge_gate(None, CONFIG)
    assert gate.passed
    assert gate.difference is None
    assert "no champion" in gate.reason
    known = Verdict("rolled_back", "fails", None, None, "it was rolled back on 2026-03-01: fees")
    assert judge_gate(None, CONFIG, known).failed == ("rolled_back",)
    assert judge_gate(GOOD, CONFIG, known).failed == ("rolled_back",)


def test_force_needs_a_reason_and_keeps_what_the_gate_said() -> None:
    shut = judge_gate(comparison(backtest=backtest(-0.2, -0.1)), CONFIG)
    forced = shut.force(" the  market\nmoved ")
    assert forced.passed
    assert forced.forced == "the market moved"
    assert shut.reason in forced.reason
    assert forced.failed == ("ndcg",)
    with pytest.raises(TrainingError, match="needs a reason"):
        shut.force("  ")


def test_a_gate_is_json() -> None:
    told = judge_gate(comparison(replayed=None), CONFIG).to_json()
    assert told["verdicts"][1] == {
        "rule": "off_policy",
        "state": "not judged",
        "value": None,
        "threshold": 0.0,
        "reason": "not estimable: no later decision has all its results",
    }
    assert np.isfinite(told["difference"]["value"])
