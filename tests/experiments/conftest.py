"""Experiments are folders of scripts, not packages: their modules are found by path."""

from __future__ import annotations

import sys
from pathlib import Path

EXPERIMENTS = Path(__file__).parents[2] / "experiments"
sys.path[:0] = [
    str(EXPERIMENTS / name)
    for name in (
        "0001-brand-creator-links",
        "0002-creator-signals",
        "0003-outcome-ranking",
        "0005-sets",
        "0008-tuning",
    )
]
