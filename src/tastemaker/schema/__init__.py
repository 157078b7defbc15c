"""The words of the house: briefs, results, tables and vocabularies."""

from tastemaker.schema.brief import (
    KPI,
    AudienceThreshold,
    Brand,
    Brief,
    Deliverable,
    Filters,
    Money,
    Objective,
    Range,
    TargetAudience,
    Weights,
)
from tastemaker.schema.card import (
    AccountCard,
    Collaboration,
    CreatorCard,
    PeerGroup,
    Proof,
    Reason,
    Signal,
    SignalGroup,
    Speaks,
)
from tastemaker.schema.declaration import ModelDeclaration
from tastemaker.schema.example import EXAMPLE_BRIEF
from tastemaker.schema.problems import problem, problems
from tastemaker.schema.results import (
    Candidate,
    Contribution,
    Exploration,
    FilterCount,
    Funnel,
    Interval,
    Placement,
    Recommendation,
)
from tastemaker.schema.rights import DataSource, Rights
from tastemaker.schema.shown import ShownFeatures
from tastemaker.schema.tables import TABLES, Column, Table
from tastemaker.schema.vocabulary import (
    AUDIENCE_COLUMNS,
    AUDIENCE_WIDTH,
    FACET_KEYS,
    FACET_SLICES,
    NICHES,
    SAFETY_CATEGORIES,
    SAFETY_LEVELS,
)

__all__ = [
    "AUDIENCE_COLUMNS",
    "AUDIENCE_WIDTH",
    "EXAMPLE_BRIEF",
    "FACET_KEYS",
    "FACET_SLICES",
    "KPI",
    "NICHES",
    "SAFETY_CATEGORIES",
    "SAFETY_LEVELS",
    "TABLES",
    "AccountCard",
    "AudienceThreshold",
    "Brand",
    "Brief",
    "Candidate",
    "Collaboration",
    "Column",
    "Contribution",
    "CreatorCard",
    "DataSource",
    "Deliverable",
    "Exploration",
    "FilterCount",
    "Filters",
    "Funnel",
    "Interval",
    "ModelDeclaration",
    "Money",
    "Objective",
    "PeerGroup",
    "Placement",
    "Proof",
    "Range",
    "Reason",
    "Recommendation",
    "Rights",
    "ShownFeatures",
    "Signal",
    "SignalGroup",
    "Speaks",
    "Table",
    "TargetAudience",
    "Weights",
    "problem",
    "problems",
]
