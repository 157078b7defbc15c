"""Brand safety from words: levels with their evidence, harmless contexts, what stays unknown, and the brief's floor."""

from __future__ import annotations

import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from features_toys import WordEncoder, brief

from tastemaker.errors import BriefError, FeatureError
from tastemaker.features.folding import fold, words
from tastemaker.features.phrases import PhraseBook, compile_phrase
from tastemaker.features.safety import (
    Lexicon,
    above_floor,
    load_lexicon,
    near_categories,
    safety_accounts,
    safety_posts,
)
from tastemaker.features.safety.lexicon import FOLDER
from tastemaker.features.text_flags import text_flags
from tastemaker.schema import SAFETY_CATEGORIES, Brief

sys.path.insert(0, str(Path(__file__).parents[2] / "experiments" / "0002-creator-signals"))

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def posts(*rows: dict[str, Any]) -> pa.Table:
    base = {"account_id": "a", "language": "en", "posted_at": NOW - timedelta(days=1)}
    schema = pa.schema(
        [
            ("post_id", pa.string()), ("account_id", pa.string()), ("posted_at", pa.timestamp("us", "UTC")),
            ("observed_at", pa.timestamp("us", "UTC")), ("caption", pa.string()), ("hashtags", pa.list_(pa.string())),
            ("language", pa.string()),
        ]
    )  # fmt: skip
    filled = [{**base, "post_id": f"p{i}", **row} for i, row in enumerate(rows)]
    return pa.Table.from_pylist([{n: r.get(n) for n in schema.names} for r in filled], schema=schema)


def levels(caption: str | None, **row: Any) -> dict[str, int]:
    """The categories above none, of one caption."""
    found = safety_posts(posts({"caption": caption, **row})).to_pylist()[0]
    return {c: found[c] for c in SAFETY_CATEGORIES if found[c]}


@pytest.mark.parametrize(
    ("caption", "found"),
    [
        ("a glass of red wine and a good book", {"substances": 1}),
        ("what the fuck was that ending", {"profanity": 2}),
        ("how to make a bomb, step by step", {"arms": 3, "terrorism": 3}),
        ("F*CK this rain", {"profanity": 2}),
        ("𝐟𝐮𝐜𝐤 this rain", {"profanity": 2}),
        ("the murder that split a village", {"crime": 2}),
        ("new photos on my page 🔞", {"adult": 3}),
    ],
)
def test_safety_finds_levels(caption: str, found: dict[str, int]) -> None:
    assert levels(caption) == found


@pytest.mark.parametrize(
    ("caption", "language"),
    [
        ("killed it at the gym, new deadlift record", "en"), ("these kittens are dead cute", "en"),
        ("bath bomb recipe with lavender", "en"), ("shot on film with an old camera", "en"),
        ("that wine-red dress is everything", "en"), ("Scunthorpe to Sussex in one day", "en"),
        ("vestido color vino para la boda", "es"), ("estoy muerta de risa con este perro", "es"),
        ("je suis morte de rire devant ce chien", "fr"), ("la robe lie-de-vin de ma cousine", "fr"),
        ("ich lach mich tot über diesen Hund", "de"), ("im Gras liegen und Wolken zählen", "de"),
        ("morrendo de rir com esse cachorro", "pt"), ("pistola de cola quente e guirlanda", "pt"),
    ],
)  # fmt: skip
def test_safety_leaves_harmless_words_alone(caption: str, language: str) -> None:
    assert levels(caption, language=language) == {}


@pytest.mark.parametrize(
    ("caption", "found"),
    [
        ("oh sh1t, the bus", {"profanity"}), ("what a b!tch of a day", {"profanity"}),
        ("kiss my a$$", {"profanity"}), ("fuuuuck this rain", {"profanity"}), ("p.o.r.n on my page", {"adult"}),
        ("s*icide is not the answer", {"conflict"}), ("my code is GLOW15, size 4xl, 5k run", set()),
        ("wow!so pretty, mail me at tea@shop", set()), ("j'ai d'ici l'eau", set()),
    ],
)  # fmt: skip
def test_safety_reads_masked_words(caption: str, found: set[str]) -> None:
    assert set(levels(caption)) == found


@pytest.mark.parametrize(
    ("phrase", "caption", "found"),
    [
        ("turned <number> into <number>", "turned $200 into 5,000 in a day", True),
        ("turned <number> into <number>", "turned them into something", False),
        ("cheap & followers", "followers, any number of them, cheap", True),
        ("cheap & followers", "cheap tea\nfollowers of the band", False),
        ("free the|my? films", "free films", True), ("free the|my? films", "free my films", True),
        ("free the|my? films", "free your films", False),
    ],
)  # fmt: skip
def test_phrases_know_amounts_optional_words_and_either_order(phrase: str, caption: str, found: bool) -> None:
    folded = fold(caption)
    assert bool(PhraseBook([phrase]).find(folded, words(folded))) is found


@pytest.mark.parametrize("phrase", ["& a", "a? b", "..", "tea & ..", "<number>"])
def test_phrases_refuse_what_has_no_word_to_look_for(phrase: str) -> None:
    with pytest.raises(FeatureError, match="needs a word"):
        compile_phrase(phrase)


def test_safety_a_harmless_phrase_excuses_only_what_it_overlaps() -> None:
    assert levels("killed it at the gym, then vodka") == {"substances": 2}
    assert levels("glue gun in one hand, pistol in the other") == {"arms": 2}


def test_safety_evidence_is_the_words_of_the_caption() -> None:
    caption = "Été: du pain et du Rhum"
    row = safety_posts(posts({"caption": caption, "language": "fr"})).to_pylist()[0]
    (found,) = row["evidence"]
    assert (found["category"], found["level"], found["words"]) == ("substances", 2, "Rhum")
    assert caption[found["start"] :].startswith("Rhum")


def test_safety_reads_hashtags_of_the_list_and_joined_words() -> None:
    assert levels("look at us", hashtags=["vodka"]) == {"substances": 2}
    assert levels("look at us #truecrime") == {"crime": 2}
    assert levels("look at my #adventure #assassinscreedcosplay") == {}


def test_safety_words_of_another_language_do_not_count() -> None:
    assert levels("die Katze und das Gift der Pilze", language="de") == {}
    assert levels("ein dick eingepacktes Kind", language="de") == {}


def test_safety_what_can_not_be_read_is_unknown_not_safe() -> None:
    for row in (
        {"caption": None},
        {"caption": "  "},
        {"caption": "vandaag heb ik brood gebakken met mijn oma"},
    ):
        found = safety_posts(posts({**row, "language": None})).to_pylist()[0]
        assert all(found[c] is None for c in SAFETY_CATEGORIES)
    dutch = safety_posts(
        posts({"caption": "wij zijn op zoek naar cocaine en het is niet leuk", "language": None})
    )
    row = dutch.to_pylist()[0]
    assert (row["substances"], row["arms"]) == (3, None)


def history() -> pa.Table:
    rows = [
        {"caption": "a glass of wine", "posted_at": NOW - timedelta(days=9)},
        {"caption": "vodka night with the band", "posted_at": NOW - timedelta(days=5)},
        {"caption": "tequila night with the band", "posted_at": NOW - timedelta(days=3)},
        {"caption": "the rain and a book", "posted_at": NOW - timedelta(days=2)},
        {"caption": "cocaine on the table", "observed_at": NOW + timedelta(days=1)},
        {"caption": "heroin long ago", "posted_at": NOW - timedelta(days=400)},
    ]  # fmt: skip
    return safety_posts(posts(*rows))


def test_safety_of_an_account_is_its_worst_post_with_the_evidence() -> None:
    rows = {r["category"]: r for r in safety_accounts(history(), NOW).to_pylist()}
    assert list(rows) == list(SAFETY_CATEGORIES)
    worst = rows["substances"]
    assert (worst["level"], worst["post_id"], worst["words"]) == (2, "p2", "tequila")
    assert (worst["judged_posts"], worst["low_posts"], worst["medium_posts"], worst["high_posts"]) == (
        4,
        1,
        2,
        0,
    )
    assert (rows["arms"]["level"], rows["arms"]["post_id"], rows["arms"]["words"]) == (0, None, None)


def test_safety_is_blind_to_what_was_observed_later() -> None:
    flags = history()
    assert safety_accounts(flags, NOW).equals(safety_accounts(flags.slice(0, 4), NOW))
    later = {r["category"]: r for r in safety_accounts(flags, NOW + timedelta(days=2)).to_pylist()}
    assert later["substances"]["level"] == 3


def test_safety_floor_names_who_is_above_it() -> None:
    accounts = safety_accounts(history(), NOW)
    strict, loose = brief(safety_floor={"substances": "low"}), brief(safety_floor={"substances": "medium"})
    assert above_floor(accounts, strict)["category"].to_pylist() == ["substances"]
    assert len(above_floor(accounts, loose)) == len(above_floor(accounts, brief())) == 0


@pytest.mark.parametrize(
    ("floor", "said"),
    [
        ({"substance": "low"}, "no category 'substance'; did you mean 'substances'"),
        ({"hate": "some"}, "safety_floor"),
        ({"hate": 1}, "safety_floor"),
    ],
)
def test_safety_floor_is_read_strictly(floor: dict[str, Any], said: str) -> None:
    with pytest.raises(BriefError, match=said):
        brief(safety_floor=floor)


def test_safety_floor_leaves_older_briefs_as_they_were() -> None:
    assert "safety_floor" not in brief().canonical_json()
    with_floor = brief(safety_floor={"hate": "none"})
    assert Brief.from_json(with_floor.canonical_json()) == with_floor


def test_safety_flags_are_the_same_for_any_split() -> None:
    table = posts({"caption": "a glass of wine"}, {"caption": None}, {"caption": "#ad vodka with @tarn"})
    whole = text_flags(table)
    parts = [text_flags(table.slice(i, 1)) for i in range(3)]
    assert pa.concat_tables([p.safety for p in parts]).equals(whole.safety)
    assert pa.concat_tables([p.disclosure for p in parts]).equals(whole.disclosure)
    assert len(text_flags(table.slice(0, 0)).safety) == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("level: high", "level: hihg", "arms.yaml: terms.0..level: 'hihg' is not known; did you mean 'high'"),
        ("    en:", "    eng:", "arms.yaml: terms.0.: unknown key 'eng'"),
        ("harmless:", "harmles:", "arms.yaml: unknown key 'harmles'; did you mean 'harmless'"),
        ("sword|swords", "sw.rd", "is no word"),
    ],
)
def test_safety_lexicon_is_read_strictly(old: str, new: str, said: str, tmp_path: Path) -> None:
    folder = tmp_path / "lexicon"
    shutil.copytree(FOLDER, folder)
    path = folder / "arms.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    from tastemaker.features.safety import SafetyReader

    with pytest.raises(FeatureError, match=said):
        SafetyReader(load_lexicon(folder))


def test_near_categories_finds_the_nearest_and_refuses_another_encoder() -> None:
    encoder = WordEncoder()
    lexicon = Lexicon((), (), (("tea",), ("bread",), *(("drums",) for _ in range(10))))
    vectors = encoder.encode(["tea", "bread bread tea", "chess"])
    near = near_categories(vectors, "words-4", encoder, lexicon, threshold=0.5)
    assert np.argmax(near[:2], axis=1).tolist() == [0, 1]
    assert (near > 0).sum() == 2
    with pytest.raises(FeatureError, match="encode again"):
        near_categories(vectors, "other", encoder, lexicon, threshold=0.5)
    with pytest.raises(FeatureError, match="no threshold"):
        near_categories(vectors, "words-4", encoder, lexicon)


def test_safety_on_the_labelled_texts() -> None:
    from labelled_texts import judge_safety, read_labelled

    assert len(read_labelled("safety")) >= 300
    judged = judge_safety()
    assert judged["tuning"]["all"]["precision"] >= 0.95  # type: ignore[index]
    assert judged["heldout"]["all"]["precision"] >= 0.85  # type: ignore[index]
    assert judged["heldout"]["all"]["recall"] >= 0.55  # type: ignore[index]
    assert judged["heldout"]["harmless_left_alone"] >= 0.9  # type: ignore[operator]
