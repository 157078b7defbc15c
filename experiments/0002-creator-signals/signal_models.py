"""The models that compete for the probability that an account is real: name -> a fresh one, simplest first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import lightgbm as lgb
import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF, ConstantKernel
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, PolynomialFeatures, StandardScaler

from tastemaker.features import ACCOUNT_FACTS, AccountAuthenticity


class AccountModel(Protocol):
    """Learns from labelled accounts and answers with the probability (n,) that each is real."""

    def fit(self, accounts: pd.DataFrame, real: np.ndarray) -> object: ...
    def probability(self, accounts: pd.DataFrame) -> np.ndarray: ...


class Plain:
    """A scikit-learn classifier as an account model."""

    def __init__(self, classifier: Any) -> None:
        self.classifier = classifier

    def fit(self, accounts: pd.DataFrame, real: np.ndarray) -> object:
        self.classifier.fit(_columns(accounts), real)
        return self

    def probability(self, accounts: pd.DataFrame) -> np.ndarray:
        return np.asarray(self.classifier.predict_proba(_columns(accounts))[:, 1])


class Mean:
    """The mean of what several models say."""

    def __init__(self, *models: AccountModel) -> None:
        self.models = models

    def fit(self, accounts: pd.DataFrame, real: np.ndarray) -> object:
        for model in self.models:
            model.fit(accounts, real)
        return self

    def probability(self, accounts: pd.DataFrame) -> np.ndarray:
        return np.mean([model.probability(accounts) for model in self.models], axis=0)


def _columns(accounts: pd.DataFrame) -> np.ndarray:
    return accounts[list(ACCOUNT_FACTS)].to_numpy(dtype=np.float64)


def _ratio(x: np.ndarray) -> np.ndarray:
    """The logarithms and, beside them, ln((1 + following) / (1 + followers))."""
    logs = np.log1p(x)
    return np.column_stack([logs, logs[:, 1] - logs[:, 0]])


def _logistic(*steps: Any, strength: float = 1.0) -> Plain:
    return Plain(make_pipeline(*steps, LogisticRegression(C=strength, max_iter=5_000)))


def _lightgbm() -> Any:
    return lgb.LGBMClassifier(
        n_estimators=120, learning_rate=0.05, num_leaves=6, min_child_samples=10, reg_lambda=3.0, subsample=0.8,
        subsample_freq=1, colsample_bytree=0.6, random_state=0, n_jobs=1, verbose=-1,
    )  # fmt: skip


def _gaussian_process() -> Plain:
    kernel = ConstantKernel(25.0) * RBF(5.0)
    classifier = GaussianProcessClassifier(kernel, optimizer=None)
    return Plain(make_pipeline(FunctionTransformer(np.log1p), StandardScaler(), classifier))


CANDIDATES: dict[str, Callable[[], AccountModel]] = {
    # Plain logistic regression, on the counts as they are and on their logarithms.
    "logistic_raw": lambda: _logistic(StandardScaler()),
    "logistic": lambda: _logistic(FunctionTransformer(np.log1p), StandardScaler()),
    "logistic_ratio": lambda: _logistic(FunctionTransformer(_ratio), StandardScaler()),
    "logistic_products": lambda: _logistic(
        FunctionTransformer(np.log1p),
        StandardScaler(),
        PolynomialFeatures(2, include_bias=False),
        strength=0.1,
    ),
    "curves": AccountAuthenticity,
    "curves_weak_penalty": lambda: AccountAuthenticity(strength=3.0),
    "curves_5_knots": lambda: AccountAuthenticity(knot_count=5),
    "gaussian_process": _gaussian_process,
    "random_forest": lambda: Plain(RandomForestClassifier(100, min_samples_leaf=2, random_state=0, n_jobs=1)),
    "hist_boosting": lambda: Plain(
        HistGradientBoostingClassifier(
            max_iter=60, learning_rate=0.07, max_leaf_nodes=6, l2_regularization=3.0, random_state=0
        )
    ),
    "lightgbm": lambda: Plain(_lightgbm()),
    "lightgbm_sigmoid": lambda: Plain(CalibratedClassifierCV(_lightgbm(), method="sigmoid", cv=3)),
    "lightgbm_isotonic": lambda: Plain(CalibratedClassifierCV(_lightgbm(), method="isotonic", cv=3)),
    "curves_and_lightgbm": lambda: Mean(AccountAuthenticity(), Plain(_lightgbm())),
    "curves_and_gaussian_process": lambda: Mean(AccountAuthenticity(), _gaussian_process()),
}
