"""What an account asks: its own quotes, and quantiles of what peers of its platform, size, niche and country ask.

``quoted_packages`` collects a bucket's quotes, ``gather_quotes`` those of all buckets, ``fit_fees`` fits a model per
moment, ``price_columns`` makes the columns of a snapshot. How well the quantiles hold: ``docs/engagement.md``.
"""

from tastemaker.features.price.columns import price_columns
from tastemaker.features.price.model import LEVELS, FeeModel, fit_fees
from tastemaker.features.price.quotes import gather_quotes, quoted_packages, sample_quotes

__all__ = [
    "LEVELS",
    "FeeModel",
    "fit_fees",
    "gather_quotes",
    "price_columns",
    "quoted_packages",
    "sample_quotes",
]
