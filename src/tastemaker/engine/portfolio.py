"""A brief to a set: candidates with their packages and forecasts, chosen under the brief's wish, in words."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tastemaker import portfolio as sets
from tastemaker.bundle import Bundle
from tastemaker.engine.offering import Offered, budget_of, check_sizes, named, offered_for, reported_audiences
from tastemaker.engine.shortlist import shortlist
from tastemaker.schema import (
    Brief,
    Change,
    ConstraintPrice,
    CurvePoint,
    Infeasible,
    Objective,
    Outlook,
    Pick,
    Portfolio,
    Reserve,
    SetWish,
    Spread,
    Unique,
)

WIDTH = 1.2816
"""Standard deviations on each side that hold 4 in 5."""


def choose_portfolio(
    bundle: Bundle, brief: Brief, at: datetime, overlaps: pa.Table | None, considered: int
) -> Portfolio:
    """See :meth:`tastemaker.engine.Engine.portfolio`."""
    wish = named(bundle.snapshot, brief.portfolio or SetWish())
    budget = budget_of(bundle, brief)
    check_sizes(bundle, wish)
    offered = offered_for(bundle, brief, wish, at, considered)
    known = None if overlaps is None else overlaps.filter(pc.field("observed_at") <= pa.scalar(at))
    model = (
        sets.OverlapModel()
        if known is None
        else sets.OverlapModel.fit(reported_audiences(bundle, known), known)
    )
    constraints = sets.constraints_of(offered.options, wish, budget)
    answer = Portfolio(
        decision_id=uuid.uuid4().hex,
        made_at=datetime.now(UTC),
        bundle=bundle.id,
        kpi=brief.kpi,
        brief=brief,
        considered=len(np.unique(offered.options.creator)),
        budget=budget if np.isfinite(budget) else None,
        notes=tuple(_notes(bundle, brief, offered, model)),
    )
    plan = sets.make_plan(
        offered.options,
        offered.audiences,
        model,
        constraints,
        risk=wish.risk,
        level=bundle.manifest.config.forecasting.interval,
    )
    if plan is None:
        return answer.model_copy(update={"infeasible": _infeasible(constraints, offered)})
    certain = int((~np.isfinite(offered.options.low[plan.rows])).sum())
    more = (
        f"of {certain} of the set no interval is known: their part of the total is told as if it were certain"
    )
    notes = (*answer.notes, *([more] if certain else []))
    return answer.model_copy(update={**_answered(bundle, offered, plan, model), "notes": notes})


def _answered(
    bundle: Bundle, offered: Offered, plan: sets.Plan, model: sets.OverlapModel
) -> dict[str, object]:
    options, rows = offered.options, plan.rows
    handles = bundle.snapshot.column("handle")
    reserves = []
    for row in rows:
        other, expected = sets.reserve(plan, options, row)
        reserves.append(
            Reserve(
                instead_of=str(options.creator[row]),
                creator_id=None if other is None else str(options.creator[other]),
                handle=None if other is None else str(handles[offered.rows[other]]),
                cost=None if other is None else float(options.cost[other]),
                expected=expected,
            )
        )
    doubled, wrong = plan.total - plan.unique, np.exp(WIDTH * model.spread)
    floor = float((options.kpi * options.p_accept)[rows].max(initial=0.0))
    return {
        "picks": tuple(_picks(bundle, offered, plan)),
        "cost": float(options.cost[rows].sum()),
        "expected": Outlook(**vars(plan.expected)),
        "accepted": Outlook(**vars(plan.accepted)),
        "unique": Unique(
            total=plan.total,
            unique=plan.unique,
            low=max(plan.total - doubled * wrong, floor),
            high=plan.total - doubled / wrong,
            reports=model.reports,
        ),
        "binding": tuple(_prices(offered, plan)),
        "curve": tuple(_curve(plan)),
        "reserves": tuple(reserves),
        "spread": tuple(_spread(name, getattr(options, name)[rows], plan.credit) for name in sets.TRAITS),
    }


def _picks(bundle: Bundle, offered: Offered, plan: sets.Plan) -> Iterator[Pick]:
    options, rows = offered.options, np.array(plan.rows)
    pairs = offered.pairs.iloc[rows].reset_index(drop=True)
    lines = shortlist(
        bundle,
        pairs,
        offered.rows[rows],
        bundle.ranker.value(pairs),
        [offered.source[row] for row in rows],
        bundle.manifest.config.engine.shown_features,
        [None] * len(rows),
    )
    for k, (row, line) in enumerate(zip(rows.tolist(), lines, strict=True)):
        niche = str(options.niche[row])
        yield Pick(
            creator=line,
            package=offered.packages[int(options.package[row])],
            niche=None if niche == sets.UNKNOWN else niche,
            size=str(options.size[row]),
            cost=float(options.cost[row]),
            p_accept=float(options.p_accept[row]),
            credit=float(plan.credit[k]),
            own=float(plan.own[k]),
            alone=float(options.kpi[row] * options.p_accept[row]),
        )


def _prices(offered: Offered, plan: sets.Plan) -> Iterator[ConstraintPrice]:
    for price in sets.constraint_prices(plan.coverage, plan.constraints, plan.rows):
        new = [row for row in price.rows if row not in plan.rows]
        names = tuple(str(offered.options.creator[row]) for row in new)
        yield ConstraintPrice(constraint=price.name, step=price.step, gain=price.gain, comes_in=names)


def _curve(plan: sets.Plan) -> Iterator[CurvePoint]:
    if not np.isfinite(plan.constraints.budget):
        return
    for budget, rows in sets.budget_curve(plan.coverage, plan.constraints, plan.rows):
        yield CurvePoint(
            budget=budget,
            expected=None if rows is None else plan.coverage.value(rows),
            creators=None if rows is None else len(rows),
        )


def _spread(name: str, keys: np.ndarray, credit: np.ndarray) -> Spread:
    whole = max(float(credit.sum()), 1e-12)
    shares = {str(key): float(credit[keys == key].sum() / whole) for key in sorted(set(keys))}
    ordered = dict(sorted(shares.items(), key=lambda item: (-item[1], item[0])))
    return Spread(by=name, shares=ordered, effective=1.0 / max(sum(s * s for s in shares.values()), 1e-12))


def _infeasible(constraints: sets.Constraints, offered: Offered) -> Infeasible:
    creators = len(np.unique(offered.options.creator))
    clash = tuple(sets.clash(constraints))
    changes = tuple(
        Change(constraint=change.name, before=change.before, after=change.after)
        for change in sets.nearest(constraints)
    )
    if not creators and offered.dropped:
        text = f"what any of {offered.dropped} options would bring is not known; train with results of this objective"
        return Infeasible(clash=("forecasts",), nearest=(), text=text)
    if not creators:
        return Infeasible(clash=("filters",), nearest=(), text="nobody passes the filters; loosen them")
    moves = "; ".join(f"{c.constraint}: {c.before:,.6g} to {c.after:,.6g}" for c in changes)
    text = f"no set of the {creators} creators keeps to: {', '.join(clash)}." + (
        f" The nearest brief that one keeps: {moves}"
        if moves
        else " No change of these bounds alone would do"
    )
    return Infeasible(clash=clash, nearest=changes, text=text)


def _notes(bundle: Bundle, brief: Brief, offered: Offered, model: sets.OverlapModel) -> Iterator[str]:
    yield from bundle.manifest.notes
    options = offered.options
    if brief.budget is None:
        yield "the brief has no budget: the set is limited by its size alone"
    if offered.dropped:
        yield f"{offered.dropped} options are left out: what they would bring or cost is not known"
    if brief.objective is Objective.CONTENT:
        yield "content ratings are added up: they have no audience that could overlap"
    elif len(options) and not np.isfinite(options.reach).all():
        unknown = int((~np.isfinite(options.reach)).sum())
        yield f"of {unknown} options the reach is not known: their audiences are taken to overlap with nobody's"
    if model.reports < sets.LEAST_REPORTS:
        yield (
            f"{model.reports or 'no'} overlap reports of two accounts were given: overlaps are modelled from niche,"
            " country, language, age and size, and may be several times larger or smaller"
        )
