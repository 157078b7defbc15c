"""A catalogue of TikTok profiles, one row per profile: bios and totals, no posts and no audiences.

The shape is that of the profiles published with TIDES (ICWSM 2024).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from tastemaker.schema.tables import TEXT, TEXTS, TIME
from tastemaker.schema.vocabulary import NICHES
from tastemaker.sources.reading import kind_of, read_part, require_columns
from tastemaker.sources.reasons import Refusal, RefusedInputError

REQUIRED = (
    "creator_id",
    "bio",
    "language",
    "country",
    "verified",
    "followers",
    "following",
    "total_likes",
    "total_videos",
)
OPTIONAL = ("category", "handle", "continent", "tier")

NICHE_OF_CATEGORY = {
    "art": "crafts",
    "art & crafts": "crafts",
    "automotive & transportation": "automotive",
    "baby": "family",
    "clothing & accessories": "fashion",
    "education & training": "education",
    "electronics": "technology",
    "finance & investing": "finance",
    "food & beverage": "food",
    "food/beverage": "food",
    "health & wellness": "health",
    "home, furniture & appliances": "home",
    "music/dance": "music",
    "pets": "animals",
    "professional services": "business",
    "software & apps": "technology",
    "sports, fitness & outdoors": "sports",
    "sports/fitness": "sports",
    "travel & tourism": "travel",
    **{niche: niche for niche in NICHES},
}
"""Categories that have one niche of ours; 'Media & Entertainment', 'Personal Blog' and others are too wide."""

CODE_OF_LANGUAGE = {
    "arabic": "ar", "chinese": "zh", "dutch": "nl", "english": "en", "french": "fr", "german": "de", "italian": "it",
    "japanese": "ja", "korean": "ko", "polish": "pl", "portuguese": "pt", "russian": "ru", "spanish": "es",
    "thai": "th", "turkish": "tr",
}  # fmt: skip


def tiktok_catalogue(path: Path, observed_at: datetime) -> dict[str, pa.Table]:
    """Each profile as a creator, an account and one snapshot observed at ``observed_at``.

    The account is named ``tiktok:<creator_id>``; where there is no handle, ``creator_id`` stands for it. Categories and
    languages that have no word of ours become empty. Raises :class:`RefusedInputError` where a column is missing.
    """
    profiles = _read(path)
    text = {name: profiles[name].cast(TEXT) for name in ("creator_id", "language", "category", "handle")}
    language = _looked_up(text["language"], CODE_OF_LANGUAGE)
    account = pc.binary_join_element_wise("tiktok", text["creator_id"], ":")
    creators = {
        "creator_id": text["creator_id"],
        "country": profiles["country"],
        "languages": pa.array([None if code is None else [code] for code in language.to_pylist()], TEXTS),
    }
    accounts = {
        "account_id": account,
        "creator_id": text["creator_id"],
        "platform": pa.array(["tiktok"] * len(profiles), TEXT),
        "handle": pc.coalesce(text["handle"], text["creator_id"]),
        "bio": profiles["bio"],
        "category": _looked_up(text["category"], NICHE_OF_CATEGORY),
        "language": language,
        "verified": profiles["verified"],
    }
    snapshots = {
        "account_id": account,
        "observed_at": pa.array([observed_at] * len(profiles), TIME),
        "followers": profiles["followers"],
        "following": profiles["following"],
        "media_count": profiles["total_videos"],
        "total_likes": profiles["total_likes"],
    }
    made = {"creators": creators, "accounts": accounts, "account_snapshots": snapshots}
    return {name: pa.table(columns) for name, columns in made.items()}


def _read(path: Path) -> pa.Table:
    """The profiles with all known columns, absent optional ones null."""
    if path.is_dir() or kind_of(path) is None:
        expected = "expected one Parquet, CSV or JSON Lines file of profiles"
        raise RefusedInputError(Refusal.UNREADABLE_FILE, f"{path}: {expected}")
    with duckdb.connect(config={"threads": 1}) as db:
        part = read_part(db, path, [*REQUIRED, *OPTIONAL])
    require_columns(part.table.column_names, REQUIRED, part.unknown, path.name)
    if part.faults:
        first = part.faults[0]
        raise RefusedInputError(Refusal.UNREADABLE_FILE, f"{path.name} row {first.position}: {first.message}")
    table = part.table
    for name in OPTIONAL:
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(len(table), TEXT))
    return table


def _looked_up(words: pa.ChunkedArray, meaning: dict[str, str]) -> pa.ChunkedArray:
    """The meaning of each word, whatever its case; null where there is none."""
    plain = pc.utf8_lower(pc.utf8_trim_whitespace(words))
    return pa.array(list(meaning.values()), TEXT).take(pc.index_in(plain, pa.array(list(meaning), TEXT)))
