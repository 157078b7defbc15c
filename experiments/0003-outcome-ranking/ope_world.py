"""Briefs of a simulated marketplace with everything that decides a campaign's worth known: who is eligible, what each
would bring, what two of the product's rankers and the marketer think of them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tastemaker.config import Simulation
from tastemaker.ranking import ContentRanker, PopularityRanker
from tastemaker.simulation import audiences, growth, market, posting
from tastemaker.simulation.briefs import Campaign, plan_campaign
from tastemaker.simulation.campaigns import LAST_START
from tastemaker.simulation.clock import FIRST_DECISION_DAY, streams
from tastemaker.simulation.creators import draw_accounts, draw_creators
from tastemaker.simulation.eligibility import moment
from tastemaker.simulation.fit import situation
from tastemaker.simulation.levels import BIAS, NOISE
from tastemaker.simulation.marketer import CHOSEN, SHOWN
from tastemaker.simulation.offers import product_cost
from tastemaker.simulation.response import Situation, respond
from tastemaker.simulation.state import Works, World

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


REVISED = 0.7
"""Weight of the audience in the revision, against 0.5."""


@dataclass(frozen=True)
class Pools:
    """B briefs with as many eligible creators each, arrays (B, n); ``features`` (B, n, 5).

    ``worth``: p(accept) x expected engagements / expected total cost, engagements per US dollar: what a choice brings
    on average; ``yes``: p(accept). ``content``, ``popularity``: the rankers' values; ``revision``: those of ``content``
    with another weight, as a next version might have. ``features``: what a reward model may know. The rest is what the
    marketer looks at.
    """

    worth: Floats
    yes: Floats
    content: Floats
    popularity: Floats
    revision: Floats
    features: Floats
    followers: Floats
    fame: Floats
    match: Floats
    overlap: Floats
    price: Floats

    def first(self, n: int) -> Pools:
        """The same briefs with the first ``n`` of their creators."""
        return Pools(**{f.name: getattr(self, f.name)[:, :n] for f in fields(self)})


def pools_of(settings: Simulation, n: int) -> Pools:
    """``settings.campaigns`` briefs asked of one marketplace in which no campaign has run yet, and ``n`` of those
    eligible for each, at random."""
    rng = streams(settings.seed)
    world = world_without_campaigns(settings, rng)
    days = np.sort(rng["campaigns"].uniform(FIRST_DECISION_DAY, LAST_START - 7.0, settings.campaigns))
    share = world.brands.activity / world.brands.activity.sum()
    brands = rng["campaigns"].choice(len(world.brands), settings.campaigns, p=share)
    rows = []
    for day, brand in zip(days.tolist(), brands.tolist(), strict=True):
        now = moment(world, day)
        campaign = plan_campaign(world, brand, day, now, LAST_START, rng["briefs"])
        some = rng["campaigns"].permutation(len(campaign.leads))[:n]
        if len(some) == n:
            rows.append(_row(world, campaign, situation(world, campaign, now, campaign.leads[some]), some))
    return Pools(**{f.name: np.stack([row[f.name] for row in rows]) for f in fields(Pools)})


def marketer_coins(
    pools: Pools, brief: Ints, rng: np.random.Generator
) -> tuple[Flags, Floats, Flags, Floats]:
    """(shown, p_shown, chosen, p_chosen), each (D, n): the simulation's marketer (``simulation.marketer.decide``) for
    the briefs ``brief`` (D,) at once."""
    taste = liking(pools, brief, rng)
    everyone = np.ones(taste.shape, dtype=bool)
    p_shown = coins_of(0.8 * taste, everyone, SHOWN, low=0.002, high=0.98)
    shown = rng.random(taste.shape) < p_shown
    second = 1.1 * (taste + rng.normal(0, 0.5, taste.shape))
    p_chosen = coins_of(second, shown, CHOSEN, low=0.02, high=0.9)
    return shown, p_shown, shown & (rng.random(taste.shape) < p_chosen), p_chosen


def liking(pools: Pools, brief: Ints, rng: np.random.Generator) -> Floats:
    """(D, n): the marketer's liking at medium noise and bias, blurred anew at every decision."""
    blur, bias, shape = NOISE["medium"].perception, BIAS["medium"], (len(brief), pools.worth.shape[1])
    return (
        bias.size * standard(np.log(pools.followers[brief]))
        + bias.fame * standard(pools.fame[brief])
        + 0.9 * standard(pools.match[brief] + blur * rng.normal(0, 0.15, shape))
        + 0.5 * standard(pools.overlap[brief] + blur * rng.normal(0, 0.08, shape))
        - 0.25 * standard(pools.price[brief] + blur * rng.normal(0, 0.3, shape))
        + rng.normal(0, 0.4, shape)
    )


def coins_of(utility: Floats, rows: Flags, total: float, *, low: float, high: float) -> Floats:
    """``simulation.marketer.coins`` of many decisions at once: sigmoid(utility + c) within [low, high] (D, n), c such
    that the ``rows`` (D, n) of each decision sum to ``total`` (at most 0.7 of them)."""
    wanted = np.minimum(total, 0.7 * rows.sum(axis=1))
    left, right = np.full(len(utility), -40.0), np.full(len(utility), 40.0)
    odds = np.exp(-utility)
    for _ in range(50):
        middle = (left + right) / 2
        p = np.clip(1 / (1 + odds * np.exp(-middle)[:, None]), low, high)
        short = (p * rows).sum(axis=1) < wanted
        left, right = np.where(short, middle, left), np.where(short, right, middle)
    return np.round(np.clip(1 / (1 + odds * np.exp(-right)[:, None]), low, high), 6)


def standard(values: Floats) -> Floats:
    """Each row (D, n) to mean 0 and standard deviation 1; 0 where nothing varies."""
    spread = values.std(axis=1, keepdims=True)
    return (values - values.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1.0)


def world_without_campaigns(settings: Simulation, rng: dict[str, np.random.Generator]) -> World:
    people = draw_creators(settings.creators, rng["creators"])
    accounts = draw_accounts(people, rng["creators"])
    following = growth.grow(accounts, rng["growth"])
    crowds = audiences.draw_audiences(people, accounts, rng["audiences"])
    brands = market.draw_brands(settings.brands, rng["brands"])
    plan = posting.plan_posts(people, accounts, following, rng["plans"])
    works = Works()
    for i in (plan.sponsor >= 0).nonzero()[0]:
        works.add(int(accounts.creator[plan.account[i]]), int(plan.account[i]), -1, float(plan.day[i]))
    return World(people, accounts, following, crowds, brands, plan.account, plan.day, works)


def _row(world: World, campaign: Campaign, s: Situation, some: Ints) -> dict[str, Floats]:
    hopes = respond(s)
    cost = hopes.fee + product_cost(float(world.brands.price[campaign.brand]))
    leads = campaign.leads[some]
    pairs = pd.DataFrame(
        {"content_similarity": s.match, "audience_fit": s.overlap, "log_followers": np.log(s.followers)}
    )
    known = [pairs[name].to_numpy() for name in pairs] + [s.engagement, np.log(hopes.quote)]
    return {
        "worth": hopes.p_accept * hopes.engagements / cost,
        "yes": hopes.p_accept,
        "content": ContentRanker().value(pairs),
        "popularity": PopularityRanker().value(pairs),
        "revision": ContentRanker(audience_weight=REVISED).value(pairs),
        "features": np.column_stack(known),
        "followers": s.followers,
        "fame": world.people.fame[world.accounts.creator[leads]] + world.accounts.verified[leads],
        "match": s.match,
        "overlap": s.overlap,
        "price": s.price_factor,
    }
