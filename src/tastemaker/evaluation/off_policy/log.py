"""What was decided and what came of it: the log that a new policy is judged on, one row a candidate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tastemaker.errors import EvaluationError
from tastemaker.evaluation.metrics import Flags, Floats

Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True)
class ChoiceLog:
    """Logged choices. All arrays are one row (n,) per candidate of a slot of a decision, ``context`` (n, d).

    ``decision``, ``item``, ``slot``: codes from 0 up; a decision without ranked places has one slot, 0, however many it
    chose. ``cluster``: what shares its luck, by default the decision; rows of one cluster are never counted as
    independent. ``chosen``: whether the log took this candidate here. ``reward``: what it brought, any unit; read only
    where chosen, NaN: not known (yet). ``propensity``: P(chosen), in 0..1, as the log's policy had it, over its own
    randomness; NaN: not logged. ``sequential``: the same given what stood at the earlier slots; only the assumptions
    ``cascade`` and ``whole`` need it, and with one slot it is the propensity.

    Three designs fit: one choice a decision (:meth:`single`), a ranking of k (:meth:`ranked`), and independent coins, a
    set of any size (the constructor itself, or :func:`log_of_decisions`).
    """

    decision: Ints
    item: Ints
    chosen: Flags
    reward: Floats
    propensity: Floats
    slot: Ints
    cluster: Ints
    context: Floats
    sequential: Floats | None = None

    def __post_init__(self) -> None:
        n = len(self.decision)
        for name in ("item", "chosen", "reward", "propensity", "slot", "cluster", "context", "sequential"):
            values = getattr(self, name)
            if values is not None and len(values) != n:
                raise EvaluationError(
                    f"log: {len(values)} values of {name} for {n} rows of decision; give one each"
                )
        if not n:
            raise EvaluationError("log: no rows; expected one per candidate of a decision")
        for name in ("propensity", "sequential"):
            require_probabilities(f"log: {name}", getattr(self, name))

    @property
    def decisions(self) -> int:
        """How many different decisions there are."""
        return len(np.unique(self.decision))

    @classmethod
    def rows(
        cls,
        decision: ArrayLike,
        item: ArrayLike,
        chosen: ArrayLike,
        reward: ArrayLike,
        propensity: ArrayLike,
        *,
        slot: ArrayLike | None = None,
        cluster: ArrayLike | None = None,
        context: ArrayLike | None = None,
        sequential: ArrayLike | None = None,
    ) -> Self:
        """A log of plain columns (n,). Ids of any kind become codes in sorted order; see the class for meanings."""
        codes = _codes(decision)
        n = len(codes)
        return cls(
            decision=codes,
            item=_codes(item),
            chosen=np.asarray(chosen, dtype=bool),
            reward=np.asarray(reward, dtype=np.float64),
            propensity=np.asarray(propensity, dtype=np.float64),
            slot=np.zeros(n, dtype=np.int64) if slot is None else np.asarray(slot, dtype=np.int64),
            cluster=codes if cluster is None else _codes(cluster),
            context=np.zeros((n, 0)) if context is None else np.asarray(context, dtype=np.float64),
            sequential=None if sequential is None else np.asarray(sequential, dtype=np.float64),
        )

    @classmethod
    def single(
        cls,
        chosen: ArrayLike,
        reward: ArrayLike,
        propensity: ArrayLike,
        candidates: int,
        *,
        cluster: ArrayLike | None = None,
        context: ArrayLike | None = None,
    ) -> Self:
        """One choice a decision. ``chosen``, ``reward`` (D,); ``propensity`` of the chosen (D,) or of every candidate
        (D, A); ``context`` (D, A, d). Row D * A of the log is candidate a of decision d at d * A + a.
        """
        picked, gained = np.asarray(chosen), np.asarray(reward)
        extra = {} if context is None else {"context": np.asarray(context)[:, None]}
        p = np.asarray(propensity, dtype=np.float64)
        return cls.ranked(picked[:, None], gained[:, None], p[:, None], candidates, cluster=cluster, **extra)

    @classmethod
    def ranked(
        cls,
        chosen: ArrayLike,
        reward: ArrayLike,
        propensity: ArrayLike,
        candidates: int,
        *,
        sequential: ArrayLike | None = None,
        cluster: ArrayLike | None = None,
        context: ArrayLike | None = None,
    ) -> Self:
        """A ranking of k a decision. ``chosen``, ``reward`` (D, k): the candidate at each slot and what it brought.

        ``propensity``: P(candidate at slot), of the chosen (D, k) or of every candidate (D, k, A); ``sequential``
        likewise, given the earlier slots; ``context`` (D, k, A, d); ``cluster`` (D,). Rows are in C order of (D, k, A).
        """
        picked = np.asarray(chosen, dtype=np.int64)
        if picked.size and (picked.min() < 0 or picked.max() >= candidates):
            raise EvaluationError(
                f"log: chosen candidates {picked.min()}..{picked.max()}; expected codes from 0 to {candidates - 1}"
            )
        shape = (*picked.shape, candidates)
        decision, slot, item = (axis.ravel() for axis in np.indices(shape))
        flags = np.arange(candidates) == picked[..., None]
        return cls.rows(
            decision,
            item,
            flags.ravel(),
            _spread(np.asarray(reward, dtype=np.float64), flags, "reward").ravel(),
            _spread(np.asarray(propensity, dtype=np.float64), flags, "propensity").ravel(),
            slot=slot,
            cluster=None if cluster is None else _codes(cluster)[decision],
            context=None if context is None else np.asarray(context).reshape(flags.size, -1),
            sequential=None
            if sequential is None
            else _spread(np.asarray(sequential, dtype=np.float64), flags, "sequential").ravel(),
        )


def require_probabilities(what: str, values: Floats | None) -> None:
    """NaN (unknown) or within 0..1, else an :class:`EvaluationError`."""
    if values is None:
        return
    bad = np.flatnonzero((values < 0) | (values > 1 + 1e-9))
    if len(bad):
        raise EvaluationError(
            f"{what}, row {bad[0]}: {values[bad[0]]:g} is outside 0..1; give probabilities, not odds or percent"
        )


def _codes(ids: ArrayLike) -> Ints:
    return np.unique(np.asarray(ids), return_inverse=True)[1].astype(np.int64).ravel()


def _spread(values: Floats, flags: Flags, name: str) -> Floats:
    """Values of the chosen (D, k) put at their rows of (D, k, A), NaN elsewhere; (D, k, A) as they are."""
    if values.shape == flags.shape:
        return values
    if values.shape != flags.shape[:-1]:
        raise EvaluationError(
            f"log: {name} has shape {values.shape}; expected {flags.shape[:-1]} (of the chosen) or {flags.shape}"
        )
    return np.where(flags, values[..., None], np.nan)
