"""A brief's target against the audiences of accounts: everything that a person asks about the fit, facet by facet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tastemaker.features.audience.interval import coverage_interval
from tastemaker.features.audience.overlap import facet_coverages, facet_overlaps, mean_known
from tastemaker.schema import FACET_SLICES

if TYPE_CHECKING:
    from tastemaker.features.brief_view import BriefView
    from tastemaker.features.snapshot import FeatureSnapshot

ASSUMED_PEOPLE = 30.0
"""People behind a report that does not say how many: few, so that its interval is wide."""


@dataclass(frozen=True)
class FacetFit:
    """Arrays (n,), NaN where the account's facet is unknown or the brief leaves it open.

    ``overlap``     Bhattacharyya overlap of target and audience, 0..1
    ``coverage``    share of the audience on the keys that the target names, 0..1
    ``low, high``   central interval of the coverage, from the sample size and what a truncated report leaves out
    ``lift``        coverage / mean coverage of the platform's accounts: 1 is usual
    ``people``      sample size behind the report; NaN unknown
    """

    overlap: np.ndarray
    coverage: np.ndarray
    low: np.ndarray
    high: np.ndarray
    lift: np.ndarray
    people: np.ndarray


@dataclass(frozen=True)
class AudienceFit:
    """``facets``: those that the brief names. The rest are means over the facets known of each account, NaN of none.

    The mean of the lower bounds is a lower bound whatever ties the facets to each other, and a cautious one.
    """

    facets: dict[str, FacetFit]
    fit: np.ndarray
    coverage: np.ndarray
    low: np.ndarray
    high: np.ndarray
    lift: np.ndarray


def audience_fit(
    view: BriefView,
    snapshot: FeatureSnapshot,
    rows: np.ndarray,
    *,
    level: float = 0.8,
    assumed_people: float = ASSUMED_PEOPLE,
) -> AudienceFit:
    """The fit of ``rows`` of the snapshot's table; a row's values do not hang on the other rows.

    ``level``: mass of the interval; ``assumed_people``: sample size of a report that does not say its own.
    """
    target, audience = view.audience, snapshot.audience[rows]
    named = [facet for facet, block in FACET_SLICES.items() if not np.isnan(target[block]).any()]
    overlaps, coverages = facet_overlaps(target, audience), facet_coverages(target, audience)
    usual = facet_coverages(target, _averages(snapshot, rows))
    facets = {}
    for facet in named:
        people = snapshot.column(f"audience_sample_{facet}")[rows]
        believed = np.where(np.isnan(people), assumed_people, np.maximum(people, 1.0))
        low, high = coverage_interval(coverages[facet], believed, usual[facet], level)
        high = np.minimum(high + _unlisted(target, audience, FACET_SLICES[facet]), 1.0)
        lift = coverages[facet] / np.where(usual[facet] > 0, usual[facet], np.nan)
        facets[facet] = FacetFit(overlaps[facet], coverages[facet], low, high, lift, people)
    return AudienceFit(
        facets=facets,
        fit=_mean([f.overlap for f in facets.values()], len(rows)),
        coverage=_mean([f.coverage for f in facets.values()], len(rows)),
        low=_mean([f.low for f in facets.values()], len(rows)),
        high=_mean([f.high for f in facets.values()], len(rows)),
        lift=_mean([f.lift for f in facets.values()], len(rows)),
    )


def _averages(snapshot: FeatureSnapshot, rows: np.ndarray) -> np.ndarray:
    kind = snapshot.platform_code[rows]
    found = snapshot.platform_audience[np.where(np.isnan(kind), 0, kind).astype(np.int64)]
    return np.where(np.isnan(kind)[:, None], np.nan, found)


def _unlisted(target: np.ndarray, audience: np.ndarray, block: slice) -> np.ndarray:
    """What a truncated report leaves out, where a key of the target is among what it may have left out."""
    shares, wanted = audience[:, block].astype(np.float64), target[block] > 0
    hidden = (shares[:, wanted] == 0).any(axis=1)
    return np.where(hidden, np.clip(1.0 - shares.sum(axis=1), 0.0, 1.0), 0.0)


def _mean(columns: list[np.ndarray], n: int) -> np.ndarray:
    return mean_known(columns) if columns else np.full(n, np.nan)
