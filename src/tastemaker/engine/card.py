"""A creator's card from a snapshot: driven by the groups and labels of its columns, so a new one shows up by itself."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tastemaker.engine.finding import creator_rows
from tastemaker.engine.standing import Peers, peers_of, percentile
from tastemaker.engine.wording import UNKNOWN, plain_value, speaks, worded
from tastemaker.features import (
    FACET_LABELS,
    FIELD_GROUPS,
    GROUP_LABELS,
    LABELS,
    FeatureSnapshot,
    authenticity_reasons,
)
from tastemaker.schema import (
    FACET_KEYS,
    FACET_SLICES,
    SAFETY_LEVELS,
    AccountCard,
    Collaboration,
    CreatorCard,
    Proof,
    Reason,
    Signal,
    SignalGroup,
)

Proofs = dict[tuple[str, str], tuple[Proof, ...]]
"""(account, signal) -> the posts behind it, strongest first."""

DAY = 86_400.0

AUDIENCE = "audience"
"""The group whose shares are no columns of the table."""

AUTHENTICITY = "authenticity"
"""The group whose probability has reasons."""

MOST_SHARES = 3


def creator_card(snapshot: FeatureSnapshot, bundle: str, identity: str) -> CreatorCard:
    """The card of the creator meant by ``identity`` (see ``finding``). Raises UnknownCreatorError."""
    rows = creator_rows(snapshot, identity)
    facts = snapshot.table.take(rows).to_pylist()
    first = facts[0]
    proofs = _proofs(snapshot, [fact["account_id"] for fact in facts])
    accounts = zip(rows.tolist(), facts, strict=True)
    return CreatorCard(
        creator_id=first["creator_id"],
        display_name=first["display_name"],
        country=first["country"],
        languages=tuple(first["languages"] or ()),
        available_from=first["available_from"],
        open_to=tuple(first["open_to"] or ()),
        owner_id=first["owner_id"],
        as_of=snapshot.as_of,
        bundle=bundle,
        accounts=tuple(_account(snapshot, row, fact, proofs) for row, fact in accounts),
        collaborations=_collaborations(snapshot, first["creator_id"]),
    )


def _account(snapshot: FeatureSnapshot, row: int, fact: dict[str, Any], proofs: Proofs) -> AccountCard:
    peers = peers_of(snapshot, row)
    return AccountCard(
        account_id=fact["account_id"],
        platform=fact["platform"],
        handle=fact["handle"],
        category=fact["category"],
        verified=fact["verified"],
        peers=peers.group,
        groups=tuple(_group(snapshot, row, fact, group, peers, proofs) for group in groups()),
    )


def groups() -> list[str]:
    """The groups that have something to show, in the order of a card."""
    return [group for group in GROUP_LABELS if group in FIELD_GROUPS or group == AUDIENCE]


def _group(
    snapshot: FeatureSnapshot, row: int, fact: dict[str, Any], group: str, peers: Peers, proofs: Proofs
) -> SignalGroup:
    as_of: datetime | None = fact.get(f"{group}_as_of")
    shown = [name for name in FIELD_GROUPS.get(group, ()) if name in LABELS]
    facets = _facets(snapshot.audience[row]) if group == AUDIENCE else ()
    return SignalGroup(
        name=group,
        label=GROUP_LABELS[group],
        as_of=as_of,
        age_days=None if as_of is None else round((snapshot.as_of - as_of).total_seconds() / DAY, 2),
        confidence=fact.get(f"{group}_confidence"),
        signals=(*facets, *(_signal(snapshot, row, fact, name, peers, proofs) for name in shown)),
        reasons=_reasons(snapshot, row, fact) if group == AUTHENTICITY else (),
    )


def _reasons(snapshot: FeatureSnapshot, row: int, fact: dict[str, Any]) -> tuple[Reason, ...]:
    """All that moved the account's probability, strongest first; none where there is no probability."""
    if fact[AUTHENTICITY] is None:
        return ()
    (found,) = authenticity_reasons(snapshot, [row], at_most=None)
    return tuple(
        Reason(
            evidence=one.evidence,
            text=one.text,
            speaks=speaks(one.contribution),
            contribution=one.contribution,
            numbers=one.numbers,
        )
        for one in found
    )


def _facets(shares: np.ndarray) -> tuple[Signal, ...]:
    """The largest shares of each facet of an audience (AUDIENCE_WIDTH,) as one signal, such as ``US 45%, GB 12%``."""
    return tuple(_facet(facet, shares[block]) for facet, block in FACET_SLICES.items())


def _facet(facet: str, shares: np.ndarray) -> Signal:
    unknown = bool(np.isnan(shares).any())
    largest: list[int] = [] if unknown else np.argsort(-shares, kind="stable")[:MOST_SHARES].tolist()
    said = [f"{FACET_KEYS[facet][i]} {shares[i]:.0%}" for i in largest if shares[i] > 0]
    return Signal(
        name=f"{AUDIENCE}_shares_{facet}",
        label=FACET_LABELS[facet],
        unit="text",
        value=", ".join(said) or None,
        text=", ".join(said) or UNKNOWN,
        why=None if said else "no report of its audience",
        percentile=None,
        peers=None,
    )


def _signal(
    snapshot: FeatureSnapshot, row: int, fact: dict[str, Any], name: str, peers: Peers, proofs: Proofs
) -> Signal:
    label, value = LABELS[name], fact[name]
    share, known = (None, None)
    if label.compared:
        share, known = percentile(snapshot, row, name, peers)
    return Signal(
        name=name,
        label=label.name,
        unit=label.unit,
        value=plain_value(value),
        text=worded(value, label.unit),
        why=label.unknown if value is None else None,
        percentile=share,
        peers=known,
        evidence=proofs.get((fact["account_id"], name), ()),
        detail=label.detail,
    )


def _proofs(snapshot: FeatureSnapshot, accounts: list[str]) -> Proofs:
    # The table is sorted by account, signal and rank.
    wanted = pa.array(accounts, pa.string())
    own = snapshot.evidence.filter(pc.is_in(snapshot.evidence.column("account_id"), value_set=wanted))
    found: dict[tuple[str, str], list[Proof]] = defaultdict(list)
    for row in own.to_pylist():
        level = None if row["level"] is None else SAFETY_LEVELS[row["level"]]
        kept = {name: row[name] for name in ("post_id", "posted_at", "value", "excerpt")}
        proof = Proof(level=level, words=tuple(row["words"] or ()), **kept)
        found[row["account_id"], row["signal"]].append(proof)
    return {key: tuple(proofs) for key, proofs in found.items()}


def _collaborations(snapshot: FeatureSnapshot, creator_id: str) -> tuple[Collaboration, ...]:
    own = snapshot.collaborations.filter(pc.equal(snapshot.collaborations.column("creator_id"), creator_id))
    listed = [Collaboration(**{k: v for k, v in row.items() if k != "creator_id"}) for row in own.to_pylist()]
    return tuple(sorted(listed, key=lambda c: (-c.last_at.timestamp(), c.brand_id)))
