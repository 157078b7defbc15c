"""What the columns on content and voice are called where people read them."""

from __future__ import annotations

from tastemaker.features.columns import LANGUAGE_COLUMNS, VOICE_COLUMNS
from tastemaker.features.label import Label, detail

_LANGUAGES = {"en": "English", "es": "Spanish", "fr": "French", "de": "German", "pt": "Portuguese"}

CONTENT_LABELS: dict[str, Label] = {
    "content_posts": Label("Posts in the year", "count", "no post", False),
    "topical_focus": Label("Topical focus", "share", "fewer than 5 posts with words"),
    "niche": Label("Niche", "text", "no niche stands out", False),
    "niche_probability": detail("How sure the niche is", "share", "no niche stands out"),
    **{
        column: detail(
            f"Captions in {_LANGUAGES.get(code, 'other languages')}",
            "share",
            "no caption whose language could be told",
        )
        for code, column in LANGUAGE_COLUMNS.items()
    },
    **{
        column: Label(
            f"Voice: {column.removeprefix('voice_')}", "number", "no caption that could be compared"
        )
        for column in VOICE_COLUMNS
    },
    "comments_read": detail("Comments read", "count", "no comment"),
    "comment_sentiment": Label("Tone of comments", "number", "too few comments with a tone"),
    "caption_letters": detail("Letters of a caption", "count", "no caption with letters", True),
    "caption_originality": Label("Captions that repeat no other", "share", "no caption with letters"),
}
"""Column -> label."""
