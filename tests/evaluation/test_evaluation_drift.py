"""Small invented cohorts whose shift is known."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from tastemaker.config import Monitor
from tastemaker.errors import EvaluationError
from tastemaker.evaluation.drift import (
    CategoryBins,
    Check,
    Cohort,
    Column,
    Compared,
    DriftReport,
    NumberBins,
    Reference,
    add_up,
    compare,
    fit_bins,
    report,
)
from tastemaker.evaluation.drift.measures import missing_share, psi, ratio, slope

SETTINGS = Monitor(permutations=1_000, false_alarm_rate=0.02)
JUNE = np.datetime64("2026-06-01", "us")
DAY = np.timedelta64(1, "D")


def rows(
    seed: int, decisions: int = 80, each: int = 20, start: np.datetime64 = JUNE - 100 * DAY
) -> dict[str, np.ndarray]:
    """Rows of decisions on following days; ``budget`` is the same for all rows of one decision."""
    rng = np.random.default_rng(seed)
    n, place = decisions * each, np.repeat(np.arange(decisions), each)
    promise = np.exp(rng.normal(6.0, 1.0, n))
    return {
        "decision": np.array([f"{seed}-{d}" for d in place]),
        "at": start + place * DAY,
        "log_size": rng.normal(10.0, 1.5, n),
        "budget": rng.normal(size=decisions)[place],
        "count": rng.poisson(0.6, n).astype(np.float64),
        "market": rng.choice(np.array(["US", "GB", "DE"], dtype=object), n, p=[0.5, 0.3, 0.2]),
        "agreed": (rng.random(n) < 0.6).astype(np.float64),
        "promise": promise,
        "result": promise * np.exp(rng.normal(0, 0.3, n) + rng.normal(0, 0.1, decisions)[place]),
    }


def columns(made: dict[str, np.ndarray]) -> list[Column]:
    return [
        *(Column(name, "number", made[name]) for name in ("log_size", "budget", "count")),
        Column("market", "category", made["market"]),
        Column("agreed", "rate", made["agreed"]),
        Column("reach", "amount", made["result"], made["promise"]),
    ]


def reference(made: dict[str, np.ndarray], held_out: np.ndarray | None = None) -> Reference:
    held_out = np.ones(len(made["at"]), bool) if held_out is None else held_out
    bins = fit_bins([column.take(held_out) for column in columns(made)], SETTINGS.bins)
    cohort = add_up(made["decision"].tolist(), made["at"], held_out, columns(made), bins)
    return Reference({"rows": cohort}, {"rows": bins}, {}, {})


def live(known: Reference, made: dict[str, np.ndarray]) -> dict[str, Cohort]:
    everything = np.ones(len(made["at"]), bool)
    bins = known.bins["rows"]
    return {"rows": add_up(made["decision"].tolist(), made["at"], everything, columns(made), bins)}


def told(known: Reference, made: dict[str, np.ndarray], settings: Monitor = SETTINGS) -> DriftReport:
    start, end = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    return report("b", start, end, compare(known, live(known, made), settings), alarm_at=settings.alarm_at)


def month(seed: int = 1, decisions: int = 30) -> dict[str, np.ndarray]:
    return rows(seed, decisions, start=JUNE)


def test_bins_of_a_point_mass_and_of_a_constant() -> None:
    counts = np.array([0.0] * 70 + list(np.linspace(1, 9, 30)))
    bins = NumberBins.fit(counts, 5)
    assert bins.points == (0.0,)
    codes = bins.codes(np.array([0.0, 0.5, 9.0, np.nan]))
    assert codes.tolist() == [0, 1, bins.count - 1, -1]
    constant = NumberBins.fit(np.full(200, 3.0), 10)
    assert constant.codes(np.array([3.0, 4.0])).tolist() == [0, 1]


def test_bins_have_about_equal_counts() -> None:
    values = np.random.default_rng(0).normal(size=1_000)
    shares = np.bincount(NumberBins.fit(values, 10).codes(values)) / 1_000
    assert np.allclose(shares, 0.1, atol=0.01)


def test_bins_of_a_tiny_sample_are_few_and_of_none_one() -> None:
    assert NumberBins.fit(np.array([1.0, 2.0, 3.0]), 10).count <= 4
    assert NumberBins.fit(np.array([np.nan]), 10).count == 1


def test_categories_beyond_the_known_are_other() -> None:
    bins = CategoryBins.fit(["a", "b", None, "a"])
    assert bins.codes(["a", "b", "new", None]).tolist() == [0, 1, 2, -1]
    assert bins.name(2) == "other"


def test_psi_equals_a_slow_version() -> None:
    a, b = np.array([10.0, 20.0, 70.0, 5.0]), np.array([30.0, 30.0, 40.0, 0.0])
    p, q = [(x[:-1] + 0.5) / (x[:-1].sum() + 1.5) for x in (a, b)]
    slow = sum((y - x) * np.log(y / x) for x, y in zip(p, q, strict=True))
    assert psi(a, b) == pytest.approx(slow)
    assert missing_share(a) == pytest.approx(5 / 105)


def test_ratio_and_slope_equal_slow_versions() -> None:
    made = month()
    known = reference(made)
    sums = known.cohorts["rows"].sums["reach"].sum(axis=0)
    x, y = np.log1p(made["promise"]), np.log1p(made["result"])
    assert ratio(sums) == pytest.approx(made["result"].sum() / made["promise"].sum())
    assert slope(sums) == pytest.approx(np.polyfit(x, y, 1)[0])


def test_quiet_months_raise_no_alarm() -> None:
    """Rows of a decision share a budget, which a test over rows would call a shift."""
    known = reference(rows(0))
    alarms = [seed for seed in range(1, 7) if told(known, month(seed)).alarm]
    assert alarms == []


def test_a_test_over_rows_would_have_called_the_budget_moved() -> None:
    known = reference(rows(0))
    index = [
        psi(
            known.cohorts["rows"].sums["budget"].sum(axis=0),
            live(known, month(s))["rows"].sums["budget"].sum(axis=0),
        )
        for s in range(1, 7)
    ]
    assert np.mean(np.array(index) > SETTINGS.psi_watch) > 0.8


def unit(made: dict[str, np.ndarray]) -> None:
    made["log_size"] -= np.log(1_000)


def missing(made: dict[str, np.ndarray]) -> None:
    made["log_size"][made["market"] == "DE"] = np.nan


def mix(made: dict[str, np.ndarray]) -> None:
    made["market"][::2] = "DE"


def answers(made: dict[str, np.ndarray]) -> None:
    made["agreed"][::2] = 0.0


def results(made: dict[str, np.ndarray]) -> None:
    made["result"] *= 0.6


@pytest.mark.parametrize(
    ("plant", "column", "measure"),
    [
        (unit, "log_size", "psi"),
        (missing, "log_size", "missing"),
        (mix, "market", "psi"),
        (answers, "agreed", "rate"),
        (results, "reach", "ratio"),
    ],
)
def test_a_planted_shift_is_found_and_named(plant, column: str, measure: str) -> None:  # type: ignore[no-untyped-def]
    made = month()
    plant(made)
    found = told(reference(rows(0)), made)
    assert found.alarm
    assert {check.column for check in found.findings} == {column}
    assert measure in {check.measure for check in found.findings}
    assert any(line.startswith(f"{column}: ") for line in found.reasons)


def test_words_tell_the_figures_and_the_unit() -> None:
    made = month()
    unit(made)
    found = told(reference(rows(0)), made)
    assert found.verdict == "retrain"
    words = r"log_size: median 3\.?\d*, in training 9\.\d+, 1/\d+ of it \(stability index \d\.\d+, allowed 0\.10\)"
    assert re.fullmatch(words, found.reasons[0])
    assert found.advice.startswith("look at the source of log_size first")


def test_what_the_ranker_hardly_reads_is_only_watched() -> None:
    made = month()
    unit(made)
    known = replace(reference(rows(0)), weights={"log_size": 0.001})
    assert told(known, made).verdict == "watch"
    assert not told(known, made, SETTINGS.model_copy(update={"alarm_at": "retrain"})).alarm


def test_what_moved_as_much_before_is_no_finding() -> None:
    """A size that grows from season to season: the same step was there inside the training's own past."""
    early, late = rows(2, start=JUNE - 200 * DAY), rows(3)
    early["log_size"] -= 1.5
    both = {name: np.concatenate([early[name], late[name]]) for name in early}
    held_out = np.repeat([False, True], len(early["at"]))
    made = month()
    made["log_size"] += 0.9
    assert told(reference(late), made).alarm
    found = told(reference(both, held_out), made)
    assert not found.alarm
    check = next(c for c in found.cohorts["rows"].checks if (c.column, c.measure) == ("log_size", "psi"))
    assert check.floor == SETTINGS.usual_times * check.before > SETTINGS.psi_watch


def test_what_moved_in_the_same_season_a_year_before_is_named_as_season() -> None:
    year_ago, late = rows(2, 30, start=JUNE - 365 * DAY), rows(3)
    before = rows(4, start=JUNE - 200 * DAY)
    year_ago["market"][::2] = "DE"
    parts = (year_ago, before, late)
    both = {name: np.concatenate([part[name] for part in parts]) for name in late}
    held_out = np.repeat([False, False, True], [len(part["at"]) for part in parts])
    made = month()
    mix(made)
    found = told(reference(both, held_out), made)
    assert found.verdict == "none"
    assert any("market" in note and "same season a year before" in note for note in found.notes)


def test_too_few_is_said_and_no_alarm() -> None:
    made = month(decisions=4)
    unit(made)
    found = told(reference(rows(0)), made)
    assert (found.verdict, found.alarm) == ("too few", False)
    assert found.notes == ("rows: 4 live decisions, fewer than 10; not compared",)


def test_a_column_with_too_few_rows_is_skipped_and_named() -> None:
    made = month()
    made["agreed"][10:] = np.nan
    found = told(reference(rows(0)), made)
    assert found.cohorts["rows"].skipped == ("agreed",)
    assert "rows: too few rows of agreed" in found.notes


def test_reference_is_the_same_after_saving(tmp_path: Path) -> None:
    known = replace(reference(rows(0)), weights={"log_size": 0.25}, centres={"awareness": -1.5})
    known.save(tmp_path / "monitor")
    again = Reference.load(tmp_path / "monitor")
    made = month()
    mix(made)
    assert told(again, made).to_json() == told(known, made).to_json()
    assert (again.weights, again.centres, again.bins) == (known.weights, known.centres, known.bins)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: (f / "reference.json").unlink(), r"reference\.json: missing"),
        (lambda f: (f / "reference.json").write_text("{"), r"reference\.json: can not be read"),
        (lambda f: (f / "reference.json").write_text('{"format": 9}'), "format 9, this version reads 1"),
        (lambda f: (f / "rows.parquet").write_bytes(b"no"), "a reference was expected"),
        (lambda f: (f / "rows.parquet").unlink(), "a reference was expected"),
    ],
)
def test_a_spoiled_reference_is_one_clear_error(tmp_path: Path, spoil, message: str) -> None:  # type: ignore[no-untyped-def]
    reference(rows(0)).save(tmp_path)
    spoil(tmp_path)
    with pytest.raises(EvaluationError, match=message):
        Reference.load(tmp_path)


def test_json_has_no_nan_and_all_checks() -> None:
    found = told(reference(rows(0)), month())
    text = json.dumps(found.to_json(), allow_nan=False)
    part = json.loads(text)["cohorts"]["rows"]
    assert {check["measure"] for check in part["checks"]} == {
        "psi",
        "missing",
        "rate",
        "ratio",
        "level",
        "slope",
    }
    assert set(part["checks"][0]) == {field for field in Check.__dataclass_fields__ if field != "cohort"}


def test_a_column_that_the_reference_lacks_is_refused() -> None:
    made = month()
    with pytest.raises(EvaluationError, match="the reference did not watch it"):
        add_up(made["decision"].tolist(), made["at"], np.ones(len(made["at"]), bool), columns(made), {})


def test_nothing_compared_is_too_few() -> None:
    empty = {"rows": Compared(0, 80, (), (), "0 live decisions, fewer than 10")}
    start, end = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    assert report("b", start, end, empty, alarm_at="watch").verdict == "too few"
