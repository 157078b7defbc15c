"""Sections ``niche`` and ``voice``: labelled texts in five languages, and the simulated marketplace beside them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from labelled_texts import HALVES, read_labelled
from signal_inputs import Inputs

from tastemaker.config import Features, Simulation
from tastemaker.encoders import Encoder, load_encoder, write_vectors
from tastemaker.features import (
    Anchors,
    FeatureSnapshot,
    anchor_texts,
    brand_voice,
    build_snapshots,
    texts_to_encode,
    write_anchors,
)
from tastemaker.features.content import load_niches, niche_probabilities, niche_scores
from tastemaker.features.voice import DIMENSIONS, voice_scores
from tastemaker.schema import Brand
from tastemaker.simulation import NOW, simulate
from tastemaker.sources import Catalogue, bucketise

ENCODER = "multilingual"
NONE = "none"
CREATORS = 200
BRANDS = 150

TIERS = {
    "animals": ("Pets",), "automotive": ("Automotive",), "beauty": ("Style & Fashion",),
    "books": ("Books and Literature",), "business": ("Business and Finance", "Careers"), "comedy": ("Pop Culture",),
    "crafts": ("Hobbies & Interests",), "dance": ("Fine Art",), "education": ("Education",),
    "family": ("Family and Relationships",), "fashion": ("Style & Fashion",), "finance": ("Personal Finance",),
    "fitness": ("Healthy Living", "Sports"), "food": ("Food & Drink",), "gaming": ("Video Gaming",),
    "gardening": ("Home & Garden",), "health": ("Medical Health", "Healthy Living"), "home": ("Home & Garden",),
    "luxury": ("Style & Fashion",), "movies": ("Entertainment",), "music": ("Entertainment",),
    "nature": ("Science", "Travel"), "photography": ("Fine Art", "Hobbies & Interests"), "politics": ("Politics",),
    "science": ("Science",), "sports": ("Sports",), "sustainability": ("Science",),
    "technology": ("Technology & Computing",), "travel": ("Travel",), "wellness": ("Healthy Living",),
}  # fmt: skip
"""Category of the simulation -> the tier-1 names that are right for it, by the taxonomy's tier 2."""

VALUES = {
    "sincerity": ("honesty", "family"), "excitement": ("innovation",), "competence": ("performance",),
    "sophistication": ("luxury",), "ruggedness": ("adventure",),
}  # fmt: skip
"""Dimension -> values of simulated brands that speak for it, by the facets of Aaker (1997)."""


def niche(_: Inputs) -> dict[str, Any]:
    """The labelled texts by half and language; ``simulated``: accounts against their category."""
    encoder = load_encoder(ENCODER)
    return {**labelled_niches(encoder), "simulated": _simulated(encoder)}


def voice(_: Inputs) -> dict[str, Any]:
    """The labelled texts by half; ``brands``: simulated brands, by the values that they name."""
    encoder = load_encoder(ENCODER)
    return {**labelled_voices(encoder), "brands": _brands(encoder, Anchors.encode(encoder))}


def labelled_niches(encoder: Encoder) -> dict[str, Any]:
    """Per half, top-1 accuracy and what is left after abstention; ``languages``: top-1 of both halves."""
    rows, niches = [r for r in read_labelled("voice") if r["niche"]], load_niches()
    vectors = encoder.encode([r["text"] for r in rows])
    scores = niche_scores(vectors, Anchors.encode(encoder).niches, niches.owner)
    sharpness, least = niches.calibration[ENCODER]
    chance = niche_probabilities(scores, sharpness)
    found: dict[str, Any] = {}
    for half in HALVES:
        at = [i for i, r in enumerate(rows) if r["half"] == half]
        found[half] = _niche_figures(chance[at], [rows[i] for i in at], niches.names, least)
    return {**found, "languages": _by_language(chance, rows, niches.names)}


def labelled_voices(encoder: Encoder) -> dict[str, Any]:
    """Per half: how often the right dimension is the highest, and pairwise agreement by dimension (and its mean).

    Agreement: of all pairs of a text of the dimension and one of another, the share that the score puts in that order.
    """
    rows, anchors = [r for r in read_labelled("voice") if r["voice"]], Anchors.encode(encoder)
    scores = voice_scores(encoder.encode([r["text"] for r in rows]), anchors.voice, anchors.origin)
    found: dict[str, Any] = {}
    for half in HALVES:
        at = [i for i, r in enumerate(rows) if r["half"] == half]
        labels = np.array([rows[i]["voice"] for i in at])
        top = np.array(DIMENSIONS)[scores[at].argmax(axis=1)]
        found[half] = {"texts": len(at), "top1": float((top == labels).mean())}
        found[half] |= _agreement(scores[at], {d: labels == d for d in DIMENSIONS})
    return found


def _niche_figures(
    chance: np.ndarray, rows: list[dict[str, str]], names: tuple[str, ...], least: float
) -> dict[str, Any]:
    label = np.array([r["niche"] for r in rows])
    real, top = label != NONE, np.array(names)[chance.argmax(axis=1)]
    named = chance.max(axis=1) >= least
    return {
        "texts": int(real.sum()),
        "top1": float((top == label)[real].mean()),
        "named": float(named[real].mean()),
        "precision": float((top == label)[named].mean()),
        "without_niche": int((~real).sum()),
        "without_niche_left_alone": int((~named & ~real).sum()),
        "mean_probability": float(chance.max(axis=1)[real].mean()),
    }


def _by_language(chance: np.ndarray, rows: list[dict[str, str]], names: tuple[str, ...]) -> dict[str, float]:
    right: dict[str, list[bool]] = {}
    for row, place in zip(rows, chance.argmax(axis=1).tolist(), strict=True):
        if row["niche"] != NONE:
            right.setdefault(row["language"], []).append(names[place] == row["niche"])
    return {language: float(np.mean(hits)) for language, hits in sorted(right.items())}


def _agreement(scores: np.ndarray, is_so: dict[str, np.ndarray]) -> dict[str, Any]:
    by = {}
    for dimension, so in is_so.items():
        column = scores[:, DIMENSIONS.index(dimension)]
        pairs = column[so][:, None] - column[~so][None, :]
        by[dimension] = float(((pairs > 0) + 0.5 * (pairs == 0)).mean())
    return {"agreement": by, "pairwise_agreement": float(np.mean(list(by.values())))}


def _simulated(encoder: Encoder) -> dict[str, Any]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        simulate(Simulation(creators=CREATORS, brands=24, campaigns=40), folder / "tables")
        bucket = bucketise(folder / "tables", folder / "buckets", 1)[0]
        owner, ids, texts = texts_to_encode(Catalogue(bucket))
        path = folder / "vectors" / f"{bucket.name}.parquet"
        write_vectors(path, owner, ids, encoder.encode(texts), encoder.id)
        write_anchors(folder / "anchors.parquet", encoder.encode(anchor_texts()), encoder.id)
        config = Features(workers=1, buckets=1)
        made = build_snapshots(
            folder / "buckets", path.parent, [NOW], folder / "out", config, anchors=folder / "anchors.parquet"
        )
        table = FeatureSnapshot.load(made[0]).table
    pairs = list(zip(table["category"].to_pylist(), table["niche"].to_pylist(), strict=True))
    known = [(category, name) for category, name in pairs if category is not None]
    right = [name in TIERS[category] for category, name in known if name is not None]
    return {
        "accounts": len(known),
        "named": len(right) / len(known),
        "precision": float(np.mean(right)),
    }


def _brands(encoder: Encoder, anchors: Anchors) -> dict[str, Any]:
    with TemporaryDirectory() as name:
        simulate(Simulation(creators=60, brands=BRANDS, campaigns=20), Path(name) / "tables")
        rows = Catalogue(Path(name) / "tables").table("brands").to_pylist()
    brands = [
        Brand(
            name=r["name"],
            description=r["description"] or "",
            values=tuple(r["values"] or ()),
            voice=r["voice"],
        )
        for r in rows
    ]
    scores = np.stack([brand_voice(brand, encoder, anchors) for brand in brands])
    is_so = {d: np.array([bool(set(v) & set(r["values"] or [])) for r in rows]) for d, v in VALUES.items()}
    return {"brands": len(rows), **_agreement(scores, is_so)}
