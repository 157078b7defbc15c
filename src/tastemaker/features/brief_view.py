"""A brief as features see it: its text as a vector, its audience as a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tastemaker.features.audience import audience_row
from tastemaker.schema import Brief

if TYPE_CHECKING:
    from tastemaker.encoders import Encoder


@dataclass(frozen=True)
class BriefView:
    """``content``: float32 (dim,), unit, or zeros for a brief without words.

    ``audience``: float32 (AUDIENCE_WIDTH,) target shares, NaN throughout a facet that the brief leaves open.
    """

    brief: Brief
    content: np.ndarray
    audience: np.ndarray
    encoder_id: str


def view_brief(brief: Brief, encoder: Encoder) -> BriefView:
    """The brief in the encoder's space, with its target audience."""
    content = np.asarray(encoder.encode([brief_text(brief)])[0], dtype=np.float32)
    return BriefView(brief, content, target_audience(brief), encoder.id)


def target_audience(brief: Brief) -> np.ndarray:
    """The audience that the brief asks for, float32 (AUDIENCE_WIDTH,); NaN throughout a facet left open.

    Markets fill the country facet in equal parts where the brief names no audience countries.
    """
    facets = brief.audience.model_dump()
    if not facets["country"] and brief.markets:
        facets["country"] = {country: 1.0 / len(set(brief.markets)) for country in brief.markets}
    return audience_row(facets)


def brief_text(brief: Brief) -> str:
    """What the brief is about, in words: topics first, then the wish, the persona, the values and the voice.

    The brand's name is left out: a name tells an encoder nothing, or the wrong thing.
    """
    interests = sorted(brief.audience.interest.items(), key=lambda item: (-item[1], item[0]))
    topics = [
        brief.brand.category or "",
        *(name for name, share in interests if share > 0 and name != "other"),
    ]
    parts = (
        ", ".join(dict.fromkeys(topic for topic in topics if topic)),
        brief.text,
        brief.brand.description,
        ", ".join(brief.brand.values),
        brief.brand.voice or "",
    )
    return "\n".join(part.strip() for part in parts if part.strip())
