"""The tables of the store."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()

decisions = Table(
    "decisions",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True, comment="order of recording"),
    Column("decision_id", String(200), nullable=False, unique=True),
    Column("made_at", DateTime(timezone=True), nullable=False, comment="UTC"),
    Column("bundle", String(200), nullable=False),
    Column("body", Text, nullable=False, comment="the whole Recommendation as JSON"),
    Index("ix_decisions_made_at", "made_at"),
    sqlite_autoincrement=True,
)
"""One row per answered brief. ``made_at`` and ``bundle`` repeat what the body says, to be searched by."""

shown_features = Table(
    "shown_features",
    metadata,
    Column("decision_id", String(200), primary_key=True),
    Column("body", LargeBinary, nullable=False, comment="ShownFeatures.pack()"),
)
"""The features behind a decision's shortlist; written with it, in one transaction."""

traces = Table(
    "traces",
    metadata,
    Column("decision_id", String(200), primary_key=True),
    Column("body", LargeBinary, nullable=False, comment="Trace.pack()"),
)
"""What a decision was made from; written with it, in one transaction."""
