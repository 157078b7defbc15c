"""The later campaigns on which two models are compared, with what their rows are cut by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from tastemaker.features.engagement import tier_of
from tastemaker.schema.tables import PLATFORMS
from tastemaker.sources import Catalogue
from tastemaker.training.split import campaign_of
from tastemaker.training.watching import with_mix

BELOW = "below all"


def later_rows(examples: pd.DataFrame, since: pd.Timestamp | None) -> pd.DataFrame:
    """The examples of campaigns that were first decided at ``since`` or after it (None: all), with a new index."""
    if since is None or examples.empty:
        return examples.reset_index(drop=True)
    campaign = campaign_of(examples)
    begun = examples.groupby(campaign)["made_at"].transform("min")
    return examples[begun >= since].reset_index(drop=True)


def facets_of(
    later: pd.DataFrame, examples: pd.DataFrame, catalogue: Catalogue, tiers: Mapping[str, int]
) -> dict[str, np.ndarray]:
    """Facet -> the label of each row of ``later`` (n,), None where it is not known.

    platform and size (by followers, as known then) of the account that stands for the creator; the country the creator
    lives in; ``brand``: new where the brand asked for the first time in these campaigns; ``creator``: new where nobody
    had chosen them before. ``examples``: all of them, those before too.
    """
    start = later["made_at"].min()
    before = examples[examples["made_at"] < start]
    chosen = set(before.loc[before["chosen"].to_numpy(dtype=bool), "creator_id"])
    brands = _brand_of_decision(catalogue)
    known = {brands.get(decision) for decision in before["decision_id"].unique()}
    homes = with_mix(later, catalogue)["creator_country"]
    asked = [brands.get(decision) for decision in later["decision_id"]]
    return {
        "platform": _labels(_platform(code) for code in later["platform"]),
        "size": _labels(size_of(np.expm1(size), tiers) for size in later["log_followers"]),
        "country": _labels(home if isinstance(home, str) else None for home in homes),
        "brand": _labels(None if b is None else ("known" if b in known else "new") for b in asked),
        "creator": _labels("known" if c in chosen else "new" for c in later["creator_id"]),
    }


def size_of(followers: float | None, tiers: Mapping[str, int]) -> str | None:
    """The name of the tier, :data:`BELOW` under the least of them; None where the number is not known."""
    if followers is None or np.isnan(followers):
        return None
    return tier_of(round(followers), tiers) or BELOW


def _platform(code: float) -> str | None:
    return None if np.isnan(code) else PLATFORMS[int(code)]


def _brand_of_decision(catalogue: Catalogue) -> dict[str, str]:
    campaigns = catalogue.table("campaigns").select(["campaign_id", "brand_id"]).to_pylist()
    brand = {row["campaign_id"]: row["brand_id"] for row in campaigns}
    decisions = catalogue.table("decisions").select(["decision_id", "campaign_id"]).to_pylist()
    return {d["decision_id"]: brand[d["campaign_id"]] for d in decisions if d["campaign_id"] in brand}


def _labels(values: Iterable[str | None]) -> np.ndarray:
    listed = list(values)
    out = np.empty(len(listed), dtype=object)
    out[:] = listed
    return out
