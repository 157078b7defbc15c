"""Content of an account: themes with their posts, niche, languages, effort, originality, reliability."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from features_world import CONFIG, NOW, World, encode, row, word_vectors

from tastemaker.config import Evidence
from tastemaker.errors import FeatureError
from tastemaker.features import Anchors, anchor_texts, build_snapshots, write_anchors
from tastemaker.features.content import (
    ThemeSets,
    content_columns,
    load_niches,
    niche_probabilities,
    niche_scores,
)
from tastemaker.sources import bucketise


def captioned(*captions: str | None, every: float = 10.0) -> World:
    world = World().account("a", "ann", language="en")
    for number, caption in enumerate(captions):
        world.post(f"p{number}", "a", 5 + every * number, caption=caption)
    return world


def test_repeated_captions_are_not_original_whatever_their_numbers_and_tags(tmp_path: Path) -> None:
    same = ("Day 3 of bread #baking", "Day 17 of bread! @friend", "day 4 OF bread https://a.example/x")
    got = row(captioned(*same, "Something else", None).snapshot(tmp_path), "a")
    assert got["caption_originality"] == pytest.approx(2 / 4)
    assert got["caption_letters"] == 10.0
    assert got["content_posts"] == 5


def test_a_shared_opening_or_ending_makes_a_caption_a_copy(tmp_path: Path) -> None:
    long = "the quick brown fox jumps over the lazy dog and runs away into the deep dark woods tonight"
    got = row(captioned(long, f"{long} again", f"so {long}", f"hey {long}", "short").snapshot(tmp_path), "a")
    # Four openings are distinct and three endings: the lesser number counts.
    assert got["caption_originality"] == pytest.approx(3 / 5)


def test_languages_are_shares_of_the_posts_whose_language_is_told(tmp_path: Path) -> None:
    spoken = ("this is what we have for you and me", "das ist nicht mein Tag und ich weiß es auch", "ok")
    world = World().account("a", "ann")
    for number, caption in enumerate(spoken):
        world.post(f"p{number}", "a", 5 + number, caption=caption)
    got = row(world.account("b", "bob").snapshot(tmp_path), "a")
    assert (got["posts_in_en"], got["posts_in_de"], got["posts_in_fr"]) == (0.5, 0.5, 0.0)


def test_deliverables_on_time(tmp_path: Path) -> None:
    world = World().account("a", "ann").account("b", "bob")
    world.add("brands", brand_id="b", name="B")
    world.add("campaigns", campaign_id="k", brand_id="b", brief="{}", starts_at=NOW, ends_at=NOW)
    for number, on_time in enumerate([True, True, False, None]):
        world.add(
            "outcomes",
            campaign_id="k",
            creator_id="ann",
            deliverable=f"d{number}",
            observed_at=NOW,
            on_time=on_time,
        )
    made = world.snapshot(tmp_path)
    assert row(made, "a")["past_on_time"] == pytest.approx(2 / 3)
    assert row(made, "b")["past_on_time"] is None


def test_themes_carry_the_post_nearest_to_them(tmp_path: Path) -> None:
    world = captioned("aaab", "aaaa", "hhhh", "aaba").account("b", "bob", bio="ccc")
    made = world.snapshots(tmp_path, buckets=2)[0]
    # p3 says the same as p0 and came first.
    assert made.theme_row.tolist() == [0, 0, 1]
    assert made.theme_posts.to_pylist() == [
        {"post_id": "p3", "share": 0.75},
        {"post_id": "p2", "share": 0.25},
        {"post_id": None, "share": None},
    ]
    assert row(made, "a")["topical_focus"] is None
    again = type(made).load(next((tmp_path / "out").iterdir()))
    assert again.theme_posts.equals(made.theme_posts)


def test_as_of_is_the_latest_post_known_and_confidence_grows_with_posts(tmp_path: Path) -> None:
    world = captioned("abc", "abd").account("b", "bob").post("q", "b", 60, caption="abc")
    made = world.snapshot(tmp_path)
    assert (NOW - row(made, "a")["content_as_of"]).days == 5
    assert row(made, "a")["content_confidence"] == pytest.approx(2 / 12 * 2 ** (-5 / 90))
    assert row(made, "b")["content_confidence"] == pytest.approx(1 / 11 * 2 ** (-60 / 90))


def test_a_niche_is_named_where_one_stands_out_and_by_the_weight_of_the_themes() -> None:
    niches = load_niches()
    lines = np.zeros((len(niches.lines), len(niches.names)), dtype=np.float32)
    lines[np.arange(len(niches.lines)), niches.owner] = 1.0
    food, pets = niches.names.index("Food & Drink"), niches.names.index("Pets")
    texts = np.zeros((2, len(niches.names)), dtype=np.float32)
    texts[0, food], texts[1, [food, pets]] = 1.0, np.sqrt(0.5)
    chance = niche_probabilities(niche_scores(texts, lines, niches.owner), 50.0)
    assert chance.sum(axis=1) == pytest.approx([1.0, 1.0])
    assert chance[0, food] > 0.99
    assert chance[1, food] == pytest.approx(0.5, abs=0.01)


def one_hot(encoder_id: str) -> Anchors:
    niches = load_niches()
    lines = np.eye(len(niches.names), dtype=np.float32)[niches.owner]
    return Anchors(encoder_id, lines, np.zeros((5, lines.shape[1]), dtype=np.float32), np.zeros(5))


def test_an_accounts_niche_is_that_of_most_of_its_posts_or_none() -> None:
    names = list(load_niches().names)
    food, pets = names.index("Food & Drink"), names.index("Pets")
    # Three accounts: most posts on food, half and half, a bio alone; one without themes.
    vectors = np.eye(len(names), dtype=np.float32)[[food, pets, food, pets, pets]]
    share = np.array([0.75, 0.25, 0.5, 0.5, np.nan])
    sets = ThemeSets(
        vectors, [None] * 5, share, np.array([0, 2, 4, 0]), np.array([2, 2, 1, 0]), np.full(4, np.nan)
    )
    rows = pa.table(
        {"moment": [0] * 4, "content_as_of": pa.array([0, 0, 0, None], pa.int64()), "content_posts": [8] * 4}
    )
    got = content_columns(rows, sets, one_hot("multilingual/x"), Evidence(enough=10, half_life_days=90))
    assert got.column("niche").to_pylist() == ["Food & Drink", None, "Pets", None]
    assert got.column("niche_probability").to_pylist()[0] == pytest.approx(0.75, abs=0.01)
    assert got.column("content_confidence").to_pylist() == [pytest.approx(8 / 18)] * 3 + [None]
    # An encoder whose probabilities nobody has fitted names no niche.
    other = content_columns(rows, sets, one_hot("runes/x"), Evidence(enough=10, half_life_days=90))
    assert other.column("niche").null_count == 4


def test_without_anchors_niche_and_voice_are_unknown(tmp_path: Path) -> None:
    world = captioned("abc", "abd")
    bucketise(world.write(tmp_path / "tables"), tmp_path / "buckets", 1)
    encode(tmp_path / "buckets", tmp_path / "vectors")
    from tastemaker.features import FeatureSnapshot

    paths = build_snapshots(tmp_path / "buckets", tmp_path / "vectors", [NOW], tmp_path / "out", CONFIG)
    got = row(FeatureSnapshot.load(paths[0]), "a")
    assert got["niche"] is None
    assert got["voice_sincerity"] is None
    assert got["caption_letters"] == 3.0


def test_anchors_of_another_encoder_or_lists_are_refused(tmp_path: Path) -> None:
    world = captioned("abc")
    bucketise(world.write(tmp_path / "tables"), tmp_path / "buckets", 1)
    encode(tmp_path / "buckets", tmp_path / "vectors")

    def build(anchors: Path) -> None:
        build_snapshots(
            tmp_path / "buckets", tmp_path / "vectors", [NOW], tmp_path / "out", CONFIG, anchors=anchors
        )

    vectors = word_vectors(anchor_texts())
    write_anchors(tmp_path / "other.parquet", vectors, "runes-8")
    with pytest.raises(
        FeatureError, match="anchors of 'runes-8' can not be compared with posts of 'letters-8'"
    ):
        build(tmp_path / "other.parquet")
    with pytest.raises(FeatureError, match="no vectors of the anchors"):
        build(tmp_path / "nowhere.parquet")
    with pytest.raises(FeatureError, match=r"no vector of .*encode them again"):
        Anchors.of({}, "letters-8")
