"""A model made elsewhere into a bundle, so that it is served, compared and promoted like any other."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from tastemaker.bundle import Bundle, Manifest, load_bundle, write_bundle
from tastemaker.errors import BundleError
from tastemaker.features import pair_features, view_brief
from tastemaker.ranking import ForeignRanker, read_foreign
from tastemaker.schema import EXAMPLE_BRIEF
from tastemaker.workflows.learning import NO_HISTORY

TRIED = 500
"""Creators whose pairs with the example brief are scored before the bundle is written."""

IMPORTED = "imported"
"""The report that says where the ranker of a bundle came from."""

OF_THE_RANKER = {"training", IMPORTED}
"""Reports that speak of the ranker that is replaced."""


def import_ranker(bundle: Path, model: Path, declaration: Path, out: Path) -> Manifest:
    """Writes ``out``: the ``bundle`` with the ``model`` in its ranker's place.

    All else stays as it is, but what only the replaced ranker told: its training report, its forecasts and what months
    after are compared with. The model is tried on real pairs first. Raises RankingError for a model that can not be
    served, BundleError for a bundle that can not be read or would be overwritten.
    """
    if out.resolve() == bundle.resolve():
        raise BundleError(f"{out}: is the bundle that is read; name another folder for the new one")
    base, ranker = load_bundle(bundle), read_foreign(model, declaration)
    _try(base, ranker)
    kept = [note for note in base.manifest.notes if note != NO_HISTORY and note not in base.ranker.notes]
    return write_bundle(
        out,
        snapshot=base.snapshot,
        retriever=base.retriever,
        ranker=ranker,
        encoder=base.encoder,
        config=base.manifest.config,
        data_digest=base.manifest.data_digest,
        created_at=datetime.now(UTC),
        notes=(*kept, *ranker.notes),
        reports=_reports(base.folder) | {IMPORTED: _provenance(base, ranker, model)},
    )


def _try(base: Bundle, ranker: ForeignRanker) -> None:
    """Scores some pairs as serving would: a model that fails on them would fail in the first request."""
    rows = np.arange(min(len(base.snapshot), TRIED))
    pairs = pair_features(view_brief(EXAMPLE_BRIEF, base.encoder), base.snapshot, rows, base.snapshot.as_of)
    ranker.value(pairs)


def _reports(folder: Path) -> dict[str, Any]:
    paths = sorted((folder / "reports").glob("*.json"))
    return {p.stem: json.loads(p.read_text(encoding="utf-8")) for p in paths if p.stem not in OF_THE_RANKER}


def _provenance(base: Bundle, ranker: ForeignRanker, model: Path) -> dict[str, Any]:
    return {
        "from_bundle": base.id,
        "file": model.name,
        "sha256": ranker.digest,
        "bytes": len(ranker.model),
        "declaration": ranker.declared.model_dump(mode="json"),
        "replaced": base.ranker.name,
    }
