"""How well a creator fits a brief: content match, audience overlap, shared values; and the situation that results."""

from __future__ import annotations

import numpy as np

from tastemaker.schema import AUDIENCE_COLUMNS, FACET_SLICES
from tastemaker.simulation.briefs import Campaign, target_row
from tastemaker.simulation.clock import Floats, Ints
from tastemaker.simulation.creators import THEMES
from tastemaker.simulation.eligibility import Moment
from tastemaker.simulation.lexicon import niches
from tastemaker.simulation.response import Situation
from tastemaker.simulation.state import World

_STRENGTH = np.array([1.0, 0.85, 0.7])
"""How much of a creator's first, second and third theme counts as theirs."""


def content_match(world: World, campaign: Campaign, creators: Ints) -> Floats:
    """0..1: the best theme's nearness to the campaign's niches, raised where it dwells on the brief's concepts."""
    people, category = world.people, int(world.brands.category[campaign.brand])
    best = np.zeros(len(creators))
    for k in range(THEMES):
        theme = people.themes[creators, k]
        near = world.near[np.maximum(theme, 0), category]
        if campaign.theme >= 0:
            near = np.maximum(near, 0.7 * world.near[np.maximum(theme, 0), campaign.theme])
        dwells = np.minimum(people.palette[creators, k][:, campaign.focus].sum(axis=1) / 0.6, 1.0)
        own = near * (0.7 + 0.3 * np.where(theme == category, dwells, 0.0))
        best = np.maximum(best, np.where(theme >= 0, _STRENGTH[k] * own, 0.0))
    return best


def audience_overlap(world: World, campaign: Campaign, accounts: Ints) -> Floats:
    """0..1: mean Bhattacharyya overlap of target and authentic audience over the facets that the brief names."""
    target = target_row(campaign.brief, AUDIENCE_COLUMNS)
    overlaps = []
    for part in FACET_SLICES.values():
        wanted = target[part]
        if np.isnan(wanted).any():
            continue
        keys = np.nonzero(wanted)[0]
        shares = world.audiences.authentic[accounts, part][:, keys].astype(np.float64)
        overlaps.append(np.sqrt(shares * wanted[keys]).sum(axis=1) / np.sqrt(wanted.sum()))
    return np.mean(overlaps, axis=0) if overlaps else np.full(len(accounts), 0.6)


def situation(world: World, campaign: Campaign, now: Moment, accounts: Ints) -> Situation:
    """The situation of lead ``accounts`` at the decision."""
    people, brands, brand = world.people, world.brands, campaign.brand
    who = world.accounts.creator[accounts]
    held = brands.values[brand]
    before = world.worked_for(np.array([brand]), -np.inf, campaign.decided)
    return Situation(
        followers=now.followers[accounts],
        authentic=now.authentic[accounts],
        platform=world.accounts.platform[accounts],
        engagement=world.accounts.engagement[accounts],
        quality=people.quality[who],
        match=content_match(world, campaign, who),
        overlap=audience_overlap(world, campaign, accounts),
        fatigue=world.fatigue(campaign.decided)[who],
        values=people.values[who][:, held].sum(axis=1) / held.sum(),
        hidden=people.hidden[who] * brands.taste[brand],
        knows=before[who].astype(np.float64),
        choosy=people.choosy[who],
        price_factor=people.price[who],
        price=float(brands.price[brand]),
        niche_fee=np.array([n.fee for n in niches()])[people.themes[who, 0]],
        lines=campaign.lines,
    )
