"""What is known of a creator at a moment, and what a brief and a creator have to do with each other."""

from tastemaker.features.anchors import Anchors, anchor_texts, write_anchors
from tastemaker.features.audience import (
    COMMON_FACETS,
    AudienceFit,
    FacetFit,
    audience_fit,
    audience_row,
    bhattacharyya,
    facet_coverages,
    facet_overlaps,
    mean_known,
)
from tastemaker.features.authenticity import (
    ACCOUNT_FACTS,
    AccountAuthenticity,
    AccountReason,
    AuthenticityModel,
    AuthenticityReason,
    authenticity_reasons,
    handle_facts,
)
from tastemaker.features.brief_view import BriefView, brief_text, target_audience, view_brief
from tastemaker.features.build import build_snapshots
from tastemaker.features.columns import (
    AUTHENTICITY_COLUMNS,
    COLLABORATION_SCHEMA,
    EVIDENCE_SCHEMA,
    FIELD_GROUPS,
    IDENTITY,
    SAFETY_COLUMNS,
    SNAPSHOT_SCHEMA,
    THEME_SCHEMA,
)
from tastemaker.features.content import content_similarity
from tastemaker.features.executor import Executor, local_executor, run_here
from tastemaker.features.label import Label, Unit
from tastemaker.features.labels import FACET_LABELS, GROUP_LABELS, LABELS
from tastemaker.features.matches import last_work
from tastemaker.features.pair_labels import PAIR_MEANINGS
from tastemaker.features.pairs import OBJECTIVES, PAIR_FEATURES, pair_features, usd
from tastemaker.features.snapshot import FeatureSnapshot
from tastemaker.features.texts import texts_to_encode
from tastemaker.features.voice import VoiceMatch, brand_voice, voice_match

__all__ = [
    "ACCOUNT_FACTS",
    "AUTHENTICITY_COLUMNS",
    "COLLABORATION_SCHEMA",
    "COMMON_FACETS",
    "EVIDENCE_SCHEMA",
    "FACET_LABELS",
    "FIELD_GROUPS",
    "GROUP_LABELS",
    "IDENTITY",
    "LABELS",
    "OBJECTIVES",
    "PAIR_FEATURES",
    "PAIR_MEANINGS",
    "SAFETY_COLUMNS",
    "SNAPSHOT_SCHEMA",
    "THEME_SCHEMA",
    "AccountAuthenticity",
    "AccountReason",
    "Anchors",
    "AudienceFit",
    "AuthenticityModel",
    "AuthenticityReason",
    "BriefView",
    "Executor",
    "FacetFit",
    "FeatureSnapshot",
    "Label",
    "Unit",
    "VoiceMatch",
    "anchor_texts",
    "audience_fit",
    "audience_row",
    "authenticity_reasons",
    "bhattacharyya",
    "brand_voice",
    "brief_text",
    "build_snapshots",
    "content_similarity",
    "facet_coverages",
    "facet_overlaps",
    "handle_facts",
    "last_work",
    "local_executor",
    "mean_known",
    "pair_features",
    "run_here",
    "target_audience",
    "texts_to_encode",
    "usd",
    "view_brief",
    "voice_match",
    "write_anchors",
]
