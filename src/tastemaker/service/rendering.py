"""Pages from templates. Everything that is put into a page is escaped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tastemaker.explanation import at_first_sight, compared_with, standing, trust
from tastemaker.service import figures

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"

_environment = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters.update(
    compact=figures.compact,
    dollars=figures.dollars,
    percent=figures.percent,
    plain=figures.plain,
    moment=figures.moment,
    day=figures.day,
    at_first_sight=at_first_sight,
    trust=trust,
    standing=standing,
    compared_with=compared_with,
)


def render(template: str, **context: Any) -> str:
    return _environment.get_template(template).render(**context)
