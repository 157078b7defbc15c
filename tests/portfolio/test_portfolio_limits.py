"""What constraints cost, which of them clash, and the nearest brief that can be kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_sets import all_sets, small_problem

from tastemaker.portfolio import (
    Constraints,
    Coverage,
    Limit,
    Required,
    budget_curve,
    cheapest,
    choose,
    clash,
    constraint_prices,
    nearest,
)


def test_prices_say_what_one_step_would_add() -> None:
    coverage = Coverage.dense(np.diag([5.0, 4.0, 3.0]))
    constraints = Constraints(
        np.ones(3), budget=2.0, most=2, limits=(Limit("at most 1 of size nano", np.array([0, 1]), 1),)
    )
    rows = choose(coverage, constraints)
    assert rows is not None
    assert sorted(rows) == [0, 2]
    prices = {price.name: price for price in constraint_prices(coverage, constraints, rows)}
    assert prices["at most 1 of size nano"].gain == pytest.approx(1.0)
    assert prices["at most 1 of size nano"].rows == (0, 1) or set(prices["at most 1 of size nano"].rows) == {
        0,
        1,
    }
    assert prices["size, at most"].gain == 0.0, "the budget would still bind"
    assert prices["budget"].gain == 0.0, "a tenth more buys nobody"


def test_must_have_and_must_not_have_a_price() -> None:
    coverage = Coverage.dense(np.diag([5.0, 4.0, 1.0]))
    constraints = Constraints(
        np.ones(3),
        budget=2.0,
        most=2,
        limits=(Limit("must not have a", np.array([0]), 0),),
        required=(Required("must have c", np.array([2])),),
    )
    prices = {p.name: p.gain for p in constraint_prices(coverage, constraints, [2, 1])}
    assert prices["must not have a"] == pytest.approx(1.0)
    assert prices["must have c"] == pytest.approx(0.0), "without it 4 is all there is, and c fits still"


def test_more_budget_never_brings_less() -> None:
    coverage, constraints = small_problem(2)
    rows = choose(coverage, constraints)
    assert rows is not None
    curve = budget_curve(coverage, constraints, rows)
    values = [coverage.value(found) for _, found in curve if found is not None]
    assert values == sorted(values)
    assert (constraints.budget, rows) in curve
    for budget, found in curve:
        assert found is None or constraints.with_budget(budget).holds(found)


def test_nothing_clashes_where_a_set_keeps_all() -> None:
    _, constraints = small_problem(2)
    assert cheapest(constraints) is not None
    assert clash(constraints) == []
    assert nearest(constraints) == []


def test_clash_is_minimal() -> None:
    """Two of three creators who cost 4, 5 and 6, for 8: size and budget clash, the cap is not in it."""
    constraints = Constraints(
        np.array([4.0, 5.0, 6.0]),
        budget=8.0,
        least=2,
        most=3,
        limits=(Limit("at most 2 of platform tiktok", np.arange(3), 2),),
    )
    assert set(clash(constraints)) == {"budget", "size, at least"}
    assert [(c.name, c.before, pytest.approx(c.after)) for c in nearest(constraints)] == [
        ("size, at least", 2.0, 1.0)
    ]


def test_nearest_takes_the_shorter_way() -> None:
    """One creator fewer is a step; so are ten hundredths of the budget, of which one is missing here."""
    constraints = Constraints(np.array([4.0, 5.0]), budget=8.9, least=2, most=3)
    (change,) = nearest(constraints)
    assert change.name == "budget"
    assert change.after == pytest.approx(9.0, abs=1e-3)


def test_must_haves_of_one_owner_clash() -> None:
    constraints = Constraints(
        np.ones(3),
        most=3,
        limits=(Limit("one of owner o", np.array([0, 1]), 1),),
        required=(Required("must have a", np.array([0])), Required("must have b", np.array([1]))),
    )
    assert set(clash(constraints)) == {"one of owner o", "must have a", "must have b"}
    assert [(c.name, c.after) for c in nearest(constraints)] == [("one of owner o", 2.0)]


@pytest.mark.parametrize("seed", range(12))
def test_every_clash_is_needed_and_the_changes_suffice(seed: int) -> None:
    _, constraints = small_problem(seed)
    tight = replace(constraints, budget=constraints.budget * 0.2, least=3)
    if all_sets(tight):
        assert clash(tight) == []
        return
    assert clash(tight)
    changed = tight
    for change in nearest(tight):
        if change.name == "budget":
            changed = replace(changed, budget=change.after * (1 + 1e-6))
        elif change.name == "size, at least":
            changed = replace(changed, least=int(change.after))
        elif change.name.startswith("topic"):
            limits = tuple(
                replace(k, most=int(change.after)) if k.name == change.name else k for k in changed.limits
            )
            changed = replace(changed, limits=limits)
        else:
            changed = replace(changed, required=())
    assert all_sets(changed)


def test_no_options_have_no_nearest() -> None:
    nobody = Constraints(np.empty(0), budget=1.0)
    assert cheapest(nobody) is None
    assert clash(nobody) == ["size, at least"]
    assert nearest(nobody) == []


def test_two_must_haves_of_whom_one_is_not_for_sale_are_no_set() -> None:
    coverage, constraints = small_problem(2)
    nobody = Required("must have nobody", np.array([], dtype=np.int64))
    asked = replace(constraints, required=(Required("must have c", np.array([2])), nobody))
    assert choose(coverage, asked) is None
    assert cheapest(asked) is None


def test_prices_are_of_the_mean_whatever_set_was_chosen_for_its_risk() -> None:
    """A set below the best mean: the limits as they are would give the difference for nothing."""
    coverage, constraints = small_problem(2)
    best = choose(coverage, constraints)
    assert best is not None
    poorer = best[:-1]
    told, usual = (
        {p.name: p.gain for p in constraint_prices(coverage, constraints, rows)} for rows in (poorer, best)
    )
    for name in told.keys() & usual.keys():
        assert told[name] <= usual[name] + 1e-9
