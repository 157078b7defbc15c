"""First kernel: from one bucket to what can be said of its accounts without looking at any other creator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from tastemaker.config import Features
from tastemaker.encoders import VectorTable
from tastemaker.features.anchors import Anchors
from tastemaker.features.audience import COMMON_FACETS, audience_columns, report_blocks, report_tables
from tastemaker.features.authenticity.audiences import language_share
from tastemaker.features.authenticity.tables import MEASURED, evidence_table
from tastemaker.features.bucket import DAY, YEAR, arrow, open_bucket
from tastemaker.features.columns import DISCLOSED, LANGUAGE_COLUMNS, SAFETY_COLUMNS, VOICE_COLUMNS
from tastemaker.features.content import ThemeSets, content_columns, content_tables, theme_sets
from tastemaker.features.engagement import posts_columns
from tastemaker.features.engagement.tables import engagement_tables
from tastemaker.features.evidence import evidence
from tastemaker.features.history import collaborations, history_tables, rates
from tastemaker.features.price import quoted_packages
from tastemaker.features.sizes import size_tables
from tastemaker.features.text_signals import said_table
from tastemaker.features.trust import with_confidence
from tastemaker.features.voice import comment_tables

_REPORTS = ", ".join(
    f"coalesce(a.report_{f}, -1) AS report_{f}, a.audience_sample_{f}, a.audience_at_{f}"
    for f in COMMON_FACETS
)
_CONTENT = ", ".join(f"n.{name}" for name in (*LANGUAGE_COLUMNS.values(), *VOICE_COLUMNS))
_MEASURED = ", ".join(f"o.{name}" for name in MEASURED)
_SAID = ", ".join(f"w.{name}" for name in ("sponsored_posts", *DISCLOSED, *SAFETY_COLUMNS.values()))

# A rate that a source reports counts where no post says better, and only on the same basis.
_ROWS = f"""
SELECT g.t, g.moment, g.account_id, g.creator_id, g.platform, g.handle, c.display_name, c.country,
       coalesce(c.languages, CASE WHEN g.language IS NOT NULL THEN [g.language] END) AS languages,
       g.category, g.verified, s.followers, s.following,
       coalesce(e.rate, CASE WHEN s.reported_basis = 'followers' THEN s.reported_rate END) AS engagement_rate,
       CASE WHEN engagement_rate IS NOT NULL THEN 'followers' END AS engagement_basis,
       CASE WHEN e.rate IS NOT NULL THEN CASE WHEN e.enough THEN $window ELSE {YEAR // DAY} END
            WHEN engagement_rate IS NOT NULL THEN s.reported_window END AS engagement_window_days,
       coalesce(e.rated_posts, 0) AS engagement_posts,
       e.views_median, e.comment_like_ratio,
       CASE WHEN l.last_post_at IS NOT NULL THEN coalesce(e.posts_in_window, 0) * 7.0 / $window END AS posts_per_week,
       l.last_post_at, w.sponsored_share, w.sponsored_engagement_ratio, {_SAID},
       coalesce(w.safety_posts, 0) AS safety_posts, s.follower_growth,
       {_MEASURED}, q.quoted, s.reported_rate, s.reported_basis, s.reported_window,
       coalesce(r.past_campaigns, 0) AS past_campaigns,
       r.past_content_rating, r.past_engagement_ratio, r.past_conversion_rate, r.past_on_time,
       coalesce(n.content_posts, 0) AS content_posts, n.caption_letters, n.caption_originality, {_CONTENT},
       coalesce(v.comments_read, 0) AS comments_read, v.comment_sentiment,
       coalesce(greatest(n.posts_known_at, v.comments_known_at), g.valid_from) AS content_as_of, a.audience_as_of,
       c.available_from, c.open_to, c.owner_id,
       s.size_as_of, i.size_readings, w.sponsorship_as_of, w.judged_posts, w.safety_as_of, r.history_as_of, {_REPORTS}
FROM grid g
JOIN sizes s USING (t, account_id)
LEFT JOIN (SELECT * FROM creators) c ON c.creator_id = g.creator_id
LEFT JOIN engagement e USING (t, account_id)
LEFT JOIN last_posts l USING (t, account_id)
LEFT JOIN said w USING (t, account_id)
LEFT JOIN readings i USING (t, account_id)
LEFT JOIN oddities o USING (t, account_id)
LEFT JOIN content n USING (t, account_id)
LEFT JOIN tones v USING (t, account_id)
LEFT JOIN chosen a USING (t, account_id)
LEFT JOIN quotes q ON q.t = g.t AND q.creator_id = g.creator_id
LEFT JOIN record r ON r.t = g.t AND r.creator_id = g.creator_id
ORDER BY g.t, g.creator_id, g.account_id
"""


@dataclass(frozen=True)
class Statistics:
    """What the first kernel makes of a bucket.

    ``rows``: one row per moment (``t``: its number) and account, sorted by (t, creator_id, account_id);
    ``report_<facet>`` points into ``blocks[facet]``, -1 for an unknown facet. ``themes`` follow the rows.
    ``quotes``: a row per moment and quote (``price.quoted_packages``).
    """

    rows: pa.Table
    themes: ThemeSets
    blocks: dict[str, np.ndarray]
    collaborations: pa.Table
    rates: pa.Table
    evidence: pa.Table
    quotes: pa.Table


def statistics(
    bucket: Path,
    vectors: VectorTable,
    as_ofs: Sequence[datetime],
    config: Features,
    spill: Path,
    anchors: Anchors | None = None,
) -> Statistics:
    """Statistics of the accounts of ``bucket`` at each of ``as_ofs`` (ascending), from what was known then.

    Without ``anchors`` niche and voice are unknown.
    """
    with open_bucket(bucket, as_ofs, config.memory_mb, spill) as connection:
        size_tables(connection)
        engagement_tables(connection, config.engagement_window_days)
        said_table(connection)
        content_tables(connection, vectors, anchors)
        comment_tables(connection)
        history_tables(connection)
        report_tables(connection, config.audience_max_age_days)
        evidence_table(connection)
        blocks = report_blocks(connection)
        themes = theme_sets(connection, vectors, config.max_themes)
        found = arrow(connection, _ROWS, window=config.engagement_window_days)
        spoken = pa.array(language_share(found, blocks["language"]), from_pandas=True)
        rows = posts_columns(connection, found.append_column("audience_language", spoken), config)
        rows = content_columns(rows, themes, anchors, config.confidence.content)
        rows = audience_columns(rows, config.audience_assumed_people, config.confidence.audience)
        return Statistics(
            rows=with_confidence(rows, as_ofs, config.confidence),
            themes=themes,
            blocks=blocks,
            collaborations=collaborations(connection),
            rates=rates(connection),
            evidence=evidence(connection),
            quotes=quoted_packages(connection, rows),
        )
