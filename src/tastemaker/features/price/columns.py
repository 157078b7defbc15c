"""The columns of a snapshot on price."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from tastemaker.config import Features
from tastemaker.features.bucket import DAY
from tastemaker.features.confidence import confidence
from tastemaker.features.engagement import times
from tastemaker.features.price.design import BASE_KIND, KINDS, Asked, one_of
from tastemaker.features.price.model import FeeModel, asked_by
from tastemaker.features.snapshot import to_numpy

MODEL_QUOTES = 0.5
"""What peers ask is worth half a quote of one's own."""


def price_columns(
    rows: pa.Table,
    quotes: pa.Table,
    model: FeeModel | None,
    expected_engagements: np.ndarray,
    config: Features,
) -> dict[str, pa.Array]:
    """Column -> values for ``fee``, ``fee_basis`` and ``PRICE_COLUMNS``; rows and quotes of one moment.

    ``expected_engagements`` (n,): of one post; ``quotes``: of the bucket (:func:`quoted_packages`); ``model``: None
    where too few are known.
    """
    n, quoted = len(rows), to_numpy(rows.column("quoted"))
    own, count, at = _own(rows, quotes, model)
    made = {f"fee_{name}": np.full(n, np.nan) for name in ("low", "expected", "high", *KINDS[1:])}
    latest = np.full(n, np.nan)
    if model is not None:
        by_kind = {kind: model.quantiles(_one(rows, kind), own, count) for kind in KINDS}
        made |= {f"fee_{kind}": np.exp(found[:, 1]) for kind, found in by_kind.items() if kind != BASE_KIND}
        low, middle, high = np.exp(by_kind[BASE_KIND]).T
        made |= {"fee_low": low, "fee_expected": middle, "fee_high": high}
        latest = np.array([model.latest.get(p, np.nan) for p in rows.column("platform").to_pylist()])
    fee = np.where(np.isnan(quoted), made["fee_expected"], quoted)
    basis = np.where(~np.isnan(quoted), "quotes", np.where(np.isnan(fee), "", "peers")).tolist()
    made["fee"] = fee
    made["fee_standing"] = own / model.spread if model is not None else np.full(n, np.nan)
    made["cost_per_engagement"] = fee / np.where(expected_engagements > 0, expected_engagements, np.nan)
    at = np.where(np.isnan(quoted), np.where(np.isnan(fee), np.nan, latest), at)
    amount = np.where(np.isnan(quoted), MODEL_QUOTES, count + MODEL_QUOTES * ~np.isnan(made["fee_expected"]))
    age = (to_numpy(rows.column("moment")) - at) / DAY
    told = config.confidence.price
    trust = confidence(amount, told.enough, age, told.half_life_days)
    columns = {name: pa.array(values, from_pandas=True) for name, values in made.items()}
    far = np.abs(np.nan_to_num(made["fee_standing"])) > config.fee_far_spreads
    return columns | {
        "fee_basis": pa.array([b or None for b in basis], pa.string()),
        "fee_far": pa.array(far, pa.bool_(), mask=np.isnan(made["fee_standing"])),
        "price_as_of": times(at),
        "price_confidence": pa.array(trust, from_pandas=True),
    }


def _one(rows: pa.Table, kind: str) -> Asked:
    return Asked(
        platform=rows.column("platform").to_pylist(),
        niche=[(c or "").strip().casefold() for c in rows.column("category").to_pylist()],
        country=rows.column("country").to_pylist(),
        log_size=np.log1p(to_numpy(rows.column("followers"))),
        log_reach=to_numpy(rows.column("reach_per_follower_log")),
        counts=one_of(kind, len(rows)),
    )


def _own(
    rows: pa.Table, quotes: pa.Table, model: FeeModel | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per row, of the creator's own quotes: median distance from the model, number, time of the last; NaN for none."""
    found: dict[str, list[tuple[float, int]]] = {}
    level = model.level(asked_by(quotes)) if model is not None else np.full(len(quotes), np.nan)
    apart = to_numpy(quotes.column("log_usd")) - level
    triples = zip(
        quotes.column("creator_id").to_pylist(), apart.tolist(), quotes.column("at").to_pylist(), strict=True
    )
    for creator, distance, at in triples:
        found.setdefault(creator, []).append((distance, at))
    told = {
        creator: (float(np.median([d for d, _ in pairs])), float(len(pairs)), float(max(a for _, a in pairs)))
        for creator, pairs in found.items()
    }
    nothing = (np.nan, 0.0, np.nan)
    own = [told.get(c, nothing) for c in rows.column("creator_id").to_pylist()]
    distance, count, at = np.array(own, dtype=np.float64).reshape(-1, 3).T
    return distance, count, at
