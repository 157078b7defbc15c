"""What the maker of a ranking model says of it: its name, the feature columns it reads, and what its number means."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from tastemaker.errors import RankingError
from tastemaker.schema.problems import problems

Name = Annotated[str, Field(min_length=1, max_length=100)]


class ModelDeclaration(BaseModel):
    """``columns``: the model's inputs, in its order. ``fill``: what it is given for an unknown value of a column; one
    that is not named gets NaN. ``output`` and ``output_column``: which of an ONNX model's outputs, and which of the
    columns of that, is the score; needed only where there are several.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    name: Name
    columns: Annotated[tuple[Name, ...], Field(min_length=1)]
    calibrated: bool = Field(
        False,
        description="the score is the value: expected KPI of the objective per US dollar, acceptance counted in",
    )
    fill: dict[Name, FiniteFloat] = {}
    output: Name | None = None
    output_column: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _columns_once(self) -> Self:
        twice = sorted({c for c in self.columns if self.columns.count(c) > 1})
        if twice:
            raise ValueError(f"columns are named twice: {', '.join(twice)}")
        strange = sorted(set(self.fill) - set(self.columns))
        if strange:
            raise ValueError(f"fill names what is no column: {', '.join(strange)}")
        return self

    @classmethod
    def parse(cls, data: object, where: str = "declaration") -> Self:
        """A declaration from a dict; raises RankingError with one line that names each bad field and its value."""
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            found = [f"{place}: {said}" for place, said in problems(error, cls, "the declaration")[:8]]
            raise RankingError(f"{where}: " + "; ".join(found)) from None
