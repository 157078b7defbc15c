"""The comparison of two fitted rankers on the campaigns that came after both were trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tastemaker.config import Config
from tastemaker.errors import RankingError
from tastemaker.evaluation import (
    CalibrationBins,
    Estimate,
    Slice,
    calibration_bins,
    calibration_change,
    compare_slices,
    mean_interval,
    paired_difference,
)
from tastemaker.evaluation.metrics import Flags, Floats
from tastemaker.ranking import Ranker, realised_value
from tastemaker.training.comparison.replay import replay
from tastemaker.training.comparison.result import Backtest, Calibration, Comparison, Side
from tastemaker.training.judging import curve, ndcg_per_campaign
from tastemaker.training.split import campaign_of

DEPTH = 20
CALIBRATION_DRAWS = 500
KNOWN_SHARE, MOST_WEIGHT = 0.9, 20.0
"""Of those with a result so many need a propensity, or none is used; and no row speaks for more than so many."""


@dataclass(frozen=True)
class Contestant:
    """A side with its ranker, and the features that it declares for the rows of the later campaigns.

    ``pairs``: a row per row of those, in their order; a row that these features do not know is all NaN in
    ``objective``. ``problem``: why there are no features, or why the bundle can not be read; ``ranker`` is None then.
    """

    side: Side
    ranker: Ranker | None
    pairs: pd.DataFrame | None
    problem: str | None = None


def compare_on_later(
    first: Contestant,
    second: Contestant,
    later: pd.DataFrame,
    items: pd.DataFrame,
    facets: Mapping[str, np.ndarray],
    config: Config,
    since: pd.Timestamp | None = None,
) -> Comparison:
    """Backtest, calibration, off-policy values and slices. Exposure and latency are measured on bundles, and added.

    ``later``: examples that came after both were trained, with their labels; ``items``: the table ``decision_items``;
    ``facets``: name -> a label per row. A side that can not be scored leaves these parts out and its reason in
    ``problems``.
    """
    empty = Comparison(
        first.side, second.side, since, _campaigns(later), None, None, None, (), None, None, (), ()
    )
    if later.empty:
        why = "" if since is None else f" from {since:%Y-%m-%d} on"
        return replace(empty, problems=(f"no campaign was decided after both were trained{why}",))
    scores = [_values(contestant) for contestant in (first, second)]
    problems = tuple(str(why) for why in scores if isinstance(why, str))
    values = [score for score in scores if not isinstance(score, str)]
    if problems or len(values) < 2:
        return replace(empty, problems=problems)
    both = np.isfinite(values[0]) & np.isfinite(values[1])
    rows = later[both].reset_index(drop=True)
    a, b = (value[both] for value in values)
    notes = () if both.all() else (_left_out(later, both),)
    labels = {name: known[both] for name, known in facets.items()}
    return replace(
        empty,
        backtest=_backtest(a, b, rows, config),
        calibration=_calibration(first, second, a, b, rows, config),
        replayed=replay(rows, a, b, items, k=config.evaluation.cutoff, seed=config.evaluation.seed),
        slices=_slices(a, b, rows, labels, config),
        notes=notes,
    )


def _values(contestant: Contestant) -> Floats | str:
    """One value a row, NaN where the features do not know it; or why there are none."""
    if contestant.ranker is None or contestant.pairs is None:
        return contestant.problem or f"{contestant.side.name} has no features here"
    known = contestant.pairs["objective"].notna().to_numpy(dtype=bool)
    values = np.full(len(known), np.nan)
    try:
        values[known] = contestant.ranker.value(contestant.pairs[known])
    except RankingError as error:
        return f"{contestant.side.name} can not be judged on today's features: {error}"
    return values


def _backtest(a: Floats, b: Floats, rows: pd.DataFrame, config: Config) -> Backtest | None:
    k, settings = config.evaluation.cutoff, config.evaluation
    ndcg = {name: ndcg_per_campaign(value, rows, k) for name, value in (("first", a), ("second", b))}
    judged = pd.DataFrame(ndcg).dropna()
    if judged.empty:
        return None
    means = [
        mean_interval(judged[name], repetitions=settings.bootstrap, seed=settings.seed) for name in judged
    ]
    gap = paired_difference(
        judged["second"], judged["first"], repetitions=settings.bootstrap, seed=settings.seed
    )
    return Backtest(k, judged, means[0], means[1], gap, (curve(a, rows, DEPTH), curve(b, rows, DEPTH)))


def _calibration(
    first: Contestant, second: Contestant, a: Floats, b: Floats, rows: pd.DataFrame, config: Config
) -> Calibration:
    realised = pd.Series(realised_value(rows))
    mean = realised.groupby(rows["objective"].to_numpy()).transform("mean")
    mean = mean.where(mean > 0)
    gain = (realised / mean).to_numpy(dtype=np.float64)
    promised = [
        (value / mean).to_numpy(dtype=np.float64)
        if side.ranker is not None and side.ranker.calibrated
        else None
        for side, value in ((first, a), (second, b))
    ]
    weight = inverse_propensity(rows, np.isfinite(gain))
    bins = [_bins(part, gain, weight) for part in promised]
    change: Estimate | None = None
    if promised[0] is not None and promised[1] is not None and bins[0] is not None:
        change = calibration_change(
            promised[0],
            promised[1],
            gain,
            campaign_of(rows),
            weight=weight,
            repetitions=min(config.evaluation.bootstrap, CALIBRATION_DRAWS),
            seed=config.evaluation.seed,
        )
    return Calibration(bins[0], bins[1], change, weighted=weight is not None)


def inverse_propensity(rows: pd.DataFrame, judged: Flags) -> Floats | None:
    """1 / P(chosen) (n,), at most ``MOST_WEIGHT`` times that of whom everyone would choose; None where too few of the
    ``judged`` rows have it logged.

    A promise is for whoever could be asked. Those who were chosen do better than their features say, so a model that
    allows for it looks timid among them, and one that does not looks right.
    """
    chance = np.ones(len(rows))
    for name in ("p_shown", "p_chosen"):
        chance = chance * (rows[name].to_numpy(dtype=np.float64) if name in rows else np.nan)
    known = np.isfinite(chance) & (chance > 0.0)
    if not judged.any() or known[judged].mean() < KNOWN_SHARE:
        return None
    weight = np.minimum(1.0 / np.where(known, chance, 1.0), MOST_WEIGHT)
    return np.where(known, weight, np.median(weight[known & judged]))


def _bins(promised: Floats | None, gain: Floats, weight: Floats | None) -> CalibrationBins | None:
    if promised is None or not (np.isfinite(promised) & np.isfinite(gain)).any():
        return None
    return calibration_bins(promised, gain, weight=weight)


def _slices(
    a: Floats, b: Floats, rows: pd.DataFrame, facets: Mapping[str, np.ndarray], config: Config
) -> tuple[Slice, ...]:
    def measure(part: Flags) -> tuple[pd.Series, pd.Series]:
        some = rows[part]
        first, second = (ndcg_per_campaign(v[part], some, config.evaluation.cutoff) for v in (a, b))
        return first, second

    return tuple(
        compare_slices(
            measure,
            facets,
            least=config.promotion.slice_campaigns,
            repetitions=config.evaluation.bootstrap,
            seed=config.evaluation.seed,
        )
    )


def _campaigns(later: pd.DataFrame) -> int:
    return 0 if later.empty else int(campaign_of(later).nunique())


def _left_out(later: pd.DataFrame, both: Flags) -> str:
    gone = int((~both).sum())
    return (
        f"{gone:,} of {len(later):,} considered creators are left out: the features of one of the two did not know"
        " them then"
    )
