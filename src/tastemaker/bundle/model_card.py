"""A bundle's model card: what it is, what it learned from, how it was judged, what it is not for.

Headings after Mitchell et al. (2019), Model Cards for Model Reporting. Every figure is one that the bundle's own
reports or parts hold; what was not measured is left out, and what is unknown is said to be.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tastemaker.features import PAIR_MEANINGS, FeatureSnapshot
from tastemaker.ranking import Ranker

FORMAT = 1

RANKERS: dict[str, str] = {
    "popularity": "orders by followers, whatever the brief",
    "content": "orders by content similarity and audience fit; nothing was learned from outcomes",
    "linear": "Tweedie regression of the realised value on standardised features",
    "value": "p(accept) x E[KPI | accepted] / E[total cost], each head learned from past campaigns",
    "lambdamart": "LightGBM lambdarank on graded past outcomes, calibrated to the value",
    "lightgbm_file": "a LightGBM model made elsewhere, served as it came",
    "onnx_file": "an ONNX model made elsewhere, served as it came",
}

INTENDED_USE = (
    "ordering creators for a brand's brief, for a person who reviews the list before anyone is contacted",
    "planning reach, cost and acceptance of a campaign from the forecasts shown, where the ranker has any",
)
NOT_FOR = (
    "judging a person's character, honesty or worth: signals of authenticity and safety are evidence about accounts",
    "decisions on employment, credit, insurance or housing",
    "contacting or refusing creators without a person's review",
)
LIMITS = (
    "outcomes exist only for creators whom somebody chose; what is said of others rests on how alike they are",
    "what is unknown of a creator is a missing value, never zero, and makes what is said of them less sure",
    "what was measured is of past campaigns; markets, platforms and audiences move on",
)
COUNTED = ("campaigns.train", "campaigns.holdout", "campaigns.judged", "examples.train")


def model_card(
    *,
    snapshot: FeatureSnapshot,
    ranker: Ranker,
    data_digest: str,
    notes: tuple[str, ...],
    reports: Mapping[str, Any],
    register: Mapping[str, Any],
) -> dict[str, Any]:
    """The card as JSON's own types. The same bundle gives the same card, whenever it is written."""
    training = reports.get("training")
    metrics: Mapping[str, float] = training["metrics"] if training else {}
    weights: Mapping[str, float] = training.get("feature_weights", {}) if training else {}
    return {
        "format": FORMAT,
        "model": {
            "ranker": ranker.name,
            "what": RANKERS.get(ranker.name, "a ranker of this installation"),
            "score_is_the_value": ranker.calibrated,
            "explains_itself": ranker.explains,
            "forecasts": ranker.forecaster is not None,
            "imported": reports.get("imported"),
        },
        "data": {
            "digest": data_digest,
            "as_of": snapshot.as_of.isoformat(),
            "accounts": len(snapshot),
            "creators": len(set(snapshot.table.column("creator_id").to_pylist())),
            "encoder": snapshot.encoder_id,
        },
        "learned_from": {name: int(metrics[name]) for name in COUNTED if name in metrics} or None,
        "measured": _measured(metrics),
        "not_fitted": dict(training.get("skipped", {})) if training else {},
        "intended_use": list(INTENDED_USE),
        "not_for": list(NOT_FOR),
        "limits": [*LIMITS, *dict.fromkeys((*notes, *ranker.notes))],
        "features": [_feature(name, weights) for name in ranker.columns],
        "data_sources": {
            "tables": len(register.get("tables", {})),
            "not_declared": list(register.get("not_declared", [])),
        },
    }


def _measured(metrics: Mapping[str, float]) -> list[dict[str, Any]]:
    """Each metric of the training report with its 95 % bounds, where it has some."""
    bounds = (".low", ".high")
    return [
        {"name": name, "value": value, "low": metrics.get(f"{name}.low"), "high": metrics.get(f"{name}.high")}
        for name, value in sorted(metrics.items())
        if name not in COUNTED and not name.endswith(bounds)
    ]


def _feature(name: str, weights: Mapping[str, float]) -> dict[str, Any]:
    return {
        "name": name,
        "meaning": PAIR_MEANINGS.get(name, "not described"),
        "mean_absolute_contribution": weights.get(name),
    }
