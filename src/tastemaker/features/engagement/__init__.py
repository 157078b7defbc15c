"""What an account's posts get and whom they reach: rates on each basis, shrunk towards peers; rhythm; reach.

``posts_columns`` is the part that looks at one bucket alone, ``count_levels`` and ``reduce_levels`` make of all buckets
what is usual, ``engagement_columns`` makes of both the columns of a snapshot. What the figures mean and how well they
hold: ``docs/engagement.md``.
"""

from tastemaker.features.engagement.reach import REACH_BASES
from tastemaker.features.engagement.signals import MEASURES, engagement_columns, posts_columns, times
from tastemaker.features.engagement.tiers import tier_of
from tastemaker.features.engagement.usual import Norms, count_levels, reduce_levels

__all__ = [
    "MEASURES",
    "REACH_BASES",
    "Norms",
    "count_levels",
    "engagement_columns",
    "posts_columns",
    "reduce_levels",
    "tier_of",
    "times",
]
