"""How much work a package of deliverables is, in standard packages: one feed post is 1."""

from __future__ import annotations

import json
from collections.abc import Iterable

WORK: dict[str, float] = {"post": 1.0, "story": 0.4, "reel": 1.2, "video": 1.5, "blog": 1.2}
"""Usual price of a deliverable of each kind against a feed post of the same account: a convention, not a fit."""


def package_size(lines: Iterable[tuple[str, float]]) -> float:
    """Standard packages in the lines (kind, count); a kind that is not known counts as a post, no lines as one post."""
    return sum(WORK.get(kind, 1.0) * count for kind, count in lines) or 1.0


def parsed_size(package: str | None) -> float:
    """The size of an offer's package, JSON ``{"lines": [{"kind": ..., "count": ...}]}``; 1 for anything else."""
    try:
        lines = json.loads(package or "{}")["lines"]
        return package_size((str(line["kind"]), float(line.get("count", 1))) for line in lines)
    except (ValueError, KeyError, TypeError, AttributeError):
        return 1.0
