"""``FeatureSnapshot``: what was known of every account at one moment, as columns, themes and audiences."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tastemaker.atomic import atomic_folder
from tastemaker.errors import FeatureError
from tastemaker.features import lookups
from tastemaker.features.authenticity.model import AuthenticityModel, shipped_model
from tastemaker.features.columns import (
    COLLABORATION_SCHEMA,
    EVIDENCE_SCHEMA,
    SAFETY_COLUMNS,
    SNAPSHOT_SCHEMA,
    THEME_SCHEMA,
)
from tastemaker.features.snapshot_files import FORMAT, REBUILD, conform, read_about, read_array, read_table
from tastemaker.schema import AUDIENCE_WIDTH
from tastemaker.schema.tables import PLATFORMS

AUTHENTICITY = "authenticity.json"


class FeatureSnapshot:
    """Features of all accounts known at ``as_of`` (UTC). Treat it as read-only: derived arrays are kept.

    ``table``           one row per account (``SNAPSHOT_SCHEMA``), sorted by (creator_id, account_id)
    ``themes``          float32 (n_themes, dim), unit rows in the space of ``encoder_id``
    ``theme_row``       int64 (n_themes,), ascending: the row of ``table`` that owns each theme
    ``audience``        float32 (n, AUDIENCE_WIDTH): shares by ``AUDIENCE_COLUMNS``, NaN for an unknown facet
    ``collaborations``  creators and brands known to have worked together (``COLLABORATION_SCHEMA``)
    ``evidence``        the posts behind the signals of each account (``EVIDENCE_SCHEMA``)
    ``theme_posts``     the post nearest to each theme and the theme's share of posts (``THEME_SCHEMA``)
    ``platform_audience`` float32 (platforms, AUDIENCE_WIDTH): mean shares by ``schema.tables.PLATFORMS``, NaN unknown
    ``fx``              currency -> US dollars of one unit, as known at ``as_of``; USD is always there
    ``authenticity_model``  by which ``authenticity`` was worked out; where none is given, the one that is shipped
    """

    def __init__(
        self,
        as_of: datetime,
        encoder_id: str,
        table: pa.Table,
        themes: np.ndarray,
        theme_row: np.ndarray,
        audience: np.ndarray,
        collaborations: pa.Table | None = None,
        fx: dict[str, float] | None = None,
        evidence: pa.Table | None = None,
        theme_posts: pa.Table | None = None,
        platform_audience: np.ndarray | None = None,
        authenticity_model: AuthenticityModel | None = None,
    ) -> None:
        if as_of.tzinfo is None:
            raise FeatureError(f"as_of {as_of.isoformat()} has no time zone; snapshots are dated in UTC")
        self.as_of = as_of.astimezone(UTC)
        self.encoder_id = encoder_id
        self.table = conform(table, SNAPSHOT_SCHEMA, "snapshot table")
        self.themes = np.ascontiguousarray(themes, dtype=np.float32)
        self.theme_row = np.ascontiguousarray(theme_row, dtype=np.int64)
        self.audience = np.ascontiguousarray(audience, dtype=np.float32)
        empty = COLLABORATION_SCHEMA.empty_table()
        self.collaborations = conform(
            empty if collaborations is None else collaborations,
            COLLABORATION_SCHEMA,
            "snapshot collaborations",
        )
        none = EVIDENCE_SCHEMA.empty_table()
        self.evidence = conform(none if evidence is None else evidence, EVIDENCE_SCHEMA, "snapshot evidence")
        unknown = pa.table({f.name: pa.nulls(len(self.themes), f.type) for f in THEME_SCHEMA})
        self.theme_posts = conform(
            unknown if theme_posts is None else theme_posts, THEME_SCHEMA, "snapshot theme_posts"
        )
        nowhere = np.full((len(PLATFORMS), AUDIENCE_WIDTH), np.nan)
        self.platform_audience = np.ascontiguousarray(
            nowhere if platform_audience is None else platform_audience, dtype=np.float32
        )
        self.fx = {"USD": 1.0, **(fx or {})}
        self.authenticity_model = authenticity_model or shipped_model()
        self._columns: dict[str, np.ndarray] = {}
        self._words: dict[str, lookups.Words] = {}
        self._check()

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def column(self, name: str) -> np.ndarray:
        """A column as an array, kept for the next call; types as in :func:`to_numpy`."""
        if name not in self._columns:
            if name not in SNAPSHOT_SCHEMA.names:
                raise FeatureError(
                    f"snapshot has no column {name!r}; it has: {', '.join(SNAPSHOT_SCHEMA.names)}"
                )
            self._columns[name] = to_numpy(self.table.column(name))
        return self._columns[name]

    def safety_levels(self, category: str) -> np.ndarray:
        """int8 (n,): level of each account in a category of brand safety (place in ``SAFETY_LEVELS``), -1 unknown."""
        levels = self.table.column(SAFETY_COLUMNS[category]).fill_null(-1)
        return np.asarray(levels.to_numpy(), dtype=np.int8)

    @cached_property
    def theme_start(self) -> np.ndarray:
        """int64 (n + 1,): the themes of row ``i`` are ``themes[theme_start[i]:theme_start[i + 1]]``."""
        return np.searchsorted(self.theme_row, np.arange(len(self) + 1))

    @cached_property
    def creator_code(self) -> np.ndarray:
        """int64 (n,): rows of one creator share a code; codes count up from 0 in the order of the rows."""
        return lookups.creator_codes(self.table.column("creator_id"))

    @cached_property
    def platform_code(self) -> np.ndarray:
        """float64 (n,): place of the platform in ``schema.tables.PLATFORMS``."""
        return lookups.platform_codes(self.table.column("platform"))

    @cached_property
    def collaboration_code(self) -> np.ndarray:
        """int64 (len(collaborations),): the creator's code, -1 for a creator without a row in the table."""
        wanted = self.collaborations.column("creator_id")
        return lookups.collaboration_codes(self.table.column("creator_id"), self.creator_code, wanted)

    @cached_property
    def collaboration_at(self) -> np.ndarray:
        """datetime64[us] (len(collaborations),): when each pair last worked together."""
        return to_numpy(self.collaborations.column("last_at"))

    @cached_property
    def brands(self) -> dict[str, np.ndarray]:
        """Brand id, and case-folded brand name -> positions in ``collaborations``."""
        return lookups.brand_positions(self.collaborations)

    def matches(self, name: str, wanted: frozenset[str]) -> np.ndarray:
        """float64 (n,): 1 where column ``name`` (text or texts) holds one of ``wanted``, else 0, NaN unknown.

        ``wanted`` is case-folded.
        """
        if name not in self._words:
            self._words[name] = lookups.words(self.table.column(name))
        return self._words[name].matches(wanted)

    def save(self, folder: Path) -> None:
        """Writes Parquet, npy and JSON files to ``folder``, which is there whole or not at all; no pickle."""
        with atomic_folder(folder) as partial:
            pq.write_table(self.table, partial / "accounts.parquet")
            pq.write_table(self.collaborations, partial / "collaborations.parquet")
            pq.write_table(self.evidence, partial / "evidence.parquet", compression="zstd")
            pq.write_table(self.theme_posts, partial / "theme_posts.parquet")
            for name in ("themes", "theme_row", "audience", "platform_audience"):
                np.save(partial / f"{name}.npy", getattr(self, name), allow_pickle=False)
            self.authenticity_model.save(partial / AUTHENTICITY)
            about = {
                "format": FORMAT,
                "as_of": self.as_of.isoformat(),
                "encoder_id": self.encoder_id,
                "fx": self.fx,
            }
            (partial / "snapshot.json").write_text(
                json.dumps(about, sort_keys=True, indent=1), encoding="utf-8"
            )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The snapshot in ``folder``. Raises FeatureError that names the missing, broken or misfit file."""
        about = read_about(folder / "snapshot.json")
        return cls(
            as_of=datetime.fromisoformat(about["as_of"]),
            encoder_id=about["encoder_id"],
            table=read_table(folder / "accounts.parquet", SNAPSHOT_SCHEMA),
            themes=read_array(folder / "themes.npy"),
            theme_row=read_array(folder / "theme_row.npy"),
            audience=read_array(folder / "audience.npy"),
            collaborations=read_table(folder / "collaborations.parquet", COLLABORATION_SCHEMA),
            fx=about["fx"],
            evidence=read_table(folder / "evidence.parquet", EVIDENCE_SCHEMA),
            theme_posts=read_table(folder / "theme_posts.parquet", THEME_SCHEMA),
            platform_audience=read_array(folder / "platform_audience.npy"),
            authenticity_model=AuthenticityModel.load(folder / AUTHENTICITY, REBUILD),
        )

    def _check(self) -> None:
        n = len(self)
        if self.audience.shape != (n, AUDIENCE_WIDTH):
            raise FeatureError(
                f"audience has shape {self.audience.shape}; {n} accounts need ({n}, {AUDIENCE_WIDTH})"
            )
        if self.platform_audience.shape != (len(PLATFORMS), AUDIENCE_WIDTH):
            raise FeatureError(
                f"platform_audience has shape {self.platform_audience.shape}; "
                f"expected ({len(PLATFORMS)}, {AUDIENCE_WIDTH})"
            )
        if len(self.theme_posts) != len(self.themes):
            raise FeatureError(
                f"{len(self.theme_posts)} theme_posts do not fit {len(self.themes)} themes: one a theme"
            )
        if self.themes.ndim != 2 or len(self.themes) != len(self.theme_row):
            raise FeatureError(
                f"themes {self.themes.shape} do not fit theme_row {self.theme_row.shape}: one owner a theme"
            )
        if len(self.theme_row) and not (
            self.theme_row[0] >= 0 and self.theme_row[-1] < n and (np.diff(self.theme_row) >= 0).all()
        ):
            raise FeatureError(
                f"theme_row must ascend within 0..{n - 1}; got {self.theme_row.min()}..{self.theme_row.max()}"
            )
        for name in ("account_id", "creator_id"):
            if self.table.column(name).null_count:
                raise FeatureError(
                    f"snapshot: {self.table.column(name).null_count} rows without {name}; each needs one"
                )


def to_numpy(column: pa.ChunkedArray) -> np.ndarray:
    """Numbers and flags as float64 (NaN unknown), times as datetime64[us] (NaT), anything else as objects."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        times = column.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False)
        return np.asarray(times, dtype="datetime64[us]")
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        numbers = column.cast(pa.int8()) if pa.types.is_boolean(kind) else column
        return np.asarray(
            numbers.cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False), dtype=np.float64
        )
    values = np.empty(len(column), dtype=object)
    values[:] = column.to_pylist()
    return values
