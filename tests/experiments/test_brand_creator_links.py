"""Experiment 0001: its report, its protocol, and that no judged link is ever learned from."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from invented_links import write_benchmark
from link_data import Links, folds, read_links
from link_features import GROUPS, pair_arrays
from link_learned import contents, learn
from link_model import lessons, rank
from link_protocol import Task, cross_validation, held_out
from link_settings import ALONE, read_settings
from link_units import BASELINES, NESTED, OURS, Source, Unit, judge_unit, row_scores
from link_world import World

from tastemaker.errors import ConfigError, FeatureError, SourceError
from tastemaker.evaluation import LINK_METRICS

# Every experiment has a run.py: this one is loaded under a name of its own.
RUN = Path(__file__).parents[2] / "experiments" / "0001-brand-creator-links" / "run.py"
SPEC = importlib.util.spec_from_file_location("brand_creator_links_run", RUN)
experiment = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(experiment)

REAL = Path(__file__).parents[3] / "shared" / "data" / "brand_creator"
CHOSEN = read_settings(experiment.HERE / "config.yaml")
QUICK = {
    "ranking": CHOSEN.ranking.model_copy(update={"rounds": 40}),
    "features": CHOSEN.features.model_copy(update={"projection_epochs": 4}),
    "bootstrap": 200,
}
SETTINGS = CHOSEN.model_copy(update=QUICK)
ROWS = (*BASELINES, OURS, ALONE)


def scored(world: World, task: Task, number: int = 0) -> dict[str, np.ndarray]:
    return row_scores(world, task, SETTINGS, Unit(None, SETTINGS.seed, number, (ALONE,)))[0]


def asked_for(train: Path, out: Path, *more: str) -> list[str]:
    """In this process and without MLflow, unless said otherwise: both cost seconds."""
    config = out.parent / f"{out.stem}.yaml"
    config.write_text(SETTINGS.model_dump_json(), encoding="utf-8")
    chosen = ["--train", str(train), "--out", str(out), "--config", str(config)]
    return [*chosen, "--workers", "1", "--tracking", "none", *more]


@pytest.fixture(scope="module")
def train(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_benchmark(tmp_path_factory.mktemp("train"))


@pytest.fixture(scope="module")
def report(train: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    out = tmp_path_factory.mktemp("report") / "cv5.json"
    assert experiment.main(asked_for(train, out, "--protocol", "cv5")) == 0
    return json.loads(out.read_text(encoding="utf-8"))


def test_report_has_every_row_and_metric_with_its_interval(report: dict) -> None:
    assert (report["n_brands"], report["n_creators"], report["protocol"]) == (40, 400, "cv5")
    assert set(report) == {"n_brands", "n_creators", "protocol", "rows", "gain_over", "cold_start"}
    assert tuple(report["rows"]) == ROWS
    for row in report["rows"].values():
        assert tuple(row) == LINK_METRICS
        for metric in row.values():
            low, high = metric["ci95"]
            assert low <= metric["value"] <= high


def test_tastemaker_beats_chance_and_the_untrained_sum(report: dict) -> None:
    rows = report["rows"]
    for metric in ("AUC", "cAUC", "R@10", "R@50", "MRR", "MAP"):
        assert rows["tastemaker"][metric]["ci95"][0] > rows["random"][metric]["ci95"][1]
    assert rows["tastemaker"]["MAP"]["value"] > rows["two_cosines"]["MAP"]["value"]


def test_test_part_is_judged_once_and_twice_the_same(train: Path, tmp_path: Path) -> None:
    test = write_benchmark(tmp_path / "test", brands=8, seed=1, first=40, first_creator=360)
    links = read_links(test)
    assert set(links.creators["creator_id"]) & set(read_links(train).creators["creator_id"])
    reports = []
    for name in ("one.json", "two.json"):
        assert experiment.main(asked_for(train, tmp_path / name, "--test", str(test))) == 0
        reports.append((tmp_path / name).read_bytes())
    assert reports[0] == reports[1]
    found = json.loads(reports[0])
    assert (found["n_brands"], found["n_creators"], found["protocol"]) == (8, len(links.creators), "test")


def test_metrics_agree_with_a_slow_obvious_version(train: Path, report: dict) -> None:
    world, tasks = cross_validation(read_links(train), SETTINGS)
    slow: dict[str, dict[str, list[float]]] = {row: {m: [] for m in LINK_METRICS} for row in ROWS}
    for number, task in enumerate(tasks):
        scores, judged = scored(world, task, number), shown(world, task)
        for row in ROWS:
            for brand in range(len(task.queries)):
                for metric, value in obvious(judged, brand, scores[row][brand]).items():
                    slow[row][metric].append(value)
    for row in ROWS:
        for metric in LINK_METRICS:
            middle = np.median if metric == "MedR" else np.mean
            assert report["rows"][row][metric]["value"] == pytest.approx(middle(slow[row][metric])), metric


def shown(world: World, task: Task) -> Links:
    """What a task asks about, as the files would tell it."""
    return Links(
        world.brands.iloc[task.queries].reset_index(drop=True),
        world.creators.iloc[task.candidates],
        task.linked,
    )


def obvious(judged: Links, brand: int, scores: np.ndarray) -> dict[str, float]:
    """The metrics of one brand by their definitions, creator by creator."""
    category = judged.brands["category"]
    partners = [c for c in range(len(scores)) if judged.linked[brand, c]]
    others = [c for c in range(len(scores)) if not judged.linked[brand, c]]
    rivals = [
        c
        for c in others
        if any(judged.linked[b, c] and category[b] == category[brand] for b in range(len(category)))
    ]
    place = {
        p: 1
        + sum(scores[o] >= scores[p] for o in others)
        + sum(scores[q] > scores[p] or (scores[q] == scores[p] and q < p) for q in partners)
        for p in partners
    }
    ranks = sorted(place.values())
    return {
        "AUC": np.mean([scores[p] > scores[o] for p in partners for o in others]),
        "cAUC": np.mean([scores[p] > scores[r] for p in partners for r in rivals]),
        "R@10": np.mean([r <= 10 for r in ranks]),
        "R@50": np.mean([r <= 50 for r in ranks]),
        "MRR": 1 / ranks[0],
        "MAP": np.mean([(i + 1) / r for i, r in enumerate(ranks)]),
        "MedR": ranks[0],
    }


def test_two_cosines_orders_by_the_sum_of_the_two_cosines(train: Path) -> None:
    world, tasks = cross_validation(read_links(train), SETTINGS)
    task = tasks[0]
    judged = shown(world, task)
    total = np.zeros(task.linked.shape)
    for column in ("caption_topics", "hashtag_vector"):
        brands = np.stack(judged.brands[column].to_numpy())
        creators = np.stack(judged.creators[column].to_numpy())
        lengths = np.outer(np.linalg.norm(brands, axis=1), np.linalg.norm(creators, axis=1))
        total += brands @ creators.T / lengths
    scores = scored(world, task)["two_cosines"]
    np.testing.assert_allclose(scores, total / 2, atol=1e-6)


def test_no_link_of_a_judged_brand_changes_its_ranking(train: Path) -> None:
    world, tasks = cross_validation(read_links(train), SETTINGS)
    task = tasks[1]
    asked = (task.known, task.queries, task.candidates, SETTINGS)
    before = rank(world, *asked)
    world.linked[task.queries] = ~world.linked[task.queries]
    np.testing.assert_array_equal(rank(world, *asked), before)


def test_no_lesson_has_its_own_links_in_its_features(train: Path) -> None:
    world, tasks = cross_validation(read_links(train), SETTINGS)
    known = tasks[0].known
    taught = pd.concat([lesson.frame for lesson in lessons(world, known, SETTINGS)])
    assert set(taught["decision_id"]) == set(world.brands["brand_id"].iloc[known])
    graph, queries = known[5:], known[:5]
    candidates = tasks[0].candidates
    before = pair_arrays(world, graph, queries, candidates)
    world.linked[queries] = ~world.linked[queries]
    for name, values in pair_arrays(world, graph, queries, candidates).items():
        np.testing.assert_array_equal(values, before[name], err_msg=name)
    with pytest.raises(FeatureError, match="leave its links out"):
        pair_arrays(world, known, queries, candidates)


def test_folds_spread_each_category_and_candidates_are_the_folds_own(train: Path) -> None:
    links = read_links(train)
    fold = folds(links.brands, 5, seed=3)
    counts = pd.crosstab(links.brands["category"], fold).to_numpy()
    assert counts.max() - counts.min() <= 1
    _, tasks = cross_validation(links, SETTINGS)
    assert sorted(np.concatenate([t.queries for t in tasks])) == list(range(40))
    for task in tasks:
        assert not set(task.known) & set(task.queries)
        assert task.linked.any(axis=0).all()
        assert (links.linked[task.queries].any(axis=0).nonzero()[0] == task.candidates).all()


def test_padding_is_no_partner_and_none_of_its_links_is_known(train: Path) -> None:
    links = read_links(train)
    world, tasks = cross_validation(links, SETTINGS, 150)
    plain = cross_validation(links, SETTINGS)[1]
    for task, unpadded in zip(tasks, plain, strict=True):
        assert len(task.candidates) == len(set(task.candidates)) == 150
        assert sorted({*unpadded.candidates, *task.padding}) == list(task.candidates)
        padded = np.isin(task.candidates, task.padding)
        assert padded.sum() == 150 - len(unpadded.candidates) > 0
        assert not task.linked[:, padded].any()
        assert task.own_category[:, padded].any(axis=0).all(), "padding keeps its categories"
        assert (task.own_category[:, ~padded] == unpadded.own_category).all()
        assert not world.without(task.padding).linked[:, task.padding].any()
        assert world.linked[:, task.padding].any(axis=0).all(), "only a copy forgets"


def test_no_link_of_padding_changes_a_ranking(train: Path) -> None:
    world, tasks = cross_validation(read_links(train), SETTINGS, 150)
    before = scored(world, tasks[0])["tastemaker"]
    world.linked[np.ix_(tasks[0].known, tasks[0].padding)] ^= True
    np.testing.assert_array_equal(scored(world, tasks[0])["tastemaker"], before)


def test_a_brand_whose_partners_are_all_padding_teaches_nothing(train: Path) -> None:
    links = read_links(train)
    world, tasks = cross_validation(links, SETTINGS, len(links.creators))
    for task in tasks:
        left = world.without(task.padding).linked.any(axis=1)
        assert left[task.known].all()
        assert 0 < len(task.known) < len(links.brands) - len(task.queries)


def test_padded_protocol_is_reported_and_a_size_out_of_reach_refused(
    train: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = asked_for(train, tmp_path / "padded.json")
    assert experiment.main(asked) == 2
    assert "can not be padded to 797" in capsys.readouterr().err
    monkeypatch.setitem(experiment.PROTOCOLS, "cv5-797", 120)
    assert experiment.main(asked) == 0
    assert json.loads((tmp_path / "padded.json").read_text(encoding="utf-8"))["protocol"] == "cv5-797"


def test_what_can_not_be_read_ends_with_one_message(
    train: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    assert experiment.main(asked_for(tmp_path / "nowhere", out)) == 2
    assert "brands.parquet: not there" in capsys.readouterr().err
    for name in ("brands", "creators", "links"):
        frame = pd.read_parquet(train / f"{name}.parquet")
        frame.drop(columns="handle", errors="ignore").to_parquet(tmp_path / f"{name}.parquet")
    assert experiment.main(asked_for(tmp_path, out)) == 2
    said = capsys.readouterr().err
    assert "creators.parquet: has no column 'handle'" in said
    assert len(said.strip().splitlines()) == 1
    assert not out.exists()


def test_links_to_nobody_and_brands_without_links_are_refused(train: Path, tmp_path: Path) -> None:
    for name in ("brands", "creators"):
        pd.read_parquet(train / f"{name}.parquet").to_parquet(tmp_path / f"{name}.parquet")
    links = pd.read_parquet(train / "links.parquet")
    links[links["brand_id"] != "b0003"].to_parquet(tmp_path / "links.parquet")
    with pytest.raises(SourceError, match="'b0003' has no link"):
        read_links(tmp_path)
    links.assign(creator_id="c99999").to_parquet(tmp_path / "links.parquet")
    with pytest.raises(SourceError, match="c99999"):
        read_links(tmp_path)


def test_a_brand_of_both_parts_is_refused(train: Path) -> None:
    links = read_links(train)
    with pytest.raises(SourceError, match="'b0000' is in both"):
        held_out(links, links)


def test_an_unknown_setting_is_an_error(tmp_path: Path) -> None:
    text = (experiment.HERE / "config.yaml").read_text(encoding="utf-8")
    (tmp_path / "config.yaml").write_text(text + "inner_fold: 3\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="inner_fold"):
        read_settings(tmp_path / "config.yaml")


def test_full_tells_seeds_choice_and_ablation_and_logs_each_row_under_its_name(
    train: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(experiment.PROTOCOLS, "cv5-797", 120)
    quick = SETTINGS.model_dump(mode="json") | {"seeds": [0, 1], "ablation_seeds": [0], "folds": 2}
    quick["variants"] = [
        {"name": "everything", "rounds": 20},
        {"name": "without peers", "without": ["peers"], "rounds": 20},
        {"name": "linear", "ranker": "linear"},
        {"name": ALONE, "ranker": "retrieval"},
    ]
    quick["choose_among"] = ["everything", "without peers"]
    (tmp_path / "quick.yaml").write_text(json.dumps(quick), encoding="utf-8")
    out, uri = tmp_path / "full.json", f"sqlite:///{tmp_path / 'runs.db'}"
    options = ["--full", "--protocol", "cv5", "--config", str(tmp_path / "quick.yaml"), "--tracking", uri]
    assert experiment.main(asked_for(train, out, *options)) == 0
    found = json.loads(out.read_text(encoding="utf-8"))
    rows = {*BASELINES, OURS, NESTED, ALONE}
    assert set(found["rows"]) == set(found["over_seeds"]) == rows
    assert set(found["gain_over"]) == rows - {OURS}
    assert found["ablation"]["seeds"] == [0]
    assert set(found["ablation"]["rows"]) == rows | {"without peers", "linear"}
    assert "without peers" in found["ablation"]["gain_over"]
    assert sum(found["chosen_inside"].values()) == 4
    assert set(found["chosen_inside"]) <= {"everything", "without peers"}
    assert found["seeds"] == [0, 1]
    ordered = found["competence"]["rows"]
    assert {"random", "creator_mean", "graded", "graded over creator_mean"} <= set(ordered)
    assert ordered["random"]["Spearman"]["value"] == 0.0
    assert len(found["competence"]["chosen_inside"]) == 2
    for name in rows:
        spread = found["over_seeds"][name]["MAP"]
        assert spread["mean"] == pytest.approx(found["rows"][name]["MAP"]["value"])
    assert found["over_seeds"]["two_cosines"]["MAP"]["sd"] > 0
    from mlflow.tracking import MlflowClient

    client = MlflowClient(uri, uri)
    runs = client.search_runs([client.get_experiment_by_name(experiment.EXPERIMENT).experiment_id])
    assert {run.info.run_name for run in runs} == set(found["ablation"]["rows"])
    by_name = {run.info.run_name: run for run in runs}
    assert by_name["without peers"].data.metrics["MAP"] == pytest.approx(
        found["ablation"]["rows"]["without peers"]["MAP"]["value"]
    )


def test_workers_change_nothing(train: Path) -> None:
    units = [Unit(Source(train, None, "cv5", SETTINGS), 0, number) for number in (0, 1)]
    beside = experiment.judge_all(units, 2, lambda *_: None)
    for unit, judged in zip(units, beside, strict=True):
        np.testing.assert_array_equal(judge_unit(unit).scores[OURS], judged.scores[OURS])
        assert judged.number == unit.number


def test_cold_start_is_told_for_never_seen_partners_and_for_all_brands(report: dict) -> None:
    found = report["cold_start"]
    never = found["partners: never seen"]
    assert set(never) == {"two_cosines", OURS, f"{OURS} over two_cosines"}
    assert 0 < never[OURS]["partners"] < found["all brands"][OURS]["partners"]
    all_of_them = found["all brands"][OURS]["R@10"]["value"]
    assert all_of_them == pytest.approx(report["rows"][OURS]["R@10"]["value"])
    assert never[OURS]["R@10"]["ci95"][0] > 0.0


def test_learned_retrieval_finds_more_than_the_untrained_one(report: dict) -> None:
    rows = report["rows"]
    assert rows[ALONE]["MAP"]["value"] > rows["two_cosines"]["MAP"]["value"]


def test_the_projection_hears_only_the_links_of_the_graph(train: Path) -> None:
    world = World(read_links(train))
    graph, content = np.arange(30), contents(world, SETTINGS.features.blocks)
    before = learn(world, content, graph, SETTINGS)
    world.linked[30:] = ~world.linked[30:]
    after = learn(world, content, graph, SETTINGS)
    np.testing.assert_array_equal(before.brief.weight, after.brief.weight)
    assert np.abs(before.creator.weight - np.eye(content.shape[1])).max() > 0.01


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("chosen: everything", "chosen: all"), "no variant is called 'all'"),
        (("without: [peers]", "without: [smell]"), "no group of features is called 'smell'"),
        (("name: learned retrieval alone", "name: alone"), "no variant is called 'learned retrieval alone'"),
        (("seed: 0 ", "seed: 9 "), "must be among seeds"),
        (("seed: 0 ", "seed: -1 "), "greater than or equal to 0"),
    ],
)
def test_settings_that_could_not_be_judged_are_refused(
    tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    text = (experiment.HERE / "config.yaml").read_text(encoding="utf-8")
    assert change[0] in text
    (tmp_path / "config.yaml").write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        read_settings(tmp_path / "config.yaml")


def test_what_can_not_be_written_is_said_before_the_work(
    train: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder").mkdir()
    for asked in (
        asked_for(train, tmp_path / "folder"),
        asked_for(train, tmp_path / "out.json", "--tracking", "sqlite:/x"),
    ):
        assert experiment.main(asked) == 2
        said = capsys.readouterr().err
        assert "folds judged" not in said
        assert len(said.strip().splitlines()) == 1
    assert not (tmp_path / "out.json").exists()
    with pytest.raises(SystemExit):
        experiment.main(asked_for(train, tmp_path / "out.json", "--workers", "0"))


def test_a_creator_without_a_handle_is_named(train: Path, tmp_path: Path) -> None:
    for name in ("brands", "creators", "links"):
        pd.read_parquet(train / f"{name}.parquet").to_parquet(tmp_path / f"{name}.parquet")
    creators = pd.read_parquet(train / "creators.parquet")
    creators.loc[3, "handle"] = None
    creators.to_parquet(tmp_path / "creators.parquet")
    with pytest.raises(SourceError, match="'c00003' has no handle"):
        read_links(tmp_path)


def test_names_among_themselves_do_not_know_where_they_begin(train: Path) -> None:
    links = read_links(train)
    links.creators.loc[0, "handle"] = "wxqq"
    links.creators.loc[1, "handle"] = "wxzz"
    links.brands.loc[0, "name"] = "wxvv"
    letters = World(links).like["letters"]
    assert letters.creators[0, 1] == 0.0
    assert letters.across[0, 0] > 0.0


def test_every_feature_stands_in_a_group(train: Path) -> None:
    world = World(read_links(train))
    names = {"retrieval", "content", *pair_arrays(world, np.arange(20), np.arange(20, 24), np.arange(50))}
    assert names == {name for group in GROUPS.values() for name in group}


@pytest.mark.data
@pytest.mark.skipif(not REAL.is_dir(), reason="../shared/data/brand_creator is absent")
def test_real_fold_tastemaker_beats_the_untrained_sum() -> None:
    links = read_links(REAL)
    judged = judge_unit(Unit(Source(REAL, None, "cv5", CHOSEN), 0, 0, (ALONE,)))
    means = {
        row: {m: float(np.mean(v)) for m, v in metrics.items()} for row, metrics in judged.metrics.items()
    }
    assert len(links.brands) == 286
    assert len(links.creators) == 3075
    assert means["two_cosines"]["AUC"] == pytest.approx(0.835, abs=0.04)
    assert means["category_oracle"]["AUC"] == pytest.approx(0.965, abs=0.01)
    for metric in ("AUC", "cAUC", "R@10", "R@50", "MRR", "MAP"):
        assert means[OURS][metric] > means["two_cosines"][metric] > means["random"][metric]
