"""Brand safety and suitability: twelve categories, a level each, and the words of the post that speak for it.

Words from open lists, in five languages; a level is what the words say, to be looked at by a person. What can not be
read (another language, no caption) is unknown, never safe.
"""

from tastemaker.features.safety.accounts import above_floor, safety_accounts
from tastemaker.features.safety.lexicon import Lexicon, load_lexicon
from tastemaker.features.safety.posts import post_schema, safety_posts
from tastemaker.features.safety.reading import SafetyReader, usual_reader
from tastemaker.features.safety.zero_shot import near_categories

__all__ = [
    "Lexicon",
    "SafetyReader",
    "above_floor",
    "load_lexicon",
    "near_categories",
    "post_schema",
    "safety_accounts",
    "safety_posts",
    "usual_reader",
]
