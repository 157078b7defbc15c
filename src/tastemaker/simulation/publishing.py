"""Posts, their readings and their comments as tables; bios and the tables of creators and accounts."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa

from tastemaker.schema import NICHES
from tastemaker.schema.tables import COMPENSATIONS, POST_KINDS
from tastemaker.simulation import names
from tastemaker.simulation.clock import NOW_DAY, Floats, Ints, instants
from tastemaker.simulation.creators import PLATFORMS, Accounts, Creators
from tastemaker.simulation.lexicon import TONGUES, VALUES
from tastemaker.simulation.market import Brands
from tastemaker.simulation.posting import OUTSIDE_BRANDS, Posts
from tastemaker.simulation.texts import DICE, Writer
from tastemaker.simulation.writing import Columns, counts, take

_READINGS = (1.5, 8.0, 30.0)


@cache
def writer(tongue: int, niche: int) -> Writer:
    return Writer(TONGUES[tongue], niche)


def creator_table(people: Creators) -> Columns:
    tongues = [
        [TONGUES[t], *(["en"] if e else [])] for t, e in zip(people.tongue, people.english, strict=True)
    ]
    return {
        "creator_id": pa.array(people.ids),
        "display_name": pa.array(people.names),
        "country": take(people.homes, people.country),
        "languages": pa.array(tongues),
        "available_from": instants(people.available),
        "open_to": pa.array(
            [[COMPENSATIONS[k] for k in np.nonzero(row)[0]] for row in people.open_to],
            type=pa.list_(pa.string()),
        ),
    }


def account_table(people: Creators, accounts: Accounts, rng: np.random.Generator) -> Columns:
    dice = rng.integers(0, 1_000, (len(accounts), DICE)).tolist()
    bios = []
    for i, c in enumerate(accounts.creator.tolist()):
        best = np.argsort(-people.palette[c, 0], kind="stable")
        values = [VALUES[v] for v in np.nonzero(people.values[c])[0]]
        bios.append(
            writer(int(people.tongue[c]), int(people.themes[c, 0])).bio(
                (int(best[0]), int(best[1])), values, dice[i]
            )
        )
    tongue = people.tongue[accounts.creator]
    return {
        "account_id": pa.array(accounts.ids),
        "creator_id": take(people.ids, accounts.creator),
        "platform": take(PLATFORMS, accounts.platform),
        "platform_id": pa.array([str(10_000_000 + 7_919 * i) for i in range(len(accounts))]),
        "handle": pa.array(accounts.handles),
        "valid_from": instants(np.maximum(accounts.joined, -1.0)),
        "bio": pa.array(bios, mask=rng.random(len(accounts)) < 0.04),
        "category": take(NICHES, accounts.category, known=rng.random(len(accounts)) > 0.12),
        "language": take(TONGUES, tongue, known=rng.random(len(accounts)) > 0.03),
        "verified": pa.array(accounts.verified),
    }


def post_table(
    posts: Posts, people: Creators, accounts: Accounts, brands: Brands, rng: np.random.Generator
) -> tuple[Columns, Floats]:
    """The table and the day on which each post became known to us."""
    n = len(posts)
    styles = rng.integers(0, 60, (len(people), 8)).tolist()
    dice, friend = rng.integers(0, 1_000, (n, DICE)).tolist(), rng.integers(0, len(accounts), n)
    handles = (names.slug(name) for name in names.brand_names(OUTSIDE_BRANDS + len(brands), rng))
    outside = [handle for handle in handles if handle not in set(brands.handles)]
    who = accounts.creator[posts.account]
    captions: list[str | None] = []
    hashtags: list[list[str]] = []
    mentions: list[list[str]] = []
    for i in range(n):
        creator = int(who[i])
        write, style = writer(int(people.tongue[creator]), int(posts.theme[i])), styles[creator]
        pair, tagged = (int(posts.thing[i]), int(posts.other[i])), []
        text: str | None = None
        tags: list[str] = []
        if posts.brand[i] >= 0 or posts.sponsor[i] >= 0:
            sponsor = brands.handles[posts.brand[i]] if posts.brand[i] >= 0 else outside[posts.sponsor[i]]
            text, tags = write.sponsored(
                *pair, style, dice[i], sponsor, bool(posts.disclosed[i]) and dice[i][17] % 10 < 7
            )
            tagged = [sponsor]
            text = text if f"@{sponsor}" in text else f"{text} @{sponsor}"
        elif posts.captioned[i]:
            text, tags = write.caption(*pair, style, dice[i], int(accounts.platform[posts.account[i]]))
            if dice[i][18] % 12 == 0:
                tagged = [accounts.handles[friend[i]]]
                text = f"{text} @{tagged[0]}"
        captions.append(text)
        hashtags.append(tags)
        mentions.append(tagged)
    lag = np.where(rng.random(n) < 0.06, rng.uniform(3, 20, n), np.exp(rng.normal(-1.6, 0.8, n)))
    known = np.minimum(posts.day + lag, np.maximum(NOW_DAY - 0.02, posts.day + 0.01))
    paid = (posts.brand >= 0) | (posts.sponsor >= 0)
    labelled = paid & posts.disclosed & (np.array([row[19] for row in dice]) % 10 < 8)
    return {
        "post_id": pa.array(post_ids(n)),
        "account_id": take(accounts.ids, posts.account),
        "posted_at": instants(posts.day),
        "kind": take(POST_KINDS, posts.kind),
        "caption": pa.array(captions, type=pa.string()),
        "hashtags": pa.array(hashtags, type=pa.list_(pa.string())),
        "mentions": pa.array(mentions, type=pa.list_(pa.string())),
        "paid_label": pa.array(labelled, mask=accounts.platform[posts.account] == 2 if n else None),
        "observed_at": instants(known),
    }, known


def reading_table(posts: Posts, known: Floats, accounts: Accounts, rng: np.random.Generator) -> Columns:
    """Two or three readings a post at growing ages; never fewer than before."""
    n, ages = len(posts), len(_READINGS)
    age = np.array(_READINGS)[None, :] * rng.uniform(0.7, 1.3, (n, ages))
    day = np.maximum(posts.day[:, None] + age, known[:, None] + np.arange(ages) * 1e-3)
    keep = (day < NOW_DAY - 0.01) & np.stack(
        [rng.random(n) < 0.7, np.ones(n, bool), rng.random(n) < 0.85], axis=1
    )
    row, column = np.nonzero(keep)
    when = day[row, column]
    part = 1 - np.exp(-(when - posts.day[row]) / 3.0)
    grown = np.floor(posts.totals[row] * part[:, None])
    platform = accounts.platform[posts.account[row]]
    first_party = accounts.first_party[posts.account[row]]
    moving = posts.kind[row] >= 2
    paid = posts.brand[row] >= 0
    return {
        "post_id": take(post_ids(n), row),
        "observed_at": instants(when),
        "likes": counts(grown[:, 2]),
        "comments": counts(grown[:, 3]),
        "shares": counts(grown[:, 4], known=first_party | (platform == 1)),
        "saves": counts(grown[:, 5], known=(first_party | (platform == 1)) & (platform < 2)),
        "views": counts(grown[:, 1], known=moving),
        "reach": counts(grown[:, 0], known=first_party),
        "impressions": counts(grown[:, 1], known=first_party & ~moving),
        "scope": pa.array(np.where(paid & (row % 8 == 0), "total", "organic")),
    }


def post_ids(count: int) -> list[str]:
    return [f"po{i:07d}" for i in range(count)]


def comment_table(posts: Posts, people: Creators, accounts: Accounts, rng: np.random.Generator) -> Columns:
    """About sixteen comments a creator on a part of the posts; pods repeat short praise from few authors."""
    total = 16 * len(people)
    weight = np.sqrt(posts.totals[:, 3] + 0.3) * posts.captioned * (posts.day < NOW_DAY - 2)
    chosen = np.where(rng.random(len(posts)) < 0.35, weight, 0.0)
    number = (
        rng.poisson(total * chosen / chosen.sum())
        if chosen.sum() > 0
        else np.zeros(len(posts), dtype=np.int64)
    )
    post: Ints = np.repeat(np.arange(len(posts)), np.minimum(number, 60))
    n = len(post)
    account = posts.account[post]
    creator = accounts.creator[account]
    pod = (accounts.pod[account] > 0) & (posts.sponsor[post] < 0) & (posts.brand[post] < 0)
    flat = rng.random(n) < np.where(pod, 0.8, 0.28)
    author = np.where(
        pod & flat, account * 40 + rng.integers(0, 25, n), 10_000_000 + rng.integers(0, 40 * total + 1, n)
    )
    dice, tongue = (
        rng.integers(0, 1_000, (n, DICE)).tolist(),
        np.where(rng.random(n) < 0.12, 0, people.tongue[creator]),
    )
    texts = []
    for i in range(n):
        write = writer(int(tongue[i]), int(posts.theme[post[i]]))
        texts.append(
            write.praise(dice[i])
            if flat[i]
            else write.comment(int(posts.thing[post[i]]), int(posts.other[post[i]]), dice[i])
        )
    age = np.minimum(
        rng.exponential(1.5, n) * np.where(pod & flat, 0.05, 1.0) + 0.002, NOW_DAY - 0.2 - posts.day[post]
    )
    when = posts.day[post] + age
    return {
        "comment_id": pa.array([f"cm{i:07d}" for i in range(n)]),
        "post_id": take(post_ids(len(posts)), post),
        "author_hash": pa.array(
            [f"{(int(a) * 2_654_435_761 + 97) % (1 << 44):011x}" for a in author], type=pa.string()
        ),
        "posted_at": instants(when),
        "text": pa.array(texts, type=pa.string()),
        "observed_at": instants(
            np.minimum(when + rng.exponential(1.0, n) + 0.01, np.maximum(NOW_DAY - 0.02, when))
        ),
    }
