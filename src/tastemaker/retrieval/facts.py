"""The columns that filters ask, as arrays: made once for a snapshot, then a brief is a few passes over them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tastemaker.errors import IndexingError
from tastemaker.retrieval.selection import Ids, Mask
from tastemaker.schema import AUDIENCE_COLUMNS, SAFETY_CATEGORIES

if TYPE_CHECKING:
    from tastemaker.features import FeatureSnapshot

Times = NDArray[np.datetime64]
Levels = NDArray[np.int8]


class Categorical:
    """A column of words or of lists of words: each row points at one of the few distinct sets that occur."""

    def __init__(self, values: Iterable[str | list[str] | None]) -> None:
        numbers: dict[frozenset[str], int] = {}
        codes = [numbers.setdefault(_words(value), len(numbers)) for value in values]
        self.codes = np.array(codes, dtype=np.int32)
        self.sets = list(numbers)

    def any_of(self, wanted: Iterable[str]) -> Mask:
        """(n,) rows whose set holds one of ``wanted``; an unknown value is an empty set and holds none."""
        words = frozenset(wanted)
        hit = np.array([not words.isdisjoint(s) for s in self.sets], dtype=np.bool_)
        return hit[self.codes]


class Facts:
    """What the filters know of a snapshot's accounts, by row of its table. Unknown numbers are NaN, times NaT."""

    def __init__(self, snapshot: FeatureSnapshot) -> None:
        ids = snapshot.table.column("creator_id").to_pylist()
        # Scores tie by row and creators are counted by runs of rows.
        if ids != sorted(ids):
            raise IndexingError(
                "the snapshot's table is not sorted by (creator_id, account_id); build it again"
            )
        self.creator: Ids = snapshot.creator_code
        self.numbers: dict[str, int] = dict(zip(ids, self.creator.tolist(), strict=True))
        self.platform = Categorical(snapshot.column("platform"))
        self.country = Categorical(snapshot.column("country"))
        self.languages = Categorical(snapshot.column("languages"))
        self.open_to = Categorical(snapshot.column("open_to"))
        self.followers = snapshot.column("followers")
        self.fee = snapshot.column("fee")
        self.engagement_rate = snapshot.column("engagement_rate")
        self.authenticity = snapshot.column("authenticity")
        self.last_post_at: Times = snapshot.column("last_post_at")
        self.available_from: Times = snapshot.column("available_from")
        # Column by column: a threshold reads one of them.
        self.audience = np.asfortranarray(snapshot.audience)
        self.audience_column = {pair: i for i, pair in enumerate(AUDIENCE_COLUMNS)}
        self.safety = {category: _worst(snapshot, category) for category in SAFETY_CATEGORIES}
        self.fx = snapshot.fx
        self.work = _work(snapshot)
        self._leads_first = _leads_first(snapshot)

    @property
    def creators(self) -> int:
        return len(self.numbers)

    def count(self, mask: Mask) -> int:
        """How many creators have at least one row in ``mask``."""
        creators = self.creator[mask]
        return int(np.count_nonzero(np.diff(creators))) + 1 if len(creators) else 0

    def leads(self, mask: Mask) -> Mask:
        """Of each creator's rows in ``mask`` only one: that with most followers, ties by account_id."""
        rows = self._leads_first[mask[self._leads_first]]
        first = np.ones(len(rows), dtype=np.bool_)
        first[1:] = np.diff(self.creator[rows]) != 0
        lead = np.zeros_like(mask)
        lead[rows[first]] = True
        return lead

    def without(self, creators: Ids) -> Mask:
        """Rows of all creators but those numbered in ``creators``."""
        barred = np.zeros(self.creators, dtype=np.bool_)
        barred[creators] = True
        return ~barred[self.creator]


def moment(at: datetime) -> np.datetime64:
    """A time with its zone as numpy compares it: UTC, in microseconds."""
    return np.datetime64(at.astimezone(UTC).replace(tzinfo=None), "us")


def brand_key(name: str | None) -> str:
    """How brand ids and names are compared: without case and outer space."""
    return (name or "").strip().casefold()


def _words(value: str | list[str] | None) -> frozenset[str]:
    return frozenset([value] if isinstance(value, str) else value or ())


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


def _leads_first(snapshot: FeatureSnapshot) -> Ids:
    """Rows creator by creator, each one's accounts by followers, most first; unknown counts come last."""
    account = np.argsort(np.argsort(snapshot.column("account_id"), kind="stable"))
    followers = np.nan_to_num(snapshot.column("followers"), nan=-1.0)
    return np.lexsort((account, -followers, snapshot.creator_code)).astype(np.int64)
