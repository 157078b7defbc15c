"""How an account and a brand sound, on the five dimensions of brand personality, and how its comments do."""

from tastemaker.features.voice.comments import comment_tables, comment_tones
from tastemaker.features.voice.match import VoiceMatch, brand_voice, voice_match
from tastemaker.features.voice.personality import DIMENSIONS, load_personality, voice_scores

__all__ = [
    "DIMENSIONS",
    "VoiceMatch",
    "brand_voice",
    "comment_tables",
    "comment_tones",
    "load_personality",
    "voice_match",
    "voice_scores",
]
