"""Are audience and engagement real, and is the account itself? Calibrated probabilities with their reasons."""

from tastemaker.features.authenticity.account_facts import FACTS as ACCOUNT_FACTS
from tastemaker.features.authenticity.account_facts import handle_facts
from tastemaker.features.authenticity.account_model import AccountAuthenticity, AccountReason
from tastemaker.features.authenticity.evidence import EVIDENCE, Evidence
from tastemaker.features.authenticity.model import (
    AuthenticityModel,
    FitSettings,
    shipped_model,
    standings_of,
)
from tastemaker.features.authenticity.reasons import AuthenticityReason, authenticity_reasons

__all__ = [
    "ACCOUNT_FACTS",
    "EVIDENCE",
    "AccountAuthenticity",
    "AccountReason",
    "AuthenticityModel",
    "AuthenticityReason",
    "Evidence",
    "FitSettings",
    "authenticity_reasons",
    "handle_facts",
    "shipped_model",
    "standings_of",
]
