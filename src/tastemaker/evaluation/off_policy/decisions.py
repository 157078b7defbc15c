"""From the canonical tables to a log: who could be taken, who was, with what probability, and what it brought."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from tastemaker.errors import EvaluationError
from tastemaker.evaluation.metrics import Floats
from tastemaker.evaluation.off_policy.log import ChoiceLog
from tastemaker.schema import Recommendation

KEYS = ["decision_id", "creator_id"]


def log_of_decisions(
    pairs: pd.DataFrame, items: pd.DataFrame, rewards: pd.DataFrame, *, context: Sequence[str] = ()
) -> ChoiceLog:
    """A log of sets, a row per row of ``pairs``, in its order.

    ``pairs``: decision_id, creator_id of everyone whom a policy could take, and the columns named in ``context``.
    ``items``: the table ``decision_items``. P(chosen) is ``p_shown`` x ``p_chosen``, i.e. P(chosen | shown); not
    known where a column or a value is missing, and for who was not shown, of whom no row is kept. ``rewards``:
    decision_id, creator_id, reward; a chosen creator without a row has no known reward (yet): one who declined needs a
    row of 0. Rewards are read for chosen creators only.
    """
    for name, frame, more in (
        ("pairs", pairs, list(context)),
        ("items", items, ["chosen"]),
        ("rewards", rewards, ["reward"]),
    ):
        _require(name, frame, [*KEYS, *more])
    shown = items[[*KEYS, "chosen"]].assign(propensity=_inclusion(items))
    rows = pairs[KEYS].merge(shown, on=KEYS, how="left", validate="one_to_one")
    rows = rows.merge(rewards[[*KEYS, "reward"]], on=KEYS, how="left", validate="one_to_one")
    chosen = rows["chosen"].eq(True).to_numpy(dtype=bool)
    return ChoiceLog.rows(
        rows["decision_id"].to_numpy(dtype=str),
        rows["creator_id"].to_numpy(dtype=str),
        chosen,
        np.where(chosen, rows["reward"].to_numpy(dtype=np.float64, na_value=np.nan), np.nan),
        rows["propensity"].to_numpy(dtype=np.float64, na_value=np.nan),
        context=pairs[list(context)].to_numpy(dtype=np.float64, na_value=np.nan),
    )


def shown_items(answers: Iterable[Recommendation]) -> pd.DataFrame:
    """``decision_items`` of answers of the engine, a row per shown creator, for :func:`log_of_decisions`.

    The choice that is judged is the showing: ``chosen`` is true and ``p_chosen`` 1 for everyone shown. ``p_shown`` is
    what the answer logged; an answer in which nothing was drawn would show the same again: 1.
    """
    rows = [
        {
            "decision_id": answer.decision_id,
            "creator_id": line.creator_id,
            "position": line.rank,
            "p_shown": 1.0 if line.placement is None else line.placement.p_shown,
            "chosen": True,
            "p_chosen": 1.0,
        }
        for answer in answers
        for line in answer.shortlist
    ]
    return pd.DataFrame(
        rows, columns=["decision_id", "creator_id", "position", "p_shown", "chosen", "p_chosen"]
    )


def _inclusion(items: pd.DataFrame) -> Floats:
    product = np.ones(len(items))
    for column in ("p_shown", "p_chosen"):
        known = items[column].to_numpy(dtype=np.float64, na_value=np.nan) if column in items else np.nan
        product = product * known
    return product


def _require(name: str, frame: pd.DataFrame, columns: list[str]) -> None:
    missing = [c for c in columns if c not in frame]
    if missing:
        raise EvaluationError(
            f"{name}: column {', '.join(missing)} is missing; expected {', '.join(columns)}"
        )
    twice = frame.duplicated(KEYS)
    if twice.any():
        decision, creator = frame.loc[twice, KEYS].iloc[0]
        raise EvaluationError(
            f"{name}: creator {creator!r} stands twice in decision {decision!r}; expected once"
        )
