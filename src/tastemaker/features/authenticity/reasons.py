"""What speaks for and against an account, in words, with the numbers behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tastemaker.features.authenticity.evidence import COMMENTS, EVIDENCE, NAMES, POSTS, Evidence
from tastemaker.features.authenticity.model import BENDS, AuthenticityModel, standings_of

if TYPE_CHECKING:
    from tastemaker.features.snapshot import FeatureSnapshot


@dataclass(frozen=True)
class AuthenticityReason:
    """``contribution``: log-odds of being real, positive speaks for it; ``evidence`` names the column.

    ``numbers``: its ``value`` and ``standing`` (spreads above the peers' median), and what else the text says.
    """

    evidence: str
    text: str
    contribution: float
    numbers: dict[str, float]


def authenticity_reasons(
    snapshot: FeatureSnapshot,
    rows: Sequence[int] | np.ndarray,
    model: AuthenticityModel | None = None,
    at_most: int | None = 3,
) -> list[list[AuthenticityReason]]:
    """For each of ``rows`` of ``snapshot.table`` the evidence that moves its probability most, strongest first.

    ``at_most``: reasons of an account, None for all that there are.
    ``model``: another than the one that the snapshot was built with. Contributions are exact: those of all evidence
    and the base rate sum to the log-odds. Unknown evidence contributes nothing and is no reason.
    """
    rows = np.asarray(rows, dtype=np.int64)
    standings = {name: values[rows] for name, values in standings_of(snapshot).items()}
    parts = (model or snapshot.authenticity_model).contributions(standings)
    found = []
    for i, row in enumerate(rows.tolist()):
        order = [k for k in np.argsort(-np.abs(parts[i]), kind="stable").tolist() if parts[i, k] != 0.0]
        found.append(
            [
                _reason(snapshot, row, EVIDENCE[k], float(standings[NAMES[k]][i]), float(parts[i, k]))
                for k in order[:at_most]
            ]
        )
    return found


def _reason(
    snapshot: FeatureSnapshot, row: int, evidence: Evidence, standing: float, contribution: float
) -> AuthenticityReason:
    numbers = {"value": float(snapshot.column(evidence.name)[row]), "standing": standing}
    for word, name in (("posts", POSTS), ("comments", COMMENTS)):
        if evidence.name in _STAND_ON[word]:
            numbers[word] = float(snapshot.column(name)[row])
    text = _WORDS[evidence.name](numbers)
    if evidence.name == "growth_spike" and not np.isnat(at := snapshot.column("growth_spike_at")[row]):
        text += f", read on {np.datetime_as_string(at, unit='D')}"
    return AuthenticityReason(evidence.name, f"{text}; {_beside(evidence, standing)}", contribution, numbers)


def _beside(evidence: Evidence, standing: float) -> str:
    """How that compares: in words by the bends of the model, and in what peers differ by."""
    if evidence.by == "all":
        return "0% is usual"
    peers = "audiences of creators of its language" if evidence.by == "language" else "accounts like it"
    far = abs(standing)
    if far < BENDS[0]:
        return f"as usual for {peers}"
    grade = "a little " if far < BENDS[1] else "well " if far < BENDS[2] else "far "
    return f"{grade}{'above' if standing > 0 else 'below'} {peers} ({far:.1f} times their usual spread)"


def _rise(value: float) -> str:
    """A log difference as a part: ``"48%"``."""
    return _part(float(np.expm1(value)))


def _part(value: float) -> str:
    return f"{100 * value:.1f}%" if abs(value) < 0.0995 else f"{100 * value:.0f}%"


_STAND_ON = {
    "posts": ("response", "evenness", "comment_ratio", "hollow_growth", "comment_unevenness"),
    "comments": ("comment_repetition", "comment_shortness", "comment_regulars", "comment_delay"),
}

_Numbers = dict[str, float]
_WORDS: dict[str, Callable[[_Numbers], str]] = {
    "growth_spike": lambda n: (
        f"its largest monthly rise of followers was {_rise(n['value'])} beyond the usual month"
    ),
    "growth_fall": lambda n: f"its worst month was {_rise(n['value'])} of followers short of the usual one",
    "growth_shift": lambda n: (
        f"its followers grew {_rise(n['value'])} a month faster in its fastest half-year than in its slowest"
    ),
    "following_swing": lambda n: (
        f"at most {_part(-float(np.expm1(-n['value'])))} of the accounts it follows were dropped between two readings"
        if n["value"] > 0.001
        else "hardly an account that it follows was dropped between two readings"
    ),
    "following_ratio": lambda n: f"it follows {n['value']:.2g} accounts per follower",
    "reported_response": lambda n: (
        f"the engagement rate that its source reports is {_part(n['value'])} of followers"
    ),
    "response": lambda n: (
        f"likes and comments are {_part(n['value'])} of followers (median of {n['posts']:.0f} unpaid posts)"
    ),
    "hollow_growth": lambda n: (
        f"from the older to the newer half of {n['posts']:.0f} posts followers grew, and the response of each fell, "
        f"by a factor of at least {np.exp(n['value']):.2f}"
        if n["value"] > 0.005
        else f"the response to {n['posts']:.0f} posts kept up with the growth of followers"
    ),
    "reported_fall": lambda n: (
        f"while its followers grew, the engagement rate that its source reports fell, by a factor of at least "
        f"{np.exp(n['value']):.2f}"
        if n["value"] > 0.005
        else "the engagement rate that its source reports kept up with the growth of followers"
    ),
    "evenness": lambda n: (
        f"the response to {n['posts']:.0f} posts varies by a factor of {np.exp(n['value']):.2f}"
    ),
    "comment_ratio": lambda n: (
        f"{100 * n['value']:.2g} comments per 100 likes on {n['posts']:.0f} unpaid posts"
    ),
    "comment_unevenness": lambda n: (
        f"comments per like differ between its {n['posts']:.0f} unpaid posts {np.exp(n['value']):.1f} times as much "
        "as by chance"
    ),
    "view_unevenness": lambda n: f"likes per view vary between posts by a factor of {np.exp(n['value']):.2f}",
    "paid_gap": lambda n: f"unpaid posts are answered {n['value']:.1f} times as much as paid ones",
    "paid_comment_gap": lambda n: (
        f"unpaid posts have {n['value']:.1f} times the comments per like of paid ones"
    ),
    "comment_repetition": lambda n: (
        f"{_part(n['value'])} of {n['comments']:.0f} comments are the same few words again"
    ),
    "comment_shortness": lambda n: (
        f"{_part(n['value'])} of {n['comments']:.0f} comments have at most three words"
    ),
    "comment_regulars": lambda n: (
        f"{_part(n['value'])} of {n['comments']:.0f} comments are by an author of another one"
    ),
    "comment_delay": lambda n: (
        f"half of {n['comments']:.0f} comments came within {n['value']:.1f} hours of the post"
    ),
    "audience_language": lambda n: f"{_part(n['value'])} of the audience speak a language of the creator",
    "audience_abroad": lambda n: (
        f"{_part(n['value'])} of the audience live where audiences of creators of its language seldom do"
    ),
    "audience_credibility": lambda n: f"a source holds {_part(n['value'])} of the audience to be credible",
}
