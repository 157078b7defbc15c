"""A creator's card: everything that is known of them, with its age, how far to trust it and what it stands on."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from tastemaker.schema.results import Result


class Proof(Result):
    """A post that speaks for a signal. ``excerpt``: at most 200 characters of its caption, around ``words``."""

    post_id: str
    posted_at: datetime
    level: str | None
    value: str | None
    excerpt: str | None
    words: tuple[str, ...]


Speaks = Literal[
    "strongly for",
    "for",
    "slightly for",
    "slightly against",
    "against",
    "strongly against",
]
"""Which way a reason speaks, and how much it weighs: ``strongly`` changes the odds at least twentyfold."""


class Signal(Result):
    """One column of a snapshot. ``value`` is None where it is unknown; ``why`` then says why, in words.

    ``percentile``: share of the ``peers`` (accounts of whom it is known too) below it, ties counted half; 0..1. None
    where it is unknown, where too few peers have it or where it is nothing to compare. ``text``: the value with its
    unit, for people. Times are in ISO 8601, shares fractions, money in US dollars. ``detail``: it stands behind
    another signal or a reason, so a short card leaves it out.
    """

    name: str
    label: str
    unit: str
    value: float | int | bool | str | None
    text: str
    why: str | None
    percentile: float | None = Field(None, ge=0.0, le=1.0)
    peers: int | None
    evidence: tuple[Proof, ...] = ()
    detail: bool = False


class Reason(Result):
    """What moves the probability of a group, here ``authenticity``: that audience and engagement are real.

    The contributions of all reasons and of the base rate, ln((1 - b) / b) with b of ``features.fraud_base_rate``, sum
    to the log-odds of the probability. What is unknown is no reason.
    """

    evidence: str = Field(description="the signal of the group that it stands on")
    text: str = Field(description="the reason in words, with its figures")
    speaks: Speaks = Field(
        description="which way the contribution moves the probability, and how far, in words"
    )
    contribution: float = Field(description="log-odds of being real; positive speaks for it")
    numbers: dict[str, float] = Field(
        description="the figures behind the text: value, standing (spreads above its peers), pieces that it stands on"
    )


class SignalGroup(Result):
    """Signals that age and are trusted together.

    ``as_of``: the latest observation they stand on; ``age_days``: from it to the card's; ``confidence``: 0..1.
    None where nothing is known, or where the group does not say. ``reasons``: what moves the group's probability,
    strongest first; only authenticity has one.
    """

    name: str
    label: str
    as_of: datetime | None
    age_days: float | None
    confidence: float | None
    signals: tuple[Signal, ...]
    reasons: tuple[Reason, ...] = ()


class PeerGroup(Result):
    """Whom an account is compared with: ``accounts`` of its platform, with followers from ``low`` to ``high``.

    The bounds are None where the account's own size is unknown: then it is the whole platform. The account itself is
    not among them.
    """

    platform: str
    accounts: int
    low: int | None
    high: int | None


class AccountCard(Result):
    """What is known of one account."""

    account_id: str
    platform: str
    handle: str
    category: str | None
    verified: bool | None
    peers: PeerGroup
    groups: tuple[SignalGroup, ...]


class Collaboration(Result):
    """A brand that the creator is known to have worked for, and when last."""

    brand_id: str
    brand_name: str | None
    last_at: datetime


class CreatorCard(Result):
    """A creator with all accounts known at ``as_of``, the moment of the bundle's data."""

    creator_id: str
    display_name: str | None
    country: str | None
    languages: tuple[str, ...]
    available_from: datetime | None
    open_to: tuple[str, ...]
    owner_id: str | None
    as_of: datetime
    bundle: str
    accounts: tuple[AccountCard, ...]
    collaborations: tuple[Collaboration, ...]
