"""From pairs to one number and an order: the rankers, their labels, and the rule for ties."""

from tastemaker.ranking.base import BASELINE, Ranker, order
from tastemaker.ranking.baselines import ContentRanker, PopularityRanker
from tastemaker.ranking.labels import grades, realised_value
from tastemaker.ranking.lambdamart import LambdaMartRanker
from tastemaker.ranking.linear import LinearRanker
from tastemaker.ranking.registry import RANKERS, load_ranker, make_ranker, save_ranker
from tastemaker.ranking.value import ValueRanker

__all__ = [
    "BASELINE",
    "RANKERS",
    "ContentRanker",
    "LambdaMartRanker",
    "LinearRanker",
    "PopularityRanker",
    "Ranker",
    "ValueRanker",
    "grades",
    "load_ranker",
    "make_ranker",
    "order",
    "realised_value",
    "save_ranker",
]
