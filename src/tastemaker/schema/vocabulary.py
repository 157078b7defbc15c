"""Fixed vocabularies: the keys of audience facets and the niches of creators, brands and interests.

Keys outside a vocabulary are not lost: they add to the facet's ``other`` mass. Cities are kept in the tables but have
no block of their own: no vocabulary of useful length covers them.
"""

from __future__ import annotations

AGES = ("13-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65+")
GENDERS = ("female", "male")
OTHER = "other"

NICHES = (
    "animals", "automotive", "beauty", "books", "business", "comedy", "crafts", "dance", "education", "family",
    "fashion", "finance", "fitness", "food", "gaming", "gardening", "health", "home", "luxury", "movies", "music",
    "nature", "photography", "politics", "science", "sports", "sustainability", "technology", "travel", "wellness",
)  # fmt: skip

COUNTRIES = (
    "AR", "AT", "AU", "BE", "BR", "CA", "CH", "CL", "CO", "DE", "EC", "ES", "FR", "GB", "IE", "IN", "IT", "MA", "MX",
    "NL", "NZ", "PE", "PH", "PK", "PL", "PT", "SE", "SG", "US", "ZA", OTHER,
)  # fmt: skip

LANGUAGES = ("de", "en", "es", "fr", "it", "nl", "pl", "pt", "tr", "ar", "ja", "ko", "ru", "th", "zh", OTHER)

FACET_KEYS: dict[str, tuple[str, ...]] = {
    "age_gender": tuple(f"{gender}.{age}" for gender in GENDERS for age in AGES),
    "country": COUNTRIES,
    "language": LANGUAGES,
    "interest": (*NICHES, OTHER),
}
"""Facet -> its keys, in the order of the audience block. ``age_gender`` keys read ``female.18-24``."""

AUDIENCE_COLUMNS: tuple[tuple[str, str], ...] = tuple((f, k) for f, keys in FACET_KEYS.items() for k in keys)
"""(facet, key) of every column of an audience row, facet by facet."""

FACET_SLICES: dict[str, slice] = {}
_start = 0
for _facet, _keys in FACET_KEYS.items():
    FACET_SLICES[_facet] = slice(_start, _start + len(_keys))
    _start += len(_keys)
AUDIENCE_WIDTH = _start

SAFETY_CATEGORIES: dict[str, str] = {
    "adult": "adult and explicit sexual content",
    "arms": "arms and ammunition",
    "crime": "crime and harmful acts to individuals and society",
    "conflict": "death, injury or military conflict",
    "piracy": "online piracy",
    "hate": "hate speech and acts of aggression",
    "profanity": "obscenity and profanity",
    "substances": "illegal drugs, tobacco, e-cigarettes, vaping and alcohol",
    "spam": "spam or harmful content",
    "terrorism": "terrorism",
    "debated": "debated sensitive social issues",
    "misinformation": "misinformation",
}
"""The categories of brand safety and suitability in the order of the field's common framework: name -> meaning."""

SAFETY_LEVELS = ("none", "low", "medium", "high")
"""Levels of a category, rising; a level's number is its place."""
