"""Request logs of other ranking systems, read as they are written."""

from tastemaker.sources.events.briefs import asked_brief
from tastemaker.sources.events.metarank import EventLog, Interaction, Ranking, read_events

__all__ = ["EventLog", "Interaction", "Ranking", "asked_brief", "read_events"]
