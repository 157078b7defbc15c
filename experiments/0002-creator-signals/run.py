"""What is known of a creator, against real data and the simulated truth: see README.md."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from signal_ablation import ablation
from signal_accounts import fake_accounts
from signal_authenticity import authenticity_simulated
from signal_engagement import engagement_simulated, price_simulated, reach_simulated
from signal_inputs import Inputs, Section
from signal_panel import engagement_panel
from signal_scale import scale
from signal_settings import read_settings
from signal_texts import disclosure, safety
from signal_voice import niche, voice

from tastemaker.atomic import atomic_file
from tastemaker.errors import TastemakerError
from tastemaker.progress import Progress

HERE = Path(__file__).parent

SECTIONS: dict[str, Section] = {
    "fake_accounts": fake_accounts,
    "authenticity_simulated": authenticity_simulated,
    "engagement_panel": engagement_panel,
    "safety": safety,
    "disclosure": disclosure,
    "ablation": ablation,
    "scale": scale,
    "engagement_simulated": engagement_simulated,
    "reach_simulated": reach_simulated,
    "price_simulated": price_simulated,
    "niche": niche,
    "voice": voice,
}
"""Key in the report -> what makes it out, a module each; in the order of the report."""


def report(inputs: Inputs, names: Sequence[str]) -> dict[str, Any]:
    """The JSON report of the named sections."""
    return {name: section(inputs) for name, section in SECTIONS.items() if name in names}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, or 2 with one message where the input or the configuration can not be used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="folder of the public data sets"
    )
    parser.add_argument(
        "--holdout", type=Path, metavar="DIR", help="a folder of the same layout that is judged, once"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the JSON report goes")
    parser.add_argument("--config", type=Path, default=HERE / "config.yaml", metavar="FILE")
    parser.add_argument(
        "--only", action="append", choices=SECTIONS, metavar="SECTION", help=f"one of {', '.join(SECTIONS)}"
    )
    parser.add_argument(
        "--posts", type=int, action="append", metavar="N", help="a size of the section scale; may be repeated"
    )
    parser.add_argument("--work", type=Path, metavar="DIR", help="for the large files of the section scale")
    parser.add_argument("--quick", action="store_true", help="small simulated worlds, for tests")
    asked = parser.parse_args(arguments)
    try:
        settings = read_settings(asked.config, {"scale": {"posts": asked.posts}} if asked.posts else {})
        inputs = Inputs(asked.data, asked.holdout, settings, _teller(), asked.work, asked.quick)
        found = report(inputs, asked.only or tuple(SECTIONS))
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(asked.out) as partial:
            partial.write_text(json.dumps(found, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    except (TastemakerError, OSError) as error:
        print(f"run.py: {error}", file=sys.stderr)
        return 2
    return 0


def _teller() -> Progress:
    start = time.monotonic()

    def tell(what: str, done: int, total: int) -> None:
        print(f"{what} {done}/{total} after {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)

    return tell


if __name__ == "__main__":
    sys.exit(main())
