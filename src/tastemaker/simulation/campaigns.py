"""Two years of campaigns, one after the other: brief, choice, offers, work, readings; each changes the world for the next."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from tastemaker import config
from tastemaker.progress import Progress
from tastemaker.schema.tables import COMPENSATIONS
from tastemaker.simulation.briefs import Campaign, plan_campaign
from tastemaker.simulation.clock import FIRST_DECISION_DAY, NOW_DAY, Ints, instants
from tastemaker.simulation.eligibility import moment
from tastemaker.simulation.fit import situation
from tastemaker.simulation.levels import levels
from tastemaker.simulation.marketer import Choice, decide
from tastemaker.simulation.money import Rates
from tastemaker.simulation.outcomes import happen, matured, reading_days
from tastemaker.simulation.response import (
    KIND_WORK,
    QUOTE_SD,
    Expected,
    Situation,
    accept,
    line_weights,
    offer_ratios,
    respond,
    will,
)
from tastemaker.simulation.state import World
from tastemaker.simulation.writing import Columns

Rows = dict[str, list[Any]]
_DECLINED = ("fee too low", "does not fit my content", "too many paid posts lately", "no time", "no answer")


@dataclass
class Commissioned:
    """A post that a campaign paid for: who, where, what about, when; ``disclosed`` says whether it is marked."""

    creator: int
    account: int
    campaign: int
    brand: int
    kind: str
    day: float
    disclosed: bool
    thing: int
    totals: list[int]


@dataclass
class History:
    """The record of the past in rows of the canonical tables, and the expectations of every eligible pair."""

    campaigns: Rows = field(default_factory=lambda: defaultdict(list))
    decisions: Rows = field(default_factory=lambda: defaultdict(list))
    items: Rows = field(default_factory=lambda: defaultdict(list))
    offers: Rows = field(default_factory=lambda: defaultdict(list))
    outcomes: Rows = field(default_factory=lambda: defaultdict(list))
    posts: list[Commissioned] = field(default_factory=list)
    expected: list[tuple[int, Ints, Expected]] = field(default_factory=list)
    brands: list[int] = field(default_factory=list)


def run_campaigns(
    world: World,
    settings: config.Simulation,
    rates: Rates,
    streams: dict[str, np.random.Generator],
    progress: Progress,
) -> History:
    """Campaigns in the order of their decisions, from two months after the start to the present."""
    rng, past = streams["campaigns"], History()
    latest = NOW_DAY - 4.0
    decided = np.sort(rng.uniform(FIRST_DECISION_DAY, latest - 7.0, settings.campaigns))
    share = world.brands.activity / world.brands.activity.sum()
    brands = rng.choice(len(world.brands), settings.campaigns, p=share)
    noise, bias = levels(settings)
    for number, (day, brand) in enumerate(zip(decided, brands, strict=True)):
        now = moment(world, float(day))
        campaign = plan_campaign(world, int(brand), float(day), now, latest, streams["briefs"])
        facts = situation(world, campaign, now, campaign.leads)
        hopes = respond(facts)
        past.expected.append((number, campaign.leads, hopes))
        past.brands.append(int(brand))
        fame = (
            world.people.fame[world.accounts.creator[campaign.leads]]
            + 1.0 * world.accounts.verified[campaign.leads]
        )
        choice = decide(facts, fame, noise, bias, rng)
        _record(world, past, number, campaign, choice)
        _offer(world, past, number, campaign, facts, hopes, choice, rates, settings, streams["outcomes"])
        if number % 20 == 19 or number + 1 == settings.campaigns:
            progress("campaigns", number + 1, settings.campaigns)
    return past


def _record(world: World, past: History, number: int, campaign: Campaign, choice: Choice) -> None:
    text = campaign.brief.canonical_json()
    _add(
        past.campaigns, campaign_id=campaign_id(number), brand_id=world.brands.ids[campaign.brand], brief=text
    )
    _add(past.campaigns, starts_at=campaign.starts, ends_at=campaign.ends)
    _add(
        past.decisions,
        decision_id=decision_id(number),
        campaign_id=campaign_id(number),
        brief=text,
        made_at=campaign.decided,
    )
    _add(past.decisions, policy="marketer")
    who = world.accounts.creator[campaign.leads[choice.shown]]
    for position, creator in enumerate(who):
        _add(
            past.items,
            decision_id=decision_id(number),
            creator_id=world.people.ids[creator],
            position=position + 1,
        )
        _add(
            past.items,
            p_shown=choice.p_shown[position],
            chosen=bool(choice.chosen[position]),
            p_chosen=choice.p_chosen[position],
        )
        _add(past.items, reason=choice.reason[position] or None)


def _offer(
    world: World,
    past: History,
    number: int,
    campaign: Campaign,
    facts: Situation,
    hopes: Expected,
    choice: Choice,
    rates: Rates,
    settings: config.Simulation,
    rng: np.random.Generator,
) -> None:
    """An offer to each chosen creator; who accepts works, posts and is measured."""
    odds = will(facts)
    for row in choice.shown[choice.chosen]:
        creator = int(world.accounts.creator[campaign.leads[row]])
        at = campaign.decided + rng.uniform(0.3, 4.0)
        ratio = float(offer_ratios(rng.normal(size=1))[0])
        agreed = bool(rng.random() < accept(odds[row : row + 1], np.array([ratio]))[0])
        quote = hopes.quote[row] * np.exp(rng.normal(0, QUOTE_SD))
        currency = rates.currency(world.people.homes[world.people.country[creator]], rng)
        local = rates.per_usd(currency, at)
        reason = None if agreed else _why(facts, int(row), ratio, rng)
        _add(
            past.offers,
            decision_id=decision_id(number),
            creator_id=world.people.ids[creator],
            at=at,
            package=_package(campaign),
        )
        _add(
            past.offers,
            asked=round(quote * np.exp(ratio) * local, 2),
            agreed=agreed,
            reason=reason,
            currency=currency,
        )
        _add(past.offers, quoted=None if reason == "no answer" else round(quote * local, 2))
        if agreed:
            fee = quote * np.exp(ratio)
            _work(world, past, number, campaign, hopes, int(row), fee, currency, local, settings, rng)


def _work(
    world: World,
    past: History,
    number: int,
    campaign: Campaign,
    hopes: Expected,
    row: int,
    fee: float,
    currency: str,
    local: float,
    settings: config.Simulation,
    rng: np.random.Generator,
) -> None:
    account, people = int(campaign.leads[row]), world.people
    creator = int(world.accounts.creator[account])
    punctual = bool(rng.random() < people.punctual[creator])
    posted = campaign.starts + rng.uniform(0.3, 4.0) + (0.0 if punctual else rng.uniform(3.0, 10.0))
    disclosed = bool(rng.random() < people.disclosing[creator])
    price = float(world.brands.price[campaign.brand])
    result = happen(
        hopes, row, int(world.accounts.platform[account]), price, campaign.lines, levels(settings)[0], rng
    )
    readings = reading_days(posted, rng)
    thing = int(campaign.focus[int(rng.integers(0, len(campaign.focus)))])
    if posted > NOW_DAY - 1.0:
        return
    world.works.add(creator, campaign.brand, posted)
    shares = line_weights(campaign.lines, KIND_WORK)
    shares = shares / shares.sum()
    for line, (kind, _) in enumerate(campaign.lines):
        totals = [int(result.reach[line]), int(result.impressions[line]), *result.kinds[line].tolist()]
        past.posts.append(
            Commissioned(
                creator, account, number, campaign.brand, kind, posted + 0.02 * line, disclosed, thing, totals
            )
        )
        for age, day in readings:
            part, slow = matured(age, 6.0), matured(age, 9.0)
            likes, comments, shared, saves = (int(part * k) for k in result.kinds[line])
            conversions = int(slow * result.conversions[line])
            _add(
                past.outcomes,
                campaign_id=campaign_id(number),
                creator_id=people.ids[creator],
                deliverable=kind,
                observed_at=day,
            )
            _add(past.outcomes, fee=round(fee * shares[line] * local, 2), currency=currency)
            _add(past.outcomes, product_cost=round(product_cost(price) * shares[line] * local, 2))
            _add(
                past.outcomes,
                impressions=int(part * totals[1]),
                reach=int(part * totals[0]),
                likes=likes,
                comments=comments,
            )
            _add(
                past.outcomes,
                shares=shared,
                saves=saves,
                clicks=int(part * result.clicks[line]),
                conversions=conversions,
            )
            _add(past.outcomes, code_uses=min(int(slow * result.code_uses[line]), conversions))
            _add(
                past.outcomes,
                revenue=round(slow * result.revenue[line] * local, 2),
                sentiment=result.sentiment if age > 3 else None,
            )
            _add(past.outcomes, content_rating=result.rating, disclosed=disclosed, on_time=punctual)


def product_cost(price: float) -> float:
    """USD of product and shipping per creator: part of the total cost of a campaign, known from the brand's price."""
    return min(0.45 * price, 250.0) + 8.0


def campaign_id(number: int) -> str:
    return f"ca{number:05d}"


def decision_id(number: int) -> str:
    return f"de{number:05d}"


def table(rows: Rows, *times: str) -> Columns:
    """Rows as columns; those named in ``times`` are days and become instants."""
    columns: dict[str, pa.Array] = {}
    for name, values in rows.items():
        columns[name] = instants(np.array(values, dtype=np.float64)) if name in times else pa.array(values)
    return columns


def _why(s: Situation, row: int, ratio: float, rng: np.random.Generator) -> str:
    """The reason that a declining creator gives: usually the weightiest, sometimes none."""
    weights = np.array([max(-4.5 * ratio, 0.05), max(0.6 - s.match[row], 0.05), s.fatigue[row], 0.25, 0.25])
    return _DECLINED[int(rng.choice(len(weights), p=weights / weights.sum()))]


def _package(campaign: Campaign) -> str:
    lines = [{"kind": kind, "count": count} for kind, count in campaign.lines]
    accepted = campaign.brief.filters.compensation or COMPENSATIONS[:1]
    package = {"lines": lines, "compensation": accepted[0], "rights_days": 30}
    return json.dumps(package, sort_keys=True, separators=(",", ":"))


def _add(rows: Rows, **values: Any) -> None:
    for name, value in values.items():
        rows[name].append(value)
