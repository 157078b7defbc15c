"""Who was champion after whom: a list of version numbers, oldest first, the present one last."""

from __future__ import annotations

from collections.abc import Collection, Sequence

MOST = 200
"""Reigns that are remembered; a rollback over more is no rollback any more."""


def until_now(reigns: Sequence[str], present: str | None) -> list[str]:
    """The list as the present champion makes it: what came after its last reign was rolled back; one whom the list does
    not know (its alias was set by other means) stands at the end."""
    if present is None:
        return list(reigns)
    if present not in reigns:
        return [*reigns, present]
    last = len(reigns) - 1 - list(reversed(reigns)).index(present)
    return list(reigns[: last + 1])


def crowned(reigns: Sequence[str], present: str | None, new: str) -> list[str]:
    """The list once ``new`` is champion."""
    return [*until_now(reigns, present), new][-MOST:]


def restored(reigns: Sequence[str], present: str | None, there: Collection[str]) -> list[str]:
    """The list once the former champion is back, empty where there was none.

    Versions that are not ``there`` any more are passed over.
    """
    before = until_now(reigns, present)
    while before and (before[-1] not in there or before[-1] == present):
        before.pop()
    return before
