"""The forecaster: what a creator would deliver, ask and answer, with intervals that hold on later campaigns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from tastemaker.config import Forecasting
from tastemaker.errors import RankingError
from tastemaker.features import PAIR_FEATURES
from tastemaker.forecasting.choice import CHOICE_COLUMNS, ChoiceModel, log_propensity
from tastemaker.forecasting.forecast import Forecast, Forecasts
from tastemaker.forecasting.frames import (
    KPI_COLUMNS,
    by_objective,
    feature_matrix,
    in_order,
    later_part,
    numbers,
    require,
)
from tastemaker.forecasting.head import Head
from tastemaker.forecasting.interval import QuantileHead, Quantiles
from tastemaker.forecasting.own import STRANGER, OwnFactor
from tastemaker.forecasting.people import Asked, People, repeated
from tastemaker.forecasting.rows import Rows
from tastemaker.forecasting.saved import read_saved, write_saved
from tastemaker.forecasting.trees import Boosting

FORMAT = 4
FILE = "forecaster.json"
WHERE = "forecaster"
OUTCOMES = ("impressions", "reach", "engagements", "clicks", "conversions")
"""What :meth:`Forecaster.outcomes` tells; all counts."""
ROWS_TO_AVERAGE = 2_000
READ = ("campaign_id", "objective", "agreed", "quoted", "cost", *KPI_COLUMNS)
MEAN, INTERVAL = "mean", "interval"


class Forecaster:
    """LightGBM heads behind one object: a KPI each, the quoted fee, the total cost, and the acceptance.

    Each head is fitted on the earlier campaigns of its own rows and calibrated on the latest ``calibration_share``.
    KPI heads read every reading of their KPI, whatever the campaign was after; the objective is a feature. Where
    decisions logged their propensities, all heads allow for who was chosen (:mod:`tastemaker.forecasting.choice`), and
    a forecast is for everyone who is eligible, not for those whom somebody would have chosen. What a creator's
    results say beyond the features is their own factor of each amount (:mod:`tastemaker.forecasting.own`): frames that
    are asked about name the creator in ``creator_id``; without it everyone is a stranger. After ``fit``,
    ``abstains`` says which head rests on too little evidence, and why. ``intervals=False`` fits the means alone: all
    that a ranker's values need, in two thirds of the time. Such a forecaster can neither tell intervals nor be saved.
    """

    def __init__(
        self,
        config: Forecasting | None = None,
        *,
        columns: Sequence[str] = PAIR_FEATURES,
        calibration_share: float = 0.2,
        seed: int = 0,
        intervals: bool = True,
    ) -> None:
        self.config = config or Forecasting()
        self.columns = tuple(columns)
        self.calibration_share = calibration_share
        self.seed = seed
        self.intervals = intervals

    def fit(self, examples: pd.DataFrame, sample_weight: np.ndarray | None = None) -> Self:
        """``examples``: a row per (decision, creator) considered; ``sample_weight`` (n,), default 1 each. Columns
        ``chosen``, ``p_shown`` and ``p_chosen`` are read where they are there.

        Raises RankingError when a column is missing or no row has an outcome of any KPI.
        """
        require(examples, READ, "examples")
        shuffled = in_order(examples)
        weight = (
            np.ones(len(examples)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        )
        examples, weight = examples.iloc[shuffled], weight[shuffled]
        x = features = feature_matrix(examples, self.columns, "examples")
        objective = numbers(examples, "objective", "examples")
        boosting = self._boosting()
        self.choice_ = ChoiceModel.fit(examples, x, self.columns, boosting, self.calibration_share)
        if self.choice_ is not None:
            x = self.choice_.read(x, log_propensity(examples))
        self.people_ = People.of(examples)
        self.heads_: dict[str, Head] = {}
        self.quantiles_: dict[str, QuantileHead] = {}
        for code, kpi in enumerate(KPI_COLUMNS):
            self._fit_amount(kpi, "log_followers", examples, x, weight, boosting, objective == code, kpi)
        everyone = np.ones(len(examples), bool)
        for count in OUTCOMES:
            if self.intervals and count not in KPI_COLUMNS and count in examples:
                rows = self._rows(examples, x, weight, everyone, count)
                self.quantiles_[count] = self._quantiles("log_followers").fit(rows, boosting)
        self._fit_amount("fee", "log_fee", examples, x, weight, boosting, everyone, "quoted")
        cost = self._rows(examples, x, weight, everyone, "cost")
        self.heads_["cost"] = Head(self._read, "log", "log_fee").fit(cost, boosting)
        if self.heads_["fee"].own_.between > 0.0:
            # More people name a price than are paid one, and it is what differs between them.
            self.heads_["cost"].own_ = self.heads_["fee"].own_
        agreed = self._rows(examples, x, weight, everyone, "agreed")
        self.heads_["accept"] = Head(self._read, "odds").fit(agreed, boosting)
        if self.choice_ is not None:
            some = features[:: max(1, len(x) // ROWS_TO_AVERAGE)]
            for head in (head for head in self.heads_.values() if head.knows):
                head.raise_by(self.choice_.rise(head, some))
        if not any(self.heads_[kpi].knows for kpi in KPI_COLUMNS):
            raise RankingError(
                f"examples: none of the {len(examples)} rows has an outcome: {', '.join(KPI_COLUMNS)} are unknown; "
                "fit needs finished campaigns, without them use the ranker 'content'"
            )
        return self

    @property
    def abstains(self) -> dict[str, str]:
        """Head -> why it is a plain rate or knows nothing: ``{"conversions": "12 readings, fewer than 50"}``."""
        return {name: head.thin_ for name, head in self.heads_.items() if head.thin_ is not None}

    def read(self, pairs: pd.DataFrame, where: str = WHERE) -> Asked:
        """What heads read of ``pairs``: features, ``CHOICE_COLUMNS`` where the choice is allowed for, and who it is."""
        x = feature_matrix(pairs, self.columns, where)
        return Asked(x if self.choice_ is None else self.choice_.read(x), self.people_.codes(pairs))

    def by_feature(self, contributions: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Contributions of the heads (n, read + 1) as contributions of the feature columns (n, columns + 1), the
        baseline last. ``x``: see :meth:`read`."""
        if self.choice_ is None:
            return contributions
        return self.choice_.spread_over(contributions, x[:, : len(self.columns)])

    def forecasts(self, pairs: pd.DataFrame) -> Forecasts:
        """Everything at once: what several of the methods below need is worked out once."""
        asked = self.read(pairs)
        outcomes = self._outcomes(asked)
        return Forecasts(
            kpi=self._kpi(pairs, asked, outcomes),
            fee=self._forecast("fee", asked),
            cost=self.cost_head.mean(*asked),
            p_accept=self.heads_["accept"].mean(*asked),
            outcomes=outcomes,
        )

    def kpi(self, pairs: pd.DataFrame) -> Forecast:
        """Each row's KPI by its own objective (reach, engagements, conversions, rating), given that they accept."""
        return self._kpi(pairs, self.read(pairs), {})

    def outcomes(self, pairs: pd.DataFrame) -> dict[str, Quantiles]:
        """Each of ``OUTCOMES`` that was ever read -> what to expect of it, whatever the objective, given that they
        accept."""
        return self._outcomes(self.read(pairs))

    def fee(self, pairs: pd.DataFrame) -> Forecast:
        """The fee that the creator would quote, in US dollars."""
        return self._forecast("fee", self.read(pairs))

    def cost(self, pairs: pd.DataFrame) -> np.ndarray:
        """Expected total cost (n,) in US dollars: fee and product, given that they accept; the fee if unknown."""
        return self.cost_head.mean(*self.read(pairs))

    def p_accept(self, pairs: pd.DataFrame) -> np.ndarray:
        """Probability (n,) that the creator accepts the offer; NaN when no offer was ever answered."""
        return self.heads_["accept"].mean(*self.read(pairs))

    @property
    def cost_head(self) -> Head:
        """The head of the total cost; that of the fee where no cost was ever recorded."""
        return self.heads_["cost"] if self.heads_["cost"].knows else self.heads_["fee"]

    def left_open(self, pairs: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """How uncertain the log value of each pair is for want of results of the creator (n,), as a standard deviation,
        and how many of their results are known or under way (n,).

        The own factors of KPI and cost are taken to be independent.
        """
        who = self.people_.codes(pairs)
        pending = np.append(self.people_.pending, 0.0)[who]
        known = self.cost_head.own_
        variance, count = known.variance(who, pending), np.zeros(len(who))
        for code, rows in by_objective(pairs, WHERE):
            own = self.heads_[KPI_COLUMNS[code]].own_
            variance[rows] += own.variance(who[rows], pending[rows])
            count[rows] = own.readings(who[rows])
        return np.sqrt(variance), count + pending

    @property
    def tells_apart(self) -> bool:
        """Whether results told creators apart at all: without that nothing can be said of what they leave open."""
        return any(head.own_.between > 0.0 for head in self.heads_.values())

    def gain_shares(self) -> np.ndarray | None:
        """How much each column moves the heads (columns,), the mean over those that read more than one; else None."""
        found = (head.shares() for head in self.heads_.values())
        shares = [share[: len(self.columns)] for share in found if share is not None]
        known = [share / share.sum() for share in shares if share.sum() > 0.0]
        return np.mean(known, axis=0) if known else None

    def save(self, folder: Path) -> None:
        """Writes LightGBM text models and ``forecaster.json`` into ``folder`` (made if absent). Raises RankingError for
        a forecaster without intervals."""
        if not self.intervals:
            raise RankingError(
                f"{folder}: a forecaster without intervals is not saved; fit it with intervals=True"
            )
        folder.mkdir(parents=True, exist_ok=True)
        values = {
            "columns": list(self.columns),
            "config": self.config.model_dump(mode="json"),
            "calibration_share": self.calibration_share,
            "seed": self.seed,
            "choice": None if self.choice_ is None else self.choice_.save(folder),
            "heads": {name: head.save(folder, name) for name, head in self.heads_.items()},
            "quantiles": {name: head.save(folder, name) for name, head in self.quantiles_.items()},
        }
        self.people_.save(folder, {_key(part, name): own for part, name, own in self._factors()})
        write_saved(folder / FILE, values, FORMAT)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Raises RankingError naming the file that is missing, damaged or fitted on other columns."""
        values = read_saved(folder / FILE, FORMAT)
        try:
            made = cls(
                Forecasting.model_validate(values["config"]),
                columns=values["columns"],
                calibration_share=values["calibration_share"],
                seed=values["seed"],
            )
            choice = values["choice"]
            made.choice_ = None if choice is None else ChoiceModel.load(folder, choice, made.columns)
            heads, quantiles = values["heads"], values["quantiles"]
            told = {_key(MEAN, n): v["own"] for n, v in heads.items()}
            told |= {_key(INTERVAL, n): v["own"] for n, v in quantiles.items()}
            made.people_, own = People.load(folder, told)
            made.heads_ = {
                n: Head.load(folder, n, v, made._read, own[_key(MEAN, n)]) for n, v in heads.items()
            }
            level = made.config.interval
            made.quantiles_ = {
                n: QuantileHead.load(folder, n, v, made._read, level, own[_key(INTERVAL, n)])
                for n, v in quantiles.items()
            }
        except (KeyError, TypeError, ValueError) as error:
            raise RankingError(
                f"{folder / FILE}: {error!r} where a saved forecaster was expected; save it again"
            ) from None
        return made

    @property
    def _read(self) -> tuple[str, ...]:
        """The heads' columns."""
        return self.columns if self.choice_ is None else (*self.columns, *CHOICE_COLUMNS)

    def _factors(self) -> Iterator[tuple[str, str, OwnFactor]]:
        for name, head in self.heads_.items():
            yield MEAN, name, head.own_
        for name, quantile in self.quantiles_.items():
            yield INTERVAL, name, quantile.own_

    def _boosting(self) -> Boosting:
        c = self.config
        return Boosting(
            c.rounds,
            c.learning_rate,
            c.leaves,
            c.min_leaf,
            self.seed,
            row_share=c.row_share,
            column_share=c.column_share,
            shrinkage=c.shrinkage,
        )

    def _fit_amount(
        self,
        name: str,
        base: str,
        examples: pd.DataFrame,
        x: np.ndarray,
        weight: np.ndarray,
        boosting: Boosting,
        own: np.ndarray,
        column: str,
    ) -> None:
        rows = self._rows(examples, x, weight, own, column)
        self.heads_[name] = Head(self._read, "log", base).fit(rows, boosting)
        if self.intervals:
            self.quantiles_[name] = self._quantiles(base).fit(rows, boosting)

    def _quantiles(self, base: str) -> QuantileHead:
        return QuantileHead(self._read, base, self.config.interval)

    def _rows(
        self, examples: pd.DataFrame, x: np.ndarray, weight: np.ndarray, own: np.ndarray, column: str
    ) -> Rows:
        y = numbers(examples, column, "examples")
        known = np.isfinite(y)
        if (y[known] < 0).any():
            raise RankingError(f"examples: {column} has {y[known].min():g}; expected amounts of at least 0")
        later = later_part(examples[known], self.calibration_share)
        who = np.where(repeated(examples[known]), STRANGER, self.people_.codes(examples)[known])
        return Rows(x[known], y[known], weight[known], later, own[known], who, len(self.people_))

    def _kpi(self, pairs: pd.DataFrame, asked: Asked, told: dict[str, Quantiles]) -> Forecast:
        out = np.full((4, len(pairs)), np.nan)
        for code, rows in by_objective(pairs, WHERE):
            name = KPI_COLUMNS[code]
            own = asked.only(rows)
            out[0, rows] = self.heads_[name].mean(*own)
            known = told.get(name)
            out[1:, rows] = (
                self.quantiles_[name].quantiles(*own) if known is None else [q[rows] for q in known]
            )
        return Forecast(*out)

    def _outcomes(self, asked: Asked) -> dict[str, Quantiles]:
        return {name: self.quantiles_[name].quantiles(*asked) for name in OUTCOMES if name in self.quantiles_}

    def _forecast(self, name: str, asked: Asked) -> Forecast:
        return Forecast(self.heads_[name].mean(*asked), *self.quantiles_[name].quantiles(*asked))


def _key(part: str, name: str) -> str:
    return f"{part} {name}"
