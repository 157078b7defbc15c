"""Opens a model's file in a process of its own first: LightGBM does not refuse a cut file, it ends the process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tastemaker.errors import RankingError

# What is refused in words is refused again, and told, by whoever asked.
_CHILD = """
import sys
from pathlib import Path
import numpy as np
import pandas as pd
from tastemaker.errors import RankingError
from tastemaker.ranking.registry import open_foreign
try:
    ranker = open_foreign(Path(sys.argv[1]), Path(sys.argv[2]))
    for value in (0.0, np.nan):
        ranker.value(pd.DataFrame({name: [value] for name in ranker.columns}))
except RankingError:
    pass
"""
SECONDS = 120


def require_readable(model: Path, declaration: Path) -> None:
    """Raises RankingError where opening ``model``, or asking it for a score, would end the process or not end."""
    path = os.pathsep.join(part for part in sys.path if part)
    command = [sys.executable, "-c", _CHILD, str(model), str(declaration)]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=SECONDS, env={**os.environ, "PYTHONPATH": path}, check=False
        )
    except subprocess.TimeoutExpired:
        raise RankingError(
            f"{model}: could not be opened and asked within {SECONDS} s; try a smaller model"
        ) from None
    if done.returncode:
        raise RankingError(
            f"{model}: damaged: the library that reads it broke down (status {done.returncode}); export the model again"
        )
