"""Rankers by name: made from the configuration, saved to a folder and loaded from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from tastemaker.config import Config
from tastemaker.errors import RankingError
from tastemaker.features import PAIR_FEATURES
from tastemaker.forecasting.saved import read_saved, write_saved
from tastemaker.ranking.base import Ranker
from tastemaker.ranking.baselines import ContentRanker, PopularityRanker
from tastemaker.ranking.declared import read_declaration
from tastemaker.ranking.foreign import ForeignRanker, read_model
from tastemaker.ranking.lambdamart import LambdaMartRanker
from tastemaker.ranking.lightgbm_file import LightGBMFileRanker
from tastemaker.ranking.linear import LinearRanker
from tastemaker.ranking.onnx_file import OnnxFileRanker
from tastemaker.ranking.probe import require_readable
from tastemaker.ranking.value import ValueRanker

FILE = "ranker.json"
FORMAT = 1

RANKERS: dict[str, type[Ranker]] = {
    r.name: r for r in (PopularityRanker, ContentRanker, LinearRanker, ValueRanker, LambdaMartRanker)
}

"""Rankers that are fitted here."""

FILE_RANKERS: dict[str, type[ForeignRanker]] = {r.name: r for r in (LightGBMFileRanker, OnnxFileRanker)}
"""Rankers that were fitted elsewhere and come as a file with its declaration."""


def make_ranker(
    name: str, config: Config, *, columns: Sequence[str] = PAIR_FEATURES, intervals: bool = True
) -> Ranker:
    """An unfitted ranker as configured; ``columns`` are the features that a learning ranker reads.
    ``intervals=False`` leaves out what its values do not need, where it can: such a ranker orders, and is not saved.

    Raises RankingError for an unknown name.
    """
    later, seed = config.training.calibration_share, config.training.seed
    match _known(name, "make_ranker", RANKERS):
        case "popularity":
            return PopularityRanker()
        case "content":
            return ContentRanker(config.retrieval.content_weight, config.retrieval.audience_weight)
        case "linear":
            return LinearRanker(columns=columns)
        case "value":
            return ValueRanker(
                config.forecasting, columns=columns, calibration_share=later, seed=seed, intervals=intervals
            )
        case _:
            return LambdaMartRanker(config.ranking, columns=columns, calibration_share=later, seed=seed)


def save_ranker(ranker: Ranker, folder: Path) -> None:
    """Writes ``ranker.json`` (which ranker it is) and the ranker's own files into ``folder``."""
    write_saved(folder / FILE, {"ranker": ranker.name}, FORMAT)
    ranker.save(folder)


def load_ranker(folder: Path) -> Ranker:
    """The ranker that was saved there, its values bit-equal. Raises RankingError naming the file at fault."""
    path = folder / FILE
    name = read_saved(path, FORMAT).get("ranker")
    known: dict[str, type[Ranker]] = {**RANKERS, **FILE_RANKERS}
    ranker = known[_known(name, str(path), known)]
    try:
        return ranker.load(folder)
    except (KeyError, TypeError, ValueError) as error:
        raise RankingError(
            f"{folder}: {error!r} where a saved {name} ranker was expected; save it again"
        ) from None


def read_foreign(model: Path, declaration: Path) -> ForeignRanker:
    """The ranker in a file from outside, after it was tried in a process of its own. Raises RankingError."""
    read_declaration(declaration)
    read_model(model)
    require_readable(model, declaration)
    return open_foreign(model, declaration)


def open_foreign(model: Path, declaration: Path) -> ForeignRanker:
    """The ranker in a model's file: ONNX by its ending ``.onnx``, else LightGBM's text. Raises RankingError."""
    kind = OnnxFileRanker if model.suffix.lower() == ".onnx" else LightGBMFileRanker
    return kind(read_model(model), read_declaration(declaration), str(model))


def _known(name: object, where: str, known: Mapping[str, type[Ranker]]) -> str:
    if isinstance(name, str) and name in known:
        return name
    near = get_close_matches(str(name), known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
    raise RankingError(f"{where}: unknown ranker {name!r}; {hint}")
