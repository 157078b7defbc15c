"""A simulated marketplace for a closed loop: briefs to come, what the tables say of everyone, and what picks bring."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
from ope_world import world_without_campaigns

from tastemaker.config import Config, Simulation
from tastemaker.encoders import load_encoder
from tastemaker.features import FeatureSnapshot, pair_features, view_brief
from tastemaker.schema import KPI
from tastemaker.simulation import audiences, growth, market, money, posting, publishing
from tastemaker.simulation.briefs import Campaign, plan_campaign
from tastemaker.simulation.campaigns import LAST_START
from tastemaker.simulation.clock import START, Floats, Ints, streams
from tastemaker.simulation.creators import draw_accounts, draw_creators
from tastemaker.simulation.eligibility import lead_accounts, moment
from tastemaker.simulation.fit import situation
from tastemaker.simulation.history import History
from tastemaker.simulation.levels import levels
from tastemaker.simulation.marketer import decide
from tastemaker.simulation.offers import Desk, product_cost
from tastemaker.simulation.response import Situation, respond
from tastemaker.simulation.state import World
from tastemaker.simulation.writing import write
from tastemaker.workflows import Job, Workspace
from tastemaker.workflows.monitoring import build_moments
from tastemaker.workflows.stages import ingest_tables

MONTH = 30.0
FIRST_DAY, LOOP_DAY = 60.0, 420.0
"""The marketer decides from the first to the second, the policies from the second on; two years end at day 792."""
SNAPSHOT_DAYS = 90
FINISHED = 30.0
"""Days after the post of the reading that holds the final result."""
_SUMMED = frozenset({"reach", "likes", "comments", "shares", "saves", "conversions", "fee", "product_cost"})


@dataclass(frozen=True)
class Ask:
    """A brief: its campaign as planned, and pair features of every account known then, without what campaigns tell.

    ``accounts``, ``creators`` (n,): their places in the world; ``features`` (n, PAIR_FEATURES); ``snapshot``: its place
    among the market's facts.
    """

    number: int
    campaign: Campaign
    accounts: Ints
    creators: Ints
    features: Floats
    snapshot: int


@dataclass(frozen=True)
class Market:
    """What all policies share: the world without their work, the briefs by month, the tables' facts at each moment.

    ``months``: the briefs that are answered and run; ``asked``: more of a month, answered to measure and not run.
    """

    seed: int
    config: Config
    world: World
    rates: money.Rates
    history: tuple[Ask, ...]
    months: tuple[tuple[Ask, ...], ...]
    asked: tuple[tuple[Ask, ...], ...]
    facts: tuple[pa.Table, ...]


@dataclass(frozen=True)
class Pool:
    """Who can be picked for a brief in one policy's world, and what each would truly bring.

    ``rows``: of the ask's frame; ``leads``: their accounts; ``value``: p(accept) x expected KPI / expected cost.
    """

    ask: Ask
    rows: Ints
    leads: Ints
    facts: Situation
    value: Floats


@dataclass(frozen=True)
class Delivery:
    """What became of one offer. Days are when it was known; money in US dollars; NaN where nothing came of it."""

    number: int
    creator: int
    account: int
    brand: int
    answered: float
    quoted: float
    agreed: bool
    known: float
    on_time: float
    cost: float
    reach: float
    engagements: float
    conversions: float
    content_rating: float


def make_market(
    config: Config, seed: int, *, campaigns: int, a_month: int, months: int, asked: Sequence[int]
) -> Market:
    """``campaigns`` decided by the marketer in the year before, then ``a_month`` briefs in each of ``months``, and
    beside them ``asked`` (months,) that are not run."""
    settings = config.simulation.model_copy(update={"seed": seed})
    rng = streams(settings.seed)
    world = world_without_campaigns(settings, rng)
    rates = money.draw_rates(rng["campaigns"])
    last = LOOP_DAY + months * MONTH
    moments = np.arange(FIRST_DAY, last, SNAPSHOT_DAYS)
    with TemporaryDirectory() as scratch:
        snapshots = list(_snapshots(config, settings, Path(scratch), moments))
    asker = _Asker(world, snapshots, config, moments, rng)
    past = np.sort(rng["campaigns"].uniform(FIRST_DAY, LOOP_DAY, campaigns))
    days = [LOOP_DAY + MONTH * (m + np.sort(rng["campaigns"].random(a_month))) for m in range(months)]
    history = tuple(asker.asks(past, 0))
    run = tuple(tuple(asker.asks(day, campaigns + m * a_month)) for m, day in enumerate(days))
    first = campaigns + months * a_month
    more = [LOOP_DAY + MONTH * (m + np.sort(rng["campaigns"].random(n))) for m, n in enumerate(asked)]
    starts = first + np.cumsum([0, *asked])
    measured = tuple(tuple(asker.asks(day, int(n))) for day, n in zip(more, starts, strict=False))
    facts = tuple(s.table for s in snapshots)
    return Market(seed, config, world, rates, history, run, measured, facts)


class Life:
    """One policy's world: its creators get tired of its work, and its results come in."""

    def __init__(self, shared: Market) -> None:
        self.shared = shared
        self.world = replace(shared.world, works=deepcopy(shared.world.works))
        self.deliveries: list[Delivery] = []
        self.asked: dict[int, Ask] = {}
        self._noise, self._bias = levels(shared.config.simulation)

    def pool(self, ask: Ask) -> Pool:
        """Everyone who passes the brief's filters in this world and whom the tables know."""
        campaign = ask.campaign
        now = moment(self.world, campaign.decided)
        leads = lead_accounts(self.world, campaign.brief, campaign.brand, now)
        place = {account: row for row, account in enumerate(ask.accounts.tolist())}
        leads = np.array([a for a in leads.tolist() if a in place], dtype=np.int64)
        rows = np.array([place[a] for a in leads.tolist()], dtype=np.int64)
        facts = situation(self.world, campaign, now, leads)
        hopes = respond(facts)
        cost = hopes.fee + product_cost(float(self.world.brands.price[campaign.brand]))
        kpi = getattr(hopes, KPI[campaign.brief.objective])
        return Pool(ask, rows, leads, facts, hopes.p_accept * kpi / cost)

    def marketer(self, pool: Pool) -> Ints:
        """Whom the simulation's marketer would choose: places in the pool."""
        accounts = self.world.accounts
        fame = self.world.people.fame[accounts.creator[pool.leads]] + accounts.verified[pool.leads]
        rng = np.random.default_rng([self.shared.seed, 1, pool.ask.number])
        choice = decide(pool.facts, fame, self._noise, self._bias, rng)
        return choice.shown[choice.chosen]

    def deliver(self, pool: Pool, picks: Ints) -> None:
        """Offers to the picked; luck belongs to the pair of brief and creator, so it is common to all policies."""
        campaign, number = replace(pool.ask.campaign, leads=pool.leads), pool.ask.number
        hopes = respond(pool.facts)
        self.asked[number] = pool.ask
        for pick in picks.tolist():
            account = int(pool.leads[pick])
            creator = int(self.world.accounts.creator[account])
            luck, past = np.random.default_rng([self.shared.seed, 2, number, creator]), History()
            desk = Desk(self.world, past, self.shared.rates, self._noise, luck)
            desk.offer(number, campaign, pool.facts, hopes, np.array([pick]))
            self.deliveries.append(self._told(past, pool, creator, account))

    def _told(self, past: History, pool: Pool, creator: int, account: int) -> Delivery:
        offer = {name: values[0] for name, values in past.offers.items()}
        usd = 1.0 / self.shared.rates.per_usd(offer["currency"], offer["at"])
        quoted = float("nan") if offer["quoted"] is None else offer["quoted"] * usd
        rows = past.outcomes
        age = np.array(rows["observed_at"]) - np.array(rows["posted_at"])
        final = np.flatnonzero(age >= FINISHED)
        sums = dict.fromkeys(("reach", "engagements", "conversions", "cost"), float("nan"))
        known, on_time, rating = float("inf"), float("nan"), float("nan")
        if len(final):
            total = {
                name: float(np.array(values)[final].sum()) for name, values in rows.items() if name in _SUMMED
            }
            sums = {
                "reach": total["reach"],
                "engagements": total["likes"] + total["comments"] + total["shares"] + total["saves"],
                "conversions": total["conversions"],
                "cost": (total["fee"] + total["product_cost"]) * usd,
            }
            known = float(np.array(rows["observed_at"])[final].max())
            on_time, rating = float(rows["on_time"][0]), float(rows["content_rating"][0])
        return Delivery(
            number=pool.ask.number, creator=creator, account=account, brand=pool.ask.campaign.brand,
            answered=offer["at"], quoted=quoted, agreed=bool(offer["agreed"]), known=known, on_time=on_time,
            content_rating=rating, **sums,
        )  # fmt: skip


class _Asker:
    def __init__(
        self,
        world: World,
        snapshots: list[FeatureSnapshot],
        config: Config,
        moments: Floats,
        rng: dict[str, np.random.Generator],
    ) -> None:
        self.world, self.snapshots, self.moments, self.rng = world, snapshots, moments, rng
        self.encoder = load_encoder(config.encoders.name)
        place = {name: i for i, name in enumerate(world.accounts.ids)}
        self.accounts = [np.array([place[a] for a in s.column("account_id")]) for s in snapshots]

    def asks(self, days: Floats, first: int) -> Iterator[Ask]:
        share = self.world.brands.activity / self.world.brands.activity.sum()
        brands = self.rng["campaigns"].choice(len(self.world.brands), len(days), p=share)
        for number, (day, brand) in enumerate(zip(days.tolist(), brands.tolist(), strict=True), first):
            now = moment(self.world, day)
            campaign = plan_campaign(self.world, brand, day, now, LAST_START, self.rng["briefs"])
            at = int(np.searchsorted(self.moments, day, side="right")) - 1
            snapshot = self.snapshots[at]
            view = view_brief(campaign.brief, self.encoder)
            rows = np.arange(len(snapshot))
            frame = pair_features(view, snapshot, rows, START + timedelta(days=day))
            creators = self.world.accounts.creator[self.accounts[at]]
            yield Ask(number, campaign, self.accounts[at], creators, frame.to_numpy(), at)


def _snapshots(
    config: Config, settings: Simulation, scratch: Path, moments: Floats
) -> Iterator[FeatureSnapshot]:
    """What the tables told at ``moments``; campaigns are left out, what they tell hangs on the policy."""
    _tables(settings, scratch / "marketplace")
    job = Job(Workspace(scratch / "work"), config)
    ingest_tables(job, scratch / "marketplace")
    folder = build_moments(job, [START + timedelta(days=float(day)) for day in moments])
    for one in sorted(p for p in folder.iterdir() if p.is_dir()):
        yield FeatureSnapshot.load(one)


def _tables(settings: Simulation, out: Path) -> None:
    """The catalogue as ``simulate`` writes it, of the same people: every part draws from a stream of its own."""
    rng = streams(settings.seed)
    out.mkdir(parents=True)
    people = draw_creators(settings.creators, rng["creators"])
    accounts = draw_accounts(people, rng["creators"])
    following = growth.grow(accounts, rng["growth"])
    crowds = audiences.draw_audiences(people, accounts, rng["audiences"])
    brands = market.draw_brands(settings.brands, rng["brands"])
    posts = posting.all_posts(
        posting.plan_posts(people, accounts, following, rng["plans"]), [], brands, rng["posts"]
    )
    columns, known = publishing.post_table(posts, people, accounts, brands, rng["texts"])
    tables = {
        "creators": publishing.creator_table(people),
        "accounts": publishing.account_table(people, accounts, rng["texts"]),
        "account_snapshots": growth.snapshot_table(people, following, rng["snapshots"]),
        "audiences": audiences.audience_table(crowds, following, rng["audiences"]),
        "brands": market.brand_table(brands),
        "fx_rates": money.rate_table(money.draw_rates(rng["campaigns"])),
        "posts": columns,
        "post_snapshots": publishing.reading_table(posts, known, accounts, rng["readings"]),
        "comments": publishing.comment_table(posts, people, accounts, rng["comments"]),
    }
    for name, made in tables.items():
        write(name, made, out)
