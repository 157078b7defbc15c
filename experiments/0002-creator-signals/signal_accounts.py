"""Section ``fake_accounts``: the account models against each other, and the chosen one's calibration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from signal_inputs import Inputs, read_table
from signal_models import CANDIDATES
from signal_settings import Settings
from signal_tests import corrected_resampled_t
from sklearn.model_selection import RepeatedStratifiedKFold

from tastemaker.errors import SourceError
from tastemaker.evaluation import CalibrationBins, auc, calibration_bins, paired_difference
from tastemaker.features import ACCOUNT_FACTS
from tastemaker.progress import Progress

FILE = Path("fake_accounts") / "accounts.parquet"
LEAST = 1e-6


def fake_accounts(inputs: Inputs) -> dict[str, Any]:
    """Every figure of the chosen model and of plain logistic regression; ``holdout_*`` where a holdout is given."""
    settings = inputs.settings
    accounts = read_accounts(inputs.data)
    # Read before the models are tried, so that a fault in it is told at once.
    unseen = None if inputs.holdout is None else read_accounts(inputs.holdout)
    real = ~accounts["is_fake"].to_numpy(dtype=bool)
    predictions = cross_validated(accounts, real, settings, inputs.tell)
    folds = splits(accounts, real, settings)
    losses = {name: log_losses(real, p) for name, p in predictions.items()}
    against = {name: against_baseline(losses, name, folds, settings) for name in CANDIDATES}
    chosen = choose(losses, against, folds, settings)
    baseline = settings.accounts.baseline
    own = {name: _figures(real, predictions[name], settings.accounts.bins) for name in predictions}
    found: dict[str, Any] = {
        **own[chosen],
        **{f"baseline_{key}": value for key, value in own[baseline].items()},
        "chosen": chosen,
        "accounts": len(accounts),
        "fake": int((~real).sum()),
        "chosen_over_baseline": against[chosen],
        "reliability": _table(
            calibration_bins(predictions[chosen].mean(axis=0), real, settings.accounts.bins)
        ),
        "candidates": {name: {**own[name], "over_baseline": against[name]} for name in CANDIDATES},
    }
    if unseen is not None:
        found |= judged_on_holdout(accounts, real, unseen, chosen, settings)
    return found


def read_accounts(folder: Path) -> pd.DataFrame:
    """Raises SourceError where the file, a column, or one of the two kinds of account is missing."""
    accounts = read_table(folder / FILE, [*ACCOUNT_FACTS, "is_fake"])
    if accounts["is_fake"].nunique() != 2:
        raise SourceError(
            f"{folder / FILE}: is_fake is {accounts['is_fake'].iloc[0]} throughout; expected 0 and 1"
        )
    return accounts


def splits(
    accounts: pd.DataFrame, real: np.ndarray, settings: Settings
) -> list[tuple[np.ndarray, np.ndarray]]:
    """(learned from, judged) rows of every fold of every repetition, fakes spread evenly."""
    own = settings.accounts
    division = RepeatedStratifiedKFold(n_splits=own.folds, n_repeats=own.repeats, random_state=settings.seed)
    return list(division.split(accounts, real))


def cross_validated(
    accounts: pd.DataFrame, real: np.ndarray, settings: Settings, tell: Progress
) -> dict[str, np.ndarray]:
    """Candidate -> (repeats, n): the probability that each account is real, by models that never saw it."""
    found = {}
    for done, (name, make) in enumerate(CANDIDATES.items()):
        tell("account models", done, len(CANDIDATES))
        found[name] = np.empty((settings.accounts.repeats, len(real)))
        for number, (known, judged) in enumerate(splits(accounts, real, settings)):
            model = make()
            model.fit(accounts.iloc[known], real[known])
            found[name][number // settings.accounts.folds, judged] = model.probability(accounts.iloc[judged])
    return found


def log_losses(real: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """-ln of the probability given to what was true, each row; probabilities are held within 1e-6 of 0 and 1."""
    held = np.clip(probability, LEAST, 1.0 - LEAST)
    return np.asarray(-np.log(np.where(real, held, 1.0 - held)))


def against_baseline(
    losses: dict[str, np.ndarray],
    name: str,
    folds: list[tuple[np.ndarray, np.ndarray]],
    settings: Settings,
) -> dict[str, Any]:
    """Log-loss minus the baseline's: corrected t-test over folds, and a bootstrap over accounts of mean losses."""
    own, other = losses[name], losses[settings.accounts.baseline]
    drawn = paired_difference(
        own.mean(axis=0), other.mean(axis=0), repetitions=settings.bootstrap, seed=settings.seed
    )
    return {"corrected_t": fold_test(own, other, folds, settings), "bootstrap": drawn.to_json()}


def choose(
    losses: dict[str, np.ndarray],
    against: dict[str, Any],
    folds: list[tuple[np.ndarray, np.ndarray]],
    settings: Settings,
) -> str:
    """The simplest of the candidates that beat the baseline and are not worse than the best of them, by the same test.

    Candidates stand in the order of simplicity. Where none beats the baseline, the baseline.
    """
    own = settings.accounts
    winners = [name for name, test in against.items() if _beats(test["corrected_t"], own.p_to_win)]
    if not winners:
        return own.baseline
    best = losses[min(winners, key=lambda name: float(losses[name].mean()))]
    return next(
        name for name in winners if not _beats(fold_test(best, losses[name], folds, settings), own.p_to_win)
    )


def fold_test(
    a: np.ndarray, b: np.ndarray, folds: list[tuple[np.ndarray, np.ndarray]], settings: Settings
) -> dict[str, Any]:
    """Corrected t-test of the mean of ``a - b``, losses (repeats, n), over all folds."""
    repeat = settings.accounts.folds
    per_fold = [np.mean((a - b)[number // repeat, judged]) for number, (_, judged) in enumerate(folds)]
    return corrected_resampled_t(np.array(per_fold), 1.0 / (repeat - 1))


def _beats(test: dict[str, Any], p: float) -> bool:
    return bool(test["value"] < 0.0 and test["p"] < p)


def judged_on_holdout(
    accounts: pd.DataFrame, real: np.ndarray, unseen: pd.DataFrame, chosen: str, settings: Settings
) -> dict[str, Any]:
    """The chosen model and the baseline, learned from all given accounts, on accounts that nothing was chosen on."""
    truth = ~unseen["is_fake"].to_numpy(dtype=bool)
    said = {}
    for name in (chosen, settings.accounts.baseline):
        model = CANDIDATES[name]()
        model.fit(accounts, real)
        said[name] = model.probability(unseen)[None, :]
    bins = settings.accounts.bins
    own, base = said[chosen], said[settings.accounts.baseline]
    gain = paired_difference(
        log_losses(truth, own[0]),
        log_losses(truth, base[0]),
        repetitions=settings.bootstrap,
        seed=settings.seed,
    )
    return {
        **{f"holdout_{key}": value for key, value in _figures(truth, own, bins).items()},
        **{f"holdout_baseline_{key}": value for key, value in _figures(truth, base, bins).items()},
        "holdout_chosen_over_baseline": gain.to_json(),
        "holdout_accounts": len(unseen),
        "holdout_reliability": _table(calibration_bins(own[0], truth, bins)),
    }


def _figures(real: np.ndarray, predictions: np.ndarray, bins: int) -> dict[str, float]:
    """Means over repetitions; ``ece`` in bins of equal count."""
    return {
        "auc": float(np.mean([auc(p, real) for p in predictions])),
        "ece": float(np.mean([calibration_bins(p, real, bins).error for p in predictions])),
        "log_loss": float(log_losses(real, predictions).mean()),
    }


def _table(bins: CalibrationBins) -> list[dict[str, float]]:
    rows = zip(bins.predicted, bins.realised, bins.count, strict=True)
    return [{"predicted": float(p), "realised": float(r), "accounts": int(n)} for p, r, n in rows]
