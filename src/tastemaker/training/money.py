"""Amounts in US dollars by the rate that was known when the amount was."""

from __future__ import annotations

import pandas as pd


def in_usd(amount: pd.Series, currency: pd.Series, at: pd.Series, fx_rates: pd.DataFrame) -> pd.Series:
    """``amount`` (n,) in US dollars, same index.

    Each amount takes the latest rate of its currency (``fx_rates``: currency, observed_at, usd) that was
    observed at or before ``at``. NaN where amount or currency is unknown or no rate was known by then; US
    dollars need none.
    """
    if amount.empty:
        return amount.astype("float64")
    left = pd.DataFrame({"amount": amount.astype("float64"), "currency": currency.astype("str"), "at": at})
    rates = fx_rates[["currency", "observed_at", "usd"]].astype({"currency": "str"})
    matched = pd.merge_asof(
        left.reset_index(names="row").sort_values("at", kind="stable"),
        rates.sort_values("observed_at", kind="stable"),
        left_on="at",
        right_on="observed_at",
        by="currency",
    ).set_index("row")
    rate = matched["usd"].astype("float64").where(matched["currency"] != "USD", 1.0)
    return (matched["amount"] * rate).reindex(amount.index)
