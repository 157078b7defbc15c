"""Columns that are read out of texts: disclosure, brand safety, language, voice and content."""

from __future__ import annotations

from tastemaker.schema import SAFETY_CATEGORIES
from tastemaker.schema.tables import COUNT, REAL, TEXT, TIME

JURISDICTIONS = ("us", "gb", "eu")
"""Whose rules of disclosure have columns; each is a jurisdiction of ``disclosure/rules.yaml``."""

DISCLOSED = tuple(f"disclosed_{code}{end}" for code in JURISDICTIONS for end in ("", "_low", "_high"))
"""Properly disclosed share of sponsored posts, with the bounds that posts without a verdict leave open."""

SAFETY_COLUMNS = {category: f"safety_{category}" for category in SAFETY_CATEGORIES}
"""Category of brand safety -> the column of its level (place in ``SAFETY_LEVELS``)."""

LANGUAGE_COLUMNS = {code: f"posts_in_{code}" for code in ("en", "es", "fr", "de", "pt", "other")}
"""Language of a caption as ``tongue`` tells it -> the column of its share of posts."""

VOICE_COLUMNS = (
    "voice_sincerity",
    "voice_excitement",
    "voice_competence",
    "voice_sophistication",
    "voice_ruggedness",
)
"""By ``voice.DIMENSIONS``."""

CONTENT_COLUMNS = (
    ("content_posts", COUNT),
    ("topical_focus", REAL),
    ("niche", TEXT),
    ("niche_probability", REAL),
    *((name, REAL) for name in LANGUAGE_COLUMNS.values()),
    *((name, REAL) for name in VOICE_COLUMNS),
    ("comments_read", COUNT),
    ("comment_sentiment", REAL),
    ("caption_letters", REAL),
    ("caption_originality", REAL),
    ("past_on_time", REAL),
    ("content_as_of", TIME),
    ("content_confidence", REAL),
)
"""What an account posts about, how it sounds, and how much care shows in it."""
