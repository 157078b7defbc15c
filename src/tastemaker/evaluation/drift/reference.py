"""What live rows are compared with: made in training, kept in the bundle's folder ``monitor/``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tastemaker.errors import EvaluationError
from tastemaker.evaluation.drift.bins import Bins, bins_from_json
from tastemaker.evaluation.drift.columns import Cohort

FORMAT = 1
FILE = "reference.json"
_WAY_OUT = "build the bundle again"


@dataclass(frozen=True)
class Reference:
    """``cohorts`` with the ``bins`` of their columns; ``weights``: feature -> its share (0..1) of what the ranker's
    scores are made of; ``centres``: objective -> mean score on its scale, which live scores are counted from."""

    cohorts: dict[str, Cohort]
    bins: dict[str, dict[str, Bins]]
    weights: dict[str, float]
    centres: dict[str, float]

    def save(self, folder: Path) -> None:
        """Writes ``reference.json`` and a Parquet file per cohort, a row per decision; no identities are kept."""
        folder.mkdir(parents=True, exist_ok=True)
        about = {
            "format": FORMAT,
            "cohorts": {
                name: {
                    "kinds": cohort.kinds,
                    "middles": {k: None if np.isnan(v) else v for k, v in cohort.middles.items()},
                    "bins": {column: bins.to_json() for column, bins in self.bins[name].items()},
                }
                for name, cohort in self.cohorts.items()
            },
            "weights": self.weights,
            "centres": self.centres,
        }
        for name, cohort in self.cohorts.items():
            pq.write_table(_table(cohort), folder / f"{name}.parquet")
        text = json.dumps(about, indent=1, allow_nan=False)
        (folder / FILE).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Raises EvaluationError naming the file that is missing, damaged or of another format."""
        path = folder / FILE
        about = _read(path)
        try:
            cohorts = {name: _cohort(folder / f"{name}.parquet", v) for name, v in about["cohorts"].items()}
            bins = {
                name: {column: bins_from_json(b) for column, b in values["bins"].items()}
                for name, values in about["cohorts"].items()
            }
            return cls(cohorts, bins, about["weights"], about["centres"])
        except (KeyError, TypeError, ValueError, AttributeError, OSError, pa.ArrowException) as error:
            raise EvaluationError(f"{path}: {error!r} where a reference was expected; {_WAY_OUT}") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise EvaluationError(
            f"{path}: missing; this bundle has nothing to compare with (no past campaigns, or of an older version):"
            f" {_WAY_OUT} from tables with decisions and outcomes"
        ) from None
    except (OSError, ValueError) as error:
        raise EvaluationError(f"{path}: can not be read: {error}; {_WAY_OUT}") from None
    found = about.get("format") if isinstance(about, dict) else None
    if found != FORMAT:
        raise EvaluationError(f"{path}: format {found!r}, this version reads {FORMAT}; {_WAY_OUT}")
    return dict(about)


def _table(cohort: Cohort) -> pa.Table:
    columns: Mapping[str, Any] = {
        "at": pa.array(cohort.at, type=pa.timestamp("us")),
        "held_out": pa.array(cohort.held_out),
        **{name: pa.array(list(sums), type=pa.list_(pa.float64())) for name, sums in cohort.sums.items()},
    }
    return pa.table(dict(columns))


def _cohort(path: Path, about: dict[str, Any]) -> Cohort:
    table = pq.read_table(path)
    sums = {
        name: np.array(table[name].to_pylist(), dtype=np.float64).reshape(table.num_rows, -1)
        for name in about["kinds"]
    }
    middles = {k: float("nan") if v is None else float(v) for k, v in about["middles"].items()}
    at = table["at"].to_numpy().astype("datetime64[us]")
    held_out = table["held_out"].to_numpy(zero_copy_only=False).astype(bool)
    return Cohort(at, held_out, about["kinds"], sums, middles)
