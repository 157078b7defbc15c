"""Tastemaker matches brands with the creators whose audience will act.

from tastemaker import Brief, Engine
shortlist = Engine.load("var/demo/bundle").recommend(Brief.load("brief.json")).shortlist
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tastemaker.engine import Engine
    from tastemaker.errors import TastemakerError
    from tastemaker.schema import Brief, Recommendation

__all__ = ["Brief", "Engine", "Recommendation", "TastemakerError"]

_HOME = {
    "Brief": "tastemaker.schema",
    "Engine": "tastemaker.engine",
    "Recommendation": "tastemaker.schema",
    "TastemakerError": "tastemaker.errors",
}


def __getattr__(name: str) -> Any:
    # Loaded on first use: a command that prints a brief's schema need not load an index library.
    if name not in _HOME:
        raise AttributeError(f"module 'tastemaker' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
