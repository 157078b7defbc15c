"""The benchmark's three files as one checked object, and its division into folds of brands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tastemaker.errors import SourceError

TEXTS = ("bio_nouns", "ig_business_category", "bio_concepts")
VECTORS = ("caption_topics", "hashtag_vector")
COLUMNS = {
    "brands": ("brand_id", "name", "category", *TEXTS, *VECTORS),
    "creators": ("creator_id", "handle", *TEXTS, *VECTORS),
    "links": ("brand_id", "creator_id"),
}
"""What is read of each file; other columns are not looked at."""
NAMED = {"brand_id": ("name", "category"), "creator_id": ("handle",)}


@dataclass(frozen=True)
class Links:
    """Brands, creators (rows sorted by id) and who worked with whom: ``linked`` bool (n_brands, n_creators)."""

    brands: pd.DataFrame
    creators: pd.DataFrame
    linked: NDArray[np.bool_]


def read_links(folder: Path) -> Links:
    """The three Parquet files of ``folder``. Raises SourceError naming the file, column, row or id at fault."""
    brands, creators, pairs = (_read(folder / f"{name}.parquet", name) for name in COLUMNS)
    brands, creators = _by_id(brands, "brand_id", folder), _by_id(creators, "creator_id", folder)
    places = []
    for frame, key in ((brands, "brand_id"), (creators, "creator_id")):
        place = pd.Index(frame[key]).get_indexer(pairs[key])
        if (place < 0).any():
            unknown = pairs[key].iloc[int(np.argmax(place < 0))]
            raise SourceError(f"{folder}: links name {key} {unknown!r}, which its own file does not have")
        places.append(place)
    linked = np.zeros((len(brands), len(creators)), dtype=bool)
    linked[places[0], places[1]] = True
    if not linked.any(axis=1).all():
        lonely = brands["brand_id"].iloc[int(np.argmin(linked.any(axis=1)))]
        raise SourceError(f"{folder}: brand {lonely!r} has no link; there is nothing to judge it by")
    return Links(brands, creators, linked)


def folds(brands: pd.DataFrame, k: int, seed: int) -> NDArray[np.int64]:
    """(n_brands,) the fold 0..k-1 of each brand: seeded, and each category spread over the folds evenly."""
    rng = np.random.default_rng(seed)
    category = brands["category"].to_numpy(dtype=str)
    fold, start = np.empty(len(brands), dtype=np.int64), 0
    for name in np.unique(category):
        own = rng.permutation(np.flatnonzero(category == name))
        # Each category goes on where the last one stopped, or the first folds would get all the remainders.
        fold[own] = (start + np.arange(len(own))) % k
        start += len(own)
    return fold


def matrix(frame: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """A column of equally long lists as (n, width)."""
    return np.stack([np.asarray(row, dtype=np.float64) for row in frame[column]])


def _read(path: Path, name: str) -> pd.DataFrame:
    try:
        frame = pd.read_parquet(path)
    except FileNotFoundError:
        raise SourceError(
            f"{path}: not there; expected a folder with brands.parquet, creators.parquet and links.parquet"
        ) from None
    except (OSError, ValueError) as error:
        raise SourceError(f"{path}: can not be read as Parquet: {error}") from None
    missing = [c for c in COLUMNS[name] if c not in frame.columns]
    if missing:
        raise SourceError(f"{path}: has no column {missing[0]!r}; expected {', '.join(COLUMNS[name])}")
    if frame.empty:
        raise SourceError(f"{path}: has no row")
    return frame


def _by_id(frame: pd.DataFrame, key: str, folder: Path) -> pd.DataFrame:
    twice = frame[key].duplicated()
    if twice.any():
        raise SourceError(f"{folder}: {key} {frame[key][twice].iloc[0]!r} stands twice; expected once")
    for column in NAMED[key]:
        if frame[column].isna().any():
            nobody = frame[key][frame[column].isna()].iloc[0]
            raise SourceError(f"{folder}: {key} {nobody!r} has no {column}; expected a text for each")
    for column in VECTORS:
        rows = [np.asarray(row, dtype=np.float64) for row in frame[column]]
        if len({row.shape for row in rows}) > 1 or not all(np.isfinite(row).all() for row in rows):
            raise SourceError(f"{folder}: {column} of {key}: expected equally long lists of finite numbers")
    frame = frame.sort_values(key, ignore_index=True)
    frame[list(TEXTS)] = frame[list(TEXTS)].fillna("")
    return frame
