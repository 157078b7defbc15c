"""A study on the toy history, small enough to run many times; as a program, one that stops dead in its fourth trial."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
from training_world import toy_history

import tastemaker.training.tuning.study as under_test
from tastemaker.config import Config, load_config
from tastemaker.training import Place, StudyRuns, Tuned, rolling_folds, tune
from tastemaker.training.tuning import Fold, fold_scores

QUICK: dict[str, dict[str, Any]] = {
    "ranking": {"ranker": "lambdamart", "rounds": 10},
    "tuning": {"startup_trials": 2, "pruned_share": 0.5},
    "evaluation": {"bootstrap": 200},
}


def quick_config(**sections: dict[str, Any]) -> Config:
    merged = {name: {**QUICK.get(name, {}), **sections.get(name, {})} for name in {*QUICK, *sections}}
    return load_config(overrides=merged)


def place_in(folder: Path, name: str = "toy") -> Place:
    return Place(folder / "tuning.db", name, StudyRuns(f"sqlite:///{folder / 'mlflow.db'}", "tests"))


def history(seed: int = 0) -> pd.DataFrame:
    return toy_history(campaigns=150, seed=seed)


def run(folder: Path, name: str = "toy", trials: int = 8, **options: Any) -> Tuned:
    config = options.pop("config", None) or quick_config()
    examples = options.pop("examples", None)
    folds = rolling_folds(history() if examples is None else examples, config)
    return tune(folds, config, place_in(folder, name), trials=trials, **options)


def stop_dead(folder: Path, name: str) -> None:
    """Three trials, and the first fold of a fourth."""
    seen = []

    def wait_in_the_fourth(config: Config, fold: Fold) -> pd.Series:
        seen.append(fold.name)
        if seen.count("fold 1") == 4 and fold.name == "fold 2":
            (folder / name).touch()
            time.sleep(600)
        return fold_scores(config, fold)

    under_test.fold_scores = wait_in_the_fourth
    run(folder, name)


if __name__ == "__main__":
    stop_dead(Path(sys.argv[1]), sys.argv[2])
