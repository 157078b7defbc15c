"""From what a person typed to the creator who is meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice

import numpy as np

from tastemaker.errors import UnknownCreatorError
from tastemaker.features import FeatureSnapshot

MOST_COMPARED = 20_000
"""Names that a wrong one is compared with: a comparison takes tens of microseconds."""


def creator_rows(snapshot: FeatureSnapshot, identity: str) -> np.ndarray:
    """Rows (int64, ascending) of the creator with this id, else with this account's id, else with ``platform:handle``.

    The handle may begin with @; its case does not matter. Raises UnknownCreatorError that names the nearest, or all
    creators who ever went by that handle.
    """
    creators, accounts = snapshot.column("creator_id"), snapshot.column("account_id")
    if (creators == identity).any():
        return np.flatnonzero(creators == identity)
    found = set(creators[accounts == identity]) or _by_handle(snapshot, identity)
    if len(found) > 1:
        raise UnknownCreatorError(
            f"creator: {identity!r} is the handle of {len(found)} creators: {', '.join(sorted(found))}; name one by id"
        )
    if not found:
        raise UnknownCreatorError(_missing(snapshot, identity))
    return np.flatnonzero(creators == found.pop())


def _by_handle(snapshot: FeatureSnapshot, identity: str) -> set[str]:
    platform, colon, handle = identity.partition(":")
    if not colon:
        return set()
    wanted = handle.strip().removeprefix("@").casefold()
    of_platform = np.flatnonzero(snapshot.column("platform") == platform.strip().casefold())
    handles = snapshot.column("handle")[of_platform]
    same = [i for i, one in enumerate(handles) if one and one.removeprefix("@").casefold() == wanted]
    return set(snapshot.column("creator_id")[of_platform[same]])


def _missing(snapshot: FeatureSnapshot, identity: str) -> str:
    near = get_close_matches(identity, _comparable(_names(snapshot, identity), identity), n=3, cutoff=0.6)
    hint = (
        f"did you mean {' or '.join(repr(name) for name in near)}?"
        if near
        else "`tastemaker recommend` lists ids"
    )
    return (
        f"creator: {identity!r:.80} is no creator, account or platform:handle of this bundle"
        f" ({len(snapshot):,} accounts); {hint}"
    )


def _names(snapshot: FeatureSnapshot, identity: str) -> Iterable[str]:
    if ":" in identity:
        pairs = zip(snapshot.column("platform"), snapshot.column("handle"), strict=True)
        return (f"{platform}:{handle}" for platform, handle in pairs)
    return dict.fromkeys([*snapshot.column("creator_id"), *snapshot.column("account_id")])


def _comparable(names: Iterable[str], identity: str) -> list[str]:
    """All names where they are few; of many those that begin alike, for ids differ in their last places."""
    listed = list(names)
    if len(listed) <= MOST_COMPARED:
        return listed
    head = identity[: max(len(identity) // 2, 1)]
    return list(islice((name for name in listed if name.startswith(head)), MOST_COMPARED))
