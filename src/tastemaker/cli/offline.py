"""The offline commands: ``simulate``, ``ingest``, ``build`` and ``demo``."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

import typer

from tastemaker.atomic import atomic_folder
from tastemaker.cli.console import progress_bars, say
from tastemaker.cli.options import ConfigFiles
from tastemaker.cli.recommend import print_table
from tastemaker.config import Config, load_config
from tastemaker.engine import Engine
from tastemaker.schema import EXAMPLE_BRIEF
from tastemaker.workflows import DEMO_WORKSPACE, Job, Workspace, build_all, run_demo

Level = Literal["low", "medium", "high"]


def register(app: typer.Typer) -> None:
    for command in (simulate, ingest, build, demo):
        app.command()(command)


def simulate(
    out: Annotated[
        Path,
        typer.Option(help="folder to write the tables to; truth/ inside it holds what no stage may read"),
    ],
    creators: Annotated[int, typer.Option(help="how many creators")] = 3_000,
    brands: Annotated[int, typer.Option(help="how many brands")] = 150,
    campaigns: Annotated[int, typer.Option(help="how many past campaigns")] = 800,
    seed: Annotated[int, typer.Option(help="same seed, same bytes")] = 7,
    noise: Annotated[
        Level, typer.Option(help="spread of outcomes around what was to be expected")
    ] = "medium",
    bias: Annotated[Level, typer.Option(help="how much the past marketer followed fame")] = "medium",
) -> None:
    """Writes a marketplace with a known truth."""
    from tastemaker.simulation import simulate as run

    asked: dict[str, Any] = {"creators": creators, "brands": brands, "campaigns": campaigns, "seed": seed}
    settings = load_config(overrides={"simulation": {**asked, "noise": noise, "bias": bias}})
    with progress_bars() as progress, atomic_folder(out) as whole:
        run(settings.simulation, whole, progress=progress)
    say(
        f"{out}: {creators:,} creators, {brands:,} brands, {campaigns:,} campaigns; the truth lies in {out / 'truth'}"
    )


def ingest(
    source: Annotated[Path, typer.Argument(help="folder with the tables, or what the adapter reads")],
    out: Annotated[
        Path, typer.Option(help="folder for the checked tables, the rejected rows and the report")
    ],
    adapter: Annotated[
        str | None, typer.Option(help="reads a foreign format, for example tiktok-catalogue")
    ] = None,
    config: ConfigFiles = None,
) -> None:
    """Checks tables and sets bad rows aside, with the reason."""
    from tastemaker.sources import ingest as run
    from tastemaker.sources.adapters import adapt

    settings = load_config(*(config or ()))
    with progress_bars() as progress, TemporaryDirectory() as scratch:
        if adapter:
            adapt(adapter, source, Path(scratch) / "adapted")
            source = Path(scratch) / "adapted"
        report = run(source, out, settings.sources, progress=progress)
    for name, table in report.tables.items():
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in table.reasons.items())
        say(
            f"{name}: {table.accepted:,} of {table.rows:,} rows"
            + (f"; set aside: {reasons}" if reasons else "")
        )
        for example in table.examples:
            say(f"  {example}")
    say(
        f"{out}: report.json has it all"
        + (f", {out / 'rejected'} the rows set aside" if report.rejected else "")
    )


def build(
    source: Annotated[Path, typer.Argument(help="folder with the tables, checked or not")],
    workspace: Annotated[
        Path, typer.Option(help="folder for the stages' outputs; the bundle is WORKSPACE/bundle")
    ],
    config: ConfigFiles = None,
) -> None:
    """From tables to a bundle that serves: ingest, features, vectors, index, ranker where there is history."""
    with progress_bars() as progress:
        bundle = build_all(Job(Workspace(workspace, progress), load_config(*(config or ()))), source)
    say(f"{bundle}: ready. Next: tastemaker recommend --bundle {bundle} --brief brief.json")


def demo(
    workspace: Annotated[Path, typer.Option(help="folder for everything the demo makes")] = DEMO_WORKSPACE,
    config: ConfigFiles = None,
) -> None:
    """The main job, end to end, on a simulated marketplace."""
    settings: Config = load_config(*(config or ()))
    with progress_bars() as progress:
        job = Job(Workspace(workspace, progress), settings)
        bundle = run_demo(job)
    brief = workspace / "brief.json"
    if not brief.exists():  # whoever edited it keeps it
        example = EXAMPLE_BRIEF.model_dump(mode="json")
        brief.write_text(json.dumps(example, indent=2, ensure_ascii=False), encoding="utf-8")
    _summary(job)
    print_table(Engine.load(bundle).recommend(EXAMPLE_BRIEF))
    option = "" if workspace == DEMO_WORKSPACE else f" --bundle {bundle}"
    say(
        "\nNext:\n"
        f"  edit {brief}, then: .venv/bin/tastemaker recommend --brief {brief}{option}\n"
        f"  the page:  .venv/bin/tastemaker serve{option}   (http://127.0.0.1:8000)\n"
        f"  the runs:  .venv/bin/mlflow ui --backend-store-uri sqlite:///{workspace / 'mlflow.db'}"
    )


def _summary(job: Job) -> None:
    timings = job.workspace.timings
    ran = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in timings.items())
    say(f"computed: {ran}" if ran else "nothing changed: every stage was taken as it is")
    report = json.loads((job.workspace.done("evaluation") / "report.json").read_text(encoding="utf-8"))
    cutoff = job.config.evaluation.cutoff
    say(
        f"NDCG@{cutoff} on {report['campaigns']} later campaigns, judged by the truth over all eligible creators:"
    )
    for name, row in report["ndcg"].items():
        say(f"  {name:<12} {row['value']:.3f}  ({row['low']:.3f} to {row['high']:.3f})")
    promotion = json.loads((job.workspace.done("promotion") / "promotion.json").read_text(encoding="utf-8"))
    say(
        f"model version {promotion['version']} (the rankers above) is {promotion['alias']}: {promotion['reason']}"
    )
    if promotion["alias"] != "champion":
        say("the former champion goes on serving: the shortlist below is its")
