"""Who passes a brief's hard filters in the world as it really is at the decision, and by which account."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tastemaker.schema import AUDIENCE_COLUMNS, Brief
from tastemaker.schema.tables import COMPENSATIONS
from tastemaker.simulation.clock import START, Flags, Floats, Ints
from tastemaker.simulation.creators import PLATFORMS
from tastemaker.simulation.lexicon import TONGUES
from tastemaker.simulation.state import World


@dataclass(frozen=True)
class Moment:
    """Per account at one day: all and authentic followers, the engagement rate as it shows, the last post's day."""

    day: float
    followers: Floats
    authentic: Floats
    rate: Floats
    last_post: Floats


def moment(world: World, day: float) -> Moment:
    followers, authentic = world.growth.at(day)
    rate = authentic * world.accounts.engagement * (1 + 0.8 * world.accounts.pod) / followers
    return Moment(day, followers, authentic, rate, world.last_post(day))


def lead_accounts(world: World, brief: Brief, brand: int, now: Moment) -> Ints:
    """One account per eligible creator: of those that pass, the one with most followers (ties: account_id)."""
    passing = np.nonzero(_passes(world, brief, brand, now))[0]
    size = np.rint(now.followers[passing])
    order = np.lexsort((passing, -size, world.accounts.creator[passing]))
    ranked = passing[order]
    first = np.ones(len(ranked), dtype=bool)
    first[1:] = world.accounts.creator[ranked[1:]] != world.accounts.creator[ranked[:-1]]
    leads: Ints = ranked[first]
    return leads


def _passes(world: World, brief: Brief, brand: int, now: Moment) -> Flags:
    f, accounts, people = brief.filters, world.accounts, world.people
    who = accounts.creator
    followers = np.rint(now.followers)
    ok = (accounts.joined <= now.day) & _open(world, brief)[who]
    if f.platforms:
        ok &= np.isin(accounts.platform, [PLATFORMS.index(p) for p in f.platforms if p in PLATFORMS])
    if f.countries:
        ok &= np.isin(people.country, [people.homes.index(c) for c in f.countries if c in people.homes])[who]
    if f.languages:
        codes = [TONGUES.index(t) for t in f.languages if t in TONGUES]
        ok &= (np.isin(people.tongue, codes) | (people.english & ("en" in f.languages)))[who]
    if f.followers.min is not None:
        ok &= followers >= f.followers.min
    if f.followers.max is not None:
        ok &= followers <= f.followers.max
    if f.min_engagement_rate is not None:
        ok &= now.rate >= f.min_engagement_rate
    if f.active_within_days is not None:
        ok &= now.last_post >= now.day - f.active_within_days
    if f.competitor_window_days is not None:
        rivals = world.brands.rivals[brand]
        ok &= ~world.worked_for(rivals, now.day - f.competitor_window_days, now.day)[who]
    for wanted in f.audience:
        column = AUDIENCE_COLUMNS.index((wanted.facet, wanted.key))
        real = now.authentic / now.followers
        share = real * world.audiences.authentic[:, column] + (1 - real) * float(
            world.audiences.bought[column]
        )
        ok &= share >= wanted.min_share
    return ok


def _open(world: World, brief: Brief) -> Flags:
    """Creators who accept a compensation of the brief and are available when it starts."""
    people = world.people
    ok = np.ones(len(people), dtype=bool)
    if brief.filters.compensation:
        ok &= people.open_to[:, [COMPENSATIONS.index(c) for c in brief.filters.compensation]].any(axis=1)
    if brief.starts_at is not None:
        starts = (brief.starts_at - START).total_seconds() / 86_400
        ok &= ~(people.available > starts)
    return ok
