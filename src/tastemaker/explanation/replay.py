"""A logged decision made again: the same bit for bit, or exactly what came out otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tastemaker.bundle import Bundle
from tastemaker.engine.answering import Made, Wish, make
from tastemaker.errors import StoreError
from tastemaker.schema import Recommendation, ShownFeatures, Trace

NAMED = 5


@dataclass(frozen=True)
class Difference:
    """``what`` came out otherwise: what the log says and what was made now, in words."""

    what: str
    logged: str
    now: str


@dataclass(frozen=True)
class Replay:
    """``differences`` in the order of the stages: the first is the cause of what follows, if one is."""

    decision_id: str
    bundle: str
    differences: tuple[Difference, ...]

    @property
    def same(self) -> bool:
        return not self.differences

    def to_json(self) -> dict[str, Any]:
        return {"same": self.same, **asdict(self)}


def replay(
    bundle: Bundle, logged: Recommendation, trace: Trace | None, shown: ShownFeatures | None = None
) -> Replay:
    """Makes ``logged`` again from its brief and ``trace`` on ``bundle`` and compares every stage.

    Any difference of a number counts, down to the last bit. ``shown``: the logged features of the shortlist, with
    which a column that differs is told by its values; without them by its digest.

    Another bundle than the one that answered may be given: then that is the first difference. Raises StoreError for a
    decision without a trace, as those are that an earlier version logged.
    """
    if trace is None:
        raise StoreError(
            f"decision {logged.decision_id}: what it was made from was not kept, so it can not be made again; "
            "decisions that this version logs can"
        )
    wish = Wish(trace.at, trace.limit, trace.explore, trace.seed, trace.exact)
    made = make(bundle, logged.brief, wish, logged.decision_id, logged.made_at)
    return Replay(logged.decision_id, bundle.id, tuple(_differences(logged, trace, shown, made)))


def _differences(
    logged: Recommendation, trace: Trace, shown: ShownFeatures | None, made: Made
) -> Iterator[Difference]:
    yield from _plain("bundle", logged.bundle, made.decision.bundle)
    yield from _plain("configuration", trace.config, made.trace.config)
    yield from _plain("ranker", logged.ranker, made.decision.ranker)
    yield from _fields("funnel", logged.funnel.model_dump(), made.decision.funnel.model_dump())
    yield from _considered(trace, made.trace)
    yield from _columns(trace, made.trace)
    if shown is not None:
        yield from _values(shown, made.shown)
    yield from _scores(trace, made.trace)
    yield from _lines(logged, made.decision)
    yield from _plain("test slots", logged.exploration, made.decision.exploration)
    yield from _plain("notes", logged.notes, made.decision.notes)


def _plain(what: str, logged: object, now: object) -> Iterator[Difference]:
    if logged != now:
        yield Difference(what, str(logged), str(now))


def _fields(where: str, logged: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    for name in logged:
        yield from _plain(f"{where}: {name.replace('_', ' ')}", logged[name], now[name])


def _considered(logged: Trace, now: Trace) -> Iterator[Difference]:
    then, new = logged.account_ids, now.account_ids
    if then == new:
        sources = dict(zip(then, logged.sources, strict=True))
        moved = [a for a, source in zip(new, now.sources, strict=True) if sources[a] != source]
        if moved:
            yield Difference(
                "what lifted candidates", f"{len(then)} candidates", f"other for {_named(moved)}"
            )
        return
    lost, found = sorted(set(then) - set(new)), sorted(set(new) - set(then))
    if lost or found:
        yield Difference("candidates", f"{_named(lost)} not found now", f"{_named(found)} not there then")
    else:
        first = next(i for i, (a, b) in enumerate(zip(then, new, strict=True)) if a != b)
        yield Difference("order of candidates", f"place {first + 1}: {then[first]}", new[first])


def _columns(logged: Trace, now: Trace) -> Iterator[Difference]:
    if logged.account_ids != now.account_ids:
        return
    lost, found = sorted(logged.features.keys() - now.features), sorted(now.features.keys() - logged.features)
    if lost or found:
        yield Difference("features", f"{_named(lost)} no longer there", f"{_named(found)} not there then")
    both = [name for name in logged.features if name in now.features]
    other = [name for name in both if logged.features[name] != now.features[name]]
    if other:
        yield Difference("features of the candidates", f"{len(both)} columns", f"other: {_named(other)}")


def _values(logged: ShownFeatures, now: ShownFeatures) -> Iterator[Difference]:
    """By value, for the creators that are on both shortlists."""
    rows = {account: i for i, account in enumerate(now.account_ids)}
    columns = {name: j for j, name in enumerate(now.columns)}
    both = [(i, rows[a]) for i, a in enumerate(logged.account_ids) if a in rows]
    if not both:
        return
    then, new = (np.array(side) for side in zip(*both, strict=True))
    for j, name in enumerate(logged.columns):
        if name not in columns:
            continue
        was, is_ = logged.values[then, j], now.values[new, columns[name]]
        other = np.flatnonzero(~((was == is_) | (np.isnan(was) & np.isnan(is_))))
        if len(other):
            i = int(other[0])
            who = logged.account_ids[int(then[i])]
            yield Difference(
                f"feature {name}: {len(other)} of {len(both)} shown, the first {who}",
                f"{was[i]:g}",
                f"{is_[i]:g}",
            )


def _scores(logged: Trace, now: Trace) -> Iterator[Difference]:
    then = dict(zip(logged.account_ids, logged.scores, strict=True))
    new = dict(zip(now.account_ids, now.scores, strict=True))
    moved = {a: abs(new[a] - then[a]) for a in then if a in new and new[a] != then[a]}
    if moved:
        who = max(moved, key=lambda a: (moved[a], a))
        yield Difference(
            f"scores: {len(moved)} of {len(then)}, the most for {who}", repr(then[who]), repr(new[who])
        )


def _lines(logged: Recommendation, now: Recommendation) -> Iterator[Difference]:
    then, new = ([line.account_id for line in answer.shortlist] for answer in (logged, now))
    if then != new:
        yield Difference("shortlist", _named(then, len(then)), _named(new, len(new)))
        return
    for a, b in zip(logged.shortlist, now.shortlist, strict=True):
        yield from _fields(f"line {a.rank}, {a.account_id}", a.model_dump(), b.model_dump())


def _named(names: Sequence[str], most: int = NAMED) -> str:
    if not names:
        return "none"
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
