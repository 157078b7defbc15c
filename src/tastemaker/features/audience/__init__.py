"""Whom an account reaches, and how that fits whom a brief wants: overlap, coverage, lift over the platform, intervals.

A facet without a report, or with one that is too old, is unknown, never the platform's average.
"""

from tastemaker.features.audience.average import AudienceSums, audience_sums, platform_audience
from tastemaker.features.audience.columns import audience_columns
from tastemaker.features.audience.fit import AudienceFit, FacetFit, audience_fit
from tastemaker.features.audience.interval import beta_quantiles, coverage_interval
from tastemaker.features.audience.overlap import (
    COMMON_FACETS,
    audience_row,
    bhattacharyya,
    facet_block,
    facet_coverages,
    facet_overlaps,
    mean_known,
)
from tastemaker.features.audience.reports import report_blocks, report_tables

__all__ = [
    "COMMON_FACETS",
    "AudienceFit",
    "AudienceSums",
    "FacetFit",
    "audience_columns",
    "audience_fit",
    "audience_row",
    "audience_sums",
    "beta_quantiles",
    "bhattacharyya",
    "coverage_interval",
    "facet_block",
    "facet_coverages",
    "facet_overlaps",
    "mean_known",
    "platform_audience",
    "report_blocks",
    "report_tables",
]
