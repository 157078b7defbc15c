"""The offline orders: from a catalogue and its history to a promoted bundle."""

from pathlib import Path

from tastemaker.workflows.command import report_command, stage_command
from tastemaker.workflows.importing import import_ranker
from tastemaker.workflows.indexing import build_index, collect_examples, fit_retrieval
from tastemaker.workflows.judging import eligible_pairs, evaluate_candidate, judge_by_truth
from tastemaker.workflows.learning import promote_candidate, train_candidate, train_rankers_on_history
from tastemaker.workflows.monitoring import monitor_bundle
from tastemaker.workflows.shadow import shadow_log
from tastemaker.workflows.skew import check_skew
from tastemaker.workflows.stages import (
    Job,
    build_features,
    encode_texts,
    ingest_tables,
    simulate_marketplace,
)
from tastemaker.workflows.whole import build_all, run_demo
from tastemaker.workflows.workspace import Stage, Workspace

DEMO_WORKSPACE = Path("var/demo")
DEMO_BUNDLE = DEMO_WORKSPACE / "bundle"

__all__ = [
    "DEMO_BUNDLE",
    "DEMO_WORKSPACE",
    "Job",
    "Stage",
    "Workspace",
    "build_all",
    "build_features",
    "build_index",
    "check_skew",
    "collect_examples",
    "eligible_pairs",
    "encode_texts",
    "evaluate_candidate",
    "fit_retrieval",
    "import_ranker",
    "ingest_tables",
    "judge_by_truth",
    "monitor_bundle",
    "promote_candidate",
    "report_command",
    "run_demo",
    "shadow_log",
    "simulate_marketplace",
    "stage_command",
    "train_candidate",
    "train_rankers_on_history",
]
