"""Experiments are folders of scripts, not packages: their modules are found by path."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "experiments" / "0001-brand-creator-links"))
