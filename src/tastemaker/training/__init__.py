"""From history to a judged bundle in the registry: examples, split by time, fit, judge, log, promote or
refuse.
"""

from tastemaker.training.comparison import (
    Comparison,
    Contestant,
    Side,
    compare_on_later,
    facets_of,
    later_rows,
    size_of,
)
from tastemaker.training.examples import ExampleSet, LeadAccounts, build_examples
from tastemaker.training.fit import TrainingResult, feature_weights, train_rankers
from tastemaker.training.gate import RULES, GateResult, Verdict, judge_gate
from tastemaker.training.judging import ndcg_per_campaign, realised_kpi
from tastemaker.training.labels import MATURE_DAYS, OUTCOMES, learn_maturity, offer_labels, outcome_labels
from tastemaker.training.pictures import draw_calibration, draw_cutoffs, draw_features, draw_pictures
from tastemaker.training.pools import gather_pools, outcome_weights, weigh
from tastemaker.training.projection import ProjectionResult, learn_projection
from tastemaker.training.readings import outcome_readings, post_readings
from tastemaker.training.registry import CHALLENGER, CHAMPION, Registry, Version
from tastemaker.training.report import draw_comparison, write_page
from tastemaker.training.split import Split, split_by_time
from tastemaker.training.tracking import Tracking
from tastemaker.training.tuning import Place, StudyRuns, Tuned, rolling_folds, tune
from tastemaker.training.watching import (
    first_market,
    live_cohorts,
    live_shortlists,
    make_reference,
    with_mix,
    with_shortlists,
)

__all__ = [
    "CHALLENGER",
    "CHAMPION",
    "MATURE_DAYS",
    "OUTCOMES",
    "RULES",
    "Comparison",
    "Contestant",
    "ExampleSet",
    "GateResult",
    "LeadAccounts",
    "Place",
    "ProjectionResult",
    "Registry",
    "Side",
    "Split",
    "StudyRuns",
    "Tracking",
    "TrainingResult",
    "Tuned",
    "Verdict",
    "Version",
    "build_examples",
    "compare_on_later",
    "draw_calibration",
    "draw_comparison",
    "draw_cutoffs",
    "draw_features",
    "draw_pictures",
    "facets_of",
    "feature_weights",
    "first_market",
    "gather_pools",
    "judge_gate",
    "later_rows",
    "learn_maturity",
    "learn_projection",
    "live_cohorts",
    "live_shortlists",
    "make_reference",
    "ndcg_per_campaign",
    "offer_labels",
    "outcome_labels",
    "outcome_readings",
    "outcome_weights",
    "post_readings",
    "realised_kpi",
    "rolling_folds",
    "size_of",
    "split_by_time",
    "train_rankers",
    "tune",
    "weigh",
    "with_mix",
    "with_shortlists",
    "write_page",
]
