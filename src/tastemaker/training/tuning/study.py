"""The study: trials one after the other, ended early where they are weak, gone on with after whatever stopped them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tastemaker.config import Config, Tuning, digest
from tastemaker.errors import RankingError, TrainingError
from tastemaker.evaluation.metrics import Floats
from tastemaker.progress import Progress, silent
from tastemaker.training.tracking import Words
from tastemaker.training.tuning.folds import Fold
from tastemaker.training.tuning.runs import FAILED, KILLED, PRUNED, WHOLE, StudyRuns
from tastemaker.training.tuning.score import fold_scores
from tastemaker.training.tuning.space import Knob, search_space, with_values
from tastemaker.training.tuning.storage import opened_study
from tastemaker.training.tuning.verdict import Tuned, WholeTrial, judge_trials

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.distributions import BaseDistribution
    from optuna.pruners import BasePruner
    from optuna.trial import FrozenTrial

RUN, SCORES, WRONG, STUDY_RUN = "run_id", "scores", "error", "study_run"


@dataclass(frozen=True)
class Place:
    """Where a study is kept: its file, its name there, and MLflow."""

    file: Path
    name: str
    runs: StudyRuns


def tune(
    folds: Sequence[Fold],
    config: Config,
    place: Place,
    *,
    trials: int,
    seconds: float | None = None,
    code: str = "",
    progress: Progress = silent,
) -> Tuned:
    """Goes on with the study at ``place`` until it has ``trials`` ended ones in all, or ``seconds`` have passed.

    The first trial is the configuration as it is. Every other is drawn by Optuna's tree-structured Parzen estimator
    (Bergstra et al. 2011) from a seed made of ``tuning.seed`` and the number of trials that ended before, so a study
    that was killed and gone on with has the trials of one that was not. A trial that was killed has not ended: it
    is marked so, and drawn and judged again. A trial's value is the mean over the campaigns so far of its score less
    the untuned one's, told after every fold; where it is among the lowest ``tuning.pruned_share`` of the whole trials
    there, it is pruned.

    ``code``: digest of the code that scores. Raises TrainingError where the study was begun with other folds,
    settings, ranges or code, and RankingError where the untuned ranker can not be fitted.
    """
    space, started = search_space(config), time.monotonic()
    made_of = {
        "examples": _digest_of(folds),
        "settings": digest(
            config.forecasting, config.ranking, config.training, config.tuning, config.evaluation
        ),
        "ranges": hashlib.sha256(repr(sorted(space.items())).encode()).hexdigest(),
        "code": code,
    }
    with opened_study(place.file, place.name, made_of) as study:
        work = _Work(study, list(folds), config, space, place)
        work.forget_killed()
        while work.ended < trials and (
            seconds is None or time.monotonic() - started < seconds or not work.ended
        ):
            progress("trials", work.ended, trials)
            work.next_trial()
        progress("trials", work.ended, max(trials, work.ended))
        return work.tell()


class _Work:
    """One sitting on a study that is open."""

    def __init__(
        self, study: Study, folds: list[Fold], config: Config, space: dict[str, Knob], place: Place
    ) -> None:
        from optuna.trial import TrialState

        self.study, self.folds, self.config, self.space, self.runs = study, folds, config, space, place.runs
        self.states = TrialState
        study.pruner = _pruner(config.tuning)
        self.distributions: dict[str, BaseDistribution] = {
            name: _distribution(knob) for name, knob in space.items()
        }
        words = Words(
            {"ranker": config.ranking.ranker, "metric": config.tuning.metric, "folds": len(folds)},
            {},
            {"study": place.name},
        )
        self.run_id = place.runs.study(f"tune {place.name}", words, study.user_attrs.get(STUDY_RUN))
        study.set_user_attr(STUDY_RUN, self.run_id)

    @property
    def ended(self) -> int:
        """Trials that came to an end of their own: whole, pruned, or with settings that could not be fitted."""
        return sum(counts for state, counts in self.counts().items() if state != KILLED)

    def counts(self) -> dict[str, int]:
        """Trials by what became of them."""
        found = dict.fromkeys((WHOLE, PRUNED, FAILED, KILLED), 0)
        for trial in self.study.get_trials(deepcopy=False):
            if trial.state is self.states.COMPLETE:
                found[WHOLE] += 1
            elif trial.state is self.states.PRUNED:
                found[PRUNED] += 1
            elif trial.state is self.states.FAIL:
                found[FAILED if WRONG in trial.user_attrs else KILLED] += 1
        return found

    def forget_killed(self) -> None:
        """The file is ours alone: a trial that still runs in it is one whose process is gone."""
        for trial in self.study.get_trials(deepcopy=False, states=(self.states.RUNNING,)):
            self.study.tell(trial.number, state=self.states.FAIL)
            if RUN in trial.user_attrs:
                self.runs.end(trial.user_attrs[RUN], KILLED, {})

    def next_trial(self) -> None:
        """One more, from the draw to the verdict. An interruption ends it as one that was killed."""
        trial = self._drawn()
        run_id = self.runs.trial(self.run_id, trial.number, trial.params)
        trial.set_user_attr(RUN, run_id)
        try:
            self._judge(trial, run_id)
        except RankingError as error:
            if not self._whole():
                self._end(trial, run_id, KILLED)
                raise
            trial.set_user_attr(WRONG, str(error))
            self._end(trial, run_id, FAILED)
        except BaseException:
            self._end(trial, run_id, KILLED)
            raise

    def tell(self) -> Tuned:
        """What was found so far, to the caller and to MLflow."""
        found = [
            WholeTrial(trial.number, dict(trial.params), np.concatenate(trial.user_attrs[SCORES]))
            for trial in self._whole()
        ]
        told = judge_trials(found, self.config, self.study.study_name, self.counts(), self.run_id)
        metrics = {"untuned": told.untuned.value, "best": told.best.value, "bound": told.bound}
        metrics |= {"gain": told.gain.value, "gain.low": told.gain.low, "gain.high": told.gain.high}
        metrics |= {f"trials.{state}": float(count) for state, count in told.counts.items()}
        tags = {"verdict": told.words, "best_trial": str(told.best_trial)}
        self.runs.close(self.run_id, Words({}, metrics, tags))
        return told

    def _drawn(self) -> Trial:
        """The next trial; the untuned where there is none yet."""
        import optuna

        rules, ended = self.config.tuning, self.ended
        if not self._whole() and not self.study.get_trials(deepcopy=False, states=(self.states.WAITING,)):
            self.study.enqueue_trial({name: knob.read(self.config) for name, knob in self.space.items()})
        seed = int(np.random.SeedSequence([rules.seed, ended]).generate_state(1)[0])
        self.study.sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=rules.startup_trials)
        return self.study.ask(self.distributions)

    def _judge(self, trial: Trial, run_id: str) -> None:
        config = with_values(self.config, trial.params)
        whole = self._whole()
        untuned = whole[0].user_attrs[SCORES] if whole else None
        scores: list[Floats] = []
        for step, fold in enumerate(self.folds):
            scores.append(fold_scores(config, fold).to_numpy(dtype=np.float64))
            before = scores if untuned is None else untuned[: step + 1]
            gain = float(np.mean(np.concatenate(scores) - np.concatenate(before)))
            trial.report(gain, step)
            self.runs.fold(run_id, step, {"score": float(scores[-1].mean()), "gain": gain})
            if step + 1 < len(self.folds) and trial.should_prune():
                self._end(trial, run_id, PRUNED)
                return
        trial.set_user_attr(SCORES, [part.tolist() for part in scores])
        self._end(trial, run_id, WHOLE, gain)

    def _end(self, trial: Trial, run_id: str, state: str, value: float | None = None) -> None:
        known = {WHOLE: self.states.COMPLETE, PRUNED: self.states.PRUNED}
        # A trial that was told before what interrupted it stays as it was told.
        self.study.tell(trial, value, state=known.get(state, self.states.FAIL), skip_if_finished=True)
        self.runs.end(run_id, state, {} if value is None else {"value": value})

    def _whole(self) -> list[FrozenTrial]:
        return self.study.get_trials(deepcopy=False, states=(self.states.COMPLETE,))


def _pruner(rules: Tuning) -> BasePruner:
    from optuna.pruners import NopPruner, PercentilePruner

    if rules.pruned_share == 0.0:
        return NopPruner()
    # Optuna's percentile is that of the trials which stay.
    return PercentilePruner(100.0 * (1.0 - rules.pruned_share), n_startup_trials=rules.startup_trials)


def _distribution(knob: Knob) -> BaseDistribution:
    from optuna.distributions import FloatDistribution, IntDistribution

    if knob.whole:
        return IntDistribution(int(knob.low), int(knob.high), log=knob.log)
    return FloatDistribution(float(knob.low), float(knob.high), log=knob.log)


def _digest_of(folds: Sequence[Fold]) -> str:
    """SHA-256 (hex) of what the folds hold, row by row."""
    if not folds:
        raise TrainingError("a study needs a fold to judge trials on; none was given")
    total = hashlib.sha256()
    for fold in folds:
        for part in (fold.train, fold.later):
            total.update(" ".join(map(str, part.columns)).encode())
            total.update(pd.util.hash_pandas_object(part, index=False).to_numpy().tobytes())
    return total.hexdigest()
