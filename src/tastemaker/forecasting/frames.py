"""What forecasters and rankers read from a frame: feature matrices, objectives, and who came later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from tastemaker.errors import RankingError
from tastemaker.schema import KPI, Objective

KPI_COLUMNS: tuple[str, ...] = tuple(KPI[o] for o in Objective)
"""The outcome column of each objective, by the code that the feature ``objective`` carries."""

MIN_CAMPAIGNS = 5


def feature_matrix(frame: pd.DataFrame, columns: Sequence[str], where: str) -> np.ndarray:
    """``frame``'s ``columns`` as float64 (n, len(columns)); NaN is unknown. Raises RankingError naming what lacks."""
    require(frame, columns, where)
    return np.ascontiguousarray(frame.loc[:, list(columns)].to_numpy(dtype=np.float64, na_value=np.nan))


def numbers(frame: pd.DataFrame, column: str, where: str) -> np.ndarray:
    """One column as float64 (n,), NaN where unknown. Raises RankingError when it is absent."""
    return feature_matrix(frame, [column], where)[:, 0]


def require(frame: pd.DataFrame, columns: Sequence[str], where: str) -> None:
    """Raises RankingError naming every one of ``columns`` that ``frame`` lacks."""
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        some = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
        raise RankingError(
            f"{where}: column {some} is missing from a frame with {len(frame.columns)} columns; "
            "use the pair features that it was fitted on, or fit it again with these"
        )


def by_objective(pairs: pd.DataFrame, where: str) -> Iterator[tuple[int, np.ndarray]]:
    """(objective code, rows) of every objective among ``pairs``. Raises RankingError for a code that is none."""
    codes = numbers(pairs, "objective", where)
    known = np.isin(codes, np.arange(len(KPI_COLUMNS)))
    if not known.all():
        row = int(np.flatnonzero(~known)[0])
        names = ", ".join(f"{i} {o.value}" for i, o in enumerate(Objective))
        raise RankingError(f"{where}: row {row}: objective {codes[row]!r} is unknown; the codes are {names}")
    for code in np.unique(codes):
        yield int(code), np.flatnonzero(codes == code)


def in_order(examples: pd.DataFrame) -> np.ndarray:
    """Row positions by (made_at, decision_id, creator_id): a fit does not depend on how its rows were shuffled."""
    require(examples, ["made_at", "decision_id", "creator_id"], "examples")
    made = examples["made_at"].to_numpy(dtype="datetime64[ns]").astype(np.int64)
    return np.lexsort((examples["creator_id"].to_numpy(str), examples["decision_id"].to_numpy(str), made))


def later_part(examples: pd.DataFrame, share: float) -> np.ndarray:
    """True for the rows of the latest ``share`` of campaigns, by when each was first decided (bool, (n,)).

    A decision without a campaign counts as its own. Nothing is later where there are fewer than five campaigns.
    """
    require(examples, ["made_at", "decision_id", "campaign_id"], "examples")
    campaign = examples["campaign_id"].astype(object)
    key = campaign.where(campaign.notna(), examples["decision_id"].astype(object))
    made = examples["made_at"].to_numpy(dtype="datetime64[ns]").astype(np.int64)
    first = pd.DataFrame({"key": key.to_numpy(), "made": made}).groupby("key")["made"].min()
    if len(first) < MIN_CAMPAIGNS:
        return np.zeros(len(examples), bool)
    latest_first = first.index.to_numpy()[np.lexsort((first.index.to_numpy(str), first.to_numpy()))][::-1]
    later = set(latest_first[: int(np.ceil(share * len(first)))])
    return np.array([k in later for k in key], dtype=bool)
