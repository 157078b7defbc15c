"""Live cohorts against the reference: what moved beyond luck, beyond what moves anyway, and beyond the season."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tastemaker.config import Monitor
from tastemaker.evaluation.drift.bins import CategoryBins
from tastemaker.evaluation.drift.columns import HEADS, Cohort
from tastemaker.evaluation.drift.luck import Tested, judge_family, live_interval
from tastemaker.evaluation.drift.reference import Reference

Level = Literal["none", "watch", "retrain"]
LEVELS: tuple[Level, ...] = ("none", "watch", "retrain")
BOOTSTRAP = 1_000
FEW = 200
"""Draws that tell the mean of luck, where its tail is not needed."""
MOST_PERIODS = 13
DAY = np.timedelta64(1, "D")
YEAR, SEASON = np.timedelta64(365, "D"), np.timedelta64(15, "D")


@dataclass(frozen=True)
class Check:
    """One measure of one column.

    ``reference`` and ``live``: the figures that a person reads (median, share, ratio, slope; NaN for none),
    ``interval`` the 95 % bootstrap of the live one, for what has a figure of its own. ``effect``: how far apart, net of
    luck; ``floor``: the least that counts, ``before``: the most that a period of training's own past was away.
    ``p``: adjusted over all checks of the cohort. ``seasonal``: as in the same season a year before. ``category``:
    whose share moved most.
    """

    cohort: str
    column: str
    measure: str
    reference: float
    live: float
    interval: tuple[float, float]
    effect: float
    floor: float
    before: float
    p: float
    seasonal: bool
    level: Level
    category: str | None = None


@dataclass(frozen=True)
class Compared:
    """What was compared in one cohort; ``too_few``: why nothing could be; ``skipped``: columns with too few rows."""

    decisions: int
    reference_decisions: int
    checks: tuple[Check, ...]
    skipped: tuple[str, ...]
    too_few: str | None = None


def compare(reference: Reference, live: Mapping[str, Cohort], settings: Monitor) -> dict[str, Compared]:
    """Every cohort of ``live`` that the reference has too.

    The chance of any false finding over all cohorts is at most ``settings.false_alarm_rate`` where nothing moves.
    """
    names = [name for name in live if name in reference.cohorts]
    share = settings.false_alarm_rate / max(len(names), 1)
    return {name: _compare(name, reference, live[name], settings, share) for name in names}


def _compare(name: str, reference: Reference, live: Cohort, settings: Monitor, rate: float) -> Compared:
    whole = reference.cohorts[name]
    past = whole.where(whole.held_out)
    least = settings.min_decisions
    if min(len(live), len(past)) < least:
        short = f"{len(live)} live decisions" if len(live) < least else f"{len(past)} in the reference"
        return Compared(len(live), len(past), (), (), f"{short}, fewer than {least}")
    columns = [
        column
        for column in whole.kinds
        if column in live.sums and min(_rows(past, column), _rows(live, column)) >= settings.min_rows
    ]
    then = _season(whole, live)
    usual = _usual(whole.where(~then), live, columns, settings)
    season = _effects(whole.where(then), live, columns, settings)
    sides = _Sides(name, reference, past, live, settings)
    checks = []
    for tested in judge_family(past, live, columns, settings.permutations, settings.seed):
        key = (tested.column, tested.measure.name)
        checks.append(sides.check(tested, rate, usual.get(key, 0.0), season.get(key)))
    skipped = tuple(column for column in whole.kinds if column not in columns)
    return Compared(len(live), len(past), tuple(checks), skipped)


@dataclass(frozen=True)
class _Sides:
    """The two sides of one cohort, and what is read of them."""

    name: str
    reference: Reference
    past: Cohort
    live: Cohort
    settings: Monitor

    def check(self, tested: Tested, rate: float, usual: float, season: float | None) -> Check:
        watch, retrain = _floors(tested.measure.name, self.settings)
        floor = max(watch, self.settings.usual_times * usual)
        moved = tested.p <= rate and tested.effect >= floor
        seasonal = moved and season is not None and season < floor
        # What the ranker hardly reads may move without harm to it.
        light = self.reference.weights.get(tested.column, 1.0) < self.settings.min_weight
        level: Level = "none"
        if moved and not seasonal:
            level = "watch" if light or tested.effect < max(retrain, floor) else "retrain"
        category, before, now = self._figures(tested)
        return Check(
            cohort=self.name,
            column=tested.column,
            measure=tested.measure.name,
            reference=before,
            live=now,
            interval=live_interval(self.live, tested, BOOTSTRAP, self.settings.seed),
            effect=tested.effect,
            floor=floor,
            before=usual,
            p=tested.p,
            seasonal=seasonal,
            level=level,
            category=category,
        )

    def _figures(self, tested: Tested) -> tuple[str | None, float, float]:
        """(the category whose share moved most, or None; the reference's figure; the live one)."""
        column, figure = tested.column, tested.measure.figure
        bins = self.reference.bins[self.name].get(column)
        if figure is not None:
            before, now = (float(figure(side.sums[column].sum(axis=0))) for side in (self.past, self.live))
            return None, before, now
        if isinstance(bins, CategoryBins):
            code, before, now = _most_moved(self.past, self.live, column)
            return bins.name(code), before, now
        before, now = (side.middles.get(column, float("nan")) for side in (self.past, self.live))
        return None, before, now


def _floors(measure: str, settings: Monitor) -> tuple[float, float]:
    if measure == "psi":
        return settings.psi_watch, settings.psi_retrain
    if measure in ("missing", "rate"):
        return settings.share_watch, settings.share_retrain
    return settings.calibration_watch, settings.calibration_retrain


def _usual(
    whole: Cohort, live: Cohort, columns: list[str], settings: Monitor
) -> dict[tuple[str, str], float]:
    """(column, measure) -> the most that a past period as long as the live one was away from the rest of the past.

    The decisions of one period share a snapshot, a season and a trend: their luck is that of the period, which
    redrawing decisions does not see. What the past did from period to period is what moves anyway.
    """
    heads = [column for column in columns if whole.kinds[column] in HEADS]
    others = [column for column in columns if whole.kinds[column] not in HEADS]
    length = max(live.at.max() - live.at.min(), DAY)
    most: dict[tuple[str, str], float] = {}
    # Before the held-out decisions a head judges what it was fitted on.
    for past, named in ((whole, others), (whole.where(whole.held_out), heads)):
        for period in _periods(past, length):
            inside, outside = past.where(period), past.where(~period)
            for key, effect in _effects(outside, inside, named, settings).items():
                most[key] = max(most.get(key, 0.0), effect)
    return most


def _periods(past: Cohort, length: np.timedelta64) -> Iterator[NDArray[np.bool_]]:
    """The past in parts of the live period's length, back from its latest decision: which decisions are in each."""
    if len(past) < 2:
        return
    part = (past.at.max() - past.at) // length
    for number in range(min(int(part.max()), MOST_PERIODS - 1) + 1):
        yield part == number


def _season(whole: Cohort, live: Cohort) -> NDArray[np.bool_]:
    """Which decisions are of the same weeks a year before the live ones: they tell the season, not what is usual."""
    low, high = live.at.min() - YEAR - SEASON, live.at.max() - YEAR + SEASON
    return np.asarray((whole.at >= low) & (whole.at <= high))


def _effects(a: Cohort, b: Cohort, columns: list[str], settings: Monitor) -> dict[tuple[str, str], float]:
    """(column, measure) -> effect net of luck between two cohorts; empty where there are too few decisions."""
    if min(len(a), len(b)) < settings.min_decisions:
        return {}
    known = [c for c in columns if min(_rows(a, c), _rows(b, c)) >= settings.min_rows]
    tested = judge_family(a, b, known, FEW, settings.seed)
    return {(t.column, t.measure.name): t.effect for t in tested if np.isfinite(t.effect)}


def _rows(cohort: Cohort, column: str) -> float:
    """Rows that say something of the column: of a number or a category also those whose value is unknown."""
    if cohort.kinds[column] in ("number", "category"):
        return float(cohort.sums[column].sum())
    return cohort.rows(column)


def _most_moved(past: Cohort, live: Cohort, column: str) -> tuple[int, float, float]:
    """(code, its share in the past, its share now) of the category whose share moved most."""
    shares = []
    for side in (past, live):
        counts = side.sums[column].sum(axis=0)[:-1]
        shares.append(counts / max(counts.sum(), 1.0))
    code = int(np.argmax(np.abs(shares[1] - shares[0])))
    return code, float(shares[0][code]), float(shares[1][code])
