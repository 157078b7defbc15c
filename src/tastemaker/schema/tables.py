"""The canonical tables: their columns, types, keys and clocks.

Every fact has two clocks: the time it happened and the time it was known. ``Table.known_at`` names the column of the
second; where that column is absent or empty the fact was known when it happened (``Table.happened_at``).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

TEXT = pa.string()
TEXTS = pa.list_(pa.string())
COUNT = pa.int64()
REAL = pa.float64()
FLAG = pa.bool_()
TIME = pa.timestamp("us", tz="UTC")

PLATFORMS = ("instagram", "tiktok", "youtube", "blog", "twitch", "x")
POST_KINDS = ("post", "story", "reel", "video", "blog")
COMPENSATIONS = ("flat", "product", "commission", "hybrid")
AUDIENCE_BASES = ("followers", "engaged", "reached", "viewers")
FACETS = ("age_gender", "country", "city", "language", "interest")


@dataclass(frozen=True)
class Column:
    """One column. ``rule``: ``count`` (an integer >= 0), ``share`` (0..1), ``money`` (>= 0), ``one_of`` or None."""

    name: str
    type: pa.DataType
    required: bool = False
    rule: str | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One canonical table. ``key`` columns identify a row; ``optional`` tables may be absent from a data set."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    happened_at: str | None = None
    known_at: str | None = None
    optional: bool = True
    references: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema, columns in canonical order, every column present."""
        return pa.schema([pa.field(c.name, c.type) for c in self.columns])

    def column(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)


def _need(name: str, type_: pa.DataType, rule: str | None = None, values: tuple[str, ...] = ()) -> Column:
    return Column(name, type_, required=True, rule=rule, values=values)


def _count(name: str) -> Column:
    return Column(name, COUNT, rule="count")


def _one_of(name: str, values: tuple[str, ...], required: bool = True) -> Column:
    return Column(name, TEXT, required=required, rule="one_of", values=values)


_TABLES = (
    Table(
        "creators",
        (
            _need("creator_id", TEXT),
            Column("display_name", TEXT),
            Column("country", TEXT),
            Column("languages", TEXTS),
            Column("owner_id", TEXT),
            Column("available_from", TIME),
            Column("open_to", TEXTS, rule="one_of", values=COMPENSATIONS),
        ),
        key=("creator_id",),
        optional=False,
    ),
    Table(
        "accounts",
        (
            _need("account_id", TEXT),
            _need("creator_id", TEXT),
            _one_of("platform", PLATFORMS),
            Column("platform_id", TEXT),
            _need("handle", TEXT),
            Column("valid_from", TIME),
            Column("bio", TEXT),
            Column("category", TEXT),
            Column("language", TEXT),
            Column("verified", FLAG),
        ),
        key=("account_id", "valid_from"),
        known_at="valid_from",
        optional=False,
        references={"creator_id": ("creators", "creator_id")},
    ),
    Table(
        "account_snapshots",
        (
            _need("account_id", TEXT),
            _need("observed_at", TIME),
            Column("followers", COUNT, required=True, rule="count"),
            _count("following"),
            _count("media_count"),
            _count("total_likes"),
            Column("engagement_rate", REAL, rule="share"),
            Column(
                "engagement_basis", TEXT, rule="one_of", values=("followers", "reach", "impressions", "views")
            ),
            _count("engagement_window_days"),
            Column("audience_credibility", REAL, rule="share"),
        ),
        key=("account_id", "observed_at"),
        known_at="observed_at",
        optional=False,
        references={"account_id": ("accounts", "account_id")},
    ),
    Table(
        "posts",
        (
            _need("post_id", TEXT),
            _need("account_id", TEXT),
            _need("posted_at", TIME),
            _one_of("kind", POST_KINDS),
            Column("caption", TEXT),
            Column("hashtags", TEXTS),
            Column("mentions", TEXTS),
            Column("paid_label", FLAG),
            Column("permalink", TEXT),
            Column("image_path", TEXT),
            Column("observed_at", TIME),
        ),
        key=("post_id",),
        happened_at="posted_at",
        known_at="observed_at",
        references={"account_id": ("accounts", "account_id")},
    ),
    Table(
        "post_snapshots",
        (
            _need("post_id", TEXT),
            _need("observed_at", TIME),
            _count("likes"),
            _count("comments"),
            _count("shares"),
            _count("saves"),
            _count("views"),
            _count("reach"),
            _count("impressions"),
            Column("scope", TEXT, rule="one_of", values=("organic", "total")),
        ),
        key=("post_id", "observed_at"),
        known_at="observed_at",
        references={"post_id": ("posts", "post_id")},
    ),
    Table(
        "comments",
        (
            _need("comment_id", TEXT),
            _need("post_id", TEXT),
            Column("author_hash", TEXT),
            _need("posted_at", TIME),
            Column("text", TEXT),
            Column("observed_at", TIME),
        ),
        key=("comment_id",),
        happened_at="posted_at",
        known_at="observed_at",
        references={"post_id": ("posts", "post_id")},
    ),
    Table(
        "audiences",
        (
            _need("account_id", TEXT),
            _need("observed_at", TIME),
            _one_of("basis", AUDIENCE_BASES),
            _one_of("facet", FACETS),
            _need("key", TEXT),
            Column("share", REAL, required=True, rule="share"),
            Column("complete_share", REAL, rule="share"),
            _count("sample_size"),
            Column("source", TEXT),
            Column("first_party", FLAG),
        ),
        key=("account_id", "observed_at", "basis", "facet", "key"),
        known_at="observed_at",
        references={"account_id": ("accounts", "account_id")},
    ),
    Table(
        "overlaps",
        (
            _need("overlap_id", TEXT),
            _need("account_ids", TEXTS),
            _need("observed_at", TIME),
            _count("unique_followers"),
            _count("total_followers"),
        ),
        key=("overlap_id",),
        known_at="observed_at",
    ),
    Table(
        "brands",
        (
            _need("brand_id", TEXT),
            _need("name", TEXT),
            Column("description", TEXT),
            Column("category", TEXT),
            Column("values", TEXTS),
            Column("voice", TEXT),
            Column("country", TEXT),
            Column("competitors", TEXTS),
        ),
        key=("brand_id",),
    ),
    Table(
        "campaigns",
        (
            _need("campaign_id", TEXT),
            _need("brand_id", TEXT),
            _need("brief", TEXT),
            _need("starts_at", TIME),
            _need("ends_at", TIME),
        ),
        key=("campaign_id",),
        references={"brand_id": ("brands", "brand_id")},
    ),
    Table(
        "decisions",
        (
            _need("decision_id", TEXT),
            Column("campaign_id", TEXT),
            _need("brief", TEXT),
            _need("made_at", TIME),
            _need("policy", TEXT),
            Column("bundle", TEXT),
        ),
        key=("decision_id",),
        known_at="made_at",
        references={"campaign_id": ("campaigns", "campaign_id")},
    ),
    Table(
        "decision_items",
        (
            _need("decision_id", TEXT),
            _need("creator_id", TEXT),
            _count("position"),
            Column("p_shown", REAL, rule="share"),
            Column("chosen", FLAG, required=True),
            Column("p_chosen", REAL, rule="share"),
            Column("reason", TEXT),
        ),
        key=("decision_id", "creator_id"),
        references={"decision_id": ("decisions", "decision_id"), "creator_id": ("creators", "creator_id")},
    ),
    Table(
        "offers",
        (
            _need("decision_id", TEXT),
            _need("creator_id", TEXT),
            _need("at", TIME),
            Column("package", TEXT),
            Column("asked", REAL, rule="money"),
            Column("quoted", REAL, rule="money"),
            Column("agreed", FLAG),
            Column("reason", TEXT),
            Column("currency", TEXT),
        ),
        key=("decision_id", "creator_id", "at"),
        known_at="at",
        references={"decision_id": ("decisions", "decision_id"), "creator_id": ("creators", "creator_id")},
    ),
    Table(
        "outcomes",
        (
            _need("campaign_id", TEXT),
            _need("creator_id", TEXT),
            _need("deliverable", TEXT),
            _need("observed_at", TIME),
            Column("fee", REAL, rule="money"),
            Column("product_cost", REAL, rule="money"),
            Column("currency", TEXT),
            *(_count(n) for n in ("impressions", "reach", "likes", "comments", "shares", "saves")),
            *(_count(n) for n in ("clicks", "code_uses", "conversions")),
            Column("revenue", REAL, rule="money"),
            Column("sentiment", REAL),
            Column("content_rating", REAL),
            Column("disclosed", FLAG),
            Column("on_time", FLAG),
            _one_of("platform", PLATFORMS, required=False),
            Column("posted_at", TIME),
        ),
        key=("campaign_id", "creator_id", "deliverable", "observed_at"),
        known_at="observed_at",
        references={"campaign_id": ("campaigns", "campaign_id"), "creator_id": ("creators", "creator_id")},
    ),
    Table(
        "fx_rates",
        (
            _need("currency", TEXT),
            _need("observed_at", TIME),
            Column("usd", REAL, required=True, rule="money"),
        ),
        key=("currency", "observed_at"),
        known_at="observed_at",
    ),
)

TABLES: dict[str, Table] = {t.name: t for t in _TABLES}
