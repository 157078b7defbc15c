"""What the columns on price are called where people read them."""

from __future__ import annotations

from tastemaker.features.label import Label, detail

_NO_MODEL = "too few of its peers were ever quoted, or its size is unknown"
_NO_QUOTE = "no quote of its own"

PRICE_LABELS: dict[str, Label] = {
    "fee_expected": Label("Next quote of a feed post, expected", "dollars", _NO_MODEL),
    "fee_low": Label("At least, nine times in ten", "dollars", _NO_MODEL, False),
    "fee_high": Label("At most, nine times in ten", "dollars", _NO_MODEL, False),
    **{
        f"fee_{kind}": Label(f"Next quote of one {kind}, expected", "dollars", _NO_MODEL)
        for kind in ("story", "reel", "video", "blog")
    },
    "fee_standing": detail("Own quotes against peers, in spreads", "number", _NO_QUOTE, True),
    "fee_far": Label("Quotes far outside", "flag", _NO_QUOTE, False),
    "cost_per_engagement": Label(
        "Cost per expected engagement", "dollars", "no fee, or no rate of engagement"
    ),
}
"""Column -> label."""
