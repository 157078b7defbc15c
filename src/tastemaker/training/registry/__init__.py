"""The registry in MLflow: runs, versions, and which of them is champion."""

from tastemaker.training.registry.champions import ROLLED_BACK, ROLLED_BACK_WHY, Registry
from tastemaker.training.registry.versions import CHALLENGER, CHAMPION, Version

__all__ = ["CHALLENGER", "CHAMPION", "ROLLED_BACK", "ROLLED_BACK_WHY", "Registry", "Version"]
