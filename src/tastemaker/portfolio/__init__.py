"""From scores and forecasts to a set: budget, unique audience, spread. See ``docs/portfolio.md``."""

from tastemaker.portfolio.audience import LEAST_REPORTS, Audiences, OverlapModel
from tastemaker.portfolio.constraints import Constraints, Limit, Required
from tastemaker.portfolio.coverage import Coverage
from tastemaker.portfolio.exact import best_set
from tastemaker.portfolio.feasible import Change, cheapest, clash, nearest
from tastemaker.portfolio.greedy import choose
from tastemaker.portfolio.joint import SharedErrors, draw_joint, normal_scores
from tastemaker.portfolio.options import TRAITS, UNKNOWN, Options, constraints_of
from tastemaker.portfolio.plan import Plan, make_plan, reserve
from tastemaker.portfolio.prices import Price, budget_curve, constraint_prices
from tastemaker.portfolio.risk import Outlook, cautious, ratios, totals, utility
from tastemaker.portfolio.sampling import sample_coverage

__all__ = [
    "LEAST_REPORTS",
    "TRAITS",
    "UNKNOWN",
    "Audiences",
    "Change",
    "Constraints",
    "Coverage",
    "Limit",
    "Options",
    "Outlook",
    "OverlapModel",
    "Plan",
    "Price",
    "Required",
    "SharedErrors",
    "best_set",
    "budget_curve",
    "cautious",
    "cheapest",
    "choose",
    "clash",
    "constraint_prices",
    "constraints_of",
    "draw_joint",
    "make_plan",
    "nearest",
    "normal_scores",
    "ratios",
    "reserve",
    "sample_coverage",
    "totals",
    "utility",
]
