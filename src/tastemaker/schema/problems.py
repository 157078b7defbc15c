"""Validation errors in words: the field, what was expected, the value that came, and the nearest known name."""

from __future__ import annotations

import reprlib
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

# Plain repr() fails on input that is nested deeper than the interpreter's stack.
_SHORT = reprlib.Repr()
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxlong, _SHORT.maxother = 3, 100, 60, 80


def problems(error: ValidationError, model: type[BaseModel], whole: str = "brief") -> list[tuple[str, str]]:
    """(field, message) of every rule that a brief breaks; the field reads ``filters.followers.min``.

    ``whole``: what the field is called where it is the whole that breaks one.
    """
    return [problem(dict(e), model, whole) for e in error.errors()]


def problem(error: dict[str, Any], model: type[BaseModel], whole: str = "brief") -> tuple[str, str]:
    """(field, message) of one of pydantic's errors about a brief, its ``loc`` counted from the brief."""
    place = ".".join(str(p) for p in error["loc"]) or whole
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        known = _known_fields(error["loc"], model)
        near = get_close_matches(str(error["loc"][-1]), known, n=1)
        return place, "unknown field" + (
            f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}"
        )
    if error["type"] == "missing":
        return place, "required"
    got = _SHORT.repr(error["input"])
    return place, message if len(got) > 80 else f"{message} (got {got})"


def _known_fields(loc: tuple[int | str, ...], model: Any) -> list[str]:
    root = model
    for part in loc[:-1]:
        # A place in a list and a key of a mapping are no fields: what they hold was found with the field.
        if isinstance(part, str) and part in model.model_fields:
            model = _held(model.model_fields[part].annotation) or root
    return list(model.model_fields)


def _held(annotation: Any) -> type[BaseModel] | None:
    """The model in an annotation such as ``dict[str, tuple[Model, ...]]``; None where it has none."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    held = (_held(part) for part in getattr(annotation, "__args__", ()))
    return next((model for model in held if model is not None), None)
