"""Countries, the languages spoken in them, and who lives where: the demography behind creators and audiences."""

from __future__ import annotations

import numpy as np

from tastemaker.schema.vocabulary import COUNTRIES, LANGUAGES
from tastemaker.simulation.clock import Floats
from tastemaker.simulation.lexicon import TONGUES

# Where creators live, and which of the five languages they post in (share of the country's creators).
HOMES: dict[str, tuple[float, dict[str, float]]] = {
    "US": (0.20, {"en": 0.93, "es": 0.07}),
    "GB": (0.10, {"en": 1.0}),
    "CA": (0.04, {"en": 0.8, "fr": 0.2}),
    "AU": (0.03, {"en": 1.0}),
    "IE": (0.02, {"en": 1.0}),
    "DE": (0.12, {"de": 0.92, "en": 0.08}),
    "AT": (0.02, {"de": 1.0}),
    "CH": (0.02, {"de": 0.65, "fr": 0.35}),
    "FR": (0.11, {"fr": 0.96, "en": 0.04}),
    "BE": (0.015, {"fr": 0.85, "en": 0.15}),
    "ES": (0.09, {"es": 0.96, "en": 0.04}),
    "MX": (0.055, {"es": 1.0}),
    "AR": (0.03, {"es": 1.0}),
    "CO": (0.02, {"es": 1.0}),
    "CL": (0.01, {"es": 1.0}),
    "PE": (0.01, {"es": 1.0}),
    "BR": (0.08, {"pt": 1.0}),
    "PT": (0.03, {"pt": 0.95, "en": 0.05}),
}
CURRENCY = {
    "DE": "EUR",
    "AT": "EUR",
    "FR": "EUR",
    "BE": "EUR",
    "ES": "EUR",
    "PT": "EUR",
    "IE": "EUR",
    "GB": "GBP",
}

_SPOKEN = {
    "AR": {"es": 1.0}, "AT": {"de": 0.9, "en": 0.1}, "AU": {"en": 0.92, "zh": 0.08},
    "BE": {"nl": 0.5, "fr": 0.42, "de": 0.08}, "BR": {"pt": 1.0}, "CA": {"en": 0.75, "fr": 0.25},
    "CH": {"de": 0.6, "fr": 0.25, "it": 0.15}, "CL": {"es": 1.0}, "CO": {"es": 1.0},
    "DE": {"de": 0.88, "tr": 0.06, "en": 0.06}, "EC": {"es": 1.0}, "ES": {"es": 0.95, "en": 0.05},
    "FR": {"fr": 0.94, "ar": 0.06}, "GB": {"en": 0.94, "pl": 0.06}, "IE": {"en": 0.97, "pl": 0.03},
    "IN": {"en": 0.5, "other": 0.5}, "IT": {"it": 1.0}, "MA": {"ar": 0.65, "fr": 0.35}, "MX": {"es": 1.0},
    "NL": {"nl": 0.85, "en": 0.15}, "NZ": {"en": 1.0}, "PE": {"es": 1.0}, "PH": {"en": 0.5, "other": 0.5},
    "PK": {"en": 0.3, "other": 0.7}, "PL": {"pl": 1.0}, "PT": {"pt": 0.96, "en": 0.04},
    "SE": {"en": 0.3, "other": 0.7}, "SG": {"en": 0.7, "zh": 0.3}, "US": {"en": 0.84, "es": 0.16},
    "ZA": {"en": 0.7, "other": 0.3},
    "other": {"en": 0.2, "ru": 0.15, "ja": 0.15, "ko": 0.1, "th": 0.1, "other": 0.3},
}  # fmt: skip
# Follower farms: where bought followers say they live.
_FARMS = {"IN": 0.3, "PK": 0.2, "PH": 0.14, "BR": 0.08, "MA": 0.1, "other": 0.18}
# A reader abroad of each language, and of any.
_WORLD = {"US": 0.3, "IN": 0.1, "GB": 0.1, "BR": 0.07, "MX": 0.06, "DE": 0.06, "FR": 0.05, "other": 0.26}


def vector(shares: dict[str, float], keys: tuple[str, ...]) -> Floats:
    """Shares by key as a row in the order of ``keys``, summing to 1."""
    row = np.array([shares.get(key, 0.0) for key in keys])
    fractions: Floats = row / row.sum()
    return fractions


def home_table() -> tuple[list[str], Floats, Floats]:
    """Countries of creators, their probabilities (c,) and the probability of each tongue there (c, 5)."""
    names = list(HOMES)
    weights = vector({name: HOMES[name][0] for name in names}, tuple(names))
    tongues = np.stack([vector(HOMES[name][1], TONGUES) for name in names])
    return names, weights, tongues


def spoken() -> Floats:
    """Share of each language (columns, ``LANGUAGES``) in each country (rows, ``COUNTRIES``)."""
    return np.stack([vector(_SPOKEN[country], LANGUAGES) for country in COUNTRIES])


def readers() -> Floats:
    """Where readers of each tongue live (5, countries), the world's general public mixed in."""
    world = vector(_WORLD, COUNTRIES)
    rows = []
    for tongue in TONGUES:
        local = vector({c: w * langs.get(tongue, 0.0) for c, (w, langs) in HOMES.items()}, COUNTRIES)
        rows.append(0.7 * local + 0.3 * world)
    return np.stack(rows)


def farms() -> Floats:
    """Countries that bought followers claim (countries,)."""
    return vector(_FARMS, COUNTRIES)
