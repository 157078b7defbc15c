"""The pictures of a comparison, as SVG: one file each, with text that a page can scale and a reader can search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tastemaker.evaluation import Slice
from tastemaker.training.comparison.result import Backtest, Calibration, Comparison

FIRST, SECOND, GREY = "#8a8f98", "#1f6f78", "#b8bcc2"
BAD = "#d1603d"
WIDTH = 4.8
"""Inches: about a phone's, so that text stays readable where the page is narrow."""

MOST_SLICES, MOST_GROUPS = 24, 10
_STYLE: Any = {"svg.fonttype": "none", "svg.hashsalt": "tastemaker", "font.size": 9.0, "axes.titlesize": 10.0}


def draw_comparison(told: Comparison, folder: Path) -> dict[str, Path]:
    """Caption -> file in ``folder`` for every part that the comparison has, in the order of the page."""
    import matplotlib

    folder.mkdir(parents=True, exist_ok=True)
    drawn: dict[str, Path] = {}
    with matplotlib.rc_context(_STYLE):
        if told.backtest is not None:
            drawn["Quality by cut-off, later campaigns"] = _cutoffs(told.backtest, folder / "cutoffs.svg")
            drawn["Difference campaign by campaign"] = _campaigns(told.backtest, folder / "campaigns.svg")
        judged = [part for part in told.slices if part.judged]
        if judged:
            drawn["Slices: difference of NDCG"] = _slices(judged, folder / "slices.svg")
        if told.calibration is not None and (told.calibration.first or told.calibration.second):
            drawn["Calibration"] = _calibration(told.calibration, folder / "calibration.svg")
        if told.exposure is not None:
            drawn["Who is seen, by size"] = _exposure(told.exposure.by_size, folder / "exposure_size.svg")
            drawn["Who is seen, by country"] = _exposure(
                told.exposure.by_country, folder / "exposure_country.svg"
            )
    return drawn


def _cutoffs(part: Backtest, path: Path) -> Path:
    figure, axes = _blank(3.2)
    for name, line, colour in zip(("first", "second"), part.by_cutoff, (FIRST, SECOND), strict=True):
        axes.plot(np.arange(1, line.size + 1), line, color=colour, linewidth=2, label=name)
    axes.set_xlabel("cut-off k")
    axes.set_ylabel("mean NDCG@k")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(frameon=False, loc="lower right")
    return _save(figure, axes, path)


def _campaigns(part: Backtest, path: Path) -> Path:
    gaps = np.sort((part.per_campaign["second"] - part.per_campaign["first"]).to_numpy())
    figure, axes = _blank(2.6)
    axes.bar(np.arange(gaps.size), gaps, color=np.where(gaps < 0, BAD, SECOND), width=1.0)
    axes.axhspan(part.difference.low, part.difference.high, color=GREY, alpha=0.5, label="mean, 95 %")
    axes.set_xlabel("later campaigns, sorted")
    axes.set_ylabel(f"NDCG@{part.cutoff}: second - first")
    axes.legend(frameon=False, loc="upper left")
    return _save(figure, axes, path)


def _slices(parts: list[Slice], path: Path) -> Path:
    shown = sorted(parts, key=lambda p: -p.queries)[:MOST_SLICES]
    shown = [part for part in parts if part in shown][::-1]
    figure, axes = _blank(0.9 + 0.26 * max(len(shown), 3))
    value = np.array([part.difference.value for part in shown])
    low, high = (np.array([getattr(part.difference, side) for part in shown]) for side in ("low", "high"))
    places = np.arange(len(shown))
    axes.errorbar(value, places, xerr=[value - low, high - value], fmt="none", ecolor=FIRST, elinewidth=1.2)
    axes.scatter(value, places, color=np.where(high < 0, BAD, SECOND), s=18, zorder=3)
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.set_yticks(places, [f"{part.facet}: {part.name} ({part.queries})" for part in shown])
    axes.set_xlabel("NDCG, second - first; (campaigns)")
    return _save(figure, axes, path)


def _calibration(part: Calibration, path: Path) -> Path:
    figure, axes = _blank(3.4)
    most = 0.0
    for name, bins, colour in (("first", part.first, FIRST), ("second", part.second, SECOND)):
        if bins is not None:
            axes.plot(bins.predicted, bins.realised, color=colour, marker="o", markersize=4, label=name)
            most = max(most, float(bins.predicted.max()), float(bins.realised.max()))
    axes.plot([0, most], [0, most], color="black", linestyle="--", linewidth=0.8, label="promises hold")
    axes.set_xlabel("predicted value (1 = mean of the objective)")
    axes.set_ylabel("realised value")
    axes.legend(frameon=False, loc="upper left")
    return _save(figure, axes, path)


def _exposure(shares: pd.DataFrame, path: Path) -> Path:
    table = shares.head(MOST_GROUPS)[::-1]
    figure, axes = _blank(0.8 + 0.36 * max(len(table), 2))
    places = np.arange(len(table))
    for name, shift, colour in (("first", 0.19, FIRST), ("second", -0.19, SECOND)):
        axes.barh(places + shift, 100.0 * table[name].to_numpy(), height=0.36, color=colour, label=name)
    axes.set_yticks(places, [str(group) for group in table.index])
    axes.set_xlabel("share of attention, %")
    axes.legend(frameon=False, loc="lower right")
    return _save(figure, axes, path)


def _blank(height: float) -> tuple[Any, Any]:
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    FigureCanvasSVG(figure)
    return figure, figure.add_subplot()


def _save(figure: Any, axes: Any, path: Path) -> Path:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="both", alpha=0.25)
    axes.set_axisbelow(True)
    figure.savefig(path, format="svg", metadata={"Date": None})
    return path
