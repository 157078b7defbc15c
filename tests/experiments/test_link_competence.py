"""The graded outcome of experiment 0001: its metrics against obvious versions, and that no judged brand teaches."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from invented_links import write_benchmark
from link_competence import (
    LEAST_PARTNERS,
    ORDER_METRICS,
    ORDER_ROWS,
    creator_mean,
    expected_ndcg,
    judge_order,
    order_metrics,
    order_table,
    read_competence,
    spearman,
    variance_shares,
)
from link_competence_model import CHOICES, choose, graded_lessons, graded_pairs, inner_correlation
from link_data import Links, read_links
from link_features import pair_arrays
from link_protocol import cross_validation
from link_settings import read_settings

from tastemaker.errors import SourceError
from tastemaker.evaluation import ndcg_at_k
from tastemaker.progress import silent

HERE = Path(__file__).parents[2] / "experiments" / "0001-brand-creator-links"
SETTINGS = read_settings(HERE / "config.yaml").model_copy(
    update={"bootstrap": 50, "inner_folds": 3, "folds": 4}
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Competence is the brand's level times what the creator's first topic says, with little noise."""
    folder = write_benchmark(tmp_path_factory.mktemp("graded"))
    creators = pd.read_parquet(folder / "creators.parquet").set_index("creator_id")
    links = pd.read_parquet(folder / "links.parquet")
    rng = np.random.default_rng(5)
    topic = np.stack(creators.loc[links["creator_id"], "caption_topics"])[:, 0]
    level = links["brand_id"].map({b: 10.0 ** rng.normal() for b in links["brand_id"].unique()})
    links["competence"] = level * np.exp(np.log(topic + 1e-3) + 0.1 * rng.normal(size=len(links)))
    links.to_parquet(folder / "links.parquet")
    return folder


@pytest.fixture(scope="module")
def links(folder: Path) -> Links:
    return read_links(folder)


def test_ndcg_of_ties_is_the_mean_over_all_orders_of_the_tied() -> None:
    gains, scores = np.array([3.0, 0.0, 1.0, 7.0, 2.0]), np.array([1.0, 1.0, 2.0, 1.0, 0.0])
    shown = [
        [2, *tied, 4] for tied in permutations((0, 1, 3))
    ]  # the only tie is between three of the five, in the second to fourth place
    slow = np.mean([ndcg_at_k(gains[order], 5) for order in shown])
    assert expected_ndcg(gains, scores) == pytest.approx(slow)
    every = np.mean([ndcg_at_k(gains[list(order)], 5) for order in permutations(range(5))])
    assert expected_ndcg(gains, np.zeros(5)) == pytest.approx(every)
    assert expected_ndcg(gains, gains) == 1.0


def test_spearman_shares_ranks_and_gives_nothing_for_no_order() -> None:
    assert spearman(np.array([1.0, 5.0, 9.0]), np.array([-3.0, 0.0, 2.0])) == pytest.approx(1.0)
    assert spearman(np.array([1.0, 5.0, 9.0]), np.array([3.0, 0.0, -2.0])) == pytest.approx(-1.0)
    # Ranks 1, 2, 3, 4 against 1.5, 1.5, 3.5, 3.5: 4 / sqrt(5 * 4).
    assert spearman(np.arange(4.0), np.array([0.0, 0.0, 1.0, 1.0])) == pytest.approx(4 / np.sqrt(20))
    assert spearman(np.arange(4.0), np.zeros(4)) == 0.0


def test_brands_with_fewer_than_three_partners_say_nothing() -> None:
    truth = np.array([[0.1, 0.3, np.nan, np.nan], [0.1, 0.2, 0.3, np.nan]])
    found = order_metrics(truth, np.broadcast_to(np.arange(4.0), truth.shape))
    assert LEAST_PARTNERS == 3
    for metric in ORDER_METRICS:
        assert np.isnan(found[metric][0])
        assert found[metric][1] == pytest.approx(1.0)


def test_order_does_not_change_with_a_brands_level() -> None:
    rng = np.random.default_rng(0)
    truth, scores = rng.gamma(1.0, size=(6, 8)), rng.normal(size=(6, 8))
    one, other = order_metrics(truth, scores), order_metrics(truth * 1000.0, scores)
    for metric in ORDER_METRICS:
        np.testing.assert_allclose(one[metric], other[metric])


def test_creator_mean_reads_known_brands_alone_and_gives_the_unseen_the_mean_link() -> None:
    competence = np.array([[0.2, np.nan, 0.4], [0.6, np.nan, np.nan], [9.0, 9.0, 9.0]])
    np.testing.assert_allclose(creator_mean(competence, np.array([0, 1])), [0.4, 0.4, 0.4])
    np.testing.assert_allclose(creator_mean(competence, np.array([0])), [0.2, 0.3, 0.4])


def test_the_graded_model_orders_better_than_chance_and_the_table_is_complete(
    folder: Path, links: Links
) -> None:
    world, tasks = cross_validation(links, SETTINGS)
    competence = read_competence(folder, links)
    flat = [np.zeros(task.linked.shape) for task in tasks]
    values, chosen = judge_order(world, competence, tasks, SETTINGS, silent, others={"flat": flat})
    assert len(chosen) == 4
    assert set(chosen) <= set(CHOICES)
    assert all(choice.endswith("all") for choice in chosen), (
        "only the contents hold what competence comes from"
    )
    assert tuple(values) == (*ORDER_ROWS, "flat")
    table = order_table(values, SETTINGS)
    assert table["graded"]["Spearman"].low > 0.3
    assert table["graded over random"]["NDCG@5"].low > 0.0
    assert (values["random"]["Spearman"] == 0.0).all()
    for metric in ORDER_METRICS:
        np.testing.assert_array_equal(values["flat"][metric], values["random"][metric])


def test_no_competence_of_a_judged_brand_is_learned_from(folder: Path, links: Links) -> None:
    world, tasks = cross_validation(links, SETTINGS)
    competence = read_competence(folder, links)
    other = competence.copy()
    other[tasks[0].queries] = 1.0 / other[tasks[0].queries]
    known, queries = tasks[0].known, tasks[0].queries
    one, two = (graded_lessons(world, c, known, SETTINGS, pair_arrays) for c in (competence, other))
    pd.testing.assert_frame_equal(one.frame, two.frame)
    one, two = (graded_pairs(world, c, known, queries, pair_arrays) for c in (competence, other))
    columns = list(one.columns("ridge all"))
    pd.testing.assert_frame_equal(one.frame[columns], two.frame[columns])
    assert not one.frame["engagements"].equals(two.frame["engagements"])


def test_inner_folds_hold_each_known_brand_once_and_choose_by_their_correlation(
    folder: Path, links: Links
) -> None:
    world, tasks = cross_validation(links, SETTINGS)
    lessons = graded_lessons(world, read_competence(folder, links), tasks[0].known, SETTINGS, pair_arrays)
    assert sorted(set(lessons.brands)) == list(tasks[0].known)
    assert (pd.Series(lessons.fold).groupby(lessons.brands).nunique() == 1).all()
    two = ("ridge facts", "ridge all")
    better = max(two, key=lambda choice: inner_correlation(choice, lessons, SETTINGS))
    assert choose(lessons, SETTINGS, two) == better == "ridge all"


def test_variance_shares_find_the_brand_and_the_creator() -> None:
    rng = np.random.default_rng(1)
    brand, creator = 2.0 * rng.normal(size=(60, 1)), rng.normal(size=(1, 200))
    links = rng.random((60, 200)) < 0.1
    shares = variance_shares(np.where(links, np.exp(brand + creator + rng.normal(size=links.shape)), np.nan))
    assert shares["brand"] == pytest.approx(4 / 6, abs=0.12)
    assert shares["creator_within_brand"] == pytest.approx(0.5, abs=0.1)


def test_competence_that_is_absent_or_no_positive_number_is_refused(
    folder: Path, links: Links, tmp_path: Path
) -> None:
    frame = pd.read_parquet(folder / "links.parquet")
    frame.drop(columns="competence").to_parquet(tmp_path / "links.parquet")
    with pytest.raises(SourceError, match="no column 'competence'"):
        read_competence(tmp_path, links)
    frame.loc[3, "competence"] = 0.0
    frame.to_parquet(tmp_path / "links.parquet")
    with pytest.raises(SourceError, match="expected a number above 0"):
        read_competence(tmp_path, links)
