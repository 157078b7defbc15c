"""The reports of a bundle: those that it is given, its register of data sources, and its model card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tastemaker.bundle.card_text import card_markdown, register_markdown
from tastemaker.bundle.model_card import model_card
from tastemaker.features import FeatureSnapshot
from tastemaker.ranking import Ranker

CARD, REGISTER = "model_card", "data_register"
PAGES = {CARD: card_markdown, REGISTER: register_markdown}
NO_REGISTER: dict[str, Any] = {"format": 1, "declared_in": None, "tables": {}, "not_declared": []}
"""Of a bundle whose maker registered nothing."""


def write_reports(
    folder: Path,
    reports: Mapping[str, Any],
    *,
    snapshot: FeatureSnapshot,
    ranker: Ranker,
    data_digest: str,
    notes: tuple[str, ...],
) -> None:
    """Writes ``<name>.json`` of each report, and the card and the register as JSON and Markdown.

    A card among ``reports`` is one of another bundle, and is made anew.
    """
    folder.mkdir()
    known = {REGISTER: NO_REGISTER, **{name: report for name, report in reports.items() if name != CARD}}
    known[CARD] = model_card(
        snapshot=snapshot,
        ranker=ranker,
        data_digest=data_digest,
        notes=notes,
        reports=known,
        register=known[REGISTER],
    )
    for name, report in known.items():
        text = json.dumps(report, indent=1, sort_keys=True)
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
        if name in PAGES:
            # From what was written, so that the page can be made again from it.
            (folder / f"{name}.md").write_text(PAGES[name](json.loads(text)), encoding="utf-8")
