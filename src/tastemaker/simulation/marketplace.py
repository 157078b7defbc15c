"""``simulate``: the whole world in one call, part by part, into canonical tables and a separate truth."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tastemaker import config
from tastemaker.progress import Progress, silent
from tastemaker.simulation import (
    audiences,
    campaigns,
    growth,
    history,
    market,
    money,
    offers,
    posting,
    publishing,
    truth,
)
from tastemaker.simulation.clock import NOW, START
from tastemaker.simulation.clock import streams as random_streams
from tastemaker.simulation.creators import draw_accounts, draw_creators
from tastemaker.simulation.state import Works, World
from tastemaker.simulation.writing import write

FORMULA = 1
"""Version of the world's function; worlds of different versions are not compared."""

RIGHTS = (
    "default:\n"
    "  - source: simulated by Tastemaker\n"
    "    rights: free to use; made by a program from its settings\n"
    "    personal_data: false\n"
    "    note: no creator, brand, post or person in it is real\n"
)
"""What ``rights.yaml`` declares of every table."""


def simulate(settings: config.Simulation, out: Path, *, progress: Progress | None = None) -> None:
    """A marketplace with a known truth: ``out/<table>.parquet``, ``out/truth/*.parquet``, ``out/simulation.json``,
    ``out/rights.yaml``.

    The same settings give the same bytes. Everything was observed before ``NOW``. Deleting ``out/truth`` leaves valid
    tables. The function behind it all is described in ``docs/simulation.md``.
    """
    tell = progress or silent
    out.mkdir(parents=True, exist_ok=True)
    (out / "truth").mkdir(exist_ok=True)
    rng = random_streams(settings.seed)
    tell("creators", 0, settings.creators)
    people = draw_creators(settings.creators, rng["creators"])
    accounts = draw_accounts(people, rng["creators"])
    following = growth.grow(accounts, rng["growth"])
    crowds = audiences.draw_audiences(people, accounts, rng["audiences"])
    brands = market.draw_brands(settings.brands, rng["brands"])
    plan = posting.plan_posts(people, accounts, following, rng["plans"])
    works = Works()
    for i in (plan.sponsor >= 0).nonzero()[0]:
        works.add(int(accounts.creator[plan.account[i]]), int(plan.account[i]), -1, float(plan.day[i]))
    world = World(people, accounts, following, crowds, brands, plan.account, plan.day, works)
    tell("creators", settings.creators, settings.creators)
    rates = money.draw_rates(rng["campaigns"])
    past = campaigns.run_campaigns(world, settings, rates, rng, tell)

    rows = {
        "creators": write("creators", publishing.creator_table(people), out),
        "accounts": write("accounts", publishing.account_table(people, accounts, rng["texts"]), out),
        "account_snapshots": write(
            "account_snapshots", growth.snapshot_table(people, following, rng["snapshots"]), out
        ),
        "audiences": write("audiences", audiences.audience_table(crowds, following, rng["audiences"]), out),
        "brands": write("brands", market.brand_table(brands), out),
        "fx_rates": write("fx_rates", money.rate_table(rates), out),
    }
    tell("texts", 0, 3)
    posts = posting.all_posts(plan, past.posts, brands, rng["posts"])
    columns, known = publishing.post_table(posts, people, accounts, brands, rng["texts"])
    rows["posts"] = write("posts", columns, out)
    tell("texts", 1, 3)
    rows["post_snapshots"] = write(
        "post_snapshots", publishing.reading_table(posts, known, accounts, rng["readings"]), out
    )
    rows["comments"] = write(
        "comments", publishing.comment_table(posts, people, accounts, rng["comments"]), out
    )
    tell("texts", 2, 3)
    rows |= {
        "campaigns": write("campaigns", history.table(past.campaigns, "starts_at", "ends_at"), out),
        "decisions": write("decisions", history.table(past.decisions, "made_at"), out),
        "decision_items": write("decision_items", history.table(past.items), out),
        "offers": write("offers", history.table(past.offers, "at"), out),
        "outcomes": write("outcomes", history.table(past.outcomes, "observed_at", "posted_at"), out),
    }
    rows |= _write_truth(world, past, out / "truth", rng)
    tell("texts", 3, 3)
    about = {
        "formula": FORMULA,
        "settings": settings.model_dump(),
        "start": START.isoformat(),
        "now": NOW.isoformat(),
        "rows": rows,
    }
    (out / "rights.yaml").write_text(RIGHTS, encoding="utf-8")
    (out / "simulation.json").write_text(json.dumps(about, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _write_truth(
    world: World, past: history.History, out: Path, rng: dict[str, np.random.Generator]
) -> dict[str, int]:
    prices = world.brands.price
    costs = [offers.product_cost(float(prices[brand])) for brand in past.brands]
    return {
        "truth/expected": truth.write_expected(world, past, costs, out),
        "truth/creators": truth.write_creators(world, out, rng["followers"]),
        "truth/brands": truth.write_brands(world, out),
    }
