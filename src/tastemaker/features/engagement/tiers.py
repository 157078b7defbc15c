"""Size tiers: names for people. Nothing is computed from them; sizes enter every benchmark smoothly."""

from __future__ import annotations

from collections.abc import Mapping


def tier_of(followers: float | None, bounds: Mapping[str, int]) -> str | None:
    """The tier with the greatest lower bound that ``followers`` reach; None below all, or where unknown."""
    if followers is None or followers != followers:
        return None
    reached = [(least, name) for name, least in bounds.items() if followers >= least]
    return max(reached)[1] if reached else None
