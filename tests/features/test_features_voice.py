"""How texts sound: the five dimensions, brand against creator, and the tone of comments in five languages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from features_toys import account, brief, snapshot
from features_world import World, row

from tastemaker.encoders import load_encoder
from tastemaker.errors import FeatureError
from tastemaker.features import Anchors, brand_voice, voice_match
from tastemaker.features.columns import VOICE_COLUMNS
from tastemaker.features.voice import DIMENSIONS, comment_tones, load_personality, voice_scores
from tastemaker.features.voice.lexicon import load_tones

TONES = [
    ("Love this so much!", 1), ("not good at all", -1), ("I don't like it, but the colour is great", 1),
    ("this is a scam", -1), ("where did you buy it?", 0), ("😍😍", 1), ("🤢", -1), ("No, perfect", 1),
    ("never disappointed", 1), ("great video, terrible sound", 0),
    ("me encanta", 1), ("no me gusta nada", -1), ("qué asco", -1), ("dónde lo compraste", 0), ("¡Increíble!", 1),
    ("j'adore", 1), ("je n'aime pas", -1), ("c'est nul", -1), ("Magnifique, merci", 1), ("vous l'avez où", 0),
    ("wunderschön, danke", 1), ("nicht gut", -1), ("so ein Schrott", -1), ("Süß!", 1), ("wie lange dauert das", 0),
    ("amei, que lindo", 1), ("não gostei", -1), ("que nojo", -1), ("onde você comprou", 0), ("ótimo 👏", 1),
]  # fmt: skip


@pytest.mark.parametrize(("text", "tone"), TONES)
def test_tones_of_comments(text: str, tone: int) -> None:
    assert comment_tones([text]) == [tone]


def test_tones_come_in_the_order_of_the_texts_and_repeat() -> None:
    assert comment_tones(["bad", "good", "bad", "so"]) == [-1, 1, -1, 0]
    assert comment_tones([]) == []


def test_a_word_of_both_tones_is_refused(tmp_path: Path) -> None:
    import yaml

    import tastemaker.features.voice.lexicon as lexicon

    lists = yaml.safe_load(lexicon.FILE.read_text(encoding="utf-8"))
    lists["negative"]["fr"].append("super")
    path = tmp_path / "tones.yaml"
    path.write_text(yaml.safe_dump(lists), encoding="utf-8")
    with pytest.raises(FeatureError, match=r"negative\.fr: 'super' must be one word, and of one tone"):
        load_tones(path)


def test_an_accounts_tone_needs_five_comments_with_one(tmp_path: Path) -> None:
    world = World().account("a", "ann").account("b", "bob").post("p", "a", 20).post("q", "b", 20)
    texts = ["love it", "so bad", "perfect", "danke", "me encanta", "where is this?"]
    for number, text in enumerate(texts):
        world.add("comments", comment_id=f"c{number}", post_id="p", posted_at=row_time(), text=text)
        if number < 4:
            world.add("comments", comment_id=f"d{number}", post_id="q", posted_at=row_time(), text=text)
    made = world.snapshot(tmp_path)
    assert row(made, "a")["comment_sentiment"] == pytest.approx(3 / 5)
    assert (row(made, "a")["comments_read"], row(made, "b")["comments_read"]) == (6, 4)
    assert row(made, "b")["comment_sentiment"] is None


def row_time() -> object:
    from features_world import days

    return days(10)


def anchors() -> Anchors:
    axes = np.eye(6, dtype=np.float32)
    texts = dict.fromkeys(load_personality().neutral, axes[5])
    for place, lines in enumerate(load_personality().dimensions.values()):
        texts |= dict.fromkeys(lines, axes[place])
    from tastemaker.features import anchor_texts

    return Anchors.of({text: texts.get(text, axes[5]) for text in anchor_texts()}, "axes-6")


def test_scores_differ_are_zero_for_a_neutral_text_and_unknown_without_words() -> None:
    made = anchors()
    vectors = np.eye(6, dtype=np.float32)[[0, 4, 5]]
    scores = voice_scores(np.vstack([vectors, np.zeros((1, 6))]).astype(np.float32), made.voice, made.origin)
    assert scores.argmax(axis=1)[:2].tolist() == [0, 4]
    assert scores[:2].sum(axis=1) == pytest.approx([0.0, 0.0], abs=1e-6)
    assert scores[2] == pytest.approx(np.zeros(5))
    assert np.isnan(scores[3]).all()


def voiced(*scores: tuple[float, ...] | None) -> object:
    rows = [
        account(f"a{i}", f"c{i}", **(dict(zip(VOICE_COLUMNS, s, strict=True)) if s else {}))
        for i, s in enumerate(scores)
    ]
    return snapshot(rows)


def test_match_is_of_shape_against_the_usual_creator() -> None:
    made = voiced((0.3, 0, 0, 0, 0), (0, 0, 0, 0, 0.3), (0, 0, 0, 0, 0), None)
    brand = np.array([0.2, 0.0, 0.0, 0.0, 0.0])
    got = voice_match(brand, made, np.arange(4))
    assert got.match[0] > 0.8
    assert got.profiles[0] == pytest.approx([0.2, 0, 0, 0, -0.1])
    assert got.match[1] < 0
    assert np.isnan(got.match[3])
    assert voice_match(brand, made, np.array([1])).match[0] == got.match[1]
    assert np.isnan(voice_match(np.full(5, np.nan), made, np.arange(4)).match).all()


@pytest.fixture(scope="module")
def spoken() -> tuple[object, Anchors]:
    encoder = load_encoder("multilingual")
    return encoder, Anchors.encode(encoder)


@pytest.mark.parametrize(
    ("description", "dimension"),
    [
        ("Handmade leather boots for mountain rescue teams in all weather", "ruggedness"),
        ("Joyas finas de platino para noches de gala", "sophistication"),
        ("Zertifizierte Messgeräte mit zehn Jahren Garantie", "competence"),
    ],
)
def test_brands_are_heard_by_their_own_words(
    spoken: tuple[object, Anchors], description: str, dimension: str
) -> None:
    encoder, known = spoken
    said = brief(brand={"name": "Quorlip", "description": description}).brand
    scores = brand_voice(said, encoder, known)
    assert DIMENSIONS[int(scores.argmax())] == dimension
    assert np.isnan(brand_voice(brief().brand, encoder, known)).all()


def test_a_brand_and_anchors_of_two_encoders_are_refused(spoken: tuple[object, Anchors]) -> None:
    with pytest.raises(FeatureError, match="anchors of 'axes-6'"):
        brand_voice(brief().brand, spoken[0], anchors())
