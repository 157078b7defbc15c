"""Evidence per moment and account out of a bucket's tables; definitions stand in ``docs/authenticity.md``."""

from __future__ import annotations

import duckdb

from tastemaker.features.authenticity.evidence import COMMENTS, EVIDENCE, LIKES, PAID, POSTS, READINGS
from tastemaker.features.bucket import DAY, YEAR, known_sql

WINDOW = 2 * YEAR
"""What was bought two years ago is still among the followers."""

MIN_STEPS = 3
LASTING_STEPS = 6
"""A pace of growth that held for this many steps (half a year, read monthly) is no spike."""
MIN_REPORTED = 4
MIN_LIKES = 20
MIN_HALVED_POSTS = 4
MIN_EVEN_POSTS = 5
MIN_UNEVEN_POSTS = 3
MIN_COMMENTS = 5
SHORT_WORDS = 3

# Sums of fractions are rounded, so that the order in which they were added up is not seen.
# A step is the log growth between neighbouring readings, scaled down to 30 days where they lie further apart. Of equal
# steps the latest tells the day.
_GROWTH = f"""
CREATE TABLE growth AS
WITH read AS (
    SELECT account_id, observed_at, following, followers,
           ln((followers + 1) / (lag(followers) OVER w + 1))
               * {30 * DAY} / greatest(observed_at - lag(observed_at) OVER w, {30 * DAY}) AS step,
           ln((lag(following) OVER w + 1) / (following + 1)) AS left_alone,
           CASE WHEN engagement_basis = 'followers' AND engagement_rate > 0 AND followers > 0
                THEN ln(engagement_rate) END AS reported
    FROM account_snapshots
    WINDOW w AS (PARTITION BY account_id ORDER BY observed_at)
),
steps AS (
    SELECT *, CASE WHEN count(step) OVER h = {LASTING_STEPS} THEN median(step) OVER h END AS held
    FROM read
    WINDOW h AS (PARTITION BY account_id ORDER BY observed_at ROWS {LASTING_STEPS - 1} PRECEDING)
),
seen AS (
    SELECT g.t, g.account_id, count(*) AS readings, max(s.observed_at) AS observed_at, count(s.step) AS known,
           max(s.step) AS most, min(s.step) AS least, median(s.step) AS usual,
           max(s.held) - min(s.held) AS shifted, count(s.reported) AS told,
           (regr_slope(s.reported, s.observed_at) * (max(s.observed_at) FILTER (s.reported IS NOT NULL)
               - min(s.observed_at) FILTER (s.reported IS NOT NULL))) AS rate_moved,
           (regr_slope(ln(s.followers + 1), s.observed_at) FILTER (s.reported IS NOT NULL)
               * (max(s.observed_at) FILTER (s.reported IS NOT NULL)
               - min(s.observed_at) FILTER (s.reported IS NOT NULL))) AS followers_moved,
           max(s.left_alone) AS swing, max({{'step': s.step, 'at': s.observed_at}}) FILTER (s.step IS NOT NULL) AS top
    FROM grid g
    JOIN steps s ON s.account_id = g.account_id AND s.observed_at <= g.moment AND s.observed_at > g.moment - {WINDOW}
    GROUP BY g.t, g.account_id
)
SELECT t, account_id, readings, observed_at,
       CASE WHEN known >= {MIN_STEPS} THEN most - usual END AS growth_spike,
       CASE WHEN known >= {MIN_STEPS} THEN top.at END AS growth_spike_at,
       CASE WHEN known >= {MIN_STEPS} THEN usual - least END AS growth_fall,
       shifted AS growth_shift,
       CASE WHEN told >= {MIN_REPORTED} AND rate_moved IS NOT NULL THEN
            round(greatest(least(-rate_moved, followers_moved), 0), 9) END AS reported_fall,
       CASE WHEN known >= {MIN_STEPS} THEN greatest(swing, 0) END AS following_swing
FROM seen
"""

# Stories are answered otherwise than posts; paid posts are left alone by pods, so they are the measure of the others.
# What the words of a caption say of paid work is known for posts of the year; of older ones the label tells.
_RESPONSE = f"""
CREATE TABLE response AS
WITH dated AS (
    SELECT p.post_id, p.account_id, p.posted_at, {known_sql("p.posted_at", "p.observed_at")} AS known_at,
           p.paid_label, f.sponsored
    FROM posts p LEFT JOIN flags f USING (post_id)
    WHERE p.kind <> 'story'
),
seen AS (
    SELECT g.t, g.moment, d.*, s.followers
    FROM grid g
    JOIN dated d ON d.account_id = g.account_id AND d.known_at <= g.moment AND d.posted_at > g.moment - {WINDOW}
    JOIN sizes s ON s.t = g.t AND s.account_id = g.account_id
),
heard AS (
    SELECT s.*, r.observed_at AS read_at, r.likes, r.comments, r.views
    FROM seen s ASOF JOIN post_snapshots r ON s.post_id = r.post_id AND s.moment >= r.observed_at
    WHERE r.likes IS NOT NULL
),
counted AS (
    SELECT s.t, s.account_id, s.read_at, s.likes, s.comments,
           CASE WHEN s.likes > 0 AND s.views > 0 THEN ln(s.likes / s.views) END AS liked_per_view,
           coalesce(CASE WHEN s.posted_at > s.moment - {YEAR} THEN s.sponsored END, s.paid_label, false) AS paid,
           CASE WHEN s.followers > 0 THEN (s.likes + coalesce(s.comments, 0)) / s.followers END AS rate,
           ln(s.likes + coalesce(s.comments, 0) + 1) AS heard,
           ln((s.likes + coalesce(s.comments, 0) + 1) / (f.followers + 1)) AS rate_then, f.followers AS followers_then,
           2 * row_number() OVER w > count(*) OVER (PARTITION BY s.t, s.account_id) AS newer
    FROM heard s ASOF LEFT JOIN account_snapshots f ON s.account_id = f.account_id AND s.posted_at >= f.observed_at
    WINDOW w AS (PARTITION BY s.t, s.account_id ORDER BY s.posted_at, s.post_id)
),
summed AS (
    SELECT t, account_id, count(*) FILTER (NOT paid) AS organic, count(*) FILTER (paid) AS paid_posts,
           max(read_at) AS observed_at,
           median(rate) FILTER (NOT paid) AS organic_rate, median(rate) FILTER (paid) AS paid_rate,
           sum(likes) FILTER (NOT paid AND comments IS NOT NULL) AS likes, sum(comments) FILTER (NOT paid) AS said,
           count(*) FILTER (NOT paid AND likes > 0 AND comments IS NOT NULL) AS compared,
           sum(likes) FILTER (NOT paid AND likes > 0 AND comments IS NOT NULL) AS a,
           sum(comments) FILTER (NOT paid AND likes > 0) AS b,
           sum(comments * comments / likes) FILTER (NOT paid AND likes > 0) AS c,
           count(liked_per_view) FILTER (NOT paid) AS viewed, stddev_samp(liked_per_view) FILTER (NOT paid) AS apart,
           sum(likes) FILTER (paid AND comments IS NOT NULL) AS paid_likes, sum(comments) FILTER (paid) AS paid_said,
           quantile_cont(heard, 0.84) FILTER (NOT paid) - quantile_cont(heard, 0.16) FILTER (NOT paid) AS wide,
           median(rate_then) FILTER (NOT newer AND NOT paid) - median(rate_then) FILTER (newer AND NOT paid) AS lost,
           median(ln(followers_then + 1)) FILTER (newer) - median(ln(followers_then + 1)) FILTER (NOT newer) AS grown
    FROM counted GROUP BY t, account_id
)
SELECT t, account_id, organic, paid_posts, observed_at, coalesce(likes, 0)::BIGINT AS liked,
       organic_rate AS response,
       CASE WHEN organic >= {MIN_HALVED_POSTS} AND lost IS NOT NULL AND grown IS NOT NULL
            THEN greatest(least(lost, grown), 0) END AS hollow_growth,
       CASE WHEN organic >= {MIN_EVEN_POSTS} THEN wide / 2 END AS evenness,
       CASE WHEN likes >= {MIN_LIKES} THEN (said + 0.5) / (likes + 0.5) END AS comment_ratio,
       -- Pearson's chi-square of equal comments per like, per degree of freedom, of which few are held near 1.
       CASE WHEN compared >= {MIN_UNEVEN_POSTS} AND b > 0 THEN
            round(ln((a / b * c - b + 1) / compared), 9) END AS comment_unevenness,
       CASE WHEN viewed >= {MIN_UNEVEN_POSTS} THEN round(apart, 9) END AS view_unevenness,
       CASE WHEN paid_rate > 0 THEN organic_rate / paid_rate END AS paid_gap,
       CASE WHEN likes >= {MIN_LIKES} AND paid_likes >= {MIN_LIKES}
            THEN ((said + 0.5) / (likes + 0.5)) / ((paid_said + 0.5) / (paid_likes + 0.5)) END AS paid_comment_gap
FROM summed
"""

# A text is told by its letters and digits alone: "Wow!!" says again what "wow" said. One of emoji only is as it is.
_TALK = f"""
CREATE TABLE talk AS
WITH said AS (
    SELECT p.account_id, c.author_hash, c.posted_at, {known_sql("c.posted_at", "c.observed_at")} AS known_at,
           greatest(c.posted_at - p.posted_at, 0) / {DAY // 24} AS hours,
           lower(trim(c.text)) AS whole, trim(regexp_replace(whole, '[^\\pL\\pN]+', ' ', 'g')) AS letters,
           CASE WHEN letters = '' THEN whole ELSE letters END AS words
    FROM comments c JOIN posts p USING (post_id)
    WHERE c.text IS NOT NULL
),
seen AS (
    SELECT g.t, g.account_id, s.*  EXCLUDE (account_id, whole, letters),
           count(*) OVER (PARTITION BY g.t, g.account_id, s.words) AS times
    FROM grid g
    JOIN said s ON s.account_id = g.account_id AND s.known_at <= g.moment AND s.posted_at > g.moment - {WINDOW}
)
SELECT t, account_id, count(*) AS comments, max(known_at) AS observed_at,
       CASE WHEN count(*) >= {MIN_COMMENTS} THEN
            count(*) FILTER (times > 1 AND len(string_split(words, ' ')) <= {SHORT_WORDS}) / count(*) END
            AS comment_repetition,
       CASE WHEN count(*) >= {MIN_COMMENTS} THEN
            count(*) FILTER (len(string_split(words, ' ')) <= {SHORT_WORDS}) / count(*) END AS comment_shortness,
       CASE WHEN count(author_hash) >= {MIN_COMMENTS} THEN
            1 - count(DISTINCT author_hash) / count(author_hash) END AS comment_regulars,
       CASE WHEN count(*) >= {MIN_COMMENTS} THEN median(hours) END AS comment_delay
FROM seen
GROUP BY t, account_id
"""

_CREDIBILITY = """
CREATE TABLE credibility AS
SELECT g.t, g.account_id, s.observed_at, s.audience_credibility
FROM grid g ASOF JOIN (SELECT * FROM account_snapshots WHERE audience_credibility IS NOT NULL) s
    ON g.account_id = s.account_id AND g.moment >= s.observed_at
"""

_REPORTED = """
CREATE TABLE reported AS
SELECT t, account_id, max(observed_at) AS observed_at
FROM (
    SELECT c.t, c.account_id, r.observed_at
    FROM chosen c JOIN reports r ON r.facet = 'language' AND r.report = c.report_language
    UNION ALL
    SELECT c.t, c.account_id, r.observed_at
    FROM chosen c JOIN reports r ON r.facet = 'country' AND r.report = c.report_country
)
GROUP BY t, account_id
"""

# The audience's own evidence is worked out of its blocks (see ``audiences``).
_EVIDENCE = """
CREATE TABLE oddities AS
SELECT g.t, g.account_id, w.growth_spike, w.growth_spike_at, w.growth_fall, w.growth_shift, w.reported_fall,
       w.following_swing,
       s.following / nullif(s.followers, 0) AS following_ratio,
       CASE WHEN s.reported_basis = 'followers' THEN s.reported_rate END AS reported_response,
       r.response, r.hollow_growth, r.evenness, r.comment_ratio, r.comment_unevenness,
       r.view_unevenness, r.paid_gap, r.paid_comment_gap,
       k.comment_repetition, k.comment_shortness, k.comment_regulars, k.comment_delay, b.audience_credibility,
       coalesce(w.readings, 0) AS authenticity_readings, coalesce(r.organic, 0) AS authenticity_posts,
       coalesce(r.liked, 0) AS authenticity_likes, coalesce(r.paid_posts, 0) AS authenticity_paid_posts,
       coalesce(k.comments, 0) AS authenticity_comments,
       greatest(w.observed_at, r.observed_at, k.observed_at, b.observed_at, a.observed_at) AS authenticity_as_of
FROM grid g
JOIN sizes s USING (t, account_id)
LEFT JOIN growth w USING (t, account_id)
LEFT JOIN response r USING (t, account_id)
LEFT JOIN talk k USING (t, account_id)
LEFT JOIN credibility b USING (t, account_id)
LEFT JOIN reported a USING (t, account_id)
"""

MEASURED = (
    *(e.name for e in EVIDENCE if e.by != "all" and e.name != "audience_language"), "growth_spike_at",
    READINGS, POSTS, LIKES, PAID, COMMENTS, "authenticity_as_of",
)  # fmt: skip
"""Columns of ``oddities`` beside the key (t, account_id)."""


def evidence_table(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes ``oddities``, a row per row of ``grid``; after ``recent``, ``sizes``, ``flags`` and ``chosen`` are made."""
    for statement in (_GROWTH, _RESPONSE, _TALK, _CREDIBILITY, _REPORTED, _EVIDENCE):
        connection.execute(statement)
