"""Proper, inadequate or missing: what a jurisdiction makes of the labels of a sponsored post."""

from __future__ import annotations

from collections.abc import Sequence

from tastemaker.features.disclosure.reading import FoundLabel
from tastemaker.features.disclosure.rules import Jurisdiction, Rules
from tastemaker.features.tongue import LANGUAGES

PROPER, INADEQUATE, MISSING = "proper", "inadequate", "missing"

# The nearer to proper, the later.
_FAULTS = ("unclear wording", "other language", "among hashtags", "too late")


def verdict(
    rules: Rules,
    where: Jurisdiction,
    labels: Sequence[FoundLabel],
    paid: bool | None,
    language: str | None,
    platform: str,
) -> tuple[str | None, str | None]:
    """(class, reason) of a sponsored post; (None, None) where it can not be told.

    A label of the platform may stand where no word does: unless ``paid`` is known to be false, nothing worse than
    proper is said. In a language that is not known neither are its labels.
    """
    if paid and where.platform_label:
        return PROPER, "label of the platform"
    fold = rules.fold.get(platform, min(rules.fold.values()))
    faults = [_fault(rules, where, label, language, fold) for label in labels]
    if language not in LANGUAGES:
        return None, None
    if None in faults:
        return PROPER, "label in the caption"
    if paid is None or "place unknown" in faults:
        return None, None
    if not faults:
        return MISSING, "no label"
    return INADEQUATE, max((f for f in faults if f), key=_FAULTS.index)


def _fault(
    rules: Rules, where: Jurisdiction, found: FoundLabel, language: str | None, fold: int
) -> str | None:
    label = rules.labels[found.number]
    if where.code not in label.clear:
        return _FAULTS[0]
    if where.own_language and label.language != language:
        return _FAULTS[1]
    if found.start < 0:
        return "place unknown"
    if found.tags_before >= rules.buried_after:
        return _FAULTS[2]
    late = found.line > 0 or found.start >= rules.start_characters
    if where.within == "fold":
        late = found.line >= rules.fold_lines or found.start >= fold
    return _FAULTS[3] if late else None
