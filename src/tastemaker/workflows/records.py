"""Reports of stages, for people and programs alike."""

from __future__ import annotations

import json
from pathlib import Path


def write_json(path: Path, data: object) -> None:
    """Readable JSON with sorted keys: the same data, the same bytes."""
    path.write_text(json.dumps(data, indent=1, sort_keys=True), encoding="utf-8")
