"""Numbers and names in the form in which a page shows them."""

from __future__ import annotations

from datetime import UTC, datetime

DASH = "–"
_STEPS = ((1e9, "B"), (1e6, "M"), (1e3, "K"))


def compact(value: float) -> str:
    """About three figures: 12,345 is 12.3K, 812 is 812, 4.25 is 4.3."""
    for size, sign in _STEPS:
        if abs(value) >= size * 0.99995:
            scaled = value / size
            return f"{scaled:.1f}{sign}" if abs(scaled) < 99.95 else f"{scaled:,.0f}{sign}"
    if abs(value) >= 99.95 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 0.1 else f"{value:.2g}"


def exact(value: float) -> str:
    """At least three figures, all of those before the point: ranks that differ should look different."""
    if abs(value) >= 100 or value == 0:
        return f"{value:,.0f}"
    places = next((p for p, least in enumerate((10, 1, 0.1), start=1) if abs(value) >= least), None)
    return f"{value:.3g}" if places is None else f"{value:.{places}f}"


def dollars(value: float) -> str:
    return f"${value:,.0f}"


def percent(share: float, digits: int = 0) -> str:
    return f"{share * 100:.{digits}f}%"


def signed(value: float) -> str:
    """With its sign, so that what lifted and what lowered differ by more than colour."""
    return f"{value:+.3f}".replace("-", "−")


def moment(at: datetime) -> str:
    at = at.astimezone(UTC)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def day(at: datetime) -> str:
    at = at.astimezone(UTC)
    return f"{at.day} {at:%B %Y}"


def plain(name: str) -> str:
    """``audience_overlap_age_gender`` and ``log_fee`` as words."""
    if name.startswith("log_"):
        return plain(name.removeprefix("log_")) + " (log)"
    return name.replace("_", " ").strip().capitalize()
