"""An invented benchmark: brands of a taste, creators who share the taste of the brands they worked with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

CATEGORIES = ("teas", "lamps", "boots", "kites")
SYLLABLES = ("zol", "bari", "mek", "tuno", "vish", "quor", "lemp", "dax")


def write_benchmark(
    folder: Path, brands: int = 40, per_brand: int = 10, seed: int = 0, first: int = 0, first_creator: int = 0
) -> Path:
    """``brands`` brands with ``per_brand`` creators each, some of them shared; ids count up from the ``first``."""
    rng = np.random.default_rng(seed)
    styles = np.random.default_rng(99).dirichlet(np.full(6, 0.4), len(CATEGORIES))
    tags = np.random.default_rng(98).normal(size=(len(CATEGORIES), 10))
    category = np.arange(brands) % len(CATEGORIES)
    topics = _mixed(rng, styles[category])
    vectors = tags[category] + rng.normal(size=(brands, 10))
    owner = np.repeat(np.arange(brands), per_brand)
    ids = [f"c{first_creator + i:05d}" for i in range(len(owner))]
    brand_ids = [f"b{first + i:04d}" for i in range(brands)]
    links = [(brand_ids[o], c) for o, c in zip(owner, ids, strict=True)]
    # Every fifth creator worked with the next brand of the same category too.
    links += [(brand_ids[(owner[i] + len(CATEGORIES)) % brands], ids[i]) for i in range(0, len(ids), 5)]
    folder.mkdir(parents=True, exist_ok=True)
    own = {"brand_id": brand_ids, "name": [f"{_word(rng)}.co" for _ in brand_ids]}
    own["category"] = [CATEGORIES[c] for c in category]
    _frame(rng, own, topics, vectors).to_parquet(folder / "brands.parquet")
    people = {"creator_id": ids, "handle": [f"{_word(rng)}_{i}" for i in range(len(ids))]}
    near = 0.7 * topics[owner] + 0.3 * _mixed(rng, styles[category[owner]])
    tagged = vectors[owner] + rng.normal(size=(len(owner), 10))
    _frame(rng, people, near, tagged).to_parquet(folder / "creators.parquet")
    frame = pd.DataFrame(links, columns=["brand_id", "creator_id"])
    frame["competence"] = np.random.default_rng([seed, 1]).lognormal(-4.0, 1.0, len(frame))
    frame.to_parquet(folder / "links.parquet")
    return folder


def _mixed(rng: np.random.Generator, shares: np.ndarray) -> np.ndarray:
    return 0.5 * shares + 0.5 * rng.dirichlet(np.full(shares.shape[1], 0.3), len(shares))


def _word(rng: np.random.Generator) -> str:
    return "".join(rng.choice(SYLLABLES, 3))


def _frame(rng: np.random.Generator, own: dict, topics: np.ndarray, vectors: np.ndarray) -> pd.DataFrame:
    words = [" ".join(rng.choice(SYLLABLES, 3)) if rng.random() < 0.4 else "" for _ in topics]
    texts = {"bio_nouns": words, "ig_business_category": "", "bio_concepts": words[::-1]}
    return pd.DataFrame(own | texts | {"caption_topics": list(topics), "hashtag_vector": list(vectors)})
