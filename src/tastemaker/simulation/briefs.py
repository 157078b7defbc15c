"""What brands wish for: briefs with a target audience and hard filters that leave a realistic part of the creators."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tastemaker.schema import (
    NICHES,
    AudienceThreshold,
    Brand,
    Brief,
    Deliverable,
    Filters,
    Money,
    Objective,
    Range,
    TargetAudience,
)
from tastemaker.simulation.clock import Floats, Ints, instant
from tastemaker.simulation.eligibility import Moment, lead_accounts
from tastemaker.simulation.lexicon import TONGUES, VALUES, niches
from tastemaker.simulation.market import Brands, market_countries, rounded, target_ages
from tastemaker.simulation.state import World
from tastemaker.simulation.texts import wish

_OBJECTIVES = tuple(Objective)
_LINES = (
    (("post", 1),), (("reel", 1),), (("video", 1),), (("post", 2),), (("reel", 2),),
    (("reel", 1), ("story", 2)), (("post", 1), ("story", 3)), (("video", 1), ("post", 1)),
)  # fmt: skip
ELIGIBLE = (0.08, 0.42)
"""Filters are drawn again until this share of the creators of the day is eligible (or twelve times)."""

_FEW = 14
"""In tiny worlds the share is raised so that about this many creators remain."""


@dataclass(frozen=True)
class Campaign:
    """One campaign as planned: days, the brief, what it is truly about and who is eligible (lead accounts).

    ``focus``: the three concepts of its niche that the brief speaks of; ``theme``: a second niche, or -1.
    """

    brand: int
    decided: float
    starts: float
    ends: float
    brief: Brief
    theme: int
    focus: Ints
    leads: Ints
    lines: tuple[tuple[str, int], ...]


def plan_campaign(
    world: World, brand: int, decided: float, now: Moment, latest: float, rng: np.random.Generator
) -> Campaign:
    starts = min(np.floor(decided) + rng.integers(6, 31), latest)
    ends = starts + int(rng.integers(14, 43))
    brands, category = world.brands, int(world.brands.category[brand])
    related = niches()[category].related
    theme = int(related[rng.integers(0, len(related))]) if rng.random() < 0.5 else -1
    focus = rng.permutation(brands.focus[brand])[:3]
    markets = market_countries(brands, brand, rng)
    lines = _LINES[int(rng.choice(len(_LINES), p=[0.25, 0.22, 0.13, 0.06, 0.06, 0.13, 0.09, 0.06]))]
    objective = _OBJECTIVES[int(rng.choice(4, p=[0.3, 0.3, 0.25, 0.15]))]
    shell = Brief(
        brand=_brand(brands, brand),
        objective=objective,
        text=wish(int(brands.tongue[brand]), category, focus, rng),
        audience=_target(brands, brand, category, theme, markets, rng),
        markets=tuple(markets),
        budget=Money(amount=float(np.round(np.exp(rng.normal(9.2, 0.6)), -2))),
        starts_at=instant(starts),
        ends_at=instant(ends),
        deliverables=tuple(Deliverable(kind=k, count=n) for k, n in lines),
    )
    brief, leads = _filtered(world, shell, brand, now, rng)
    return Campaign(brand, decided, starts, ends, brief, theme, focus, leads, lines)


def _filtered(
    world: World, shell: Brief, brand: int, now: Moment, rng: np.random.Generator
) -> tuple[Brief, Ints]:
    """The first draw of filters within bounds, else the nearest one."""
    joined = world.accounts.creator[world.accounts.joined <= now.day]
    known = int(np.count_nonzero(np.bincount(joined, minlength=1)))
    least = max(ELIGIBLE[0], min(_FEW / known, 0.35))
    middle, most = max(0.17, least), max(ELIGIBLE[1], min(2.5 * least, 0.8))
    best: tuple[float, Brief, Ints] | None = None
    for _ in range(12):
        brief = shell.model_copy(update={"filters": _filters(world, shell, brand, now, rng)})
        leads = lead_accounts(world, brief, brand, now)
        share = len(leads) / known
        away = abs(np.log((share + 1e-4) / middle))
        if best is None or away < best[0]:
            best = (away, brief, leads)
        if least <= share <= most:
            return brief, leads
    assert best is not None
    return best[1], best[2]


def _filters(world: World, brief: Brief, brand: int, now: Moment, rng: np.random.Generator) -> Filters:
    tongue = TONGUES[world.brands.tongue[brand]]
    low, high = np.quantile(now.followers, np.sort(rng.uniform([0.0, 0.75], [0.15, 1.0])))
    use = rng.random(8)
    thresholds = []
    if use[0] < 0.25:
        key = brief.markets[0]
        thresholds.append(
            AudienceThreshold(facet="country", key=key, min_share=float(rng.choice([0.1, 0.2, 0.3])))
        )
    if use[1] < 0.08:
        gender = "female" if world.brands.female[brand] > 0.5 else "male"
        thresholds.append(AudienceThreshold(facet="age_gender", key=f"{gender}.25-34", min_share=0.1))
    near = use[2] < 0.25
    return Filters(
        platforms=_PLATFORM_SETS[int(rng.choice(len(_PLATFORM_SETS), p=[0.38, 0.2, 0.1, 0.2, 0.07, 0.05]))],
        countries=tuple(brief.markets) if near else (),
        languages=() if near and use[3] < 0.5 else (tongue,),
        followers=Range(
            min=_rounded(low) if use[4] < 0.7 else None, max=_rounded(high) if use[5] < 0.85 else None
        ),
        min_engagement_rate=float(rng.choice([0.005, 0.01, 0.015])) if use[6] < 0.3 else None,
        audience=tuple(thresholds),
        competitor_window_days=int(rng.choice([60, 90, 180])) if use[7] < 0.6 else None,
        active_within_days=int(rng.choice([120, 180, 240])) if rng.random() < 0.3 else None,
        compensation=(("flat",), ("flat", "hybrid"), ("product", "flat"))[int(rng.integers(0, 3))]
        if rng.random() < 0.5
        else (),
    )


_PLATFORM_SETS = (
    ("instagram", "tiktok", "youtube"), ("instagram", "tiktok"), ("instagram", "youtube"),
    ("instagram",), ("tiktok",), ("youtube",),
)  # fmt: skip


def _target(
    brands: Brands, brand: int, category: int, theme: int, markets: list[str], rng: np.random.Generator
) -> TargetAudience:
    """Whom the campaign is for; some facets are left open, and the country facet may be left to ``markets``."""
    interest = {NICHES[category]: 0.6}
    for other in [theme] if theme >= 0 else niches()[category].related:
        interest[NICHES[other]] = interest.get(NICHES[other], 0.0) + 0.25
    country = dict(zip(markets, [0.7, 0.2, 0.1][: len(markets)], strict=True))
    return TargetAudience(
        age_gender=target_ages(brands, brand) if rng.random() < 0.85 else {},
        country=rounded(country) if rng.random() < 0.6 else {},
        language={TONGUES[brands.tongue[brand]]: 0.9} if rng.random() < 0.3 else {},
        interest=rounded(interest) if rng.random() < 0.75 else {},
    )


def _brand(brands: Brands, i: int) -> Brand:
    return Brand(
        name=brands.names[i],
        brand_id=brands.ids[i],
        description=brands.descriptions[i],
        category=NICHES[brands.category[i]],
        values=tuple(VALUES[v] for v in np.nonzero(brands.values[i])[0]),
        voice=brands.voice[i],
        country=brands.country[i],
        competitors=tuple(brands.ids[r] for r in brands.rivals[i]),
    )


def _rounded(followers: float) -> float:
    digits = 10 ** max(int(np.log10(max(followers, 1.0))) - 1, 0)
    return float(np.round(followers / digits) * digits)


def target_row(brief: Brief, columns: tuple[tuple[str, str], ...]) -> Floats:
    """Target shares in audience order, NaN for a facet left open (markets fill an empty country facet)."""
    wanted: dict[str, dict[str, float]] = {
        f: dict(getattr(brief.audience, f)) for f in ("age_gender", "country", "language", "interest")
    }  # fmt: skip
    if not wanted["country"] and brief.markets:
        wanted["country"] = dict.fromkeys(brief.markets, 1.0 / len(brief.markets))
    return np.array([wanted[f].get(k, 0.0) if wanted[f] else np.nan for f, k in columns])
