"""Paid work and how it is disclosed: from captions to flags of posts, and from these to accounts at a moment.

It screens; it does not judge in law. What can not be told (a language that is not known, a platform's label that a
source does not report) is unknown, never a fault.
"""

from tastemaker.features.disclosure.accounts import (
    competitor_work,
    disclosure_accounts,
    shares_sql,
    sponsor_table,
)
from tastemaker.features.disclosure.posts import disclosure_posts, post_schema
from tastemaker.features.disclosure.reading import Reader
from tastemaker.features.disclosure.rules import Cues, Jurisdiction, Rules, load_cues, load_rules

__all__ = [
    "Cues",
    "Jurisdiction",
    "Reader",
    "Rules",
    "competitor_work",
    "disclosure_accounts",
    "disclosure_posts",
    "load_cues",
    "load_rules",
    "post_schema",
    "shares_sql",
    "sponsor_table",
]
