"""Where tables come from and by what right they are used, as the one who delivers them declares it."""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from tastemaker.errors import SourceError
from tastemaker.schema.problems import problems
from tastemaker.schema.tables import TABLES

Words = Annotated[str, Field(min_length=1, max_length=500)]


class DataSource(BaseModel):
    """One source of a table. ``rights``: licence, contract or consent, in words; ``until``: the last day of it;
    ``basis``: why personal data may be processed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Words
    rights: Words
    basis: Words | None = None
    personal_data: bool | None = None
    obtained: date | None = None
    until: date | None = None
    url: Words | None = None
    note: Words | None = None


class Rights(BaseModel):
    """``tables``: table -> its sources; ``default``: those of every table that is not named."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tables: dict[str, tuple[DataSource, ...]] = {}
    default: tuple[DataSource, ...] = ()

    @field_validator("tables")
    @classmethod
    def _known(cls, value: dict[str, tuple[DataSource, ...]]) -> dict[str, tuple[DataSource, ...]]:
        for name in value:
            if name not in TABLES:
                near = get_close_matches(name, TABLES, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(TABLES)}"
                raise ValueError(f"there is no table {name!r}; {hint}")
        return value

    def of(self, table: str) -> tuple[DataSource, ...]:
        """The sources of a table; empty where nothing is declared."""
        return self.tables.get(table, self.default)

    @classmethod
    def parse(cls, data: object, where: str) -> Self:
        """Raises SourceError with one line that names each bad field and its value."""
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            found = [f"{place}: {said}" for place, said in problems(error, cls, "the file")[:8]]
            raise SourceError(f"{where}: " + "; ".join(found)) from None
