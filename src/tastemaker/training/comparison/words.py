"""A comparison as rows of figures: what the terminal and the page show."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tastemaker.evaluation import Estimate
from tastemaker.evaluation.off_policy import OffPolicyEstimate
from tastemaker.training.comparison.result import Comparison

MEGA = 1e6
UNKNOWN = "-"


class Figure(NamedTuple):
    """A measure of both sides and the difference, in words; ``about``: on what."""

    what: str
    first: str
    second: str
    difference: str
    about: str


def figures(told: Comparison) -> list[Figure]:
    """The figures of a comparison without its slices, most important first; parts that could not be made are left
    out."""
    rows = []
    if told.backtest is not None:
        part = told.backtest
        rows.append(
            Figure(
                f"NDCG@{part.cutoff}",
                f"{part.first.value:.3f}",
                f"{part.second.value:.3f}",
                difference(part.difference),
                f"{part.campaigns} later campaigns, among those chosen",
            )
        )
    if told.replayed is not None:
        replayed = told.replayed
        about = f"{replayed.decisions} decisions, the best {replayed.k} of those considered"
        ones = [_value(e) for e in (replayed.first, replayed.second)]
        rows.append(Figure("off-policy value", ones[0], ones[1], _off_policy(replayed.difference), about))
    if told.calibration is not None:
        bins = told.calibration
        errors = [UNKNOWN if b is None else f"{b.error:.3f}" for b in (bins.first, bins.second)]
        rows.append(
            Figure(
                "calibration error",
                errors[0],
                errors[1],
                difference(bins.change),
                "1 is the mean result of the objective; among "
                + ("all who could be shown, by logged propensity" if bins.weighted else "those chosen"),
            )
        )
    if told.exposure is not None:
        seen = told.exposure
        after = seen.small_first + seen.small.value
        shares = (f"{seen.small_first:.1%}", f"{after:.1%}")
        about = f"share of attention, {seen.briefs} briefs answered by both"
        rows.append(Figure("small creators seen", shares[0], shares[1], difference(seen.small), about))
    if told.latency is not None:
        time = told.latency
        halves = [f"{median:.1f} ms" for median, _ in (time.first, time.second)]
        about = (
            f"median of {time.briefs} answers in turn (95th: {time.first[1]:.1f} and {time.second[1]:.1f} ms)"
        )
        rows.append(Figure("time of an answer", halves[0], halves[1], _growth(time.growth), about))
    sizes = [f"{side.bytes / MEGA:.1f} MB" for side in (told.first, told.second)]
    rows.append(Figure("bundle", sizes[0], sizes[1], f"{told.size_growth:+.1%}", "all files"))
    return rows


def slice_rows(told: Comparison) -> list[tuple[str, str, str, str, str]]:
    """slice, campaigns, first, second, difference of every slice, in words."""
    return [
        (
            f"{part.facet}: {part.name}",
            str(part.queries),
            f"{part.first:.3f}",
            f"{part.second:.3f}",
            difference(part.difference) + ("" if part.judged else " (too few)"),
        )
        for part in told.slices
    ]


def exposure_rows(told: Comparison) -> list[tuple[str, str, str, str]]:
    """group, first, second, difference of the shares of attention, sizes first; empty where nothing was answered."""
    if told.exposure is None:
        return []
    tables = (("size", told.exposure.by_size), ("country", told.exposure.by_country))
    return [
        (f"{facet}: {group}", f"{first:.1%}", f"{second:.1%}", f"{100.0 * (second - first):+.1f} points")
        for facet, table in tables
        for group, first, second in zip(table.index, table["first"], table["second"], strict=True)
    ]


def difference(gap: Estimate | None) -> str:
    """``+0.012 [-0.003, +0.027]``; the value alone where it has no bounds."""
    if gap is None or np.isnan(gap.value):
        return UNKNOWN
    if np.isnan(gap.low):
        return f"{gap.value:+.3f}"
    return f"{gap.value:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}]"


def _value(e: OffPolicyEstimate) -> str:
    return f"{e.estimate.value:.3f}" if e.estimable else "not estimable"


def _off_policy(e: OffPolicyEstimate) -> str:
    return difference(e.estimate) if e.estimable else str(e)


def _growth(growth: Estimate) -> str:
    return f"{growth.value:+.0%} [{growth.low:+.0%}, {growth.high:+.0%}]"
