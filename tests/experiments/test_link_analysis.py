"""Cold start, learning curve, ceilings and error analysis of experiment 0001, on invented links."""

from __future__ import annotations

from pathlib import Path

import analyse
import numpy as np
import pandas as pd
import pytest
from invented_links import write_benchmark
from link_ceiling import alphabet_scores, alphabet_shares, in_sample, rival_bounds, rivals, span_auc
from link_cold import COLD_METRICS, brand_kinds, cold_start, creator_kinds, kind_metrics
from link_curve import Curve, extrapolate, learning_curve, log_line, part_of, power_law
from link_data import read_links
from link_errors import by_category, case_text, pick_cases, ranks
from link_features import pair_arrays
from link_protocol import Task, cross_validation
from link_settings import Settings, read_settings
from link_told import lessons_apart, own_weights, personalised, told_arrays, told_half
from link_world import Floats, World

from tastemaker.evaluation import link_metrics
from tastemaker.progress import silent

SETTINGS = read_settings(analyse.HERE / "config.yaml").model_copy(update={"bootstrap": 50})
FEW = SETTINGS.model_copy(update={"ranking": SETTINGS.ranking.model_copy(update={"rounds": 40})})
Made = tuple[World, list[Task], list[Floats]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_benchmark(tmp_path_factory.mktemp("analysis"))


@pytest.fixture(scope="module")
def made(folder: Path) -> Made:
    world, tasks = cross_validation(read_links(folder), SETTINGS, 150)
    return world, tasks, [content(world, task) for task in tasks]


def content(world: World, task: Task, _: Settings | None = None) -> Floats:
    pairs = np.ix_(task.queries, task.candidates)
    return world.like["topics"].across[pairs] + world.like["hashtags"].across[pairs]


def test_seen_creators_are_those_of_known_links_and_padding_is_never_seen(made: Made) -> None:
    world, tasks, _ = made
    for task in tasks:
        kinds = creator_kinds(world, task)
        for place, creator in enumerate(task.candidates):
            known = any(world.linked[brand, creator] for brand in task.known) and creator not in task.padding
            assert kinds["seen"][place] == known
            assert kinds["never seen"][place] != known
        assert kinds["seen"].any()
        assert (kinds["with bio"] ^ kinds["without bio"]).all()


def test_partners_of_another_kind_are_neither_found_nor_in_the_way() -> None:
    linked = np.array([[True, False, True, False, False], [True, False, False, False, False]])
    scores = np.array([[5.0, 4.0, 3.0, 2.0, 1.0], [1.0, 1.0, 0.0, 0.0, 0.0]])
    kind = np.array([False, False, True, True, True])
    found = kind_metrics(linked, scores, kind)
    assert found["MRR"][0] == pytest.approx(1 / 2), "behind one non-partner, the other partner left out"
    assert all(np.isnan(found[m][1]) for m in COLD_METRICS)
    assert kind_metrics(linked, scores, ~kind)["MRR"].tolist() == [1.0, 0.5], "a tie is lost"


def test_cold_start_counts_every_partner_once_and_pairs_rows(made: Made) -> None:
    world, tasks, scores = made
    flat = [np.zeros_like(s) for s in scores]
    found = cold_start(world, tasks, {"flat": flat, "content": scores}, SETTINGS)
    links = sum(int(t.linked.sum()) for t in tasks)
    assert (
        found["partners: seen"]["content"]["partners"] + found["partners: never seen"]["content"]["partners"]
        == links
    )
    assert found["all brands"]["content"]["brands"] == sum(len(t.queries) for t in tasks)
    assert found["all brands"]["content over flat"]["R@10"].low > 0.0
    halves = brand_kinds(world, tasks)
    assert (halves["brands: with bio"] ^ halves["brands: without bio"]).all()


def test_a_part_keeps_each_category_and_is_nested(made: Made) -> None:
    world, tasks, _ = made
    small, half = (part_of(world, tasks[0], share, 3) for share in (0.25, 0.5))
    assert set(small.known) < set(half.known) < set(tasks[0].known)
    assert len(half.known) == pytest.approx(len(tasks[0].known) / 2, abs=2)
    assert set(world.category[half.known]) == set(world.category)
    assert list(part_of(world, tasks[0], 1.0, 3).known) == list(tasks[0].known)
    assert half.linked is tasks[0].linked


def test_learning_curve_of_a_score_that_counts_what_is_known(made: Made) -> None:
    world, tasks, scores = made
    wholes = {tuple(t.queries): (t, s) for t, s in zip(tasks, scores, strict=True)}

    def grows(_: World, task: Task, __: Settings) -> Floats:
        whole, score = wholes[tuple(task.queries)]
        noise = np.random.default_rng(0).normal(size=score.shape)
        return score + (1.0 - len(task.known) / len(whole.known)) * noise

    curve = learning_curve(world, tasks, SETTINGS, silent, grows, shares=(0.25, 0.5, 1.0))
    assert curve.values["MAP"].shape == (3, 40)
    assert (np.diff(curve.values["MAP"].mean(axis=1)) > 0.0).all()
    assert (np.diff(curve.brands) > 0.0).all()
    np.testing.assert_array_equal(
        curve.values["AUC"][-1],
        np.concatenate([link_metrics(s, t.linked)["AUC"] for t, s in wholes.values()]),
    )


def test_lines_find_the_curve_that_they_were_made_from() -> None:
    brands = np.array([20.0, 50.0, 100.0, 200.0])
    asked = np.array([400.0, 800.0])
    truth = 0.3 - 0.8 * brands**-0.5
    np.testing.assert_allclose(power_law(brands, truth, asked), 0.3 - 0.8 * asked**-0.5, atol=2e-3)
    np.testing.assert_allclose(
        log_line(brands, 0.1 + 0.02 * np.log(brands), asked), 0.1 + 0.02 * np.log(asked)
    )
    falling = power_law(brands, -truth, asked)
    assert falling == pytest.approx(-truth.mean()), "a falling curve is read as noise about its mean"
    values = truth[:, None] + 0.01 * np.random.default_rng(0).normal(size=(4, 60))
    point = extrapolate(Curve(brands, {"R@10": values}), np.array([400]), SETTINGS)["R@10"][0]["power law"]
    assert point.low < 0.3 - 0.8 * 400**-0.5 < point.high


def test_rivals_agree_with_a_slow_obvious_version(made: Made) -> None:
    world, tasks, _ = made
    task = tasks[0]
    blocks = [world.like[n].across[np.ix_(task.queries, task.candidates)] for n in ("topics", "hashtags")]
    for own in (True, False):
        counts = rivals(world, task, own_category=own)
        assert (np.isfinite(counts) == task.linked).all()
        for row in range(3):
            others = np.flatnonzero(~task.linked[row] & (task.own_category[row] if own else True))
            for partner in np.flatnonzero(task.linked[row]):
                slow = sum(all(b[row, o] >= b[row, partner] for b in blocks) for o in others)
                assert counts[row, partner] == slow


def test_no_monotone_score_exceeds_the_bound_of_rivals(made: Made) -> None:
    world, tasks, scores = made
    for task, score in zip(tasks, scores, strict=True):
        bounds = rival_bounds(rivals(world, task, own_category=False))
        found = link_metrics(score, task.linked)
        for metric in ("R@10", "R@50", "MRR"):
            assert (found[metric] <= bounds[metric] + 1e-12).all()
        assert (bounds["R@10"] < 1.0).any()


def test_told_partners_help_and_are_not_judged(made: Made) -> None:
    world, tasks, scores = made
    half = told_half(tasks[0], 0)
    assert (half.sum(axis=1) == tasks[0].linked.sum(axis=1) // 2).all()
    assert not (half & ~tasks[0].linked).any()
    flat = [np.random.default_rng(0).random(s.shape) for s in scores]
    found = personalised(world, tasks, flat, FEW)
    assert found["told half"]["MAP"].mean() > found["score alone"]["MAP"].mean() + 0.1
    listed = link_metrics(np.where(half, -1.0, flat[0]), tasks[0].linked & ~half)
    np.testing.assert_allclose(found["score alone"]["MRR"][: len(half)], listed["MRR"])


def test_no_lesson_is_of_the_judged_task_or_told() -> None:
    frames = [pd.DataFrame({"task": i, "told": [True, False, False]}) for i in range(3)]
    assert lessons_apart(frames, 1)["task"].tolist() == [0, 0, 2, 2]


def test_what_is_told_does_not_hang_on_the_other_half(made: Made) -> None:
    world, tasks, scores = made
    half = told_half(tasks[0], 0)
    before = told_arrays(world, tasks[0], scores[0], half)
    world.linked[np.ix_(tasks[0].queries, tasks[0].candidates)] ^= ~half
    try:
        for name, values in told_arrays(world, tasks[0], scores[0], half).items():
            np.testing.assert_array_equal(values, before[name])
    finally:
        world.linked[np.ix_(tasks[0].queries, tasks[0].candidates)] ^= ~half


def test_own_weights_come_back_to_the_score_under_a_strong_penalty(made: Made) -> None:
    world, tasks, scores = made
    found = own_weights(world, tasks, scores, (1e9, 10.0), dimensions=True)
    np.testing.assert_allclose(found["own weights, penalty 1e+09"]["MAP"], found["score alone"]["MAP"])
    chance = [np.random.default_rng(0).random(s.shape) for s in scores]
    found = own_weights(world, tasks, chance, (10.0,))
    assert found["own weights, penalty 10"]["AUC"].mean() > found["score alone"]["AUC"].mean() + 0.1


def test_in_sample_remembers(made: Made) -> None:
    world, tasks, scores = made
    task = tasks[0]
    arrays = pair_arrays(world.without(task.padding), task.known, task.queries, task.candidates)
    remembered = in_sample(world, task, arrays, SETTINGS, 100, 31)
    assert link_metrics(remembered, task.linked)["MAP"].mean() > 0.85
    assert link_metrics(scores[0], task.linked)["MAP"].mean() < 0.8


def test_the_alphabet_shows_links_that_are_a_slice_of_it(made: Made) -> None:
    world, tasks, scores = made
    by_chance = alphabet_shares(world, 20)
    assert by_chance["spread"] == pytest.approx(by_chance["spread by chance"], abs=0.03)
    sliced = world.without(np.empty(0, dtype=np.int64))
    order = np.argsort(world.creators["handle"].str.lower().to_numpy(dtype=str))
    sliced.linked[:] = False
    for brand in range(len(sliced.brands)):
        sliced.linked[brand, order[brand * 9 : brand * 9 + 9]] = True
    assert alphabet_shares(sliced, 20)["spread"] < 0.1
    alone = link_metrics(alphabet_scores(world, tasks[0]), tasks[0].linked)["AUC"].mean()
    assert alone == pytest.approx(0.5, abs=0.1)
    spans = span_auc(world, tasks[0], scores[0])
    assert np.nanmean(spans["within"]) > 0.5
    assert spans["outside"].shape == (len(tasks[0].queries),)


def test_categories_and_cases(made: Made) -> None:
    world, tasks, scores = made
    parts = [link_metrics(s, t.linked, t.own_category) for s, t in zip(scores, tasks, strict=True)]
    values = {m: np.concatenate([p[m] for p in parts]) for m in parts[0]}
    table = by_category(world, tasks, values, SETTINGS)
    assert sorted(table) == sorted(set(world.category))
    assert np.mean([row["MRR"].value for row in table.values()]) == pytest.approx(values["MRR"].mean())
    cases = pick_cases(tasks, scores, 3, 4, seed=1)
    assert [c.why for c in cases] == ["worst"] * 3 + ["chance"] * 4
    assert len({(c.task, c.row) for c in cases}) == 7
    assert max(c.value for c in cases[:3]) <= np.sort(values["MAP"])[2] + 1e-12
    case = cases[0]
    text = case_text(world, tasks[case.task], scores[case.task], case)
    row = tasks[case.task].linked[case.row]
    assert text.count("hashtags") == row.sum() + 5
    brand = world.brands.iloc[tasks[case.task].queries[case.row]]
    assert brand["brand_id"] in text
    assert brand["name"] not in text
    assert brand["name"] in case_text(world, tasks[case.task], scores[case.task], case, named=True)


def test_places_count_ties_against_partners() -> None:
    assert ranks(np.array([1.0, 2.0, 2.0]), np.array([False, True, False])).tolist() == [3, 2, 1]


def test_the_command_prints_every_part_asked_for(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fast = {"two_cosines": content, "tastemaker": content}
    monkeypatch.setattr(
        analyse, "row_scores", lambda w, t, *_: ({name: f(w, t) for name, f in fast.items()}, None)
    )
    asked = ["--train", str(folder), "--protocol", "cv5", "--parts"]
    assert analyse.main([*asked, "errors"]) == 0
    printed = capsys.readouterr().out
    assert "(worst;" in printed
    for file in folder.glob("*.parquet"):
        pd.read_parquet(file).drop(columns="competence", errors="ignore").to_parquet(tmp_path / file.name)
    asked[1] = str(tmp_path)
    assert analyse.main([*asked, "competence"]) == 2
    assert "no column 'competence'" in capsys.readouterr().err
