"""Reading what a form sent, field by field: each field that can not be read gets one message in plain words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

Sent = Mapping[str, Sequence[str]]
"""Field name -> the values sent under it, as text."""

_NUMBER = re.compile(r"(?:[0-9]{1,15}|[0-9]{1,3}(?:,[0-9]{3}){1,4})(?:\.[0-9]{1,9})?")
_SHARE = re.compile(r"(?P<key>.*?)[\s:=]*(?P<percent>[0-9]+(?:\.[0-9]+)?)?\s*%?")
_LEVEL = re.compile(r"(?P<key>\w+)[\s:=]+(?P<level>\w+)")
_SUM_TOLERANCE = 0.02  # as the brief allows: 33 + 33 + 34 may be typed as 33.4 each


class Reading:
    """The fields of one form. A method returns what its field says, or None (or nothing) with a line in ``errors``."""

    def __init__(self, sent: Sent) -> None:
        self._sent = sent
        self.errors: dict[str, str] = {}

    def text(self, name: str) -> str:
        return next(iter(self._sent.get(name, ())), "").strip().replace("\r\n", "\n")

    def choices(self, name: str) -> list[str]:
        return [value for value in self._sent.get(name, ()) if value]

    def listed(self, name: str) -> list[str]:
        """Entries between commas, semicolons or line ends."""
        return [part.strip() for part in re.split(r"[,;\n]", self.text(name)) if part.strip()]

    def codes(self, name: str, *, upper: bool, example: str) -> list[str]:
        """Two-letter codes; ``upper`` for countries, else lower case for languages."""
        found = [code.upper() if upper else code.lower() for code in self.listed(name)]
        bad = [code for code in found if not re.fullmatch(r"[A-Za-z]{2}", code)]
        if bad:
            self.errors[name] = f"“{bad[0]}” is no two-letter code; write codes such as {example}"
            return []
        return found

    def number(self, name: str) -> float | None:
        """A number of 0 or more; thousands may be set off by commas."""
        text = self.text(name)
        if not text:
            return None
        if not _NUMBER.fullmatch(text):
            self.errors[name] = f"“{text[:40]}” is not a number of 0 or more, such as 5,000"
            return None
        return float(text.replace(",", ""))

    def whole(self, name: str) -> int | None:
        value = self.number(name)
        if value is not None and not value.is_integer():
            self.errors[name] = f"“{self.text(name)[:40]}” is not a whole number"
            return None
        return None if value is None else int(value)

    def percent(self, name: str) -> float | None:
        """A percentage as a fraction: ``35`` and ``35 %`` give 0.35."""
        text = self.text(name).removesuffix("%").strip()
        if not text:
            return None
        if not _NUMBER.fullmatch(text) or float(text.replace(",", "")) > 100:
            self.errors[name] = f"“{self.text(name)[:40]}” is not a percentage from 0 to 100"
            return None
        return float(Decimal(text) / 100)

    def shares(self, name: str, known: Sequence[str], *, example: str) -> dict[str, float]:
        """``GB 60%, US 40%``, or bare keys for equal parts, as fractions; keys are matched without regard to case."""
        found: dict[str, str | None] = {}
        for part in self.listed(name):
            match = _SHARE.fullmatch(part)
            typed = match["key"].strip() if match else part
            key = next((k for k in known if k.casefold() == typed.casefold()), None)
            if key is None:
                near = [
                    k for form in (typed.lower(), typed.upper()) for k in get_close_matches(form, known, 1)
                ]
                way_out = f"did you mean {near[0]}?" if near else f"write entries such as {example}"
                self.errors[name] = f"“{typed[:40]}” is not known here; {way_out}"
                return {}
            found[key] = match["percent"] if match else None
        return self._fractions(name, found)

    def levels(self, name: str, known: Sequence[str], *, example: str) -> dict[str, str]:
        """``profanity low, arms: none``: key -> one of ``known``, without regard to case."""
        found: dict[str, str] = {}
        for part in self.listed(name):
            match = _LEVEL.fullmatch(part)
            if match is None or match["level"].lower() not in known:
                self.errors[name] = (
                    f"“{part[:40]}” does not end in {', '.join(known)}; write entries such as {example}"
                )
                return {}
            found[match["key"].lower()] = match["level"].lower()
        return found

    def _fractions(self, name: str, found: dict[str, str | None]) -> dict[str, float]:
        given = {key: float(Decimal(percent) / 100) for key, percent in found.items() if percent is not None}
        if not given:
            return {key: 1 / len(found) for key in found}
        if len(given) < len(found):
            self.errors[name] = "give every entry a percentage, or none of them"
            return {}
        self.check_sum(name, given)
        return {} if name in self.errors else given

    def check_sum(self, name: str, shares: Mapping[str, float]) -> None:
        """Shares of one kind sum to at most 1."""
        total = sum(shares.values())
        if total > 1 + _SUM_TOLERANCE:
            self.errors[name] = f"these percentages sum to {total * 100:.0f}; together they are at most 100"

    def day(self, name: str) -> str | None:
        """A date as the start of that day in UTC."""
        text = self.text(name)
        if not text:
            return None
        try:
            return f"{date.fromisoformat(text).isoformat()}T00:00:00+00:00"
        except ValueError:
            self.errors[name] = f"“{text[:40]}” is not a date such as 2026-10-01"
            return None
