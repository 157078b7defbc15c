"""Two years of campaigns in the order of their decisions; each one's work changes the world for the next."""

from __future__ import annotations

import numpy as np

from tastemaker import config
from tastemaker.progress import Progress
from tastemaker.simulation.briefs import Campaign, plan_campaign
from tastemaker.simulation.clock import FIRST_DECISION_DAY, NOW_DAY
from tastemaker.simulation.eligibility import moment
from tastemaker.simulation.fit import situation
from tastemaker.simulation.history import History, add, campaign_id, decision_id
from tastemaker.simulation.levels import levels
from tastemaker.simulation.marketer import Choice, decide
from tastemaker.simulation.money import Rates
from tastemaker.simulation.offers import Desk
from tastemaker.simulation.response import respond
from tastemaker.simulation.state import World

LAST_START = NOW_DAY - 4.0


def run_campaigns(
    world: World,
    settings: config.Simulation,
    rates: Rates,
    streams: dict[str, np.random.Generator],
    progress: Progress,
) -> History:
    """Plans, decides, offers and measures ``settings.campaigns`` campaigns; the world's paid works grow on the way."""
    rng, past = streams["campaigns"], History()
    decided = np.sort(rng.uniform(FIRST_DECISION_DAY, LAST_START - 7.0, settings.campaigns))
    share = world.brands.activity / world.brands.activity.sum()
    brands = rng.choice(len(world.brands), settings.campaigns, p=share)
    noise, bias = levels(settings)
    desk = Desk(world, past, rates, noise, streams["outcomes"])
    for number, (day, brand) in enumerate(zip(decided.tolist(), brands.tolist(), strict=True)):
        now = moment(world, day)
        campaign = plan_campaign(world, brand, day, now, LAST_START, streams["briefs"])
        facts = situation(world, campaign, now, campaign.leads)
        hopes = respond(facts)
        past.expected.append((number, campaign.leads, hopes))
        past.brands.append(brand)
        choice = decide(facts, _fame(world, campaign), noise, bias, rng)
        _record(world, past, number, campaign, choice)
        desk.offer(number, campaign, facts, hopes, choice.shown[choice.chosen])
        if number % 20 == 19 or number + 1 == settings.campaigns:
            progress("campaigns", number + 1, settings.campaigns)
    return past


def _fame(world: World, campaign: Campaign) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """What the marketer takes for fame: a name one has heard, and a tick beside it."""
    fame: np.ndarray[tuple[int], np.dtype[np.float64]] = (
        world.people.fame[world.accounts.creator[campaign.leads]] + world.accounts.verified[campaign.leads]
    )
    return fame


def _record(world: World, past: History, number: int, campaign: Campaign, choice: Choice) -> None:
    text = campaign.brief.canonical_json()
    add(
        past.campaigns,
        campaign_id=campaign_id(number),
        brand_id=world.brands.ids[campaign.brand],
        brief=text,
        starts_at=campaign.starts,
        ends_at=campaign.ends,
    )
    add(
        past.decisions,
        decision_id=decision_id(number),
        campaign_id=campaign_id(number),
        brief=text,
        made_at=campaign.decided,
        policy="marketer",
    )
    who = world.accounts.creator[campaign.leads[choice.shown]]
    for position, creator in enumerate(who):
        add(
            past.items,
            decision_id=decision_id(number),
            creator_id=world.people.ids[creator],
            position=position + 1,
            p_shown=choice.p_shown[position],
            chosen=bool(choice.chosen[position]),
            p_chosen=choice.p_chosen[position],
            reason=choice.reason[position] or None,
        )
