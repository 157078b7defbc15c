"""What a brief's set is chosen from: creators with each package, their forecasts and their audiences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa

from tastemaker import portfolio as sets
from tastemaker.bundle import Bundle
from tastemaker.engine.finding import creator_rows
from tastemaker.errors import BriefError, PortfolioError, UnknownCreatorError
from tastemaker.features import BriefView, FeatureSnapshot, pair_features, view_brief
from tastemaker.schema import Brief, Deliverable, Objective, SetWish

SMALLEST = "tiny"
"""Fewer followers than the smallest tier begins with."""


@dataclass(frozen=True)
class Offered:
    """The options of a brief. Per option: ``rows`` of the snapshot and ``source``; ``pairs``: features by package."""

    options: sets.Options
    audiences: sets.Audiences
    rows: np.ndarray
    source: list[str]
    packages: list[tuple[Deliverable, ...]]
    pairs: pd.DataFrame
    dropped: int


def budget_of(bundle: Bundle, brief: Brief) -> float:
    if brief.budget is None:
        return float("inf")
    if brief.budget.currency not in bundle.snapshot.fx:
        known = ", ".join(sorted(bundle.snapshot.fx))
        raise BriefError(f"budget: no exchange rate for currency {brief.budget.currency!r}; known: {known}")
    return brief.budget.amount * bundle.snapshot.fx[brief.budget.currency]


def check_sizes(bundle: Bundle, wish: SetWish) -> None:
    known = {*bundle.manifest.config.features.tiers, SMALLEST}
    for i, cap in enumerate(wish.caps):
        if cap.by == "size" and cap.key is not None and cap.key not in known:
            raise BriefError(
                f"portfolio.caps.{i}.key: no size {cap.key!r}; this bundle has: {', '.join(sorted(known))}"
            )


def named(snapshot: FeatureSnapshot, wish: SetWish) -> SetWish:
    """The wish with creators by id, whichever way they were named.

    Raises UnknownCreatorError for a must-have who is not there, BriefError for one who must not be had either.
    """
    creators = snapshot.column("creator_id")
    must = tuple(str(creators[creator_rows(snapshot, name)[0]]) for name in wish.must_have)
    barred = []
    for name in wish.must_not:
        try:
            barred.append(str(creators[creator_rows(snapshot, name)[0]]))
        except UnknownCreatorError:
            barred.append(name)  # who is not there can not be had anyway
    both = sorted(set(must) & set(barred))
    if both:
        raise BriefError(f"portfolio: {both[0]} stands in must_have and in must_not; leave one out")
    return wish.model_copy(update={"must_have": must, "must_not": tuple(barred)})


def offered_for(bundle: Bundle, brief: Brief, wish: SetWish, at: datetime, considered: int) -> Offered:
    forecaster = bundle.ranker.forecaster
    if forecaster is None:
        raise PortfolioError(
            f"the ranker {bundle.ranker.name!r} of bundle {bundle.id} forecasts nothing, and a set is chosen by what it"
            " would bring and cost; serve a bundle with the ranker 'value'"
        )
    view = view_brief(brief, bundle.encoder)
    found = bundle.retriever.retrieve(view, at, considered)
    accounts, source = _with_must_haves(bundle, brief, wish, at, np.asarray(found.rows), list(found.source))
    packages = list(dict.fromkeys(wish.packages)) or [brief.deliverables]
    tables = [_pairs(view, package, bundle, accounts, at) for package in packages]
    pairs = pd.concat(tables, ignore_index=True)
    places = np.tile(np.arange(len(accounts)), len(packages))
    options = _options(bundle, brief, pairs, accounts[places], places, len(accounts))
    known = np.isfinite(options.kpi) & np.isfinite(options.cost)
    kept = np.flatnonzero(known)
    return Offered(
        options.only(kept),
        account_audiences(bundle.snapshot, accounts),
        accounts[places][kept],
        [source[i] for i in places[kept]],
        packages,
        pairs.iloc[kept].reset_index(drop=True),
        int((~known).sum()),
    )


def _pairs(
    view: BriefView, package: tuple[Deliverable, ...], bundle: Bundle, accounts: np.ndarray, at: datetime
) -> pd.DataFrame:
    asked = view.brief.model_copy(update={"deliverables": package})
    pairs = pair_features(replace(view, brief=asked), bundle.snapshot, accounts, at)
    return pairs.assign(creator_id=bundle.snapshot.column("creator_id")[accounts])


def _with_must_haves(
    bundle: Bundle, brief: Brief, wish: SetWish, at: datetime, accounts: np.ndarray, source: list[str]
) -> tuple[np.ndarray, list[str]]:
    """Candidates with every must-have among them, whatever its place. Raises BriefError for one who is not eligible."""
    creators = bundle.snapshot.column("creator_id")
    missing = [name for name in wish.must_have if name not in set(creators[accounts])]
    if not missing:
        return accounts, source
    eligible = bundle.retriever.eligibility.check(brief, at).mask
    for name in missing:
        rows = creator_rows(bundle.snapshot, name)
        lead = rows[eligible[rows]]
        if not len(lead):
            raise BriefError(
                f"portfolio.must_have: {name} does not pass the brief's filters; loosen them, or leave the creator out"
            )
        accounts, source = np.append(accounts, lead[0]), [*source, "must have"]
    return accounts, source


def _options(
    bundle: Bundle, brief: Brief, pairs: pd.DataFrame, rows: np.ndarray, places: np.ndarray, accounts: int
) -> sets.Options:
    forecaster, snapshot = bundle.ranker.forecaster, bundle.snapshot
    assert forecaster is not None
    told = forecaster.forecasts(pairs)
    nothing = np.full(len(pairs), np.nan)
    reach = told.kpi.mean if brief.objective is Objective.AWARENESS else nothing
    if brief.objective not in (Objective.AWARENESS, Objective.CONTENT) and "reach" in told.outcomes:
        reach = told.outcomes["reach"].median
    return sets.Options(
        creator=snapshot.column("creator_id")[rows].astype(str),
        account=places,
        package=np.repeat(np.arange(len(pairs) // max(accounts, 1)), accounts),
        kpi=told.kpi.mean,
        low=told.kpi.low,
        median=told.kpi.median,
        high=told.kpi.high,
        reach=reach,
        p_accept=np.where(np.isfinite(told.p_accept), told.p_accept, 1.0),
        cost=told.cost,
        platform=_texts(snapshot.column("platform")[rows]),
        country=_texts(snapshot.column("country")[rows]),
        niche=_first(_texts(snapshot.column("category")[rows]), _texts(snapshot.column("niche")[rows])),
        size=_sizes(bundle, snapshot.column("followers")[rows]),
        owner=_texts(snapshot.column("owner_id")[rows], ""),
    )


def _sizes(bundle: Bundle, followers: np.ndarray) -> np.ndarray:
    tiers = sorted(bundle.manifest.config.features.tiers.items(), key=lambda tier: tier[1])
    names = np.array([SMALLEST, *(name for name, _ in tiers)])
    place = np.searchsorted([least for _, least in tiers], np.nan_to_num(followers), side="right")
    return np.where(np.isnan(followers), sets.UNKNOWN, names[place])


def _first(texts: np.ndarray, others: np.ndarray) -> np.ndarray:
    return np.where(texts != sets.UNKNOWN, texts, others)


def _texts(column: np.ndarray, unknown: str = sets.UNKNOWN) -> np.ndarray:
    return np.array([unknown if value is None else str(value) for value in column], dtype=str)


def reported_audiences(bundle: Bundle, overlaps: pa.Table) -> sets.Audiences:
    """The audiences of the accounts that overlap reports speak of."""
    named = {name for ids in overlaps.column("account_ids").to_pylist() for name in ids or ()}
    return account_audiences(
        bundle.snapshot, np.flatnonzero(np.isin(bundle.snapshot.column("account_id"), list(named)))
    )


def account_audiences(snapshot: FeatureSnapshot, rows: np.ndarray) -> sets.Audiences:
    """The audiences of ``rows``; chances are against the mean over the catalogue, platform by platform."""
    platform = snapshot.platform_code.astype(np.int64)
    followers = snapshot.column("followers")
    weight = np.bincount(platform, np.nan_to_num(followers), minlength=len(snapshot.platform_audience))
    known = np.where(np.isnan(snapshot.platform_audience), 0.0, weight[:, None])
    total = known.sum(axis=0)
    summed = (known * np.nan_to_num(snapshot.platform_audience)).sum(axis=0)
    return sets.Audiences.of(
        snapshot.column("account_id")[rows].tolist(),
        followers[rows],
        snapshot.column("authenticity")[rows],
        snapshot.audience[rows],
        snapshot.platform_audience[platform[rows]],
        np.divide(summed, total, out=np.full(len(total), np.nan), where=total > 0.0),
    )
