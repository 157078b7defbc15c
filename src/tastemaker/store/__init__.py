"""Where decisions are kept: durable before they are answered."""

from tastemaker.store.log import DecisionStore
from tastemaker.store.memory import MemoryDecisionLog
from tastemaker.store.sql import SqlDecisionLog

__all__ = ["DecisionStore", "MemoryDecisionLog", "SqlDecisionLog"]
