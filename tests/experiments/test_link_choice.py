"""The choice inside: of how features are made, by lessons alone, whatever the judged links say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import link_choice
import numpy as np
import pytest
from invented_links import write_benchmark
from link_choice import choose
from link_data import read_links
from link_model import Prepared
from link_protocol import Task, cross_validation
from link_settings import Settings, Variant, read_settings
from link_units import NESTED, OURS, Unit, row_scores
from link_world import World

CHOSEN = read_settings(Path(__file__).parents[2] / "experiments" / "0001-brand-creator-links" / "config.yaml")
OTHERS = (
    Variant(name="other affinities", ridge_brands=3.0, nearest=2),
    Variant(name="other letters", letters=(2, 3)),
)
SETTINGS = CHOSEN.model_copy(
    update={
        "ranking": CHOSEN.ranking.model_copy(update={"rounds": 15}),
        "features": CHOSEN.features.model_copy(update={"projection_epochs": 3}),
        "choose_among": ("everything", *(v.name for v in OTHERS)),
        "variants": (*(v for v in CHOSEN.variants if v.name not in {o.name for o in OTHERS}), *OTHERS),
    }
)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Task]:
    links = read_links(write_benchmark(tmp_path_factory.mktemp("choice")))
    world, tasks = cross_validation(links, SETTINGS)
    return world, tasks[0]


def prepared(world: World, task: Task, settings: Settings = SETTINGS) -> Prepared:
    return Prepared(world, task.known, task.queries, task.candidates, settings)


def test_judged_links_have_no_say_in_the_choice(judged: tuple[World, Task]) -> None:
    world, task = judged
    unit = Unit(None, SETTINGS.seed, 0, (), nested=True)
    before, choice = row_scores(world, task, SETTINGS, unit)
    flipped = world.without(np.empty(0, dtype=np.int64))
    flipped.linked[task.queries] ^= True
    after, again = row_scores(flipped, replace(task, linked=~task.linked), SETTINGS, unit)
    assert choice == again in SETTINGS.choose_among
    for row in (OURS, NESTED):
        np.testing.assert_array_equal(before[row], after[row])


def test_variants_made_alike_share_their_features_and_no_others_do(judged: tuple[World, Task]) -> None:
    made = prepared(*judged)
    assert made.lessons("everything") is made.lessons("without texts")
    seen = [made.lessons(v.name)[0].found is made.lessons("everything")[0].found for v in OTHERS]
    assert seen == [True] * len(OTHERS)  # neither changes the learned retrieval: it is fitted once
    first = made.lessons("everything")[0].frame
    affinities, letters = (made.lessons(v.name)[0].frame for v in OTHERS)
    for other, changed in (
        (affinities, ["affinity", "peers_mean_content"]),
        (letters, ["letters", "letters_usual"]),
    ):
        for name in ("topics", "retrieval", *changed):
            assert np.array_equal(first[name], other[name]) == (name not in changed), name


def test_a_changed_projection_changes_the_learned_retrieval_alone(judged: tuple[World, Task]) -> None:
    variant = Variant(name="two blocks", blocks=("topics", "hashtags"), projection_rank=2)
    made = prepared(*judged, SETTINGS.model_copy(update={"variants": (*SETTINGS.variants[:1], variant)}))
    first, other = (made.lessons(name)[0].frame for name in ("everything", "two blocks"))
    changed = [name for name in first if not first[name].equals(other[name])]
    assert changed == ["retrieval"]


def test_the_choice_is_the_variant_that_finds_the_held_partners(judged: tuple[World, Task]) -> None:
    lessons = prepared(*judged).lessons("everything")
    told = [
        replace(lesson, frame=lesson.frame.assign(topics=lesson.frame["engagements"])) for lesson in lessons
    ]
    for best in SETTINGS.choose_among:
        assert choose(lambda name, best=best: told if name == best else lessons, SETTINGS) == best
    assert (
        choose(lambda _: lessons, SETTINGS.model_copy(update={"choose_among": ("everything",) * 2}))
        == "everything"
    )


def test_the_best_third_is_judged_twice_and_its_mean_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [variant.name for variant in CHOSEN.variants][:7]
    first = dict(zip(names, (0.1, 0.5, 0.2, 0.6, 0.4, 0.3, 0.7), strict=True))
    second = {names[6]: 0.1, names[3]: 0.3}
    asked: list[tuple[str, int, int]] = []

    def precision(lessons: str, judged: range, variant: Variant, _: Settings) -> float:
        asked.append((lessons, judged.start, variant.rounds or 0))
        return (first if judged.start == 0 else second)[lessons]

    monkeypatch.setattr(link_choice, "_precision", precision)
    settings = CHOSEN.model_copy(update={"choose_among": tuple(names), "choice_steps": 3})
    assert choose(lambda name: name, settings) == names[3]
    assert [name for name, start, _ in asked if start != 0] == [names[3], names[6]]
    assert {rounds for *_, rounds in asked} == {CHOSEN.ranking.rounds // 3}
