"""The function behind every outcome: what a creator would deliver for a brief, before noise.

The formula, its constants and its reasons stand in ``docs/simulation.md``. All arrays are one row per creator.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from tastemaker.simulation.clock import Floats, Ints

KIND_REACH = {"post": 1.0, "story": 0.45, "reel": 1.3, "video": 1.2, "blog": 0.4}
KIND_WORK = {"post": 1.0, "story": 0.4, "reel": 1.35, "video": 1.6, "blog": 1.1}

_REACH = np.array([0.22, 0.30, 0.25])
_VIEWS = np.array([1.25, 1.45, 1.35])
_CLICK = np.array([0.020, 0.016, 0.026])
_FEE = np.array([200.0, 165.0, 300.0])

# The offer, as a share of the quote, is log-normal: its five Gauss-Hermite nodes and weights.
_OFFER_MEAN, OFFER_SD = -0.04, 0.12
_NODES, _raw = np.polynomial.hermite_e.hermegauss(5)
_WEIGHTS = _raw / _raw.sum()


@dataclass(frozen=True)
class Situation:
    """What the function sees of a brief and n lead accounts at the time of the decision.

    ``match``: content, 0..1; ``overlap``: Bhattacharyya overlap of target and authentic audience, 0..1; ``fatigue``
    0..1; ``values``: share of the brand's values that the creator shares; ``hidden``: trait times the brand's taste, a
    standard score; ``knows``: 1 where the creator worked for the brand before; ``lines``: (kind, count).
    """

    followers: Floats
    authentic: Floats
    platform: Ints
    engagement: Floats
    quality: Floats
    match: Floats
    overlap: Floats
    fatigue: Floats
    values: Floats
    hidden: Floats
    knows: Floats
    choosy: Floats
    price_factor: Floats
    price: float
    niche_fee: Floats
    lines: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Expected:
    """Expectations at full maturity (30 days), all lines together, given that the creator accepts; money in USD."""

    p_accept: Floats
    fee: Floats
    quote: Floats
    impressions: Floats
    reach: Floats
    engagements: Floats
    clicks: Floats
    conversions: Floats
    revenue: Floats
    content_rating: Floats

    def rows(self, index: Ints) -> Expected:
        return Expected(**{f.name: getattr(self, f.name)[index] for f in fields(self)})


def line_weights(lines: tuple[tuple[str, int], ...], by_kind: dict[str, float]) -> Floats:
    """Weight of each line: a kind's factor, with falling returns in the count."""
    return np.array([by_kind[kind] * count**0.85 for kind, count in lines])


def respond(s: Situation) -> Expected:
    m, o, tired = s.match, s.overlap, s.fatigue
    scale = s.authentic / 1e4
    weight = float(line_weights(s.lines, KIND_REACH).sum())
    reach = s.authentic * _REACH[s.platform] * scale**-0.4 * weight
    reach = reach * np.exp(0.45 * (m - 0.3) + 0.15 * s.quality) * (1 - 0.25 * tired)
    wanted = s.authentic * s.engagement * 0.8 * weight
    wanted = wanted * np.exp(0.9 * (m - 0.3) + 0.9 * (o - 0.6) + 0.25 * s.hidden) * (1 - 0.4 * tired)
    # Nobody engages who was not reached: engagements level off below the reach.
    engagements = reach * (1 - np.exp(-wanted / reach))
    clicks = reach * _CLICK[s.platform] * np.exp(1.2 * (o - 0.6) + 0.7 * (m - 0.3)) * (1 - 0.3 * tired)
    rate = 0.03 * np.exp(
        1.0 * (o - 0.6)
        + 2.0 * (m - 0.3) * (o - 0.3)
        + 0.2 * s.quality
        + 0.3 * s.hidden
        + 0.3 * s.values
        - 0.3 * np.log(s.price / 50)
    )
    rate = rate / (1 + rate / 0.3)
    conversions = clicks * rate
    taste = -0.1 + 0.7 * s.quality + 1.4 * (m - 0.3) + 0.35 * s.hidden + 0.5 * s.values - 0.6 * tired
    p_accept, fee, quote = _terms(s)
    return Expected(
        p_accept=p_accept,
        fee=fee,
        quote=quote,
        impressions=reach * _VIEWS[s.platform],
        reach=reach,
        engagements=engagements,
        clicks=clicks,
        conversions=conversions,
        revenue=conversions * s.price * 1.15,
        content_rating=1 + 4 * _sigmoid(taste),
    )


def standard_fee(followers: Floats, platform: Ints, niche_fee: Floats) -> Floats:
    """USD for one post: about followers^0.72, by platform and niche; at least 30."""
    return np.maximum(_FEE[platform] * (followers / 1e4) ** 0.72 * niche_fee, 30.0)


def will(s: Situation) -> Floats:
    """The log-odds of accepting an offer that meets the quote."""
    big = np.log10(np.maximum(s.followers, 1.0)) - 4.3
    return (
        0.45 + 1.3 * (s.match - 0.3) + 0.8 * s.values + 0.6 * s.knows - 1.2 * s.fatigue - 0.3 * big + s.choosy
    )


def accept(log_odds: Floats, log_ratio: Floats) -> Floats:
    """Probability of accepting an offer of exp(log_ratio) times the quote."""
    return _sigmoid(log_odds + 4.5 * log_ratio)


def offer_ratios(normal: Floats) -> Floats:
    """Standard normal draws to log(offer / quote)."""
    return _OFFER_MEAN + OFFER_SD * normal


def _terms(s: Situation) -> tuple[Floats, Floats, Floats]:
    """(p_accept, fee given acceptance, quote): means over the offers that the brand could make."""
    quote = standard_fee(s.followers, s.platform, s.niche_fee) * np.exp(s.price_factor)
    quote = quote * float(line_weights(s.lines, KIND_WORK).sum())
    ratios = offer_ratios(_NODES)
    odds = will(s)
    chances = np.stack([accept(odds, np.full_like(odds, ratio)) for ratio in ratios])
    p_accept = _WEIGHTS @ chances
    paid = (_WEIGHTS * np.exp(ratios)) @ chances / p_accept
    return p_accept, quote * paid * np.exp(0.5 * QUOTE_SD**2), quote


QUOTE_SD = 0.41
"""Log spread of one creator's quotes from brief to brief, around the personal price."""


def _sigmoid(x: Floats) -> Floats:
    result: Floats = 1.0 / (1.0 + np.exp(-x))
    return result
