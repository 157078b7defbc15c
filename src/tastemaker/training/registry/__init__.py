"""The registry in MLflow: runs, versions, and which of them is champion."""

from tastemaker.training.registry.champions import Registry
from tastemaker.training.registry.versions import CHALLENGER, CHAMPION, Version

__all__ = ["CHALLENGER", "CHAMPION", "Registry", "Version"]
