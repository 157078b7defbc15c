"""Synthetic buckets of any size: a creator has the posts, readings, comments, reports and quotes that a real one has.

Made bucket by bucket as ``sources.bucketise`` would leave them, so that the measurement holds one bucket in memory.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from scale_words import COMMENTS, ENDINGS, MIDDLES, OPENINGS, PAID, TAGS, UNSAFE

from tastemaker.encoders import write_vectors
from tastemaker.features import anchor_texts, write_anchors
from tastemaker.schema import FACET_KEYS, NICHES, TABLES

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = 86_400_000_000
NOW_US = int(NOW.timestamp()) * 1_000_000
POSTS_PER_CREATOR = 1_000_000 / 30_000
POSTS_PER_BUCKET = 31_250
ENCODER = "multilingual/random"
"""By its name niches are told, as for real vectors; the vectors are drawn."""
BRANDS = tuple(f"Brand{chr(97 + i)}{chr(97 + j)}" for i in range(20) for j in range(5))
TONGUES = tuple(OPENINGS)


def write_world(folder: Path, posts: int, dim: int, seed: int) -> int:
    """Writes ``buckets/`` and ``vectors/`` with ``posts`` posts of the last year, and ``anchors.parquet``; returns how
    many creators."""
    buckets, vectors, creators = folder / "buckets", folder / "vectors", 0
    count = max(round(posts / POSTS_PER_BUCKET), 2)
    for number in range(count):
        share = posts * (number + 1) // count - posts * number // count
        out = buckets / f"{number:03d}"
        out.mkdir(parents=True)
        rng = np.random.default_rng([seed, number])
        world = _Bucket(rng, f"{number:03d}", share)
        creators += world.creators
        for name, columns in world.tables().items():
            schema = TABLES[name].schema
            full = {f.name: columns.get(f.name, pa.nulls(_length(columns), f.type)) for f in schema}
            table = pa.table({n: _typed(v, schema.field(n).type) for n, v in full.items()}, schema=schema)
            keys = [(key, "ascending") for key in TABLES[name].key]
            pq.write_table(table.sort_by(keys), out / f"{name}.parquet", compression="zstd")
        write_vectors(vectors / f"{number:03d}.parquet", *world.vectors(dim), ENCODER)
    anchors = np.random.default_rng([seed, count]).standard_normal(
        (len(anchor_texts()), dim), dtype=np.float32
    )
    lengths = np.linalg.norm(anchors, axis=1, keepdims=True)
    write_anchors(folder / "anchors.parquet", anchors / lengths, ENCODER)
    return creators


class _Bucket:
    def __init__(self, rng: np.random.Generator, name: str, posts: int) -> None:
        self._rng = rng
        self.creators = creators = max(round(posts / POSTS_PER_CREATOR), 1)
        accounts = max(round(1.2 * creators), 1)
        self._creator_id = _ids(f"c{name}", creators)
        self._account_id = _ids(f"a{name}", accounts)
        self._owner = np.arange(accounts) % creators
        self._tongue = rng.integers(0, len(TONGUES), accounts)
        self._size = 10.0 ** rng.normal(4.4, 0.8, accounts)
        self._post_id = _ids(f"p{name}", posts)
        self._by = np.sort(rng.integers(0, accounts, posts))
        self._posted = NOW_US - rng.integers(2 * DAY, 365 * DAY, posts)

    def tables(self) -> dict[str, dict[str, Any]]:
        return {
            "creators": self._creators(), "accounts": self._accounts(), "account_snapshots": self._sizes(),
            "posts": self._posts(), "post_snapshots": self._readings(), "comments": self._comments(),
            "audiences": self._audiences(), "offers": self._offers(), "outcomes": self._outcomes(), **_shared(),
        }  # fmt: skip

    def vectors(self, dim: int) -> tuple[list[str], list[str], np.ndarray]:
        """Random unit vectors; two posts of one account have a cosine of about 0.3, as real captions have."""
        centres = self._rng.standard_normal((len(self._account_id), dim), dtype=np.float32)
        rows = self._rng.standard_normal((len(self._by), dim), dtype=np.float32)
        rows *= 1.5
        rows += centres[self._by]
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return ["post"] * len(rows), self._post_id.to_pylist(), rows

    def _creators(self) -> dict[str, Any]:
        n = len(self._creator_id)
        return {"creator_id": self._creator_id, "country": _pick(self._rng, FACET_KEYS["country"][:-1], n)}

    def _accounts(self) -> dict[str, Any]:
        n = len(self._account_id)
        return {
            "account_id": self._account_id, "creator_id": self._creator_id.take(pa.array(self._owner)),
            "platform": _pick(self._rng, ("instagram", "tiktok", "youtube"), n), "handle": self._account_id,
            "valid_from": pa.array(NOW_US - self._rng.integers(400 * DAY, 900 * DAY, n)),
            "bio": _pick(self._rng, OPENINGS["en"], n), "category": _pick(self._rng, NICHES, n),
            "language": pa.array(np.array(TONGUES)[self._tongue]),
        }  # fmt: skip

    def _sizes(self) -> dict[str, Any]:
        months, n = 13, len(self._account_id)
        who, month = np.repeat(np.arange(n), months), np.tile(np.arange(months), n)
        followers = self._size[who] * np.exp(-0.02 * month + self._rng.normal(0, 0.02, n * months))
        return {
            "account_id": self._account_id.take(pa.array(who)),
            "observed_at": pa.array(NOW_US - (month * 30 + 1) * DAY - self._rng.integers(0, DAY, n * months)),
            "followers": pa.array(followers.astype(np.int64)),
            "following": pa.array(self._rng.integers(50, 2_000, n * months)),
            "media_count": pa.array(self._rng.integers(10, 900, n * months)),
        }

    def _posts(self) -> dict[str, Any]:
        n = len(self._by)
        brand = _pick(self._rng, BRANDS, n)
        paid = self._rng.random(n) < 0.08
        mentions = pa.array([[b] if p else None for b, p in zip(brand.to_pylist(), paid, strict=True)])
        return {
            "post_id": self._post_id, "account_id": self._account_id.take(pa.array(self._by)),
            "posted_at": pa.array(self._posted), "kind": _pick(self._rng, ("post", "reel", "video"), n),
            "caption": self._captions(brand, paid), "mentions": mentions,
            "paid_label": pa.array(paid & (self._rng.random(n) < 0.5), mask=self._rng.random(n) < 0.3),
        }  # fmt: skip

    def _captions(self, brand: pa.Array, paid: np.ndarray) -> pa.Array:
        tongue, n = self._tongue[self._by], len(self._by)
        unsafe = self._rng.random(n) < 0.03
        said = [_spoken(self._rng, phrases, tongue) for phrases in (OPENINGS, MIDDLES, UNSAFE, ENDINGS, PAID)]
        opening, middle, bad, ending, sold = said
        sold = pc.if_else(pa.array(paid), _with_brand(sold, brand), "")
        bad = pc.if_else(pa.array(unsafe), bad, "")
        number = pa.array(self._rng.integers(1, 400, n)).cast(pa.string())
        tags = _pick(self._rng, TAGS, n)
        return pc.binary_join_element_wise(opening, middle, bad, "No.", number, ending, sold, tags, " ")

    def _readings(self) -> dict[str, Any]:
        n = len(self._by)
        seen = self._size[self._by] * np.exp(self._rng.normal(-3.5, 0.6, n))
        told = self._rng.random(n) < 0.3
        return {
            "post_id": self._post_id, "observed_at": pa.array(self._posted + 4 * DAY),
            "reach": pa.array((seen * 9).astype(np.int64), mask=~told),
            "impressions": pa.array((seen * 14).astype(np.int64), mask=~told),
            "likes": pa.array(seen.astype(np.int64)), "comments": pa.array((seen * 0.03).astype(np.int64)),
            "shares": pa.array((seen * 0.02).astype(np.int64)), "views": pa.array((seen * 12).astype(np.int64)),
        }  # fmt: skip

    def _comments(self) -> dict[str, Any]:
        n = 2 * len(self._by)
        post = self._rng.integers(0, len(self._by), n)
        return {
            "comment_id": _ids("k", n), "post_id": self._post_id.take(pa.array(post)),
            "author_hash": pa.array(self._rng.integers(0, 200_000, n)).cast(pa.string()),
            "posted_at": pa.array(self._posted[post] + self._rng.integers(0, DAY, n)),
            "text": _pick(self._rng, COMMENTS, n),
        }  # fmt: skip

    def _audiences(self) -> dict[str, Any]:
        told = np.nonzero(self._rng.random(len(self._account_id)) < 0.6)[0]
        parts = []
        for facet, keys in FACET_KEYS.items():
            places = np.argsort(self._rng.random((len(told), len(keys))), axis=1)[:, :6]
            shares = self._rng.dirichlet(np.ones(6), len(told))
            parts.append(
                (np.repeat(told, 6), [facet] * 6 * len(told), np.array(keys)[places].ravel(), shares.ravel())
            )
        who, facets, keys, shares = (np.concatenate([part[i] for part in parts]) for i in range(4))
        return {
            "account_id": self._account_id.take(pa.array(who)), "basis": pa.array(["followers"] * len(who)),
            "observed_at": pa.array(np.full(len(who), NOW_US - 40 * DAY)),
            "facet": pa.array(facets.tolist()), "key": pa.array(keys.tolist()),
            "share": pa.array(np.clip(shares, 1e-6, 1)), "sample_size": pa.array(np.full(len(who), 800)),
            "source": pa.array(["panel"] * len(who)),
        }  # fmt: skip

    def _offers(self) -> dict[str, Any]:
        n = len(self._creator_id)
        return {
            "decision_id": pa.array(["d0"] * n), "creator_id": self._creator_id,
            "at": pa.array(NOW_US - self._rng.integers(DAY, 360 * DAY, n)),
            "quoted": pa.array(np.exp(self._rng.normal(6, 1, n)), mask=self._rng.random(n) < 0.5),
            "agreed": pa.array(self._rng.random(n) < 0.3), "currency": pa.array(["USD"] * n),
        }  # fmt: skip

    def _outcomes(self) -> dict[str, Any]:
        n = len(self._creator_id)
        reach = self._rng.integers(1_000, 90_000, n)
        return {
            "campaign_id": pa.array(["k0"] * n), "creator_id": self._creator_id, "deliverable": pa.array(["post"] * n),
            "observed_at": pa.array(NOW_US - self._rng.integers(DAY, 300 * DAY, n)), "reach": pa.array(reach),
            "likes": pa.array(reach // 30), "content_rating": pa.array(self._rng.uniform(1, 5, n)),
        }  # fmt: skip


def _shared() -> dict[str, dict[str, Any]]:
    at = pa.array([NOW_US - 400 * DAY])
    return {
        "brands": {"brand_id": _ids("b", len(BRANDS)), "name": pa.array(BRANDS)},
        "campaigns": {
            "campaign_id": ["k0"],
            "brand_id": ["b0000000"],
            "brief": ["{}"],
            "starts_at": at,
            "ends_at": at,
        },
        "decisions": {
            "decision_id": ["d0"],
            "campaign_id": ["k0"],
            "brief": ["{}"],
            "made_at": at,
            "policy": ["p"],
        },
        "fx_rates": {"currency": ["EUR"], "observed_at": at, "usd": [1.1]},
    }


def _ids(head: str, n: int) -> pa.Array:
    numbers = pc.utf8_lpad(pa.array(np.arange(n)).cast(pa.string()), 7, "0")
    return pc.binary_join_element_wise(head, numbers, "")


def _pick(rng: np.random.Generator, values: tuple[str, ...], n: int) -> pa.Array:
    return pa.array(values).take(pa.array(rng.integers(0, len(values), n)))


def _spoken(rng: np.random.Generator, phrases: dict[str, tuple[str, ...]], tongue: np.ndarray) -> pa.Array:
    flat = [phrase for one in TONGUES for phrase in phrases[one]]
    length = np.array([len(phrases[one]) for one in TONGUES])
    start = np.cumsum(length) - length
    place = start[tongue] + (rng.random(len(tongue)) * length[tongue]).astype(np.int64)
    return pa.array(flat).take(pa.array(place))


def _with_brand(said: pa.Array, brand: pa.Array) -> pa.Array:
    parts = [text.partition("{}") for text in said.to_pylist()]
    before, hole, after = (pa.array([p[i] for p in parts]) for i in range(3))
    named = pc.if_else(pc.equal(hole, ""), "", pc.utf8_upper(brand))
    return pc.binary_join_element_wise(before, named, after, "")


def _length(columns: dict[str, Any]) -> int:
    return len(next(iter(columns.values())))


def _typed(values: Any, kind: pa.DataType) -> Any:
    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values)
    return array.cast(kind)
