"""The experiment's own settings, as strict as the engine's: an unknown key is an error."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

import yaml
from link_features import GROUPS
from link_graph import Graph
from pydantic import Field, NonNegativeInt, PositiveInt, ValidationError, field_validator, model_validator

from tastemaker.config import Ranking, Retrieval, Section
from tastemaker.errors import ConfigError

Block = Literal["topics", "tilt", "hashtags", "sharp"]
"""Dense blocks of ``World.blocks``: topics and hashtags, each as it is and levelled."""
Weight = Annotated[float, Field(ge=0.0)]
SectionT = TypeVar("SectionT", bound=Section)
ALONE = "learned retrieval alone"
"""The variant that every report has beside the chosen one."""


class Features(Section):
    """What the pair features are made with. ``blocks``: of ``link_world``, what the projection maps; ``letters``: the
    shortest and the longest run of letters of names; the others are those of ``link_graph.Graph``."""

    blocks: tuple[Block, ...] = Field(min_length=1)
    projection_epochs: PositiveInt
    letters: tuple[PositiveInt, PositiveInt]
    ridge_brands: float = Field(gt=0.0)
    ridge_creators: float = Field(gt=0.0)
    nearest: PositiveInt
    kernel: tuple[Weight, Weight, Weight]
    peer_letters: Weight

    @property
    def graph(self) -> Graph:
        return Graph(self.nearest, self.ridge_brands, self.ridge_creators, self.kernel, self.peer_letters)


class Variant(Section):
    """A way to order the candidates: which features are left out (groups of ``link_features.GROUPS``) and what is
    changed of the learned retrieval, of how the features are made, and of the ranker. ``retrieval`` orders by the
    learned retrieval alone."""

    name: str
    without: tuple[str, ...] = ()
    projection_rank: PositiveInt | None = None
    projection_ridge: float | None = Field(None, gt=0.0)
    projection_diagonal_ridge: float | None = Field(None, gt=0.0)
    blocks: tuple[Block, ...] | None = Field(None, min_length=1)
    letters: tuple[PositiveInt, PositiveInt] | None = None
    ridge_brands: float | None = Field(None, gt=0.0)
    ridge_creators: float | None = Field(None, gt=0.0)
    nearest: PositiveInt | None = None
    kernel: tuple[Weight, Weight, Weight] | None = None
    peer_letters: Weight | None = None
    ranker: Literal["lambdamart", "linear", "retrieval"] = "lambdamart"
    rounds: PositiveInt | None = None
    learning_rate: float | None = Field(None, gt=0.0, le=1.0)
    leaves: int | None = Field(None, ge=2)

    @field_validator("without")
    @classmethod
    def _groups_exist(cls, groups: tuple[str, ...]) -> tuple[str, ...]:
        for group in groups:
            if group not in GROUPS:
                raise ValueError(f"no group of features is called {group!r}; there are {', '.join(GROUPS)}")
        return groups

    def changed(self, usual: SectionT) -> SectionT:
        """A section of the settings with what this variant says of it."""
        said = {name: getattr(self, name, None) for name in type(usual).model_fields}
        return usual.model_copy(update={name: value for name, value in said.items() if value is not None})


class Settings(Section):
    """See ``config.yaml``, which spells all of them out."""

    seed: NonNegativeInt
    seeds: tuple[NonNegativeInt, ...] = Field(min_length=1)
    ablation_seeds: tuple[NonNegativeInt, ...] = Field(min_length=1)
    folds: int = Field(ge=2)
    inner_folds: int = Field(ge=2)
    choice_steps: PositiveInt
    bootstrap: PositiveInt
    hashtag_weight: float = Field(ge=0.0)
    retrieval: Retrieval
    features: Features
    ranking: Ranking
    chosen: str
    choose_among: tuple[str, ...]
    variants: tuple[Variant, ...]

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        names = [v.name for v in self.variants]
        for name in (self.chosen, ALONE, *self.choose_among):
            if name not in names:
                raise ValueError(f"no variant is called {name!r}; there are {', '.join(names)}")
        for key, used in (("seed", {self.seed}), ("ablation_seeds", set(self.ablation_seeds))):
            if not used <= set(self.seeds):
                raise ValueError(
                    f"{key} {sorted(used - set(self.seeds))} must be among seeds {list(self.seeds)}"
                )
        if len(set(names)) < len(names):
            raise ValueError("two variants have the same name")
        return self

    def variant(self, name: str) -> Variant:
        return next(v for v in self.variants if v.name == name)

    def making(self, name: str) -> Settings:
        """These settings with what the variant changes of retrieval and features: two variants with equal ones share
        their features."""
        of = self.variant(name)
        return self.model_copy(
            update={"retrieval": of.changed(self.retrieval), "features": of.changed(self.features)}
        )


def read_settings(path: Path) -> Settings:
    """Raises ConfigError naming the file and the key at fault."""
    try:
        return Settings.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(p) for p in first["loc"]) or "the whole"
        raise ConfigError(f"{path}: {place}: {first['msg']} (got {first['input']!r})") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: can not be read: {error}") from None
