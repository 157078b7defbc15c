from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tastemaker.training.registry.reigns import crowned, restored, until_now


def test_the_succession_follows_promotions_and_rollbacks() -> None:
    reigns = crowned(crowned(crowned([], None, "1"), "1", "2"), "2", "3")
    assert reigns == ["1", "2", "3"]
    back = restored(reigns, "3", {"1", "2", "3"})
    assert back == ["1", "2"]
    assert crowned(back, "2", "4") == ["1", "2", "4"]
    assert restored(["1"], "1", {"1"}) == []


def test_a_rollback_that_was_cut_off_before_it_was_written_is_not_taken_further_back() -> None:
    """The alias says 2 again, the list still ends with 3: what comes after 2 does not count."""
    assert until_now(["1", "2", "3"], "2") == ["1", "2"]
    assert crowned(["1", "2", "3"], "2", "4") == ["1", "2", "4"]


@given(st.lists(st.sampled_from(["promote", "back"]), max_size=30))
def test_rollbacks_undo_promotions_in_order(steps: list[str]) -> None:
    """Against the obvious second version: a stack."""
    reigns: list[str] = []
    stack: list[str] = []
    there: set[str] = set()
    for number, step in enumerate(steps):
        present = stack[-1] if stack else None
        if step == "promote":
            there.add(str(number))
            reigns = crowned(reigns, present, str(number))
            stack.append(str(number))
        elif len(stack) > 1:
            reigns = restored(reigns, present, there)
            stack.pop()
        assert reigns == stack
