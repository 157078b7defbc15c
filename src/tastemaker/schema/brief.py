"""The brief: what a brand says of itself and of what it wants. The request of every recommendation."""

from __future__ import annotations

import json
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from tastemaker.errors import BriefError
from tastemaker.schema.problems import problems
from tastemaker.schema.vocabulary import FACET_KEYS, SAFETY_CATEGORIES
from tastemaker.schema.wish import Deliverable, SetWish

Share = Annotated[float, Field(ge=0.0, le=1.0)]


def _iso(code: str) -> str:
    if code == "UK":
        raise ValueError("'UK' is not an ISO 3166-1 code; did you mean 'GB'?")
    return code


Country = Annotated[
    str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2, for example US"), AfterValidator(_iso)
]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$", description="ISO 639-1, for example en")]
Platform = Literal["instagram", "tiktok", "youtube", "blog", "twitch", "x"]
Compensation = Literal["flat", "product", "commission", "hybrid"]
SafetyLevel = Literal["none", "low", "medium", "high"]
Facet = Literal["age_gender", "country", "language", "interest"]


class Objective(StrEnum):
    """What the campaign is for. Each has one KPI: reach, engagements, conversions, content rating."""

    AWARENESS = "awareness"
    ENGAGEMENT = "engagement"
    CONVERSION = "conversion"
    CONTENT = "content"


KPI: dict[Objective, str] = {
    Objective.AWARENESS: "reach",
    Objective.ENGAGEMENT: "engagements",
    Objective.CONVERSION: "conversions",
    Objective.CONTENT: "content_rating",
}


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False)


class Money(Strict):
    """An amount with its currency (ISO 4217)."""

    amount: Annotated[float, Field(ge=0.0)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"


class Brand(Strict):
    """Who asks. ``description`` is the persona text: what the brand sells, to whom, in which voice."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    brand_id: str | None = None
    description: Annotated[str, Field(max_length=20_000)] = ""
    category: str | None = None
    values: tuple[str, ...] = ()
    voice: str | None = None
    country: Country | None = None
    competitors: tuple[str, ...] = Field((), description="brand_id or name of each competitor")


class TargetAudience(Strict):
    """Whom the brand wants to reach: per facet, key -> share. Shares of a facet are fractions and sum to at most 1."""

    age_gender: dict[str, Share] = Field(default_factory=dict, description="keys such as female.18-24")
    country: dict[str, Share] = Field(default_factory=dict)
    language: dict[str, Share] = Field(default_factory=dict)
    interest: dict[str, Share] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _keys_and_sums(self) -> Self:
        for facet, keys in FACET_KEYS.items():
            shares: dict[str, float] = getattr(self, facet)
            for key in shares:
                if key not in keys:
                    near = get_close_matches(key, keys, n=1)
                    hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(keys)}"
                    raise ValueError(f"{facet} has no key {key!r}{hint}")
            total = sum(shares.values())
            if total > 1.02:
                raise ValueError(
                    f"{facet} shares sum to {total:.2f}; fractions of one facet sum to at most 1"
                )
        return self


class AudienceThreshold(Strict):
    """A hard filter: the creator's audience has at least ``min_share`` in ``key``, e.g. country US >= 0.3."""

    facet: Facet
    key: str
    min_share: Share

    @model_validator(mode="after")
    def _known_key(self) -> Self:
        if self.key not in FACET_KEYS[self.facet]:
            near = get_close_matches(self.key, FACET_KEYS[self.facet], n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"{self.facet} has no key {self.key!r}{hint}")
        return self


class Range(Strict):
    """Inclusive bounds; either may be open."""

    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min:g} is above max {self.max:g}")
        return self


class Filters(Strict):
    """Hard conditions: a creator who breaks one, or of whom the fact is unknown, is not shown."""

    platforms: tuple[Platform, ...] = ()
    countries: tuple[Country, ...] = Field((), description="the creator's own country")
    languages: tuple[Language, ...] = Field((), description="at least one language of the creator")
    followers: Range = Range()
    max_fee: Money | None = Field(None, description="most for one creator, by the estimated fee")
    min_engagement_rate: Share | None = None
    min_authenticity: Share | None = None
    audience: tuple[AudienceThreshold, ...] = ()
    exclude_creators: tuple[str, ...] = ()
    competitor_window_days: Annotated[int, Field(ge=0, le=3650)] | None = Field(
        None, description="no work for a competitor of the brand within so many days before the decision"
    )
    active_within_days: Annotated[int, Field(ge=0, le=3650)] | None = Field(
        None, description="posted within so many days"
    )
    compensation: tuple[Compensation, ...] = Field(
        (), description="the creator accepts at least one of these"
    )


class Weights(Strict):
    """How retrieval weighs content against audience; None takes the configured weight."""

    content: Annotated[float, Field(ge=0.0, le=10.0)] | None = None
    audience: Annotated[float, Field(ge=0.0, le=10.0)] | None = None


class Brief(Strict):
    """A brand's wish. Only ``brand.name`` and ``objective`` are required; everything else narrows the search."""

    brand: Brand
    objective: Objective
    text: Annotated[str, Field(max_length=20_000)] = Field("", description="what is wanted, in free words")
    audience: TargetAudience = TargetAudience()
    markets: tuple[Country, ...] = Field(
        (), description="target countries, equal parts, where audience.country is empty"
    )
    filters: Filters = Filters()
    budget: Money | None = None
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    deliverables: tuple[Deliverable, ...] = (Deliverable(),)
    weights: Weights = Weights()
    # Left out where empty: a brief from before there were floors keeps its text, and with it its digest.
    safety_floor: dict[str, SafetyLevel] = Field(
        default_factory=dict,
        description="category of brand safety -> the highest level that the brand accepts; others are not limited",
        exclude_if=lambda floor: not floor,
    )
    portfolio: SetWish | None = Field(
        None,
        description="what the set is to keep to, where one is asked for; a shortlist does not read it",
        exclude_if=lambda wish: wish is None,
    )

    @field_validator("safety_floor")
    @classmethod
    def _known_categories(cls, value: dict[str, SafetyLevel]) -> dict[str, SafetyLevel]:
        for category in value:
            if category not in SAFETY_CATEGORIES:
                near = get_close_matches(category, SAFETY_CATEGORIES, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(SAFETY_CATEGORIES)}"
                raise ValueError(f"no category {category!r}; {hint}")
        return value

    @field_validator("deliverables")
    @classmethod
    def _some_deliverable(cls, value: tuple[Deliverable, ...]) -> tuple[Deliverable, ...]:
        if not value:
            raise ValueError("a brief needs at least one deliverable")
        return value

    @model_validator(mode="after")
    def _dates(self) -> Self:
        if self.starts_at and self.ends_at and self.starts_at > self.ends_at:
            raise ValueError(
                f"starts_at {self.starts_at.isoformat()} is after ends_at {self.ends_at.isoformat()}"
            )
        return self

    @classmethod
    def parse(cls, data: object, where: str = "brief") -> Self:
        """A brief from a dict; raises :class:`BriefError` with one line that names each bad field and its value."""
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            found = [f"{place}: {message}" for place, message in problems(error, cls)[:8]]
            raise BriefError(f"{where}: " + "; ".join(found)) from None

    @classmethod
    def from_json(cls, text: str | bytes, where: str = "brief") -> Self:
        """A brief from JSON text; errors as in :meth:`parse`."""
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise BriefError(f"{where}: not JSON: {error}") from None
        return cls.parse(data, where)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """A brief from a JSON file."""
        try:
            text = Path(path).read_bytes()
        except OSError as error:
            raise BriefError(f"{path}: can not be read: {error.strerror or error}") from None
        return cls.from_json(text, str(path))

    def canonical_json(self) -> str:
        """The same brief gives the same text: keys sorted, nothing left out but an empty ``safety_floor`` or
        ``portfolio``."""
        return json.dumps(
            self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )

    @property
    def kpi(self) -> str:
        return KPI[self.objective]
