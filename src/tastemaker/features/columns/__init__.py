"""The columns of a snapshot's tables. Meaning, unit and unknown rule of each: ``docs/features.md``."""

from tastemaker.features.columns.groups import FIELD_GROUPS, IDENTITY
from tastemaker.features.columns.measured import (
    AUDIENCE_COLUMNS,
    AUTHENTICITY_COLUMNS,
    BASES,
    ENGAGEMENT_COLUMNS,
    PRICE_COLUMNS,
    REACH_COLUMNS,
)
from tastemaker.features.columns.said import (
    CONTENT_COLUMNS,
    DISCLOSED,
    JURISDICTIONS,
    LANGUAGE_COLUMNS,
    SAFETY_COLUMNS,
    VOICE_COLUMNS,
)
from tastemaker.features.columns.tables import (
    COLLABORATION_SCHEMA,
    EVIDENCE_SCHEMA,
    SNAPSHOT_SCHEMA,
    THEME_SCHEMA,
    TRUST_COLUMNS,
    TRUSTED,
)

__all__ = [
    "AUDIENCE_COLUMNS", "AUTHENTICITY_COLUMNS", "BASES", "COLLABORATION_SCHEMA", "CONTENT_COLUMNS", "DISCLOSED",
    "ENGAGEMENT_COLUMNS", "EVIDENCE_SCHEMA", "FIELD_GROUPS", "IDENTITY", "JURISDICTIONS", "LANGUAGE_COLUMNS",
    "PRICE_COLUMNS", "REACH_COLUMNS", "SAFETY_COLUMNS", "SNAPSHOT_SCHEMA", "THEME_SCHEMA", "TRUSTED",
    "TRUST_COLUMNS", "VOICE_COLUMNS",
]  # fmt: skip
