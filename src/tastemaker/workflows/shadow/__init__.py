"""What would differ if a bundle answered the requests of a log."""

from tastemaker.workflows.shadow.replay import shadow_log
from tastemaker.workflows.shadow.report import Acted, ShadowReport

__all__ = ["Acted", "ShadowReport", "shadow_log"]
