"""What a brief says of the set: its size, caps, who must be in it, which packages, how much risk."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False)


class Deliverable(_Strict):
    kind: Literal["post", "story", "reel", "video", "blog"] = "post"
    count: Annotated[int, Field(ge=1, le=100)] = 1


class SetSize(_Strict):
    """Creators in the set, inclusive. The default is that of a pilot."""

    min: Annotated[int, Field(ge=1, le=50)] = 5
    max: Annotated[int, Field(ge=1, le=50)] = 10

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}")
        return self


class Cap(_Strict):
    """At most ``most`` creators of one platform, country, niche or size: of ``key``, or of each where that is open."""

    by: Literal["platform", "country", "niche", "size"]
    key: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    most: Annotated[int, Field(ge=0, le=50)]


class SetWish(_Strict):
    """``packages``: alternatives to the brief's deliverables, one of which is chosen for each creator. ``risk``: 0
    takes the set of the largest expected result, 1 that of the best lower decile, and between them both count."""

    size: SetSize = SetSize()
    caps: tuple[Cap, ...] = Field((), max_length=50)
    must_have: tuple[str, ...] = Field((), max_length=50, description="creator ids")
    must_not: tuple[str, ...] = Field((), max_length=500, description="creator ids")
    one_per_owner: bool = Field(True, description="at most one of the creators who share an owner")
    packages: tuple[Annotated[tuple[Deliverable, ...], Field(min_length=1)], ...] = Field((), max_length=5)
    risk: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0

    @model_validator(mode="after")
    def _either(self) -> Self:
        both = sorted(set(self.must_have) & set(self.must_not))
        if both:
            raise ValueError(f"{', '.join(both)} stands in must_have and in must_not; leave one of them out")
        if len(set(self.must_have)) > self.size.max:
            raise ValueError(
                f"{len(set(self.must_have))} must_have creators exceed the size of {self.size.max}"
            )
        return self
