from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from tastemaker.bundle import Bundle, load_bundle, verify_bundle, write_bundle
from tastemaker.config import Config
from tastemaker.encoders import load_encoder
from tastemaker.errors import BundleError, EncoderError


@pytest.fixture
def copy(bundle_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundle_folder, tmp_path / "bundle"))


@pytest.fixture(scope="module")
def loaded(bundle_folder: Path) -> Bundle:
    return load_bundle(bundle_folder)


def rewrite(bundle: Bundle, folder: Path, created_at: datetime) -> str:
    manifest = write_bundle(
        folder,
        snapshot=bundle.snapshot,
        retriever=bundle.retriever,
        ranker=bundle.ranker,
        encoder=bundle.encoder,
        config=bundle.manifest.config,
        data_digest=bundle.manifest.data_digest,
        created_at=created_at,
        notes=bundle.manifest.notes,
        reports={p.stem: json.loads(p.read_text()) for p in (bundle.folder / "reports").glob("*.json")},
        monitor=bundle.folder / "monitor",
    )
    return manifest.digest


def test_what_was_loaded_writes_the_same_bundle(loaded: Bundle, tmp_path: Path) -> None:
    """Nothing is lost on the way in or out, and the digest does not hang on the hour."""
    assert rewrite(loaded, tmp_path / "again", datetime(2031, 1, 1, tzinfo=UTC)) == loaded.manifest.digest


def test_no_file_of_a_bundle_can_run_code(bundle_folder: Path) -> None:
    suffixes = {p.suffix for p in bundle_folder.rglob("*") if p.is_file()}
    assert suffixes <= {".json", ".parquet", ".npy", ".safetensors", ".txt", ".faiss", ".onnx", ".md"}
    for path in bundle_folder.rglob("*.npy"):
        np.load(path, allow_pickle=False)


def files_of(folder: Path) -> list[str]:
    return sorted(json.loads((folder / "manifest.json").read_text())["files"])


def test_every_file_is_guarded(copy: Path) -> None:
    """One changed byte anywhere, and the file at fault is named."""
    for name in files_of(copy):
        path = copy / name
        good = path.read_bytes()
        path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
        with pytest.raises(BundleError, match=f"{Path(name).name}: .*SHA-256"):
            verify_bundle(copy)
        path.write_bytes(good)
    verify_bundle(copy)


def test_truncated_file_is_named(copy: Path) -> None:
    path = copy / files_of(copy)[0]
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(BundleError, match=f"{path.name}: .* truncated"):
        load_bundle(copy)


def test_missing_file_is_named(copy: Path) -> None:
    path = copy / files_of(copy)[-1]
    path.unlink()
    with pytest.raises(BundleError, match=f"{path.name}: missing"):
        load_bundle(copy)


def test_added_file_is_named(copy: Path) -> None:
    (copy / "ranker" / "more.txt").write_text("more")
    with pytest.raises(BundleError, match=r"more\.txt: not listed"):
        load_bundle(copy)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": 1}', "\x00\xff"])
def test_broken_manifest_is_named(copy: Path, text: str) -> None:
    (copy / "manifest.json").write_text(text, encoding="latin-1")
    with pytest.raises(BundleError, match=r"manifest\.json"):
        load_bundle(copy)


def test_altered_manifest_is_refused(copy: Path) -> None:
    path = copy / "manifest.json"
    data = json.loads(path.read_text())
    data["as_of"] = "2030-01-01T00:00:00Z"
    path.write_text(json.dumps(data))
    with pytest.raises(BundleError, match="digest does not fit"):
        load_bundle(copy)


def test_manifest_that_reaches_outside_is_refused(copy: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("outside")
    data = json.loads((copy / "manifest.json").read_text())
    data["files"]["../outside.txt"] = {"sha256": "0" * 64, "bytes": 7}
    (copy / "manifest.json").write_text(json.dumps(data))
    with pytest.raises(BundleError):
        load_bundle(copy)


def test_other_format_is_refused(copy: Path) -> None:
    path = copy / "manifest.json"
    data = json.loads(path.read_text())
    data["format"] = 99
    path.write_text(json.dumps(data))
    with pytest.raises(BundleError, match="format 99, this version reads 2"):
        load_bundle(copy)


def test_folder_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"nowhere: no such folder; .*--bundle"):
        load_bundle(tmp_path / "nowhere")
    with pytest.raises(BundleError, match="is not a bundle"):
        load_bundle(tmp_path)


def test_vectors_of_another_encoder_are_not_bundled(loaded: Bundle, tmp_path: Path) -> None:
    with pytest.raises(EncoderError):
        write_bundle(
            tmp_path / "mixed",
            snapshot=loaded.snapshot,
            retriever=loaded.retriever,
            ranker=loaded.ranker,
            encoder=load_encoder("minilm-int8"),
            config=Config(),
            data_digest="",
            created_at=datetime(2031, 1, 1, tzinfo=UTC),
        )
    assert not (tmp_path / "mixed").exists()
