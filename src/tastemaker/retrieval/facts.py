"""The columns that filters ask, as arrays: made once for a snapshot, then a brief is a few passes over them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tastemaker.errors import IndexingError
from tastemaker.retrieval.bits import Banded, Categorical, Numbered, Words, count, packed, shifted, unpacked
from tastemaker.retrieval.recent import Recent
from tastemaker.retrieval.selection import Ids, Mask
from tastemaker.schema import AUDIENCE_COLUMNS, SAFETY_CATEGORIES

if TYPE_CHECKING:
    from tastemaker.features import FeatureSnapshot

Times = NDArray[np.datetime64]
Levels = NDArray[np.int8]

LISTS, ROOM = 64, 64 << 20
"""Lists of creators whose rows are remembered, and bytes for them."""


class Facts:
    """What the filters know of a snapshot's accounts, by row of its table. Unknown numbers are NaN, times NaT."""

    def __init__(self, snapshot: FeatureSnapshot) -> None:
        ids = snapshot.table.column("creator_id").to_pylist()
        # Scores tie by row and creators are counted by runs of rows.
        if ids != sorted(ids):
            raise IndexingError(
                "the snapshot's table is not sorted by (creator_id, account_id); build it again"
            )
        self.size = len(ids)
        self.creator: Ids = snapshot.creator_code
        self._starts = np.flatnonzero(np.diff(self.creator, prepend=-1))
        self._ends = np.append(self._starts[1:], self.size)
        self._numbered = Numbered([ids[start] for start in self._starts])
        self._lists: Recent[Words] = Recent(LISTS, ROOM, lambda words: words.nbytes)
        self.platform = Categorical(snapshot.column("platform"))
        self.country = Categorical(snapshot.column("country"))
        self.languages = Categorical(snapshot.column("languages"))
        self.open_to = Categorical(snapshot.column("open_to"))
        names = ("followers", "fee", "engagement_rate", "authenticity")
        self.followers, self.fee, self.engagement_rate, self.authenticity = (
            Banded(snapshot.column(name)) for name in names
        )
        self.last_post_at = Banded(_microseconds(snapshot.column("last_post_at")))
        self.available_from = Banded(_microseconds(snapshot.column("available_from")))
        self._audience = snapshot.audience
        self._shares: dict[tuple[str, str], Banded] = {}
        self.safety = {category: _worst(snapshot, category) for category in SAFETY_CATEGORIES}
        self.fx = snapshot.fx
        self.work = _work(snapshot)
        self.everyone = packed(np.ones(self.size, dtype=np.bool_))
        self._shared_first = _leads_first(snapshot, self._starts)
        self._single = packed(np.bincount(self.creator)[self.creator] == 1)
        self._last = packed(np.diff(self.creator, append=-1) != 0)
        longest = int(np.bincount(self.creator).max(initial=1))
        steps = [1 << i for i in range((longest - 1).bit_length())]
        # Whether the row so many places before is of the same creator.
        self._same = [(step, packed(_same_creator(self.creator, step))) for step in steps]

    @property
    def creators(self) -> int:
        return len(self._starts)

    def audience(self, facet: str, key: str) -> Banded:
        """Shares of one key; its bands are made when it is first asked for, as few of the 92 ever are."""
        if (facet, key) not in self._shares:
            self._shares[facet, key] = Banded(self._audience[:, AUDIENCE_COLUMNS.index((facet, key))])
        return self._shares[facet, key]

    def count(self, words: Words) -> int:
        """How many creators have at least one row in ``words``: of each creator's rows the last one knows."""
        for step, same in self._same:
            words = words | (shifted(words, step) & same)
        return count(words & self._last) if self._same else count(words)

    def leads(self, words: Words) -> Mask:
        """Of each creator's rows in ``words`` only one: that with most followers, ties by account_id."""
        if not self._same:
            return unpacked(words, self.size)
        mask, lead = unpacked(words, self.size), unpacked(words & self._single, self.size)
        rows = self._shared_first[mask[self._shared_first]]
        lead[rows[np.diff(self.creator[rows], prepend=-1) != 0]] = True
        return lead

    def without(self, creators: Ids) -> Words:
        """Rows of all creators but those numbered in ``creators``."""
        kept = np.ones(self.size, dtype=np.bool_)
        starts = self._starts[creators]
        lengths = self._ends[creators] - starts
        # Row by row of each: how far along the run, from where the run starts.
        along = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        kept[np.repeat(starts, lengths) + along] = False
        return packed(kept)

    def without_list(self, digest: str, ids: tuple[str, ...]) -> Words:
        """Rows of all creators but those with these ids; remembered under the digest."""
        return self._lists.get(digest, lambda: self.without(self._numbered.places(ids)))


def moment(at: datetime) -> np.datetime64:
    """A time with its zone as numpy compares it: UTC, in microseconds."""
    return np.datetime64(at.astimezone(UTC).replace(tzinfo=None), "us")


def brand_key(name: str | None) -> str:
    """How brand ids and names are compared: without case and outer space."""
    return (name or "").strip().casefold()


def _worst(snapshot: FeatureSnapshot, category: str) -> Levels:
    """(creators,) each creator's highest level in a category over all accounts, -1 where none is known."""
    first = np.flatnonzero(np.diff(snapshot.creator_code, prepend=-1))
    worst: Levels = np.maximum.reduceat(snapshot.safety_levels(category), first)
    return worst


def _work(snapshot: FeatureSnapshot) -> dict[str, tuple[Ids, Times]]:
    """Brand id or name, as :func:`brand_key` -> (numbers of the creators who worked for it, when last)."""
    positions: dict[str, list[int]] = {}
    ids, names = (snapshot.collaborations.column(c).to_pylist() for c in ("brand_id", "brand_name"))
    for position, (brand_id, name) in enumerate(zip(ids, names, strict=True)):
        if snapshot.collaboration_code[position] >= 0:
            for key in {brand_key(brand_id), brand_key(name)} - {""}:
                positions.setdefault(key, []).append(position)
    creators, last = snapshot.collaboration_code, snapshot.collaboration_at
    return {key: (creators[found], last[found]) for key, found in positions.items()}


def _leads_first(snapshot: FeatureSnapshot, starts: Ids) -> Ids:
    """Rows of the creators who have several, creator by creator, by followers, most first; unknown counts come
    last."""
    several = np.diff(starts, append=len(snapshot)) > 1
    rows = np.flatnonzero(several[snapshot.creator_code])
    account = np.argsort(np.argsort(snapshot.column("account_id")[rows], kind="stable"))
    followers = np.nan_to_num(snapshot.column("followers")[rows], nan=-1.0)
    return rows[np.lexsort((account, -followers, snapshot.creator_code[rows]))].astype(np.int64)


def _same_creator(creator: Ids, step: int) -> Mask:
    same = np.zeros(len(creator), dtype=np.bool_)
    same[step:] = creator[step:] == creator[:-step]
    return same


def microseconds(at: np.datetime64) -> float:
    """A moment as a number; exact until the year 2255."""
    return float(at.astype(np.int64))


def _microseconds(times: Times) -> NDArray[np.float64]:
    numbers = times.astype("datetime64[us]").astype(np.int64).astype(np.float64)
    numbers[np.isnat(times)] = np.nan
    return numbers
