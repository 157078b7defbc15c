"""What of the examples is watched for drift: the features and briefs of decisions, their answers, their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from tastemaker.config import Monitor
from tastemaker.errors import BriefError
from tastemaker.evaluation.drift import Bins, Cohort, Column, Reference, add_up, fit_bins
from tastemaker.features import OBJECTIVES, PAIR_FEATURES
from tastemaker.forecasting import KPI_COLUMNS
from tastemaker.forecasting.frames import numbers
from tastemaker.ranking import Ranker
from tastemaker.schema import Brief
from tastemaker.schema.tables import PLATFORMS
from tastemaker.sources import Catalogue
from tastemaker.training.fit import feature_weights

DECISIONS, ANSWERS, RESULTS = "decisions", "answers", "results"
SHORTLISTS = "shortlists"
CLOCKS = {DECISIONS: "made_at", ANSWERS: "offered_at", RESULTS: "outcome_at"}
"""Cohort -> when a row of it became known: a period's rows, and what a model could not have seen, go by this."""

CODED = {"objective": tuple(o.value for o in OBJECTIVES), "platform": tuple(PLATFORMS)}
"""Features that are codes of names, and so categories."""

MIX = ("market", "category", "creator_country")
"""Of the briefs and the creators, beside the features: where a change of the business shows by name."""

WEIGHED = 1_000
"""About as many rows say what the scores are made of; more cost time and change little."""

SMALLEST = 1e-300


class Watched(NamedTuple):
    """Rows of one cohort, with the decision and the moment of each."""

    rows: pd.DataFrame
    columns: list[Column]


def with_mix(examples: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """The examples with the columns :data:`MIX`, None where it is not known."""
    decisions = catalogue.table("decisions").select(["decision_id", "brief"]).to_pylist()
    asked = set(examples["decision_id"])
    mixed = {d["decision_id"]: brief_mix(d["brief"]) for d in decisions if d["decision_id"] in asked}
    people = catalogue.table("creators").select(["creator_id", "country"]).to_pylist()
    homes = {row["creator_id"]: row["country"] for row in people}
    pairs = [mixed.get(decision, (None, None)) for decision in examples["decision_id"]]
    return examples.assign(
        market=pd.Series([p[0] for p in pairs], index=examples.index, dtype=object),
        category=pd.Series([p[1] for p in pairs], index=examples.index, dtype=object),
        creator_country=examples["creator_id"].map(homes).astype(object),
    )


def brief_mix(text: str) -> tuple[str | None, str | None]:
    """(first market, category of the brand) of a brief in JSON; None for what it leaves open."""
    try:
        brief = Brief.from_json(text)
    except BriefError:
        return None, None
    return first_market(brief), brief.brand.category


def first_market(brief: Brief) -> str | None:
    """The market named first; without one the country that most of the target audience is from."""
    countries = brief.audience.country
    most = min(countries, key=lambda c: (-countries[c], c)) if countries else None
    return brief.markets[0] if brief.markets else most


def make_reference(
    examples: pd.DataFrame, starts_at: pd.Timestamp, ranker: Ranker, settings: Monitor
) -> Reference:
    """The reference of a ranker fitted on what was known before ``starts_at``.

    ``examples``: all of them, with the columns of :func:`with_mix`. What became known from ``starts_at`` on is held
    out: live rows are compared with it. Earlier rows, back to ``settings.reference_days`` before the latest, tell what
    moves anyway, and the season.
    """
    oldest = examples["made_at"].max() - pd.Timedelta(days=settings.reference_days)
    examples = examples[examples["made_at"] >= oldest]
    held = examples[examples["made_at"] >= starts_at]
    centres = score_centres(held, ranker)
    cohorts, bins = {}, {}
    for name, part in watched(examples, ranker, centres).items():
        held_out = (part.rows[CLOCKS[name]] >= starts_at).to_numpy(dtype=bool)
        basis = held_out if held_out.any() else np.ones(len(held_out), bool)
        bins[name] = fit_bins([column.take(basis) for column in part.columns], settings.bins)
        cohorts[name] = _cohort(name, part, held_out, bins[name])
    sample = held if len(held) else examples
    weights = feature_weights(ranker, sample.iloc[:: 1 + len(sample) // WEIGHED])
    total = float(weights.sum())
    shares = {str(n): float(w) / total if total > 0 else 0.0 for n, w in weights.items()}
    known = dict.fromkeys((*PAIR_FEATURES, *MIX), 0.0)
    return Reference(cohorts, bins, known | shares, centres)


def with_shortlists(reference: Reference, rows: pd.DataFrame, ranker: Ranker, settings: Monitor) -> Reference:
    """The reference with the cohort :data:`SHORTLISTS`: what the ranker put on top for the held-out briefs.

    ``rows``: pair features, the columns :data:`MIX`, decision_id and made_at.
    """
    columns = decision_columns(rows, ranker, reference.centres)
    bins = fit_bins(columns, settings.bins)
    return replace(
        reference,
        cohorts=reference.cohorts
        | {SHORTLISTS: _cohort(SHORTLISTS, Watched(rows, columns), _all(rows), bins)},
        bins=reference.bins | {SHORTLISTS: bins},
    )


def live_shortlists(rows: pd.DataFrame, ranker: Ranker, reference: Reference) -> dict[str, Cohort]:
    """The cohort :data:`SHORTLISTS` of live rows, as in :func:`with_shortlists`; none for a reference without it."""
    if SHORTLISTS not in reference.cohorts:
        return {}
    part = Watched(rows, decision_columns(rows, ranker, reference.centres))
    return {SHORTLISTS: _cohort(SHORTLISTS, part, _all(rows), reference.bins[SHORTLISTS])}


def live_cohorts(
    examples: pd.DataFrame, ranker: Ranker, reference: Reference, since: pd.Timestamp, until: pd.Timestamp
) -> dict[str, Cohort]:
    """The rows of each cohort that became known from ``since`` to before ``until``, in the reference's bins."""
    cohorts = {}
    for name, part in watched(examples, ranker, reference.centres, since, until).items():
        if name in reference.cohorts:
            cohorts[name] = _cohort(name, part, _all(part.rows), reference.bins[name])
    return cohorts


def watched(
    examples: pd.DataFrame,
    ranker: Ranker,
    centres: Mapping[str, float],
    since: pd.Timestamp | None = None,
    until: pd.Timestamp | None = None,
) -> dict[str, Watched]:
    """Cohort -> its rows within the period by its own clock, and the columns that are watched in them."""
    parts = {}
    for name, clock in CLOCKS.items():
        known = examples[clock].notna()
        known &= True if since is None else examples[clock] >= since
        known &= True if until is None else examples[clock] < until
        if name == ANSWERS:
            known &= examples["agreed"].notna()
        elif name == RESULTS:
            known &= examples["mature"].eq(True)
        parts[name] = examples[known]
    return {
        DECISIONS: Watched(parts[DECISIONS], decision_columns(parts[DECISIONS], ranker, centres)),
        ANSWERS: Watched(parts[ANSWERS], _answer_columns(parts[ANSWERS], ranker)),
        RESULTS: Watched(parts[RESULTS], _result_columns(parts[RESULTS], ranker)),
    }


def decision_columns(rows: pd.DataFrame, ranker: Ranker, centres: Mapping[str, float]) -> list[Column]:
    """Features, mix and score of rows with the pair features and the columns :data:`MIX`."""
    columns = [
        Column(name, "number", numbers(rows, name, "examples")) for name in PAIR_FEATURES if name not in CODED
    ]
    for name, names in CODED.items():
        values = [None if np.isnan(c) else names[int(c)] for c in numbers(rows, name, "examples")]
        columns.append(Column(name, "category", np.array(values, dtype=object)))
    for name in MIX:
        values = [v if isinstance(v, str) else None for v in rows[name]]
        columns.append(Column(name, "category", np.array(values, dtype=object)))
    scores = _scores(rows, ranker) - np.array([centres.get(o, np.nan) for o in objective_names(rows)])
    return [*columns, Column("score", "number", scores)]


def score_centres(rows: pd.DataFrame, ranker: Ranker) -> dict[str, float]:
    """Objective -> mean score: values of different objectives have different units."""
    scores = pd.Series(_scores(rows, ranker), dtype="float64")
    means = scores.groupby(np.array(objective_names(rows), dtype=object)).mean()
    return {str(name): float(mean) for name, mean in means.items() if np.isfinite(mean)}


def objective_names(rows: pd.DataFrame) -> list[str]:
    names = CODED["objective"]
    return ["" if np.isnan(c) else names[int(c)] for c in numbers(rows, "objective", "examples")]


def _scores(rows: pd.DataFrame, ranker: Ranker) -> np.ndarray:
    if rows.empty:
        return np.empty(0)
    values = np.asarray(ranker.value(rows), dtype=np.float64)
    return np.log(np.maximum(values, SMALLEST)) if ranker.calibrated else values


def _answer_columns(rows: pd.DataFrame, ranker: Ranker) -> list[Column]:
    agreed, quoted = numbers(rows, "agreed", "examples"), numbers(rows, "quoted", "examples")
    columns = [Column("accepted", "rate", agreed), Column("log_quoted", "number", np.log1p(quoted))]
    if ranker.forecaster is not None:
        columns.append(Column("p_accept", "chance", agreed, _mean(rows, ranker, "accept")))
        columns.append(Column("fee", "amount", quoted, _mean(rows, ranker, "fee")))
    return columns


def _result_columns(rows: pd.DataFrame, ranker: Ranker) -> list[Column]:
    cost = numbers(rows, "cost", "examples")
    own = np.array(objective_names(rows), dtype=object)
    columns = [Column("log_cost", "number", np.log1p(cost))]
    for objective, kpi in zip(CODED["objective"], KPI_COLUMNS, strict=True):
        values = np.where(own == objective, np.log1p(numbers(rows, kpi, "examples")), np.nan)
        columns.append(Column(f"log_{kpi} ({objective})", "number", values))
    if ranker.forecaster is not None:
        for kpi in KPI_COLUMNS:
            values = numbers(rows, kpi, "examples")
            columns.append(Column(kpi, "amount", values, _mean(rows, ranker, kpi)))
        columns.append(Column("cost", "amount", cost, _mean(rows, ranker, "cost")))
    return columns


def _mean(rows: pd.DataFrame, ranker: Ranker, head: str) -> np.ndarray:
    forecaster = ranker.forecaster
    if forecaster is None or rows.empty:
        return np.full(len(rows), np.nan)
    fitted = forecaster.cost_head if head == "cost" else forecaster.heads_[head]
    return fitted.mean(*forecaster.read(rows, "examples"))


def _all(rows: pd.DataFrame) -> np.ndarray:
    return np.ones(len(rows), bool)


def _cohort(name: str, part: Watched, held_out: np.ndarray, bins: Mapping[str, Bins]) -> Cohort:
    moments = part.rows[CLOCKS.get(name, "made_at")].dt.tz_convert("UTC").dt.tz_localize(None)
    at = moments.to_numpy(dtype="datetime64[us]")
    return add_up(part.rows["decision_id"].tolist(), at, held_out, part.columns, bins)
