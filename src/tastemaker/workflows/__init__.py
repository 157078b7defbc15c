"""The offline orders: from a catalogue and its history to a promoted bundle."""

from pathlib import Path

from tastemaker.workflows.command import report_command, stage_command
from tastemaker.workflows.comparing import Compared, compare_models
from tastemaker.workflows.importing import import_ranker
from tastemaker.workflows.indexing import build_index, collect_examples, fit_retrieval
from tastemaker.workflows.judging import eligible_pairs, evaluate_candidate, judge_by_truth
from tastemaker.workflows.learning import train_candidate, train_rankers_on_history
from tastemaker.workflows.monitoring import monitor_bundle
from tastemaker.workflows.promoting import (
    Promotion,
    Rollback,
    promote_candidate,
    promote_version,
    rollback_champion,
)
from tastemaker.workflows.shadow import shadow_log
from tastemaker.workflows.skew import check_skew
from tastemaker.workflows.stages import (
    Job,
    build_features,
    encode_texts,
    ingest_tables,
    simulate_marketplace,
)
from tastemaker.workflows.tuning import require_own, tune_ranker, write_settings
from tastemaker.workflows.whole import Trained, build_all, run_demo, train_version
from tastemaker.workflows.workspace import Stage, Workspace

DEMO_WORKSPACE = Path("var/demo")
DEMO_BUNDLE = DEMO_WORKSPACE / "bundle"

__all__ = [
    "DEMO_BUNDLE",
    "DEMO_WORKSPACE",
    "Compared",
    "Job",
    "Promotion",
    "Rollback",
    "Stage",
    "Trained",
    "Workspace",
    "build_all",
    "build_features",
    "build_index",
    "check_skew",
    "collect_examples",
    "compare_models",
    "eligible_pairs",
    "encode_texts",
    "evaluate_candidate",
    "fit_retrieval",
    "import_ranker",
    "ingest_tables",
    "judge_by_truth",
    "monitor_bundle",
    "promote_candidate",
    "promote_version",
    "report_command",
    "require_own",
    "rollback_champion",
    "run_demo",
    "shadow_log",
    "simulate_marketplace",
    "stage_command",
    "train_candidate",
    "train_rankers_on_history",
    "train_version",
    "tune_ranker",
    "write_settings",
]
