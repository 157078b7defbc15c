"""The labelled texts of this folder, and how well the text signals read them."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from tastemaker.features.disclosure import disclosure_posts
from tastemaker.features.safety import safety_posts
from tastemaker.schema import SAFETY_CATEGORIES, SAFETY_LEVELS

LABELLED = Path(__file__).parent / "labelled"
HALVES = ("tuning", "heldout")
PARTS = (*HALVES, "second")
"""Of the texts on brand safety: ``second`` was written before the lists were widened, like the lists by one hand."""
JURISDICTIONS = ("us", "gb", "eu")
_KNOWN = {"yes": True, "no": False, "unknown": None}
_PAID = {"1": True, "0": False, "-": None}


def read_labelled(name: str) -> list[dict[str, str]]:
    """Rows of ``labelled/<name>.tsv``; a line break in a text is written ``\\n``."""
    with (LABELLED / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [{**row, "text": row["text"].replace("\\n", "\n")} for row in rows]


def precision_recall(pairs: Iterable[tuple[bool, bool]]) -> dict[str, float | int | None]:
    """Of (true, found) pairs; None where nothing was found, or nothing was there."""
    true = list(pairs)
    both = sum(1 for is_so, found in true if is_so and found)
    found, so = sum(1 for _, f in true if f), sum(1 for t, _ in true if t)
    return {"precision": both / found if found else None, "recall": both / so if so else None, "n": so}


def as_posts(rows: list[dict[str, str]], declared: bool = True) -> pa.Table:
    """The rows as posts on Instagram; ``declared``: with the language as the account's own."""
    return pa.table(
        {
            "post_id": [r["id"] for r in rows],
            "account_id": ["labelled"] * len(rows),
            "posted_at": [0] * len(rows),
            "caption": [r["text"] for r in rows],
            "paid_label": pa.array([_PAID[r.get("paid_label", "0")] for r in rows], pa.bool_()),
            "platform": ["instagram"] * len(rows),
            "language": pa.array([r["language"] if declared else None for r in rows], pa.string()),
        }
    )


def judge_disclosure(declared: bool = True) -> dict[str, object]:
    """Per half, and per round of the held-out half: sponsored or not, and the share of right verdicts."""
    rows = read_labelled("sponsored")
    made = disclosure_posts(as_posts(rows, declared)).to_pylist()
    pairs = list(zip(rows, made, strict=True))
    parts = {half: [p for p in pairs if p[0]["half"] == half] for half in HALVES}
    for number in sorted({r["round"] for r, _ in parts["heldout"]}):
        parts[f"heldout round {number}"] = [p for p in parts["heldout"] if p[0]["round"] == number]
    return {name: _judged(part) for name, part in parts.items()}


def _judged(pairs: list[tuple[dict[str, str], dict[str, object]]]) -> dict[str, object]:
    known = [(_KNOWN[row["sponsored"]], post) for row, post in pairs]
    found = precision_recall((so, bool(post["sponsored"])) for so, post in known if so is not None)
    right = {
        code: sum((row[code] or None) == post[f"disclosure_{code}"] for row, post in pairs if row[code])
        / sum(1 for row, _ in pairs if row[code])
        for code in JURISDICTIONS
    }
    said = {
        code: sum(
            (row[code] or None) == post[f"disclosure_{code}"]
            for row, post in pairs
            if row[code] and post["sponsored"]
        )
        / max(sum(1 for row, post in pairs if row[code] and post["sponsored"]), 1)
        for code in JURISDICTIONS
    }
    unknown = [post["sponsored"] is None for so, post in known if so is None]
    return {
        **found,
        "texts": len(pairs),
        "verdict_right": right,
        "verdict_right_where_found": said,
        "unknown_kept_unknown": f"{sum(unknown)}/{len(unknown)}",
    }


def judge_safety(declared: bool = True) -> dict[str, dict[str, object]]:
    """Per part, precision and recall of each category (any level against none), and of all together."""
    rows = read_labelled("safety")
    made = safety_posts(as_posts(rows, declared)).to_pylist()
    pairs = [
        (row, dict(x.split(":") for x in row["levels"].split()), post)
        for row, post in zip(rows, made, strict=True)
    ]
    judged: dict[str, dict[str, object]] = {}
    for half in PARTS:
        part = [(true, post) for row, true, post in pairs if row["half"] == half]
        found: dict[str, object] = {
            c: precision_recall((c in true, bool(post[c])) for true, post in part) for c in SAFETY_CATEGORIES
        }
        every = [(c in true, bool(post[c])) for true, post in part for c in SAFETY_CATEGORIES]
        levels = [
            SAFETY_LEVELS[post[c]] == level for true, post in part for c, level in true.items() if post[c]
        ]
        harmless = [not any(post[c] for c in SAFETY_CATEGORIES) for true, post in part if not true]
        found["all"] = precision_recall(every)
        found["texts"] = len(part)
        found["level_right_where_found"] = sum(levels) / len(levels)
        found["harmless_left_alone"] = sum(harmless) / len(harmless)
        judged[half] = found
    return judged


if __name__ == "__main__":
    import json

    found = {
        "disclosure": judge_disclosure(),
        "disclosure_undeclared": judge_disclosure(False),
        "safety": judge_safety(),
        "safety_undeclared": judge_safety(False),
    }
    print(json.dumps(found, indent=1))
