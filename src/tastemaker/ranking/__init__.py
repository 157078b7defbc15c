"""From pairs to one number and an order: the rankers, their labels, and the rule for ties."""

from tastemaker.ranking.base import BASELINE, Ranker, order
from tastemaker.ranking.baselines import ContentRanker, PopularityRanker
from tastemaker.ranking.foreign import ForeignRanker
from tastemaker.ranking.labels import grades, realised_value
from tastemaker.ranking.lambdamart import LambdaMartRanker
from tastemaker.ranking.lightgbm_file import LightGBMFileRanker
from tastemaker.ranking.linear import LinearRanker
from tastemaker.ranking.onnx_file import OnnxFileRanker
from tastemaker.ranking.registry import (
    FILE_RANKERS,
    RANKERS,
    load_ranker,
    make_ranker,
    read_foreign,
    save_ranker,
)
from tastemaker.ranking.value import OWN_RESULTS, ValueRanker

__all__ = [
    "BASELINE",
    "FILE_RANKERS",
    "OWN_RESULTS",
    "RANKERS",
    "ContentRanker",
    "ForeignRanker",
    "LambdaMartRanker",
    "LightGBMFileRanker",
    "LinearRanker",
    "OnnxFileRanker",
    "PopularityRanker",
    "Ranker",
    "ValueRanker",
    "grades",
    "load_ranker",
    "make_ranker",
    "order",
    "read_foreign",
    "realised_value",
    "save_ranker",
]
