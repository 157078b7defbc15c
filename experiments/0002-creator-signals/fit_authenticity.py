"""Learns the weights of authenticity that the package ships: ``fit_authenticity.py --out weights.json``."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from fraud_worlds import KINDS, joined
from signal_authenticity import worlds
from signal_settings import read_settings

from tastemaker.features.authenticity import AuthenticityModel
from tastemaker.progress import silent
from tastemaker.simulation import FORMULA

HERE = Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the weights go")
    asked = parser.parse_args()
    settings = read_settings(HERE / "config.yaml").frauds
    learned = joined(worlds(settings.train_seeds, settings, silent, "fraud worlds"))
    about = {
        "source": "simulated marketplaces with planted frauds; no real account was seen",
        "simulation_formula": FORMULA,
        "seeds": list(settings.train_seeds),
        "creators": settings.creators,
        "planted_share": settings.planted_share,
        "accounts": {kind: int(np.sum(learned.kind == kind)) for kind in ("none", *KINDS)},
    }
    AuthenticityModel.fit(learned.standings, learned.real, about=about).save(asked.out)


if __name__ == "__main__":
    main()
