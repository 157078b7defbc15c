"""Sections ``safety`` and ``disclosure``: how the text signals read the labelled texts of this folder."""

from __future__ import annotations

from typing import Any

from labelled_texts import judge_disclosure, judge_safety
from signal_inputs import Inputs

from tastemaker.schema import SAFETY_CATEGORIES


def safety(_: Inputs) -> dict[str, Any]:
    """Category, and ``all`` -> precision and recall on the held-out half (None: nothing found); ``tuning`` beside."""
    found = judge_safety()
    tuning, heldout = found["tuning"], found["heldout"]
    return {name: _judged(heldout[name], tuning[name]) for name in (*SAFETY_CATEGORIES, "all")}


def disclosure(_: Inputs) -> dict[str, Any]:
    """Sponsored or not on the held-out half, the share of right verdicts; ``rounds`` of it, ``tuning`` beside."""
    found = judge_disclosure()
    parts = {
        name.removeprefix("heldout "): part for name, part in found.items() if name.startswith("heldout ")
    }
    return {**_judged(found["heldout"], found["tuning"]), "rounds": parts}


def _judged(heldout: Any, tuning: Any) -> dict[str, Any]:
    return {**heldout, "tuning": tuning}
