"""Currencies of offers and the monthly rates to the US dollar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tastemaker.simulation.clock import MONTH, NOW_DAY, Floats, instants
from tastemaker.simulation.places import CURRENCY
from tastemaker.simulation.writing import Columns, take

_CODES = ("USD", "EUR", "GBP")
_START = np.array([1.0, 1.08, 1.27])


@dataclass(frozen=True)
class Rates:
    """``usd`` (months, 3): dollars for one unit of USD, EUR, GBP from the first of each 30-day month on."""

    usd: Floats

    def per_usd(self, currency: str, day: float) -> float:
        """Units of ``currency`` for one dollar on a day."""
        return float(1.0 / self.usd[int(day // MONTH), _CODES.index(currency)])

    def currency(self, country: str, rng: np.random.Generator) -> str:
        """Mostly dollars; two in five creators of the euro area and of Britain quote in their own money."""
        own = CURRENCY.get(country, "USD")
        return own if rng.random() < 0.4 else "USD"


def draw_rates(rng: np.random.Generator) -> Rates:
    months = int(NOW_DAY // MONTH) + 1
    walk = np.cumsum(rng.normal(0, 0.008, (months, 3)), axis=0) * np.array([0.0, 1.0, 1.0])
    return Rates(np.round(_START * np.exp(walk), 4))


def rate_table(rates: Rates) -> Columns:
    months, kinds = rates.usd.shape
    day, code = np.repeat(np.arange(months) * MONTH, kinds), np.tile(np.arange(kinds), months)
    return {"currency": take(_CODES, code), "observed_at": instants(day), "usd": pa.array(rates.usd.ravel())}
