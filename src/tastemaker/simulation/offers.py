"""From the chosen to their work: offers, answers, posts, and the dated readings of what came of them."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from tastemaker.schema.tables import COMPENSATIONS
from tastemaker.simulation.briefs import Campaign
from tastemaker.simulation.clock import NOW_DAY, Floats, Ints
from tastemaker.simulation.creators import PLATFORMS
from tastemaker.simulation.history import Commissioned, History, add, campaign_id, decision_id
from tastemaker.simulation.levels import Noise
from tastemaker.simulation.money import Rates
from tastemaker.simulation.outcomes import Result, happen, matured, reading_days
from tastemaker.simulation.response import (
    KIND_WORK,
    QUOTE_SD,
    Expected,
    Situation,
    accept,
    line_weights,
    offer_ratios,
    will,
)
from tastemaker.simulation.state import World

_DECLINED = ("fee too low", "does not fit my content", "too many paid posts lately", "no time", "no answer")


@dataclass(frozen=True)
class Deal:
    """An accepted offer: ``fee`` in USD, paid in ``currency`` at ``local`` units of it for a dollar."""

    campaign: Campaign
    number: int
    row: int
    fee: float
    currency: str
    local: float


@dataclass(frozen=True)
class Desk:
    """Makes the offers of every campaign and records what follows."""

    world: World
    past: History
    rates: Rates
    noise: Noise
    rng: np.random.Generator

    def offer(self, number: int, campaign: Campaign, facts: Situation, hopes: Expected, rows: Ints) -> None:
        """An offer to each chosen creator (``rows`` of the situation); who accepts works, posts and is measured."""
        people, rng, odds = self.world.people, self.rng, will(facts)
        for row in rows.tolist():
            creator = int(self.world.accounts.creator[campaign.leads[row]])
            at = campaign.decided + rng.uniform(0.3, 4.0)
            ratio = float(offer_ratios(rng.normal(size=1))[0])
            agreed = bool(rng.random() < accept(odds[row : row + 1], np.array([ratio]))[0])
            quote = float(hopes.quote[row] * np.exp(rng.normal(0, QUOTE_SD)))
            currency = self.rates.currency(people.homes[people.country[creator]], rng)
            local = self.rates.per_usd(currency, at)
            reason = None if agreed else _why(facts, row, ratio, rng)
            add(
                self.past.offers,
                decision_id=decision_id(number),
                creator_id=people.ids[creator],
                at=at,
                package=_package(campaign),
                asked=round(quote * float(np.exp(ratio)) * local, 2),
                quoted=None if reason == "no answer" else round(quote * local, 2),
                agreed=agreed,
                reason=reason,
                currency=currency,
            )
            if agreed:
                self._work(Deal(campaign, number, row, quote * float(np.exp(ratio)), currency, local), hopes)

    def _work(self, deal: Deal, hopes: Expected) -> None:
        campaign, rng, people = deal.campaign, self.rng, self.world.people
        account = int(campaign.leads[deal.row])
        creator = int(self.world.accounts.creator[account])
        punctual = bool(rng.random() < people.punctual[creator])
        posted = campaign.starts + rng.uniform(0.3, 4.0) + (0.0 if punctual else rng.uniform(3.0, 10.0))
        disclosed = bool(rng.random() < people.disclosing[creator])
        price = float(self.world.brands.price[campaign.brand])
        platform = int(self.world.accounts.platform[account])
        result = happen(hopes, deal.row, platform, price, campaign.lines, self.noise, rng)
        readings = reading_days(posted, rng)
        thing = int(campaign.focus[int(rng.integers(0, len(campaign.focus)))])
        if posted > NOW_DAY - 1.0:
            return
        self.world.works.add(creator, account, campaign.brand, posted)
        for line, (kind, _) in enumerate(campaign.lines):
            totals = [int(result.reach[line]), int(result.impressions[line]), *result.kinds[line].tolist()]
            day = posted + 0.02 * line
            self.past.posts.append(
                Commissioned(creator, account, campaign.brand, kind, day, disclosed, thing, totals)
            )
        for line in range(len(campaign.lines)):
            for age, day in readings:
                self._measure(deal, result, line, age, day)
                add(
                    self.past.outcomes,
                    creator_id=people.ids[creator],
                    disclosed=disclosed,
                    on_time=punctual,
                    platform=PLATFORMS[platform],
                    posted_at=posted + 0.02 * line,
                )

    def _measure(self, deal: Deal, result: Result, line: int, age: float, day: float) -> None:
        """One reading of one line: what had come by then; fee and product cost are the line's part."""
        campaign, local = deal.campaign, deal.local
        price = float(self.world.brands.price[campaign.brand])
        part, slow, share = matured(age, 6.0), matured(age, 9.0), float(_work_shares(campaign)[line])
        likes, comments, shares, saves = (int(part * k) for k in result.kinds[line])
        conversions = int(slow * result.conversions[line])
        add(
            self.past.outcomes,
            campaign_id=campaign_id(deal.number),
            deliverable=campaign.lines[line][0],
            observed_at=day,
            fee=round(deal.fee * share * local, 2),
            product_cost=round(product_cost(price) * share * local, 2),
            currency=deal.currency,
            impressions=int(part * result.impressions[line]),
            reach=int(part * result.reach[line]),
            likes=likes,
            comments=comments,
            shares=shares,
            saves=saves,
            clicks=int(part * result.clicks[line]),
            code_uses=min(int(slow * result.code_uses[line]), conversions),
            conversions=conversions,
            revenue=round(slow * float(result.revenue[line]) * local, 2),
            sentiment=result.sentiment if age > 3 else None,
            content_rating=result.rating,
        )


def product_cost(price: float) -> float:
    """USD of product and shipping per creator: part of the total cost of a campaign."""
    return min(0.45 * price, 250.0) + 8.0


def _work_shares(campaign: Campaign) -> Floats:
    work = line_weights(campaign.lines, KIND_WORK)
    shares: Floats = work / work.sum()
    return shares


def _why(s: Situation, row: int, ratio: float, rng: np.random.Generator) -> str:
    """The reason that a declining creator gives: usually the weightiest, sometimes none."""
    weights = np.array([max(-4.5 * ratio, 0.05), max(0.6 - s.match[row], 0.05), s.fatigue[row], 0.25, 0.25])
    return _DECLINED[int(rng.choice(len(weights), p=weights / weights.sum()))]


def _package(campaign: Campaign) -> str:
    lines = [{"kind": kind, "count": count} for kind, count in campaign.lines]
    accepted = campaign.brief.filters.compensation or COMPENSATIONS[:1]
    package = {"lines": lines, "compensation": accepted[0], "rights_days": 30}
    return json.dumps(package, sort_keys=True, separators=(",", ":"))
