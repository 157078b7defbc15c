"""The declaration beside a model's file: strict JSON, so that a model is never fed what it did not ask for."""

from __future__ import annotations

import json
from pathlib import Path

from tastemaker.errors import RankingError
from tastemaker.schema import ModelDeclaration

DECLARATION = "declaration.json"


def read_declaration(path: Path) -> ModelDeclaration:
    """Raises RankingError that names the file, the field and what was expected."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RankingError(
            f"{path}: can not be read: {error.strerror or error}; expected JSON with name and columns"
        ) from None
    except (ValueError, RecursionError) as error:
        raise RankingError(f"{path}: not JSON: {error}; expected an object with name and columns") from None
    return ModelDeclaration.parse(data, str(path))


def write_declaration(path: Path, declared: ModelDeclaration) -> None:
    """The same declaration gives the same bytes."""
    text = json.dumps(declared.model_dump(mode="json"), indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")
