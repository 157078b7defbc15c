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
    return package_size(_lines(package))


def parsed_lines(package: str | None) -> dict[str, float]:
    """Deliverables of each kind in an offer's package; a kind that is not known, or no lines at all, count as posts."""
    counts = dict.fromkeys(WORK, 0.0)
    for kind, count in _lines(package):
        counts[kind if kind in counts else "post"] += max(count, 0.0)
    return counts if any(counts.values()) else {**counts, "post": 1.0}


def _lines(package: str | None) -> list[tuple[str, float]]:
    try:
        lines = json.loads(package or "{}")["lines"]
        return [(str(line["kind"]), float(line.get("count", 1))) for line in lines]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
