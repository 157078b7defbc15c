"""The catalogue is as rich and as crooked as promised: sizes, languages, platforms, texts, frauds."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from simulated_tables import Tables

from tastemaker.schema import NICHES
from tastemaker.simulation.lexicon import THINGS, TONGUES, lexicon, niches
from tastemaker.simulation.names import brand_names, slug, words


def planted(world: Tables) -> pd.DataFrame:
    return pd.read_parquet(world.folder / "truth" / "creators.parquet").set_index("account_id")


def test_catalogue_a_quarter_posts_on_several_platforms(world: Tables) -> None:
    per_creator = world["accounts"].groupby("creator_id").platform.nunique()
    assert 0.19 < (per_creator > 1).mean() < 0.31
    assert per_creator.max() == 3
    assert set(world["accounts"].platform) == {"instagram", "tiktok", "youtube"}


def test_catalogue_has_all_niches_and_languages(world: Tables) -> None:
    assert set(world["accounts"].category.dropna()) == set(NICHES)
    shares = world["creators"].languages.map(lambda tongues: tongues[0]).value_counts(normalize=True)
    assert set(shares.index) == set(TONGUES)
    assert shares.min() > 0.05


def test_catalogue_followers_are_log_normal(world: Tables) -> None:
    last = world["account_snapshots"].sort_values("observed_at").groupby("account_id").followers.last()
    logs = np.log(last[last > 1_200])
    assert 1.0 < logs.std() < 1.6
    assert abs(logs.skew()) < 0.5
    assert last.max() > 200_000


def test_catalogue_engagement_declines_with_size(world: Tables) -> None:
    seen = world["account_snapshots"].dropna(subset=["engagement_rate"])
    mean = seen.groupby("account_id")[["followers", "engagement_rate"]].mean()
    honest = planted(world).fraud.loc[mean.index] == "none"
    assert mean[honest].corr(method="spearman").iloc[0, 1] < -0.25


def test_catalogue_bought_followers_leave_marks(world: Tables) -> None:
    truth = planted(world)
    bought = truth.fraud.str.startswith("bought")
    assert truth.authentic_share[bought].median() < 0.65 < truth.authentic_share[~bought].min()
    growth = world["account_snapshots"].sort_values("observed_at").groupby("account_id").followers
    jump = growth.apply(lambda f: float(np.diff(np.log(f.to_numpy())).max()))
    assert jump[bought[bought].index].median() > 3 * jump[truth.index[~bought]].median()
    rate = world["account_snapshots"].groupby("account_id").engagement_rate.median().dropna()
    only = truth.fraud.loc[rate.index]
    assert rate[only == "bought_followers"].median() < 0.7 * rate[only == "none"].median()


def test_catalogue_bought_followers_live_elsewhere(world: Tables) -> None:
    farms = world["audiences"].query("facet == 'country' and key in ['IN', 'PK', 'PH', 'MA']")
    share = farms.groupby(["account_id", "observed_at"]).share.sum().groupby("account_id").last()
    fraud = planted(world).fraud.loc[share.index].str.startswith("bought")
    assert share[fraud].median() > 2 * share[~fraud].median()


def test_catalogue_pods_repeat_short_praise(world: Tables) -> None:
    comments = world["comments"].merge(world["posts"][["post_id", "account_id", "paid_label"]], on="post_id")
    pod = comments.account_id.map(planted(world).fraud == "pod")
    short = comments.text.str.len() < 20
    assert short[pod].mean() > 1.6 * short[~pod].mean()
    per_author = comments[pod].groupby("author_hash").size().mean()
    assert per_author > 1.3 * comments[~pod].groupby("author_hash").size().mean()
    last = world["post_snapshots"].sort_values("observed_at").groupby("post_id").last()
    posts = world["posts"].set_index("post_id").join(last[["likes", "comments"]])
    ratio = (posts.comments / posts.likes.clip(lower=1)).groupby(posts.account_id).median()
    fraud = planted(world).fraud.loc[ratio.index]
    assert ratio[fraud == "pod"].median() > 1.8 * ratio[fraud == "none"].median()


def test_catalogue_two_creators_of_a_niche_share_few_sentences(world: Tables) -> None:
    accounts = world["accounts"]
    english = accounts[(accounts.language == "en") & accounts.category.notna()]
    overlaps = []
    captions = world["posts"].dropna(subset=["caption"]).groupby("account_id").caption.apply(list)
    for _, group in english.groupby("category"):
        ids = [a for a in group.account_id if a in captions.index][:6]
        for a, b in combinations(ids, 2):
            one, two = sentences(captions[a]), sentences(captions[b])
            overlaps.append(len(one & two) / max(len(one | two), 1))
    assert len(overlaps) > 100
    assert np.mean(overlaps) < 0.03
    texts = world["posts"].caption.dropna()
    assert texts.nunique() / len(texts) > 0.97


def sentences(captions: list[str]) -> set[str]:
    bare = [re.sub(r"[#@]\S+|[^\w\s.?!,:']", "", caption).lower() for caption in captions]
    return {part.strip() for text in bare for part in re.split(r"[.?!]", text) if len(part.split()) > 3}


def test_catalogue_captions_carry_tags_mentions_and_emoji(world: Tables) -> None:
    posts = world["posts"].dropna(subset=["caption"])
    assert 0.4 < posts.hashtags.map(len).gt(0).mean() < 0.95
    assert posts.mentions.map(len).gt(0).mean() > 0.08
    assert posts.caption.str.contains("[\U0001f300-\U0001faff✨❤]").mean() > 0.3
    for caption, tags, names in zip(posts.caption, posts.hashtags, posts.mentions, strict=True):
        assert all(f"#{tag}" in caption for tag in tags), caption
        assert all(f"@{name}" in caption for name in names), caption


def test_catalogue_paid_work_is_marked_only_sometimes(world: Tables) -> None:
    brands = set(world["brands"].name.map(slug))
    posts = world["posts"].dropna(subset=["caption"])
    ours = posts[posts.mentions.map(lambda names: bool(brands & set(names)))]
    marked = ours.paid_label.fillna(False).astype(bool) | ours.caption.str.startswith("#")
    assert len(ours) > 200
    assert 0.3 < marked.mean() < 0.8


def test_catalogue_has_unknowns_and_engaged_bases(world: Tables) -> None:
    bases = world["audiences"].drop_duplicates("account_id").basis.value_counts(normalize=True)
    assert 0.04 < bases["engaged"] < 0.25
    facets = world["audiences"].groupby(["account_id", "observed_at"]).facet.nunique()
    assert (facets < 4).mean() > 0.1
    assert world["posts"].caption.isna().mean() > 0.05
    assert world["accounts"].category.isna().any()


@pytest.mark.parametrize("tongue", TONGUES)
def test_lexicon_is_complete_and_aligned(tongue: str) -> None:
    own = lexicon(tongue)
    assert {use: len(v) for use, v in own.frames.items()} == {
        u: len(v) for u, v in lexicon("en").frames.items()
    }
    assert own.values.keys() == lexicon("en").values.keys()
    for niche, about in zip(niches(), own.words, strict=True):
        assert (len(about.things), len(about.actions), len(about.tags)) == (THINGS, 6, 4), niche.name
        assert len(set(about.things)) == THINGS, niche.name


def test_names_are_different_and_sluggable() -> None:
    rng = np.random.default_rng(0)
    assert len(set(words(5_000, rng))) == 5_000
    assert len({slug(name) for name in brand_names(400, rng)}) == 400
    assert slug("Čafé № 1!") == "cafeno1"
