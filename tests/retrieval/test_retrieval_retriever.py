"""Retrieval end to end over toy snapshots: the right creators, once each, with their source."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from retrieval_world import AT, ENCODER, account, brief, random_snapshot, snapshot, view

from tastemaker.config import Retrieval
from tastemaker.errors import EncoderError, IndexingError
from tastemaker.features import BriefView, FeatureSnapshot
from tastemaker.retrieval import Retriever

EXACT = Retrieval(index="exact", content_dim=16)
IVF = Retrieval(index="ivf", content_dim=16, exact_below=0)


def slowly(retriever: Retriever, known: FeatureSnapshot, asked: BriefView, k: int) -> list[int]:
    """Every account of every eligible creator, its best theme, sorted."""
    eligible = retriever.eligibility.check(asked.brief, AT).mask
    vectors, rows = retriever.space.creators(known)
    weights = asked.brief.weights
    query = retriever.space.query(
        asked,
        1.0 if weights.content is None else weights.content,
        0.5 if weights.audience is None else weights.audience,
    )
    scores = np.einsum("ij,j->i", vectors, query)
    best = {int(r): max(scores[rows == r]) for r in np.flatnonzero(eligible)}
    return sorted(best, key=lambda r: (-best[r], known.column("creator_id")[r]))[:k]


@settings(max_examples=60)
@given(
    seed=st.integers(0, 1_000),
    k=st.sampled_from([1, 3, 10, 500]),
    platforms=st.sampled_from([[], ["tiktok"], ["tiktok", "blog", "x"]]),
    weights=st.sampled_from([{}, {"content": 0.0}, {"audience": 3.0}, {"content": 0.0, "audience": 0.0}]),
)
def test_retriever_matches_a_slow_search_over_creators(
    seed: int, k: int, platforms: list[str], weights: dict[str, float]
) -> None:
    known = random_snapshot(60, seed=seed)
    retriever = Retriever.build(known, EXACT)
    asked = view(
        brief(filters={"platforms": platforms}, weights=weights, markets=["US", "GB"]),
        np.random.default_rng(seed).normal(size=24),
    )
    found = retriever.retrieve(asked, AT, k)
    assert found.rows.tolist() == slowly(retriever, known, asked, k)
    creators = known.column("creator_id")[found.rows]
    assert len(set(creators)) == len(creators) == found.retrieved == min(k, found.eligible)
    assert len(found.source) == len(found.scores) == len(found.rows)
    assert (np.diff(found.scores) <= 0).all()
    assert found.creators == len(set(known.column("creator_id")))


def test_retriever_counts_creators_not_themes() -> None:
    """Nine near themes of three creators must not push the fourth creator out of a list of four."""
    near = [[1.0, 0.01 * i] for i in range(3)]
    known = snapshot(
        [account(number=i) for i in range(4)],
        themes={f"a00000{i}": near for i in range(3)} | {"a000003": [[0.0, 1.0]]},
        dim=2,
    )
    found = Retriever.build(known, EXACT).retrieve(view(brief(), np.array([1.0, 0.0])), AT, 4)
    assert found.rows.tolist() == [0, 1, 2, 3]
    assert found.scores.tolist() == pytest.approx([1, 1, 1, 0])


def test_retriever_ivf_finds_what_the_exact_one_finds() -> None:
    known = random_snapshot(6_000, seed=5)
    exact, ivf = Retriever.build(known, EXACT), Retriever.build(known, IVF)
    found = wanted = 0
    for seed in range(15):
        asked = view(
            brief(filters={"countries": ["US", "GB"][: 1 + seed % 2]}, markets=["US"]),
            np.random.default_rng(seed).normal(size=24),
        )
        first, second = exact.retrieve(asked, AT, 100), ivf.retrieve(asked, AT, 100)
        assert first.filters == second.filters
        found += len(np.intersect1d(first.rows, second.rows))
        wanted += len(first.rows)
    assert found / wanted >= 0.99


def test_retriever_source_says_what_lifted_a_candidate() -> None:
    accounts = [account(number=i) for i in range(5)]
    far = {"country": {"DE": 1.0}}
    near = {"country": {"US": 1.0}}
    known = snapshot(
        accounts,
        themes={
            "a000000": [[1.0, 0.0]],
            "a000001": [[-0.4, 1.0]],
            "a000002": [[1.0, 0.0]],
            "a000003": [[-1.0, 0.0]],
        },
        audiences={
            "a000000": far,
            "a000001": near,
            "a000002": near,
            "a000003": far,
            "a000004": far,
        },
        dim=2,
    )
    asked = view(brief(markets=["US"], weights={"audience": 1.0}), np.array([1.0, 0.0]))
    found = Retriever.build(known, EXACT).retrieve(asked, AT, 5)
    sources = dict(zip(found.rows.tolist(), found.source, strict=True))
    assert sources == {0: "content", 1: "audience", 2: "content+audience", 3: "filters", 4: "filters"}


def test_retriever_source_is_not_what_everybody_has() -> None:
    """All audiences match the brief alike, so it is content that sets these candidates apart."""
    accounts = [account(number=i) for i in range(3)]
    known = snapshot(
        accounts,
        themes={"a000000": [[1.0, 0.0]], "a000001": [[0.9, 1.0]], "a000002": [[0.0, 1.0]]},
        audiences={a["account_id"]: {"country": {"US": 1.0}} for a in accounts},
        dim=2,
    )
    asked = view(brief(markets=["US"], weights={"audience": 1.0}), np.array([1.0, 0.0]))
    found = Retriever.build(known, EXACT).retrieve(asked, AT, 3)
    assert found.source == ["content", "content", "filters"]


def test_retriever_brief_without_words_and_audience_still_answers() -> None:
    known = random_snapshot(50)
    found = Retriever.build(known, IVF).retrieve(view(brief(), np.zeros(24)), AT, 5)
    assert found.rows.tolist() == sorted(found.rows.tolist())
    assert set(found.source) == {"filters"}


def test_retriever_nobody_eligible() -> None:
    known = random_snapshot(50)
    asked = view(brief(filters={"followers": {"min": 1e15}}), np.ones(24))
    found = Retriever.build(known, EXACT).retrieve(asked, AT, 5)
    assert (found.rows.tolist(), found.source, found.eligible, found.retrieved) == ([], [], 0, 0)
    assert [(c.name, c.left) for c in found.filters] == [("followers", 0)]


@pytest.mark.parametrize("config", [EXACT, IVF], ids=["exact", "ivf"])
def test_retriever_comes_back_from_its_folder(config: Retrieval, tmp_path: Path) -> None:
    known = random_snapshot(2_000)
    built = Retriever.build(known, config)
    built.save(tmp_path / "index")
    loaded = Retriever.load(tmp_path / "index", known, config)
    asked = view(brief(filters={"languages": ["en"]}, markets=["US"]), np.ones(24))
    first, second = built.retrieve(asked, AT, 30), loaded.retrieve(asked, AT, 30)
    assert first.rows.tolist() == second.rows.tolist()
    assert first.scores.tobytes() == second.scores.tobytes()
    assert (first.source, first.filters) == (second.source, second.filters)
    again = tmp_path / "again"
    Retriever.build(known, config).save(again)
    for path in sorted((tmp_path / "index").iterdir()):
        assert (again / path.name).read_bytes() == path.read_bytes(), path.name


def test_retriever_folder_of_another_snapshot_is_refused(tmp_path: Path) -> None:
    Retriever.build(random_snapshot(50), EXACT).save(tmp_path)
    with pytest.raises(IndexingError, match="another feature snapshot"):
        Retriever.load(tmp_path, random_snapshot(51), EXACT)


def test_retriever_files_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    known = random_snapshot(50)
    Retriever.build(known, EXACT).save(tmp_path)
    Retriever.build(known, Retrieval(index="exact", content_dim=8)).space.save(tmp_path / "space.safetensors")
    with pytest.raises(IndexingError, match="do not belong together"):
        Retriever.load(tmp_path, known, EXACT)
    meta = json.loads((tmp_path / "retrieval.json").read_text())
    (tmp_path / "retrieval.json").write_text(json.dumps(meta | {"format": 99}))
    with pytest.raises(IndexingError, match="format 99"):
        Retriever.load(tmp_path, known, EXACT)


def test_retriever_refuses_vectors_of_another_encoder() -> None:
    known = random_snapshot(20)
    asked = view(brief(), np.ones(24))
    foreign = BriefView(asked.brief, asked.content, asked.audience, "other-encoder")
    with pytest.raises(EncoderError, match="other-encoder") as error:
        Retriever.build(known, EXACT).retrieve(foreign, AT, 3)
    assert ENCODER in str(error.value)


def test_retriever_needs_an_account() -> None:
    known = random_snapshot(3)
    empty = FeatureSnapshot(
        AT, ENCODER, known.table.slice(0, 0), known.themes[:0], known.theme_row[:0], known.audience[:0]
    )
    with pytest.raises(IndexingError, match="no account"):
        Retriever.build(empty, EXACT)


def test_retriever_tells_its_plan_and_goes_exact_on_demand() -> None:
    known = random_snapshot(6_000, seed=5)
    retriever = Retriever.build(known, IVF)
    asked = view(brief(markets=["US"]), np.random.default_rng(3).normal(size=24))
    found = retriever.retrieve(asked, AT, 50, exact=True)
    assert (found.plan, found.missed) == ("codes", 0.0)
    wanted = Retriever.build(known, EXACT).retrieve(asked, AT, 50)
    assert (wanted.plan, wanted.missed) == ("scan", 0.0)
    assert found.rows.tolist() == wanted.rows.tolist()
    assert found.scores.tobytes() == wanted.scores.tobytes()


@pytest.mark.parametrize("config", [EXACT, IVF])
def test_retriever_many_answers_as_one_by_one(config: Retrieval) -> None:
    retriever = Retriever.build(random_snapshot(3_000, seed=2), config)
    filters = [{}, {"countries": ["US"]}, {"countries": ["GB", "US"]}, {"exclude_creators": ["c000003"]}]
    rng = np.random.default_rng(1)
    asked = [view(brief(filters=filters[i % 4], markets=["US"]), rng.normal(size=24)) for i in range(12)]
    for one, found in zip(asked, retriever.retrieve_many(asked, AT, 40), strict=True):
        alone = retriever.retrieve(one, AT, 40)
        assert found.rows.tolist() == alone.rows.tolist()
        assert found.scores.tobytes() == alone.scores.tobytes()
        assert (found.filters, found.source) == (alone.filters, alone.source)


def test_retriever_remembers_filters_and_not_briefs() -> None:
    """Two briefs with one filter share its rows; another decision time opens another window."""
    retriever = Retriever.build(random_snapshot(300), EXACT)
    narrow = {"active_within_days": 30, "exclude_creators": ["c000001", "c000002"]}
    first, second = (view(brief(filters=narrow, text=t), np.ones(24)) for t in ("a", "b"))
    rows = [retriever.retrieve(one, AT, 5).rows.tolist() for one in (first, second)]
    assert rows[0] == rows[1]
    assert len(retriever._filtered) == 1
    later = AT + timedelta(days=40)
    assert retriever.retrieve(first, later, 500).eligible < retriever.retrieve(first, AT, 500).eligible
    assert len(retriever._filtered) == 2
