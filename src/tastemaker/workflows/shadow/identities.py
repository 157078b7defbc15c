"""From a name in somebody's log to a creator of the bundle."""

from __future__ import annotations

from tastemaker.features import FeatureSnapshot


class Identities:
    """Names that mean exactly one creator: creator ids, account ids, and ``platform:handle`` (case does not matter)."""

    def __init__(self, snapshot: FeatureSnapshot) -> None:
        creators = snapshot.column("creator_id").tolist()
        self._known = dict(zip(snapshot.column("account_id").tolist(), creators, strict=True))
        self._handles: dict[str, str | None] = {}
        names = zip(snapshot.column("platform"), snapshot.column("handle"), creators, strict=True)
        for platform, handle, creator in names:
            if handle:
                name = _handle(f"{platform}:{handle}")
                # A handle of two creators means neither.
                self._handles[name] = creator if self._handles.get(name, creator) == creator else None
        self._known |= {creator: creator for creator in creators}

    def creator(self, name: str) -> str | None:
        """The creator's id; None for a name that means nobody here, or more than one."""
        return self._known.get(name) or self._handles.get(_handle(name))


def _handle(name: str) -> str:
    platform, _, handle = name.partition(":")
    return f"{platform.strip()}:{handle.strip().removeprefix('@')}".casefold()
