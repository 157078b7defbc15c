"""Pair features on toy snapshots: every value is checked against arithmetic done by hand."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from features_toys import AS_OF, WordEncoder, account, brief, snapshot

from tastemaker.errors import FeatureError
from tastemaker.features import PAIR_FEATURES, FeatureSnapshot, brief_text, pair_features, view_brief

AT = AS_OF + timedelta(days=10)
TEA, BREAD, CHESS = [1.0, 0, 0, 0], [0, 1.0, 0, 0], [0, 0, 1.0, 0]


@pytest.fixture
def toy() -> FeatureSnapshot:
    return snapshot(
        [
            account("a1", "ann", followers=1_000, following=500, country="GB", languages=["en", "fr"],
                    category="Food", verified=True, fee=100.0, views_median=0.0,
                    last_post_at=AS_OF - timedelta(days=5), past_campaigns=2),
            account("a2", "ann", platform="tiktok", followers=0, following=5, country="GB"),
            account("b1", "bob", platform="youtube", country="DE", languages=[], category="gaming"),
        ],
        themes={0: [TEA, BREAD], 2: [CHESS]},
        audiences={0: {"country": {"GB": 0.64, "US": 0.36}, "language": {"en": 1.0}}, 2: {"country": {"DE": 0.5}}},
        collaborations=[
            worked("ann", "b-9", "Zumbrel", days=20),
            worked("bob", "b-1", "Quorlip", days=2),
            worked("gone", "b-1", "Quorlip", days=0),
        ],
        fx={"EUR": 1.25},
    )  # fmt: skip


def worked(creator_id: str, brand_id: str, name: str, days: int) -> dict[str, Any]:
    last_at = AS_OF - timedelta(days=days)
    return {"creator_id": creator_id, "brand_id": brand_id, "brand_name": name, "last_at": last_at}


def features(toy: FeatureSnapshot, **changes: Any) -> Any:
    return pair_features(view_brief(brief(**changes), WordEncoder()), toy, np.arange(len(toy)), AT)


def values(frame: Any, name: str) -> list[float]:
    return [float(v) for v in frame[name]]


def same(got: list[float], expected: list[float]) -> bool:
    return np.allclose(got, expected, rtol=0, atol=1e-6, equal_nan=True)


NAN = float("nan")


def test_pair_features_has_every_column_as_float64_in_order(toy: FeatureSnapshot) -> None:
    frame = features(toy)
    assert tuple(frame.columns) == PAIR_FEATURES
    assert len(set(PAIR_FEATURES)) == len(PAIR_FEATURES)
    assert all(frame.dtypes == np.float64)
    assert len(frame) == 3


def test_codes_of_objective_and_platform(toy: FeatureSnapshot) -> None:
    assert [
        values(features(toy, objective=o), "objective")[0]
        for o in ("awareness", "engagement", "conversion", "content")
    ] == [0, 1, 2, 3]
    assert values(features(toy), "platform") == [0, 1, 2]


def test_content_similarity_is_the_best_theme(toy: FeatureSnapshot) -> None:
    assert same(values(features(toy, text="bread"), "content_similarity"), [1.0, NAN, 0.0])
    assert same(values(features(toy, text="tea chess"), "content_similarity"), [2**-0.5, NAN, 2**-0.5])


def test_content_similarity_of_a_wordless_brief_is_unknown(toy: FeatureSnapshot) -> None:
    assert same(values(features(toy, text=""), "content_similarity"), [NAN, NAN, NAN])


def test_audience_fit_is_the_mean_over_facets_known_on_both_sides(toy: FeatureSnapshot) -> None:
    frame = features(
        toy, audience={"country": {"GB": 1.0}, "language": {"fr": 1.0}, "interest": {"food": 1.0}}
    )
    assert same(values(frame, "audience_overlap_country"), [0.8, NAN, 0.0])
    assert same(values(frame, "audience_overlap_language"), [0.0, NAN, NAN])
    assert same(values(frame, "audience_overlap_interest"), [NAN, NAN, NAN])
    assert same(values(frame, "audience_fit"), [0.4, NAN, 0.0])
    assert same(values(frame, "audience_coverage"), [0.32, NAN, 0.0])


def test_audience_of_an_open_brief_is_unknown_and_markets_fill_the_country(toy: FeatureSnapshot) -> None:
    assert np.isnan(features(toy)["audience_fit"]).all()
    fit = values(features(toy, markets=["GB", "US"]), "audience_fit")
    assert same(fit, [0.8 * 0.5**0.5 + 0.6 * 0.5**0.5, NAN, 0.0])
    assert same(values(features(toy, markets=["GB", "US"]), "audience_coverage"), [1.0, NAN, 0.0])


def test_truncated_audience_is_not_renormalised(toy: FeatureSnapshot) -> None:
    frame = features(toy, audience={"country": {"DE": 1.0}})
    assert same(values(frame, "audience_overlap_country"), [0.0, NAN, 0.5**0.5])
    assert same(values(frame, "audience_coverage"), [0.0, NAN, 0.5])


def test_matches_ignore_case_and_know_unknown(toy: FeatureSnapshot) -> None:
    frame = features(
        toy, brand={"name": "Quorlip", "category": "food", "country": "DE"}, filters={"languages": ["fr"]}
    )
    assert same(values(frame, "category_match"), [1, NAN, 0])
    assert same(values(frame, "country_match"), [0, 0, 1])
    assert same(values(frame, "language_match"), [1, NAN, NAN])
    assert same(values(features(toy, markets=["GB"]), "country_match"), [1, 1, 0])
    assert same(values(features(toy), "country_match"), [NAN, NAN, NAN])


def test_sizes_and_recency(toy: FeatureSnapshot) -> None:
    frame = features(toy)
    assert same(values(frame, "log_followers"), [np.log(1001), 0.0, NAN])
    assert same(values(frame, "following_ratio"), [0.5, NAN, NAN])
    assert same(values(frame, "days_since_post"), [15, NAN, NAN])
    assert same(values(frame, "log_views"), [0.0, NAN, NAN])
    assert same(values(frame, "verified"), [1, NAN, NAN])


def test_money_is_compared_in_dollars(toy: FeatureSnapshot) -> None:
    frame = features(toy, budget={"amount": 800, "currency": "EUR"})
    assert same(values(frame, "fee_to_budget"), [0.1, NAN, NAN])
    assert same(values(frame, "log_budget"), [np.log1p(1000)] * 3)
    unknown = features(toy, budget={"amount": 800, "currency": "XYZ"})
    assert np.isnan(unknown[["fee_to_budget", "log_budget"]]).all(axis=None)
    assert np.isnan(features(toy, budget={"amount": 0})["fee_to_budget"]).all()


def test_brand_history_by_name_or_id(toy: FeatureSnapshot) -> None:
    named = features(toy, brand={"name": "quorlip ", "competitors": ["zumbrel", "nobody"]})
    assert same(values(named, "worked_with_brand"), [0, 0, 1])
    assert same(values(named, "days_since_competitor"), [30, 30, NAN])
    by_id = features(toy, brand={"name": "New", "brand_id": "b-9", "competitors": ["b-1", "b-9"]})
    assert same(values(by_id, "worked_with_brand"), [1, 1, 0])
    assert same(values(by_id, "days_since_competitor"), [30, 30, 12])


def test_deliverables_are_counted(toy: FeatureSnapshot) -> None:
    frame = features(toy, deliverables=[{"kind": "reel", "count": 2}, {"kind": "story"}])
    assert values(frame, "deliverables") == [3, 3, 3]


def test_a_row_does_not_depend_on_the_rows_beside_it() -> None:
    rng = np.random.default_rng(3)
    big = random_snapshot(rng, 60, dim=512)
    view = random_view(rng, 512)
    whole = pair_features(view, big, np.arange(len(big)), AT).to_numpy()
    picked = rng.permutation(len(big))[:17]
    part = pair_features(view, big, picked, AT).to_numpy()
    assert part.tobytes() == whole[picked].tobytes()


def test_no_rows_give_an_empty_frame(toy: FeatureSnapshot) -> None:
    frame = pair_features(view_brief(brief(), WordEncoder()), toy, np.array([], dtype=np.int64), AT)
    assert frame.shape == (0, len(PAIR_FEATURES))


def test_vectors_of_two_encoders_do_not_mix(toy: FeatureSnapshot) -> None:
    other = WordEncoder()
    other.id = "words-9"
    with pytest.raises(FeatureError, match=r"'words-9'.*'words-4'"):
        pair_features(view_brief(brief(), other), toy, np.arange(3), AT)
    with pytest.raises(FeatureError, match="time zone"):
        pair_features(view_brief(brief(), WordEncoder()), toy, np.arange(3), datetime(2026, 1, 1))


def test_brief_text_says_everything_but_the_name() -> None:
    text = brief_text(
        brief(
            brand={
                "name": "Quorlip",
                "description": "leafy drinks",
                "category": "food",
                "values": ["craft"],
                "voice": "dry",
            },
            audience={"interest": {"home": 0.1, "food": 0.5, "books": 0.3, "other": 0.1}},
        )
    )
    assert text == "food, books, home\ntea\nleafy drinks\ncraft\ndry"


def test_pair_features_are_fast() -> None:
    rng = np.random.default_rng(5)
    big = random_snapshot(rng, 3_000, dim=512)
    view = random_view(rng, 512)
    pair_features(view, big, np.arange(200), AT)
    few = fastest(lambda: pair_features(view, big, np.arange(200), AT))
    many = fastest(lambda: pair_features(view, big, np.arange(3_000), AT))
    # The budgets are 5 and 30 ms; a shared machine gets some room.
    assert few < 0.010, few
    assert many < 0.060, many


def fastest(work: Any) -> float:
    times = []
    for _ in range(7):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def random_snapshot(rng: np.random.Generator, n: int, dim: int) -> FeatureSnapshot:
    from tastemaker.schema import AUDIENCE_WIDTH

    rows = [
        account(f"a{i:05}", f"c{i:05}", followers=int(rng.integers(1, 10**6)), country="GB", fee=9.5)
        for i in range(n)
    ]
    base = snapshot(rows)
    owners = np.sort(np.concatenate([np.arange(n), rng.integers(0, n, n // 2)]))
    themes = rng.normal(size=(len(owners), dim)).astype(np.float32)
    themes /= np.linalg.norm(themes, axis=1, keepdims=True)
    audience = rng.random((n, AUDIENCE_WIDTH)).astype(np.float32) / 30
    return FeatureSnapshot(AS_OF.astimezone(UTC), base.encoder_id, base.table, themes, owners, audience)


def random_view(rng: np.random.Generator, dim: int) -> Any:
    from dataclasses import replace

    content = rng.normal(size=dim).astype(np.float32)
    view = view_brief(brief(markets=["GB", "US"], audience={"language": {"en": 1.0}}), WordEncoder())
    return replace(view, content=content / np.linalg.norm(content))
