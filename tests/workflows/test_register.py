"""Declaring rights again is cheap: it changes the register, and no table."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tastemaker.config import Config
from tastemaker.errors import SourceError
from tastemaker.workflows import Job, Workspace, ingest_tables
from tastemaker.workflows.stages import REGISTER


def test_an_edit_of_the_rights_makes_the_register_anew_and_nothing_else(
    market: Path, market_config: Config, tmp_path: Path
) -> None:
    source = tmp_path / "delivered"
    shutil.copytree(market / "marketplace", source, ignore=shutil.ignore_patterns("truth"))
    first = Workspace(tmp_path / "w")
    ingest_tables(Job(first, market_config), source)
    assert set(first.timings) == {"tables", "register"}
    (source / "rights.yaml").write_text("tables:\n  posts:\n    - {source: an agency, rights: contract 7}\n")
    again = Workspace(tmp_path / "w")
    ingest_tables(Job(again, market_config), source)
    assert set(again.timings) == {"register"}
    told = json.loads((tmp_path / "w" / "register" / REGISTER).read_text())
    assert told["tables"]["posts"]["sources"] == [{"rights": "contract 7", "source": "an agency"}]
    assert "creators" in told["not_declared"]
    (source / "rights.yaml").write_text("tables: {posts: 3}")
    with pytest.raises(SourceError, match=r"rights\.yaml: tables\.posts"):
        ingest_tables(Job(Workspace(tmp_path / "w"), market_config), source)
