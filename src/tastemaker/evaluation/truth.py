"""Judging orders against the known truth of a simulated marketplace: the only code that reads its ``truth``
folder.

Logged outcomes exist only for the creators whom a marketer chose. The simulation knows what *every* eligible
creator would have brought, so here a ranker answers for the whole list, and luck, bias of the log and
censoring are out of the picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tastemaker.errors import EvaluationError
from tastemaker.evaluation.bootstrap import Estimate, mean_interval, paired_difference
from tastemaker.evaluation.metrics import Floats, discounts
from tastemaker.schema import KPI, Objective

KEYS = ["campaign_id", "creator_id"]
RANDOM, ORACLE = "random", "oracle"
DEPTH = 50
"""Cut-offs 1..50 are reported."""


@dataclass(frozen=True)
class Judgement:
    """How good each order is by one gain. NDCG, 0..1; a row per campaign, a column per order, ``random`` and
    ``oracle`` too.

    ``by_cutoff``: name -> mean NDCG at cut-offs 1..50 (50,). ``strays``: scored pairs that the truth does not
    list as eligible; they take their place in a list and bring nothing.
    """

    gain: str
    cutoff: int
    per_campaign: pd.DataFrame
    by_cutoff: dict[str, Floats]
    strays: int
    repetitions: int
    seed: int

    def estimate(self, name: str) -> Estimate:
        """Mean over campaigns with its 95 % interval."""
        return mean_interval(self._column(name), repetitions=self.repetitions, seed=self.seed)

    def difference(self, name: str, other: str) -> Estimate:
        """``name`` minus ``other`` over the same campaigns, with its 95 % interval."""
        return paired_difference(
            self._column(name), self._column(other), repetitions=self.repetitions, seed=self.seed
        )

    def to_json(self) -> dict[str, object]:
        """Estimates of every order and of its paired difference to every other, ready for ``json.dumps``."""
        names = list(self.per_campaign.columns)
        return {
            "gain": self.gain,
            "cutoff": self.cutoff,
            "campaigns": len(self.per_campaign),
            "strays": self.strays,
            "rows": {name: self.estimate(name).to_json() for name in names},
            "differences": {
                name: {other: self.difference(name, other).to_json() for other in names if other != name}
                for name in names
            },
        }

    def _column(self, name: str) -> Floats:
        if name not in self.per_campaign:
            raise EvaluationError(
                f"no order {name!r} was judged; there are {', '.join(map(str, self.per_campaign))}"
            )
        return self.per_campaign[name].to_numpy(dtype=np.float64)


def read_expected(world: str | Path) -> pd.DataFrame:
    """``truth/expected.parquet`` of the simulated marketplace in ``world``: a row per eligible pair."""
    path = Path(world) / "truth" / "expected.parquet"
    if not path.is_file():
        raise EvaluationError(
            f"{path}: not there; only a marketplace made by the simulation has a known truth"
        )
    return pd.read_parquet(path)


def judge(
    scores: pd.DataFrame,
    expected: pd.DataFrame,
    objectives: Mapping[str, str],
    *,
    cutoff: int = 10,
    repetitions: int = 2_000,
    seed: int = 0,
) -> dict[str, Judgement]:
    """NDCG of each order of ``scores`` by the true gains, over all eligible pairs of the scored campaigns.

    ``scores``: campaign_id, creator_id and one column of scores an order (higher is better; NaN: not ranked,
    last; ties break by creator_id). ``expected``: see :func:`read_expected`; an eligible pair without a score
    stands last. ``objectives``: campaign_id -> objective, which says what KPI counts. The two judgements
    differ in the gain: ``"value"`` is p_accept x KPI / fee (per US dollar), ``"kpi"`` is p_accept x KPI.
    """
    names = [c for c in scores.columns if c not in KEYS]
    pairs, strays = _aligned(scores, expected, names)
    codes, campaigns = pd.factorize(pairs["campaign_id"], sort=True)
    orders = {name: np.lexsort((-pairs[name].to_numpy(dtype=np.float64), codes)) for name in names}
    depth = max(DEPTH, cutoff)
    judgements = {}
    for gain, gains in true_gains(pairs, objectives).items():
        ndcg = _ndcg_by_cutoff(codes, gains, orders, depth)
        judgements[gain] = Judgement(
            gain=gain,
            cutoff=cutoff,
            per_campaign=pd.DataFrame(
                {name: table[:, cutoff - 1] for name, table in ndcg.items()},
                index=pd.Index(campaigns, name=KEYS[0]),
            ),
            by_cutoff={name: _mean_known(table[:, :DEPTH]) for name, table in ndcg.items()},
            strays=strays,
            repetitions=repetitions,
            seed=seed,
        )
    return judgements


def true_gains(pairs: pd.DataFrame, objectives: Mapping[str, str]) -> dict[str, Floats]:
    """``"value"`` and ``"kpi"`` of each row (n,): expected KPI by the campaign's objective, times acceptance;
    per fee.

    Rows without a truth (strays: p_accept is NaN) bring 0. Raises :class:`EvaluationError` for a campaign
    without a known objective or a total cost that is not positive.
    """
    known = pairs["p_accept"].notna().to_numpy()
    kpi = np.full(len(pairs), np.nan)
    objective = pairs["campaign_id"].map(objectives).to_numpy(dtype=object)
    for name in Objective:
        rows = objective == name.value
        kpi[rows] = pairs[KPI[name]].to_numpy(dtype=np.float64)[rows]
    unknown = ~np.isin(objective.astype(str), [o.value for o in Objective])
    if unknown.any():
        raise EvaluationError(
            f"campaign {pairs['campaign_id'][unknown].iloc[0]!r} has objective {objective[unknown][0]!r}; "
            f"known: {', '.join(o.value for o in Objective)}"
        )
    cost = _total_cost(pairs)
    if not (cost[known] > 0).all():
        raise EvaluationError("truth/expected: a total cost is not above 0; value is KPI per US dollar")
    total = np.where(known, pairs["p_accept"].to_numpy(dtype=np.float64) * kpi, 0.0)
    return {"value": np.where(known, total / np.where(known, cost, 1.0), 0.0), "kpi": total}


def _total_cost(pairs: pd.DataFrame) -> Floats:
    """Fee and, where the truth knows one, the product's cost (n,), in US dollars."""
    fee = pairs["fee"].to_numpy(dtype=np.float64)
    return fee + pairs["product_cost"].to_numpy(dtype=np.float64) if "product_cost" in pairs else fee


def _aligned(scores: pd.DataFrame, expected: pd.DataFrame, names: list[str]) -> tuple[pd.DataFrame, int]:
    """Every eligible pair of the scored campaigns and every scored pair, by id, sorted by (campaign,
    creator).
    """
    if not names:
        raise EvaluationError(
            "scores have no column beside campaign_id and creator_id; give one column an order"
        )
    for name, frame in (("scores", scores), ("expected", expected)):
        twice = frame.duplicated(KEYS)
        if twice.any():
            campaign, creator = frame.loc[twice, KEYS].iloc[0]
            raise EvaluationError(
                f"{name}: creator {creator!r} stands twice in campaign {campaign!r}; expected once"
            )
    scored = set(scores["campaign_id"])
    judged = expected[expected["campaign_id"].isin(scored)]
    missing = scored - set(judged["campaign_id"])
    if missing:
        raise EvaluationError(
            f"campaign {min(missing)!r} has no eligible pair in the truth; judge only campaigns it knows"
        )
    pairs = judged.merge(scores, on=KEYS, how="outer", indicator="_side").sort_values(KEYS, ignore_index=True)
    pairs[names] = pairs[names].fillna(-np.inf)
    return pairs, int((pairs["_side"] == "right_only").sum())


def _ndcg_by_cutoff(
    codes: NDArray[np.int64], gains: Floats, orders: Mapping[str, NDArray[np.int64]], depth: int
) -> dict[str, Floats]:
    """Order -> NDCG (n_campaigns, depth), column k - 1 at cut-off k; random in closed form: each place at the
    mean gain.
    """
    weight = discounts(depth)
    starts = np.searchsorted(codes, np.arange(codes.max() + 1))
    size = np.diff(np.append(starts, codes.size))
    ideal = np.cumsum(_shown(np.lexsort((-gains, codes)), codes, starts, gains, depth) * weight, axis=1)
    filled = np.arange(depth) < size[:, None]
    mean = np.add.reduceat(gains, starts) / size
    dcg = {RANDOM: np.cumsum(filled * mean[:, None] * weight, axis=1)}
    for name, order in orders.items():
        dcg[name] = np.cumsum(_shown(order, codes, starts, gains, depth) * weight, axis=1)
    dcg[ORACLE] = ideal
    return {
        name: np.divide(d, ideal, out=np.full(d.shape, np.nan), where=ideal > 0) for name, d in dcg.items()
    }


def _shown(
    order: NDArray[np.int64], codes: NDArray[np.int64], starts: NDArray[np.int64], gains: Floats, depth: int
) -> Floats:
    """Gains of the first ``depth`` places of every campaign (n_campaigns, depth); empty places bring 0."""
    place = (
        np.arange(codes.size) - starts[codes]
    )  # codes are sorted, so the order keeps each campaign's block
    top = place < depth
    table = np.zeros((starts.size, depth))
    table[codes[top], place[top]] = gains[order][top]
    return table


def _mean_known(table: Floats) -> Floats:
    known = table[~np.isnan(table).all(axis=1)]
    return known.mean(axis=0) if known.size else np.full(table.shape[1], np.nan)
