"""Is the best of many trials better than what was there, or only the luckiest?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tastemaker.config import Config
from tastemaker.evaluation import Estimate, mean_interval, paired_difference
from tastemaker.evaluation.metrics import Floats
from tastemaker.training.tuning.space import Settings, differences, with_values

LEVEL = 0.95


@dataclass(frozen=True)
class WholeTrial:
    """A trial that was judged on every fold: its ``scores`` (campaigns,) in the same order for all."""

    number: int
    values: dict[str, float]
    scores: Floats


@dataclass(frozen=True)
class Tuned:
    """What a study has found. ``untuned`` and ``best``: mean score over campaigns; ``gain``: their paired difference.

    ``bound``: the lower bound of the gain that allows for the choice of the best among ``whole`` trials; ``surely``:
    it is above 0. ``settings``: the best trial's, where they differ from the configuration; ``config``: that with them.
    ``counts``: trials by what became of them. ``run_id``: the study's run in MLflow.
    """

    study: str
    metric: str
    campaigns: int
    counts: dict[str, int]
    best_trial: int
    untuned: Estimate
    best: Estimate
    gain: Estimate
    bound: float
    settings: Settings
    config: Config
    run_id: str

    @property
    def surely(self) -> bool:
        """Whether the best settings are better beyond doubt."""
        return bool(self.bound > 0.0)

    @property
    def words(self) -> str:
        """The verdict as a sentence."""
        if not self.settings:
            return "none of the trials was better than the settings that are in place: they stay"
        if self.surely:
            return "the best trial is surely better than the settings in place, the choice among all trials allowed for"
        return (
            "the best trial is not surely better than the settings in place, the choice among all trials allowed for:"
            " they stay"
        )

    def to_json(self) -> dict[str, Any]:
        """Ready for ``json.dumps``."""
        return {
            "study": self.study,
            "metric": self.metric,
            "campaigns": self.campaigns,
            "trials": self.counts,
            "best_trial": self.best_trial,
            "untuned": self.untuned.to_json(),
            "best": self.best.to_json(),
            "gain": self.gain.to_json(),
            "bound": self.bound,
            "surely_better": self.surely,
            "verdict": self.words,
            "settings": self.settings,
            "run_id": self.run_id,
        }


def judge_trials(
    trials: Sequence[WholeTrial], config: Config, study: str, counts: dict[str, int], run_id: str
) -> Tuned:
    """``trials``: the whole ones, the untuned first."""
    means = np.array([trial.scores.mean() for trial in trials])
    best = trials[int(np.argmax(means))]
    rules = {"repetitions": config.evaluation.bootstrap, "seed": config.evaluation.seed}
    tuned = with_values(config, best.values)
    gains = np.array([trial.scores - trials[0].scores for trial in trials[1:]])
    return Tuned(
        study=study,
        metric=config.tuning.metric,
        campaigns=len(best.scores),
        counts=counts,
        best_trial=best.number,
        untuned=mean_interval(trials[0].scores, **rules),
        best=mean_interval(best.scores, **rules),
        gain=paired_difference(best.scores, trials[0].scores, **rules),
        bound=bound_of_best(gains, **rules) if len(gains) else 0.0,
        settings=differences(config, tuned),
        config=tuned,
        run_id=run_id,
    )


def bound_of_best(gains: Floats, *, repetitions: int, seed: int, level: float = LEVEL) -> float:
    """A lower bound of the largest mean of ``gains`` (trials, campaigns) that knows it was chosen for being largest.

    The mean less its standard error times the ``level`` quantile of how many of its own standard errors the luckiest of
    all trials strays above its own mean when campaigns are drawn anew (the reality check of White 2000, in the units
    of Hansen 2005, so that one wild trial does not speak for all). Trials judged on the same campaigns share most of
    their luck, so many like ones cost little more than one. A trial that never differs has no luck, and no say.
    """
    gains = gains[gains.std(axis=1) > 0.0]
    if not len(gains):
        return 0.0
    campaigns = gains.shape[1]
    rng = np.random.default_rng(seed)
    shares = rng.multinomial(campaigns, np.full(campaigns, 1.0 / campaigns), size=repetitions) / campaigns
    means, errors = gains.mean(axis=1), gains.std(axis=1) / np.sqrt(campaigns)
    strays = ((shares @ gains.T - means) / errors).max(axis=1)
    best = int(np.argmax(means))
    return float(means[best] - errors[best] * np.quantile(strays, level))
