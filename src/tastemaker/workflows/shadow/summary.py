"""From compared requests to the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from tastemaker.bundle import Bundle
from tastemaker.evaluation import mean_interval
from tastemaker.workflows.shadow.report import BIASED, Acted, ShadowReport
from tastemaker.workflows.shadow.requests import Request, Requests


class Action(NamedTuple):
    """What was acted on: its place on the list shown, and in the bundle's order of it, from 1; ``found``: 1 where it is
    among the first k of the bundle's own answer, else 0."""

    kind: str
    logged: int
    ours: int
    found: float


class Compared(NamedTuple):
    """One request: measure -> value, see :class:`ShadowReport`."""

    answers: dict[str, float]
    orders: dict[str, float]
    acted: list[Action]


def summarise(
    log: str,
    bundle: Bundle,
    k: int,
    requests: Requests,
    latest: Sequence[Request],
    compared: Sequence[Compared],
) -> ShadowReport:
    """The means over the requests compared, of the ``latest`` that were tried."""
    answers = pd.DataFrame([c.answers for c in compared])
    orders = pd.DataFrame([c.orders for c in compared])
    actions = pd.DataFrame([a for c in compared for a in c.acted], columns=list(Action._fields))
    acted = tuple(_of_kind(str(kind), part) for kind, part in actions.groupby("kind"))
    return ShadowReport(
        bundle=bundle.id,
        log=log,
        k=k,
        logged=requests.logged,
        replayed=len(compared),
        refused=_most_first(requests.refused),
        unreadable=_most_first(requests.unreadable),
        stray=_most_first(requests.stray),
        answers={str(name): mean_interval(answers[name]) for name in answers},
        orders={str(name): mean_interval(orders[name]) for name in orders},
        acted=acted,
        notes=_notes(bundle, requests, latest, acted),
    )


def _of_kind(kind: str, actions: pd.DataFrame) -> Acted:
    moved = np.sign(actions["ours"] - actions["logged"])
    return Acted(
        kind=kind,
        actions=len(actions),
        above=int((moved < 0).sum()),
        same=int((moved == 0).sum()),
        below=int((moved > 0).sum()),
        logged_position=mean_interval(actions["logged"]),
        our_position=mean_interval(actions["ours"]),
        found=mean_interval(actions["found"]),
    )


def _most_first(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _notes(
    bundle: Bundle, requests: Requests, latest: Sequence[Request], acted: tuple[Acted, ...]
) -> tuple[str, ...]:
    notes = []
    as_of = bundle.snapshot.as_of
    early = sum(request.at < as_of for request in latest)
    if early:
        notes.append(
            f"{early} of {len(latest)} requests were made before {as_of:%Y-%m-%d}, up to which the bundle's data goes:"
            " it knows what the other system could not, and may have learned from what came of them"
        )
    if len(latest) < len(requests.listed):
        notes.append(
            f"the latest {len(latest)} of {len(requests.listed)} requests that can be replayed were taken"
        )
    elif requests.cut:
        notes.append(f"the latest {requests.logged} requests were read; the log may hold more")
    if acted:
        notes.append(BIASED)
    return tuple(notes)
