"""What a trial is judged by: a number a campaign, from what became of those who were chosen.

A log tells results of the chosen alone, and these are noisy: a creator's realised value is the expected one times luck.
Two scores of an order among the chosen are offered; both compare creators of one campaign with each other, so that
neither a campaign's level nor what made it choose better creators than others counts.

``ndcg`` asks for the order by luck and all, and is a step function of the scores. ``information`` is the
cross-entropy between the shares of the campaign's value that its creators brought and those that were foretold
(the listwise likelihood of Cao et al. 2007, with values in place of grades), above that of even shares: it
moves with every change of a forecast, so it tells apart what NDCG can not. A pilot holds both against the truth:
experiments/0008-tuning.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tastemaker.config import Config
from tastemaker.evaluation.metrics import Floats
from tastemaker.ranking import make_ranker
from tastemaker.training.judging import judged_campaigns, ndcg_per_campaign
from tastemaker.training.tuning.folds import Fold

LEAST = 1e-300
"""Below it a value has no logarithm."""


def fold_scores(config: Config, fold: Fold) -> pd.Series:
    """Campaign -> score by ``tuning.metric`` of the configured ranker, fitted on the fold's earlier campaigns.

    Which campaigns have one is a matter of their results alone: it is the same for all settings.
    """
    ranker = make_ranker(config.ranking.ranker, config, intervals=False).fit(fold.train)
    values = ranker.value(fold.later)
    if config.tuning.metric == "ndcg":
        return ndcg_per_campaign(values, fold.later, config.evaluation.cutoff).dropna()
    return information(values, fold.later)


def information(values: Floats, examples: pd.DataFrame) -> pd.Series:
    """Campaign -> sum over its n creators with a known result of ``share x ln(n x foretold share)``, in nats.

    ``values`` (n,): foretold, 0 or more. 0 is an even split, or one no better; the most that can be reached is the gap
    of the realised split's entropy to that of an even one. Campaigns that brought nothing are left out.
    """
    found = {}
    for campaign, part in judged_campaigns(np.log(np.maximum(values, LEAST)), examples):
        gain = part["gain"].to_numpy(dtype=np.float64)
        if gain.sum() > 0.0:
            told = part["value"].to_numpy(dtype=np.float64)
            log_share = told - told.max() - np.log(np.exp(told - told.max()).sum())
            found[campaign] = float(gain / gain.sum() @ (log_share + np.log(len(gain))))
    return pd.Series(found, dtype="float64")
