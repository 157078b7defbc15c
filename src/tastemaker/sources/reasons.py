"""Why input was refused: a named reason for each rejected row, a named code for each refused data set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from enum import StrEnum
from typing import NamedTuple

from tastemaker.errors import SourceError


class Reason(StrEnum):
    """Why a row was set aside."""

    BROKEN_UTF8 = "broken_utf8"
    RAGGED_ROW = "ragged_row"
    INVALID_JSON = "invalid_json"
    MISSING_VALUE = "missing_value"
    NOT_A_COUNT = "not_a_count"
    NOT_A_NUMBER = "not_a_number"
    NOT_A_FLAG = "not_a_flag"
    NOT_A_LIST = "not_a_list"
    NOT_A_TIME = "not_a_time"
    NAIVE_TIME = "naive_time"
    ID_LOST_DIGITS = "id_lost_digits"
    NEGATIVE_COUNT = "negative_count"
    NEGATIVE_AMOUNT = "negative_amount"
    SHARE_OUT_OF_RANGE = "share_out_of_range"
    PERCENT_FOR_FRACTION = "percent_for_fraction"
    SHARES_ABOVE_ONE = "shares_above_one"
    UNKNOWN_VALUE = "unknown_value"
    FUTURE_DATE = "future_date"
    TEXT_TOO_LONG = "text_too_long"
    INVALID_BRIEF = "invalid_brief"
    DUPLICATE_ID = "duplicate_id"
    CONFLICTING_OWNER = "conflicting_owner"
    DANGLING_REFERENCE = "dangling_reference"


class Refusal(StrEnum):
    """Why a whole data set was refused."""

    NO_INPUT = "no_input"
    MISSING_TABLE = "missing_table"
    AMBIGUOUS_TABLE = "ambiguous_table"
    EMPTY_FILE = "empty_file"
    NO_ROWS = "no_rows"
    UNREADABLE_FILE = "unreadable_file"
    MISSING_COLUMN = "missing_column"
    DUPLICATE_COLUMN = "duplicate_column"
    WRONG_TYPE = "wrong_type"
    TOO_MANY_REJECTED = "too_many_rejected"


class RefusedInputError(SourceError):
    """A data set that can not be used; ``code`` says why in one word."""

    def __init__(self, code: Refusal, message: str) -> None:
        super().__init__(message)
        self.code = code


class Fault(NamedTuple):
    """One rule broken by one row; ``position`` counts from 0 in the table at hand."""

    position: int
    column: str
    value: str
    reason: Reason
    message: str


def shown(value: object, most: int = 80) -> str:
    """A value as an error message shows it: short, and safe to print."""
    text = "" if value is None else str(value)
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[: most + 1])
    return text if len(text) <= most else text[:most] + "..."


def nearest(value: str, known: Sequence[str]) -> str:
    """``did you mean 'x'?``, or what is known."""
    near = get_close_matches(value[:200], known, n=1) or get_close_matches(value[:200].lower(), known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"


def counted(reasons: Iterable[str]) -> dict[str, int]:
    """How often each reason occurs, most frequent first."""
    return dict(sorted(Counter(str(r) for r in reasons).items(), key=lambda item: (-item[1], item[0])))
