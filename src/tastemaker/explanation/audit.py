"""A logged decision for a person who has to answer for it: what was asked, who was left out where, who was shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from tastemaker.explanation.reasons import reason
from tastemaker.schema import Brief, Candidate, Contribution, Recommendation, Trace

NEXT = 3
"""Creators named who were considered and came next after the shortlist."""


def audit(logged: Recommendation, trace: Trace | None) -> list[str]:
    """Lines of text, every figure from the log alone; what was not kept (``trace`` None) is said to be."""
    return [
        *_head(logged, trace),
        "",
        *_asked(logged.brief),
        "",
        *_stages(logged, trace),
        "",
        *(line for candidate in logged.shortlist for line in _line(candidate, logged.kpi)),
        *_next(logged, trace),
        *(f"note: {note}" for note in logged.notes),
    ]


def _head(logged: Recommendation, trace: Trace | None) -> Iterator[str]:
    yield f"decision {logged.decision_id}, {_when(logged.made_at)}"
    yield f"bundle {logged.bundle}, ranker {logged.ranker}"
    if trace is None:
        yield "what it was made from was not kept; it can not be made again"
        return
    yield f"configuration {trace.config[:16]}; days counted back from {_when(trace.at)}"
    seed = "of the decision's own" if trace.seed is None else str(trace.seed)
    slots = f"test slots asked for, seed {seed}" if trace.explore else "no test slots asked for"
    yield f"at most {trace.limit} creators; {slots}{'; every eligible creator looked at' if trace.exact else ''}"


def _asked(brief: Brief) -> Iterator[str]:
    """All that differs from an empty brief, so that nothing that was asked is left out."""
    yield f"brand: {brief.brand.name}; objective: {brief.objective.value}"
    told = brief.model_dump(mode="json", exclude_defaults=True)
    for name, value in told.items():
        if name != "objective":
            yield f"  {name}: {_worded(value)}"


def _worded(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_worded(part)}" for key, part in value.items())
    if isinstance(value, list):
        return ", ".join(_worded(part) for part in value)
    return str(value)


def _stages(logged: Recommendation, trace: Trace | None) -> Iterator[str]:
    f = logged.funnel
    yield f"{f.creators:,} creators"
    before = f.creators
    for passed in f.filters:
        yield f"  {passed.name}: {before - passed.left:,} left out, {passed.left:,} remain"
        before = passed.left
    missed = "" if not f.missed else f", about {f.missed:.1%} of the best may be missed"
    plan = "" if f.plan is None else f" (plan: {f.plan}{missed})"
    yield f"{f.eligible:,} eligible, {f.retrieved:,} retrieved{plan}, {f.ranked:,} shown"
    if trace is not None:
        yield f"features of {len(trace.account_ids):,} candidates in {len(trace.features)} columns"


def _line(c: Candidate, kpi: str) -> Iterator[str]:
    yield f"{c.rank}. @{c.handle} on {c.platform} ({c.creator_id}), score {c.score:.6g}{_sum(c, kpi)}"
    yield f"   {reason(c, kpi)}"
    if c.placement is not None:
        yield (
            f"   {c.placement.reason}; chance of being shown {c.placement.p_shown:.1%},"
            f" of this place {c.placement.p_place:.1%}"
        )
    if c.features:
        yield f"   moved by: {'; '.join(_moved(part) for part in c.features)}"


def _sum(c: Candidate, kpi: str) -> str:
    """The arithmetic behind the score, where a forecast is."""
    if c.p_accept is None or c.expected_kpi is None or c.expected_cost is None:
        return ""
    return f" = {c.p_accept:.3f} accepts x {c.expected_kpi:,.5g} {kpi.replace('_', ' ')} / ${c.expected_cost:,.2f}"


def _moved(part: Contribution) -> str:
    value = (
        f" {part.value:.4g}"
        if isinstance(part.value, float)
        else ""
        if part.value is None
        else f" {part.value}"
    )
    return f"{part.feature.replace('_', ' ')}{value} {part.contribution:+.3f}"


def _next(logged: Recommendation, trace: Trace | None) -> Iterator[str]:
    if trace is None:
        return
    shown = {line.account_id for line in logged.shortlist}
    rest = [
        (score, account)
        for account, score in zip(trace.account_ids, trace.scores, strict=True)
        if account not in shown
    ]
    if rest:
        best = sorted(rest, key=lambda item: (-item[0], item[1]))[:NEXT]
        yield f"not shown, next by score: {', '.join(f'{account} {score:.6g}' for score, account in best)}"


def _when(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
