"""Two bundles that are to be compared: what each is, when its training ended, and the features that it declares."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from tastemaker.bundle import Bundle, load_bundle
from tastemaker.config import Config, digest
from tastemaker.errors import BundleError, TastemakerError, TrainingError
from tastemaker.features import PAIR_FEATURES
from tastemaker.training import Contestant, Registry, Side
from tastemaker.workflows.indexing import EXAMPLES, collect_examples, made_by, read_made_by
from tastemaker.workflows.stages import Job, build_features, encode_texts, fill_buckets, ingest_tables
from tastemaker.workflows.workspace import Workspace

COMPARED = "compared"
LEARNS_NOTHING = ("popularity", "content")
KEYS = ["decision_id", "creator_id"]


@dataclass(frozen=True)
class Contender:
    """A bundle by the name it was asked for; ``bundle`` is None where ``problem`` says why it can not be read."""

    name: str
    folder: Path
    bundle: Bundle | None
    problem: str | None = None

    @classmethod
    def read(cls, name: str, folder: Path) -> Contender:
        """The bundle in ``folder``; one that can not be read is a contender with a problem."""
        try:
            return cls(name, folder, load_bundle(folder))
        except BundleError as error:
            return cls(name, folder, None, f"{name} can not be read: {error}")

    @property
    def trained_until(self) -> pd.Timestamp | None:
        """Nothing known from then on taught it. A bundle that does not say was taught by all that it knew; None: by
        nothing."""
        if self.bundle is None or self.bundle.ranker.name in LEARNS_NOTHING:
            return None
        told = _training_report(self.folder).get("trained_until")
        as_of = pd.Timestamp(self.bundle.manifest.as_of)
        return as_of if told is None else pd.Timestamp(str(told))

    @property
    def side(self) -> Side:
        """What the comparison says of it."""
        if self.bundle is None:
            return Side(self.name, "unreadable", "unknown", None, 0)
        total = sum(entry.bytes for entry in self.bundle.manifest.files.values())
        return Side(self.name, self.bundle.id, self.bundle.ranker.name, self.trained_until, total)


def named_folder(registry: Registry, name: str) -> tuple[str, Path]:
    """(what to call it, bundle folder) of a version number, an alias or a folder. Raises TrainingError for none."""
    aliases = registry.aliases()
    if name in aliases or name.isdigit():
        found = registry.find(name)
        also = [alias for alias, version in aliases.items() if version == found.version]
        return f"version {found.version}" + (f" ({', '.join(also)})" if also else ""), found.bundle
    folder = Path(name)
    if folder.is_dir():
        return str(folder), folder
    known = ", ".join(registry.numbers()) or "none"
    raise TrainingError(
        f"{name!r}: no version, alias or bundle folder; there are versions {known} and aliases"
        f" {', '.join(aliases) or 'none'}"
    )


def contestant(job: Job, contender: Contender, later: pd.DataFrame) -> Contestant:
    """The contender with its features for the rows of ``later``, which are the workspace's own examples.

    A bundle made with other settings of features or another encoder gets features made with its own, from the same
    tables, in ``compared/`` of the workspace.
    """
    bundle = contender.bundle
    if bundle is None:
        return Contestant(contender.side, None, None, contender.problem)
    own = bundle.manifest.config
    if made_by(own) == read_made_by(job.workspace.done("examples")):
        return Contestant(contender.side, bundle.ranker, later)
    try:
        examples = pd.read_parquet(_own_examples(job, own) / EXAMPLES)
    except TastemakerError as error:
        why = f"{contender.name}: the features that it was made with can not be made here: {error}"
        return Contestant(contender.side, None, None, why)
    return Contestant(contender.side, bundle.ranker, aligned(later, examples))


def aligned(later: pd.DataFrame, examples: pd.DataFrame) -> pd.DataFrame:
    """The pair features of ``examples`` for the rows of ``later``, by decision and creator; NaN where it has none."""
    features = [*KEYS, *(name for name in PAIR_FEATURES if name in examples)]
    return later[KEYS].merge(examples[features], on=KEYS, how="left", validate="one_to_one")


def _own_examples(job: Job, config: Config) -> Path:
    root = job.workspace.path(COMPARED) / digest(config.features, config.encoders)[:12]
    root.mkdir(parents=True, exist_ok=True)
    cache = root / "cache"
    if not cache.exists():  # texts that were encoded once need not be again
        cache.symlink_to(job.workspace.path("cache").resolve(), target_is_directory=True)
    apart = Job(Workspace(root, job.workspace.progress), config)
    ingest_tables(apart, job.workspace.done("tables"))
    fill_buckets(apart)
    encode_texts(apart)
    build_features(apart)
    return collect_examples(apart)


def _training_report(folder: Path) -> dict[str, Any]:
    path = folder / "reports" / "training.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}
