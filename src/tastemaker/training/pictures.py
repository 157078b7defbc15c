"""The pictures that every run logs. Matplotlib is loaded when one is drawn; no window, no global state."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from tastemaker.evaluation import CalibrationBins
from tastemaker.training.fit import TrainingResult

_COLOURS = ("#1f6f78", "#d1603d", "#7a5c99", "#b8962e", "#4f7d3a", "#8a8f98")
_SHOWN_FEATURES = 15


def draw_pictures(result: TrainingResult, folder: Path) -> list[Path]:
    """``features.png``, ``cutoffs.png`` and, where the ranker has trees or promises, ``gain.png`` and
    ``calibration.png`` in ``folder``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = [
        draw_features(
            result.feature_weights, folder / "features.png", f"What the order hangs on: {result.chosen}"
        ),
        draw_cutoffs(result.by_cutoff, folder / "cutoffs.png", "later campaigns, realised value"),
    ]
    if result.gains is not None:
        title = f"Gain of features: {result.chosen}"
        drawn.append(
            draw_features(result.gains, folder / "gain.png", title, "share of the gain of all splits")
        )
    if result.calibration is not None:
        drawn.append(draw_calibration(result.calibration, folder / "calibration.png", result.chosen))
    return drawn


def draw_features(
    weights: pd.Series, path: Path, title: str, unit: str = "mean absolute contribution to the raw score"
) -> Path:
    """Bars of the heaviest features; ``weights``: feature -> weight >= 0, largest first."""
    top = weights.head(_SHOWN_FEATURES)[::-1]
    figure, axes = _blank(7.5, 0.9 + 0.32 * max(len(top), 3))
    axes.barh(
        [str(name).replace("_", " ") for name in top.index], top.to_numpy(), color=_COLOURS[0], height=0.7
    )
    axes.set_xlabel(unit)
    return _finish(figure, axes, title, path)


def draw_cutoffs(by_cutoff: Mapping[str, ArrayLike], path: Path, judged_by: str) -> Path:
    """A line per order: mean NDCG at cut-offs 1, 2, ..."""
    figure, axes = _blank(7.5, 4.5)
    for number, (name, values) in enumerate(by_cutoff.items()):
        line = np.asarray(values, dtype=np.float64)
        axes.plot(
            np.arange(1, line.size + 1), line, label=name, color=_COLOURS[number % len(_COLOURS)], linewidth=2
        )
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel("cut-off k")
    axes.set_ylabel("NDCG@k")
    axes.set_ylim(top=1.0)
    axes.legend(frameon=False, loc="lower right", ncols=2)
    return _finish(figure, axes, f"Quality by cut-off ({judged_by})", path)


def draw_calibration(bins: CalibrationBins, path: Path, ranker: str) -> Path:
    """Realised against predicted value per bin; on the diagonal promises hold."""
    figure, axes = _blank(5.5, 5.0)
    most = float(max(bins.predicted.max(), bins.realised.max())) * 1.05 or 1.0
    axes.plot([0, most], [0, most], color=_COLOURS[-1], linestyle="--", linewidth=1, label="promises hold")
    axes.plot(
        bins.predicted,
        bins.realised,
        color=_COLOURS[1],
        marker="o",
        linewidth=1.5,
        label="bins of equal count",
    )
    axes.set_xlim(0, most)
    axes.set_ylim(0, most)
    axes.set_xlabel("predicted value (1 = mean of the objective)")
    axes.set_ylabel("realised value")
    axes.legend(frameon=False, loc="upper left")
    return _finish(figure, axes, f"Calibration: {ranker}", path)


def _blank(width: float, height: float) -> tuple[Any, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def _finish(figure: Any, axes: Any, title: str, path: Path) -> Path:
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="both", alpha=0.25)
    axes.set_axisbelow(True)
    figure.savefig(path, dpi=120)
    return path
