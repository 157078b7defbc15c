"""Section ``authenticity_simulated``: the shipped weights on marketplaces that they were not learned from."""

from __future__ import annotations

from typing import Any

import numpy as np
from fraud_worlds import CONTAINS, KINDS, OWN, FraudWorld, fraud_world, joined
from scipy import stats
from signal_inputs import Inputs
from signal_settings import FraudSettings

from tastemaker.evaluation import CalibrationBins, auc, calibration_bins
from tastemaker.features.authenticity import AuthenticityModel, shipped_model
from tastemaker.progress import Progress

HALF_HIDDEN = 0.5


def authenticity_simulated(inputs: Inputs) -> dict[str, Any]:
    """AUC over all planted kinds, kind by kind, and on each kind that a model never saw; who is flagged; calibration.

    An interval is that of the mean over the judged worlds (Student's t). Flagged: below the weights' own threshold.
    """
    settings = inputs.settings.frauds.small() if inputs.quick else inputs.settings.frauds
    learned = joined(worlds(settings.train_seeds, settings, inputs.tell, "fraud worlds to learn from"))
    judged = worlds(settings.test_seeds, settings, inputs.tell, "fraud worlds to judge on")
    model, base_rate = shipped_model(), float(1.0 - learned.real.mean())
    doubt = [1.0 - p for p in (model.probability(w.standings, base_rate) for w in judged)]
    limit = 1.0 - model.threshold(base_rate)
    unseen = unseen_kinds(learned, judged)
    hidden = [_half_hidden(w, seed) for w, seed in zip(judged, settings.test_seeds, strict=True)]
    return {
        "auc": over_worlds([_auc(d, w, KINDS) for d, w in zip(doubt, judged, strict=True)]),
        "auc_own_kinds": over_worlds([_auc(d, w, OWN) for d, w in zip(doubt, judged, strict=True)]),
        "unseen_fraud_auc": over_worlds(list(np.mean([u["by_seed"] for u in unseen.values()], axis=0))),
        "unseen_fraud_worst_auc": min(u["value"] for u in unseen.values()),
        "unseen_by_kind": unseen,
        "honest_flagged": over_worlds(
            [_share(d[w.real] > limit) for d, w in zip(doubt, judged, strict=True)]
        ),
        "by_kind": {kind: _of_kind(kind, doubt, judged, limit) for kind in KINDS},
        "calibration": _calibration(doubt, judged, settings.bins),
        "calibration_half_hidden": _calibration(
            [1.0 - model.probability(w.standings, base_rate) for w in hidden], hidden, settings.bins
        ),
        "threshold": model.threshold(base_rate),
        "base_rate": base_rate,
        "accounts": sum(len(w) for w in judged),
        "unknown": over_worlds([_share(np.isnan(d)) for d in doubt]),
        "seeds": {
            "learned": list(settings.train_seeds),
            "judged": list(settings.test_seeds),
            "weights": model.about.get("seeds"),
        },
    }


def worlds(seeds: tuple[int, ...], settings: FraudSettings, tell: Progress, what: str) -> list[FraudWorld]:
    found = []
    for i, seed in enumerate(seeds):
        found.append(fraud_world(seed, settings))
        tell(what, i + 1, len(seeds))
    return found


def unseen_kinds(learned: FraudWorld, judged: list[FraudWorld]) -> dict[str, dict[str, Any]]:
    """Kind -> AUC of it against honest accounts, by a model learned from worlds without any account of that kind."""
    found = {}
    for kind, inside in CONTAINS.items():
        known = learned.where(~np.isin(learned.kind, inside))
        model = AuthenticityModel.fit(known.standings, known.real)
        scores = [1.0 - model.probability(w.standings, 0.5) for w in judged]
        found[kind] = over_worlds([_auc(s, w, inside) for s, w in zip(scores, judged, strict=True)])
    return found


def over_worlds(values: list[float]) -> dict[str, Any]:
    """Mean over worlds, its 95 % interval (None for a single world) and the values."""
    n, mean = len(values), float(np.mean(values))
    reach = float(stats.t.ppf(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n)) if n > 1 else None
    ci = None if reach is None else [mean - reach, mean + reach]
    return {"value": mean, "ci95": ci, "by_seed": [float(v) for v in values]}


def _auc(doubt: np.ndarray, world: FraudWorld, kinds: tuple[str, ...]) -> float:
    """Accounts without a probability count as even."""
    among = world.real | np.isin(world.kind, kinds)
    return float(auc(np.nan_to_num(doubt[among], nan=0.5), ~world.real[among]))


def _of_kind(kind: str, doubt: list[np.ndarray], judged: list[FraudWorld], limit: float) -> dict[str, Any]:
    pairs = list(zip(doubt, judged, strict=True))
    return {
        "auc": over_worlds([_auc(d, w, (kind,)) for d, w in pairs]),
        "flagged": over_worlds([_share(d[w.kind == kind] > limit) for d, w in pairs]),
        "accounts": int(sum((w.kind == kind).sum() for w in judged)),
    }


def _calibration(doubt: list[np.ndarray], judged: list[FraudWorld], bins: int) -> dict[str, Any]:
    """Of 1 - authenticity against the share that is fraudulent, in bins of equal count over all judged worlds."""
    found: CalibrationBins = calibration_bins(
        np.concatenate(doubt), np.concatenate([(~w.real).astype(float) for w in judged]), bins
    )
    rows = zip(found.predicted, found.realised, found.count, strict=True)
    return {
        "ece": found.error,
        "reliability": [
            {"predicted": float(p), "realised": float(r), "accounts": int(n)} for p, r, n in rows
        ],
    }


def _half_hidden(world: FraudWorld, seed: int) -> FraudWorld:
    """The same accounts with half of what is known of each, drawn at random, taken away."""
    rng = np.random.default_rng([seed, 3])
    shown = {
        name: np.where(rng.random(len(values)) < HALF_HIDDEN, np.nan, values)
        for name, values in world.standings.items()
    }
    return FraudWorld(shown, world.kind)


def _share(flags: np.ndarray) -> float:
    return float(np.mean(flags)) if len(flags) else float("nan")
