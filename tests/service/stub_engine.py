"""A small deterministic engine over twelve invented creators: what the service's tests put behind the seam."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from tastemaker.errors import UnknownCreatorError
from tastemaker.schema import (
    AccountCard,
    Brief,
    Candidate,
    Collaboration,
    Contribution,
    CreatorCard,
    FilterCount,
    Funnel,
    Interval,
    PeerGroup,
    Proof,
    Reason,
    Recommendation,
    Signal,
    SignalGroup,
)
from tastemaker.store import DecisionStore

# handle, display name, platform, country, followers, engagement rate, authenticity, audience fit, content fit, fee
Person = tuple[str, str | None, str, str | None, int, float | None, float | None, float | None, float, float]
PEOPLE: tuple[Person, ...] = (
    ("brindle.bakes", "Tamsin Orrelbeck", "instagram", "GB", 48_200, 0.041, 0.93, 0.81, 0.71, 900.0),
    ("kettleandquill", "Kettle & Quill", "youtube", "IE", 22_750, 0.063, 0.95, 0.77, 0.66, 640.0),
    ("sorrel.steeps", None, "tiktok", "GB", 91_400, 0.052, 0.71, 0.69, 0.58, 1_450.0),
    ("oatmilkoracle", "Pip Varnholt", "tiktok", "US", 12_300, 0.088, 0.90, None, 0.61, 380.0),
    ("mossgardenmornings", "Elowen Tarrisk", "instagram", "GB", 67_900, 0.027, 0.88, 0.74, 0.52, 1_100.0),
    ("thequietcrumb", "Jory Pellwater", "youtube", "GB", 9_850, 0.071, 0.97, 0.80, 0.49, 310.0),
    ("slowsaucer", "Ines Quillander", "instagram", None, 31_000, 0.033, None, 0.66, 0.47, 720.0),
    ("crumbline", "Dafydd Ormsey", "tiktok", "GB", 55_500, 0.046, 0.64, 0.58, 0.44, 980.0),
    ("hearthnotes", "Marit Solvane", "blog", "IE", 7_200, None, 0.91, 0.72, 0.43, 260.0),
    ("brewlikeyoumeanit", "Otis Fenmarrow", "instagram", "US", 88_000, 0.019, 0.79, 0.55, 0.38, 1_900.0),
    ("teatimetheorem", "Nia Wexcombe", "youtube", "GB", 40_600, 0.036, 0.85, 0.63, 0.36, 1_050.0),
    ("porridgepress", "Lorcan Dweir", "instagram", "IE", 15_900, 0.049, 0.82, 0.70, 0.31, 450.0),
)
UNSERVED = "ZA"


class StubEngine:
    """Ranks by value; filters on platform, followers and fee. Nobody passes for a market that is UNSERVED."""

    bundle_id = "stub-0001"

    def __init__(self, log: DecisionStore) -> None:
        self._log = log

    def recommend(
        self,
        brief: Brief,
        limit: int | None = None,
        at: datetime | None = None,
        *,
        explore: bool | None = None,  # noqa: ARG002
        seed: int | None = None,  # noqa: ARG002
        exact: bool = False,
    ) -> Recommendation:
        filters, left = [], [p for p in PEOPLE if UNSERVED not in brief.markets]
        for name, kept in (
            (
                "platforms",
                [p for p in left if not brief.filters.platforms or p[2] in brief.filters.platforms],
            ),
            ("followers", [p for p in left if p[4] >= (brief.filters.followers.min or 0)]),
            (
                "max_fee",
                [p for p in left if brief.filters.max_fee is None or p[9] <= brief.filters.max_fee.amount],
            ),
        ):
            left = [p for p in left if p in kept]
            filters.append(FilterCount(name=name, left=len(left)))
        shown = sorted(left, key=_value, reverse=True)[: limit or 20]
        decision = Recommendation(
            decision_id=uuid.uuid4().hex,
            made_at=at or datetime.now(UTC),
            bundle=self.bundle_id,
            ranker="value",
            kpi=brief.kpi,
            brief=brief,
            funnel=Funnel(
                creators=3_000,
                eligible=len(left),
                retrieved=len(left),
                ranked=len(shown),
                filters=tuple(filters),
                plan="scan" if exact else "lists",
                missed=0.0 if exact else 0.001,
            ),
            shortlist=tuple(_candidate(i + 1, person) for i, person in enumerate(shown)),
            notes=("forecasts come from few campaigns",) if shown else (),
        )
        self._log.record(decision)
        return decision

    def creator(self, identity: str) -> CreatorCard:
        found = [p for p in PEOPLE if identity in (f"c-{p[0]}", f"a-{p[0]}", f"{p[2]}:{p[0]}")]
        if not found:
            raise UnknownCreatorError(f"creator: {identity!r} is not here; did you mean 'c-{PEOPLE[0][0]}'?")
        return _card(found[0], self.bundle_id)


def _card(person: Person, bundle: str) -> CreatorCard:
    handle, name, platform, country, followers, rate, *_ = person
    return CreatorCard(
        creator_id=f"c-{handle}",
        display_name=name,
        country=country,
        languages=("en",),
        available_from=None,
        open_to=("flat",),
        owner_id=None,
        as_of=SEEN,
        bundle=bundle,
        accounts=(
            AccountCard(
                account_id=f"a-{handle}",
                platform=platform,
                handle=handle,
                category="food",
                verified=True,
                peers=PeerGroup(platform=platform, accounts=57, low=followers // 3, high=3 * followers),
                groups=_groups(followers, rate),
            ),
        ),
        collaborations=(Collaboration(brand_id="b1", brand_name="Northleaf Tea", last_at=SEEN),),
    )


def _groups(followers: int, rate: float | None) -> tuple[SignalGroup, ...]:
    text = "unknown" if rate is None else f"{rate:.1%}"
    why = "no post with likes or comments" if rate is None else None
    share = None if rate is None else 0.72
    peers = None if rate is None else 57
    shared: dict[str, Any] = {"why": why, "percentile": share, "peers": peers}
    size = _signal("followers", "Followers", "count", followers, f"{followers:,}", percentile=0.5, peers=57)
    engaged = _signal("engagement_rate", "Engagement rate", "share", rate, text, **shared)
    worded = _signal("safety_profanity", "Obscenity and profanity", "level", 1, "low", evidence=(PROOF,))
    unread = [
        _signal(f"engagement_by_{b}", f"Engagements by {b}", "share", None, "unknown", why=f"no {b}")
        for b in ("reach", "impressions")
    ]
    clean = _signal("safety_piracy", "Online piracy", "level", 0, "none")
    real = _signal("authenticity", "Audience and engagement are real", "share", 0.04, "4.0%")
    behind = _signal("growth_spike", "Largest jump of followers", "number", 0.7, "0.7", detail=True)
    return (
        SignalGroup(name="size", label="Size", as_of=SEEN, age_days=0.0, confidence=0.83, signals=(size,)),
        SignalGroup(
            name="engagement",
            label="Engagement",
            as_of=None,
            age_days=None,
            confidence=None,
            signals=(engaged, *unread),
        ),
        SignalGroup(
            name="safety",
            label="Brand safety",
            as_of=SEEN,
            age_days=12.4,
            confidence=0.5,
            signals=(worded, clean),
        ),
        SignalGroup(
            name="authenticity",
            label="Authenticity",
            as_of=SEEN,
            age_days=3.0,
            confidence=0.7,
            signals=(real, behind),
            reasons=REASONS,
        ),
    )


def _signal(name: str, label: str, unit: str, value: float | None, text: str, **more: Any) -> Signal:
    known: dict[str, Any] = {"why": None, "percentile": None, "peers": None, **more}
    return Signal(name=name, label=label, unit=unit, value=value, text=text, **known)


SEEN = datetime(2026, 6, 1, tzinfo=UTC)
REASONS = tuple(
    Reason(
        evidence=evidence,
        text=text,
        speaks=speaks,
        contribution=contribution,
        numbers={"value": 0.5, "standing": 4.0},
    )
    for evidence, text, speaks, contribution in (
        ("growth_spike", "its followers <i>doubled</i> in a month", "strongly against", -5.5),
        ("comment_delay", "half of 40 comments came within an hour", "against", -2.0),
        ("response", "likes and comments are 2.0% of followers", "slightly for", 0.6),
        ("evenness", "the response varies by a factor of 1.5", "slightly for", 0.2),
    )
)
PROOF = Proof(
    post_id="post-1",
    posted_at=SEEN,
    level="low",
    value=None,
    excerpt="what the hell <b>is</b> this loaf",
    words=("hell",),
)


def _expected(person: Person) -> float:
    return person[4] * (person[5] or 0.03) * 0.8


def _value(person: Person) -> float:
    return 0.62 * _expected(person) / person[9]


def _candidate(rank: int, person: Person) -> Candidate:
    handle, name, platform, country, followers, rate, authenticity, audience, content, fee = person
    expected = _expected(person)
    return Candidate(
        rank=rank,
        creator_id=f"c-{handle}",
        account_id=f"a-{handle}",
        handle=handle,
        display_name=name,
        platform=platform,
        country=country,
        followers=followers,
        score=_value(person),
        audience_fit=audience,
        content_fit=content,
        engagement_rate=rate,
        authenticity=authenticity,
        p_accept=0.62,
        forecast=Interval(low=expected * 0.45, median=expected, high=expected * 1.9),
        fee=Interval(low=fee * 0.8, median=fee, high=fee * 1.35),
        source="content" if rank % 3 else "audience",
        features=(
            Contribution(feature="content_similarity", value=content, contribution=0.42 * content),
            Contribution(feature="audience_fit", value=audience, contribution=0.11),
            Contribution(feature="log_fee", value=fee, contribution=-0.08),
            Contribution(feature="past_campaigns", value=None, contribution=0.03),
        ),
    )
