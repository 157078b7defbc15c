"""The world's two dials, three levels each: how noisy results are, and how biased the marketer is."""

from __future__ import annotations

from dataclasses import dataclass

from tastemaker import config


@dataclass(frozen=True)
class Noise:
    """``reach``, ``engagement``, ``clicks``: standard deviation of the log of a result around its expectation.

    ``rating``: pseudo-count of the Beta distribution of a content rating (more is steadier).
    ``perception``: how far the marketer's view of fit is off, as a multiple of the medium level.
    """

    reach: float
    engagement: float
    clicks: float
    rating: float
    perception: float


@dataclass(frozen=True)
class Bias:
    """Weights of the marketer's taste for size and fame, per standard deviation among the eligible; fit weighs 0.9."""

    size: float
    fame: float


NOISE = {
    "low": Noise(reach=0.15, engagement=0.12, clicks=0.15, rating=40.0, perception=0.5),
    "medium": Noise(reach=0.35, engagement=0.25, clicks=0.35, rating=16.0, perception=1.0),
    "high": Noise(reach=0.65, engagement=0.45, clicks=0.65, rating=6.0, perception=1.8),
}
BIAS = {
    "low": Bias(size=0.15, fame=0.1),
    "medium": Bias(size=0.8, fame=0.5),
    "high": Bias(size=1.8, fame=1.0),
}


def levels(settings: config.Simulation) -> tuple[Noise, Bias]:
    return NOISE[settings.noise], BIAS[settings.bias]
