"""The folder of a bundle: its manifest, and a folder for each of its parts."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from tastemaker.atomic import atomic_folder
from tastemaker.bundle.reports import write_reports
from tastemaker.config import Config
from tastemaker.encoders import Encoder, pack_encoder, require_same, unpack_encoder
from tastemaker.errors import BundleError, TastemakerError
from tastemaker.features import FeatureSnapshot
from tastemaker.ranking import Ranker, load_ranker, save_ranker
from tastemaker.retrieval import Retriever

FORMAT = 2
MANIFEST = "manifest.json"


class FileEntry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str
    bytes: int


class Manifest(BaseModel):
    """What a bundle says of itself. ``digest`` covers every other field but ``created_at``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int
    tastemaker: str
    created_at: datetime
    as_of: datetime
    encoder_id: str
    ranker: str
    data_digest: str
    config: Config
    notes: tuple[str, ...]
    files: dict[str, FileEntry]
    digest: str = ""

    def computed_digest(self) -> str:
        """SHA-256 (hex): the same content gives the same digest, whenever and wherever it was built."""
        content = self.model_dump(mode="json", exclude={"created_at", "digest"})
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Bundle:
    """A loaded bundle. Its parts fit each other: one encoder, one snapshot, an index over that snapshot."""

    folder: Path
    manifest: Manifest
    snapshot: FeatureSnapshot
    retriever: Retriever
    ranker: Ranker
    encoder: Encoder

    @property
    def id(self) -> str:
        return self.manifest.digest[:16]


def write_bundle(
    folder: Path,
    *,
    snapshot: FeatureSnapshot,
    retriever: Retriever,
    ranker: Ranker,
    encoder: Encoder,
    config: Config,
    data_digest: str,
    created_at: datetime,
    notes: tuple[str, ...] = (),
    reports: dict[str, Any] | None = None,
    monitor: Path | None = None,
) -> Manifest:
    """Writes the bundle to ``folder`` in one step (a bundle that stood there is replaced) and returns its manifest.

    ``reports`` are JSON documents (coverage, metrics, the register of data, ...) kept under ``reports/``, beside the
    model card that is made of all of it; ``monitor`` is a folder with what
    live rows are compared with (JSON and Parquet), kept under ``monitor/``. Raises EncoderError when the
    snapshot's vectors are not of ``encoder``.
    """
    require_same(encoder.id, snapshot.encoder_id, "the feature snapshot of this bundle")
    with atomic_folder(folder) as partial:
        snapshot.save(partial / "features")
        retriever.save(partial / "index")
        save_ranker(ranker, partial / "ranker")
        pack_encoder(encoder, partial / "encoder")
        write_reports(
            partial / "reports",
            reports or {},
            snapshot=snapshot,
            ranker=ranker,
            data_digest=data_digest,
            notes=notes,
        )
        if monitor is not None:
            kept = shutil.ignore_patterns(".*")
            shutil.copytree(monitor, partial / "monitor", ignore=kept)
        manifest = Manifest(
            format=FORMAT,
            tastemaker=version("tastemaker"),
            created_at=created_at,
            as_of=snapshot.as_of,
            encoder_id=encoder.id,
            ranker=ranker.name,
            data_digest=data_digest,
            config=config,
            notes=notes,
            files=_entries(partial),
        )
        manifest = manifest.model_copy(update={"digest": manifest.computed_digest()})
        (partial / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
    return manifest


def verify_bundle(folder: Path) -> Manifest:
    """Reads the manifest and checks every file's size and SHA-256; raises BundleError naming the file at fault."""
    manifest = _read_manifest(folder)
    found = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()} - {MANIFEST}
    for name in sorted(found - manifest.files.keys()):
        raise BundleError(
            f"{folder / name}: not listed in the manifest; the bundle was altered, build it again"
        )
    for name, entry in manifest.files.items():
        path = folder / name
        if name not in found:
            raise BundleError(
                f"{path}: missing; the manifest lists it. Copy the whole bundle or build it again"
            )
        size = path.stat().st_size
        if size != entry.bytes:
            raise BundleError(f"{path}: {size} bytes, the manifest says {entry.bytes}; truncated or altered")
        if _sha256(path) != entry.sha256:
            raise BundleError(f"{path}: its SHA-256 is not the manifest's; the file was altered or damaged")
    return manifest


def load_bundle(folder: Path) -> Bundle:
    """A verified bundle, ready to serve. Raises BundleError naming the file that is missing, altered or unreadable."""
    manifest = verify_bundle(folder)
    try:
        encoder = unpack_encoder(folder / "encoder")
        snapshot = FeatureSnapshot.load(folder / "features")
        require_same(encoder.id, snapshot.encoder_id, str(folder))
        retriever = Retriever.load(folder / "index", snapshot, manifest.config.retrieval)
        ranker = load_ranker(folder / "ranker")
    except TastemakerError as error:
        raise BundleError(f"{folder}: {error}") from error
    return Bundle(folder, manifest, snapshot, retriever, ranker, encoder)


def _read_manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    if not folder.is_dir():
        raise BundleError(f"{folder}: no such folder; `make demo` builds one, or name another with --bundle")
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise BundleError(f"{path}: missing; {folder} is not a bundle") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(p) for p in first["loc"]) or "the file"
        raise BundleError(f"{path}: {place}: {first['msg']}; damaged, or of another version") from None
    if manifest.format != FORMAT:
        raise BundleError(
            f"{path}: format {manifest.format}, this version reads {FORMAT}; build the bundle again"
        )
    if manifest.computed_digest() != manifest.digest:
        raise BundleError(f"{path}: its digest does not fit its content; the manifest was altered")
    return manifest


def _entries(folder: Path) -> dict[str, FileEntry]:
    paths = sorted(p for p in folder.rglob("*") if p.is_file())
    return {
        p.relative_to(folder).as_posix(): FileEntry(sha256=_sha256(p), bytes=p.stat().st_size) for p in paths
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
