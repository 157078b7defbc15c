"""The section of ``tastemaker tune``: how settings of the ranker are tried; which they are says docs/retraining.md."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, PositiveInt

from tastemaker.config.section import Section


class Tuning(Section):
    """Every trial learns from earlier campaigns of the training's time and is judged on the next, fold by fold."""

    folds: int = Field(
        3, ge=1, le=20, description="stretches of time on which a trial is judged, one after the other"
    )
    first_share: float = Field(
        0.5,
        gt=0.0,
        lt=1.0,
        description="of the training's campaigns, its earliest, that the first fold learns from",
    )
    metric: Literal["information", "ndcg"] = Field(
        "information",
        description="information: nats by which a campaign's split of value is foretold better than as even; ndcg: of"
        " the order, at evaluation.cutoff",
    )
    startup_trials: PositiveInt = Field(
        8, description="whole trials before one is pruned, and random draws before the sampler learns"
    )
    pruned_share: float = Field(
        0.25,
        ge=0.0,
        lt=1.0,
        description="a trial ends at a fold where it is below this quantile of the whole ones; 0: none does",
    )
    seed: int = Field(0, ge=0, description="same seed, same trials")
