"""What an account posts about and how: themes, focus, niche, languages, effort and originality of its captions."""

from tastemaker.features.content.columns import content_columns
from tastemaker.features.content.niches import load_niches, niche_probabilities, niche_scores
from tastemaker.features.content.posts import content_tables
from tastemaker.features.content.similarity import content_similarity
from tastemaker.features.content.theme_sets import ThemeSets, theme_sets

__all__ = [
    "ThemeSets",
    "content_columns",
    "content_similarity",
    "content_tables",
    "load_niches",
    "niche_probabilities",
    "niche_scores",
    "theme_sets",
]
