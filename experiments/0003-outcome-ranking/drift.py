"""Does the monitor catch a planted shift, and is it quiet otherwise? See DRIFT.md."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pyarrow as pa

from tastemaker.config import Config, load_config
from tastemaker.encoders import load_encoder
from tastemaker.evaluation.drift import DriftReport
from tastemaker.progress import silent
from tastemaker.ranking import make_ranker
from tastemaker.schema import TABLES, Brief
from tastemaker.sources import Catalogue
from tastemaker.sources.catalogue import write_table
from tastemaker.training import MATURE_DAYS, build_examples, make_reference, split_by_time, with_mix
from tastemaker.workflows import Job, Workspace, report_command, simulate_marketplace
from tastemaker.workflows.clock import moments_for
from tastemaker.workflows.monitoring import Trained, build_moments, monitor_tables
from tastemaker.workflows.stages import ingest_tables, load_snapshots

SINCE = datetime(2026, 6, 15, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=30)
HISTORY = timedelta(days=270)
"""Decisions so long before the live month are what is trained on; older ones would only cost time."""

Tables = dict[str, pd.DataFrame]


def unit(tables: Tables) -> None:
    """The delivery counts followers in thousands."""
    readings = tables["account_snapshots"]
    readings["followers"] = (readings["followers"] // 1_000).clip(lower=1)


def missing(tables: Tables) -> None:
    """One platform gives no views any more."""
    accounts, posts = tables["accounts"], tables["posts"]
    silent_ones = accounts.loc[accounts["platform"] == "tiktok", "account_id"]
    theirs = posts.loc[posts["account_id"].isin(silent_ones), "post_id"]
    tables["post_snapshots"].loc[tables["post_snapshots"]["post_id"].isin(theirs), "views"] = None


def audience(tables: Tables) -> None:
    """Half of every audience is from one country: followers have been bought, or the panel was changed."""
    shares = tables["audiences"]
    country = shares["facet"] == "country"
    bought = country & (shares["key"] == "IN")
    shares.loc[country, "share"] *= 0.5
    shares.loc[bought, "share"] += 0.45
    own = ["account_id", "observed_at", "basis", "facet"]
    without = shares[country].groupby(own, dropna=False).filter(lambda g: not (g["key"] == "IN").any())
    added = without.drop_duplicates(own).assign(key="IN", share=0.45)
    tables["audiences"] = pd.concat([shares, added], ignore_index=True)


def market(tables: Tables) -> None:
    """Every other brief of the month is for Brazil, whatever its brand did before."""
    decisions = tables["decisions"]
    live = decisions["made_at"] >= SINCE
    for row in decisions.index[live][::2]:
        brief = Brief.from_json(decisions.at[row, "brief"])
        moved = brief.audience.model_copy(update={"country": {"BR": 0.9}, "language": {"pt": 0.9}})
        changed = brief.model_copy(update={"markets": ("BR",), "audience": moved})
        decisions.at[row, "brief"] = changed.canonical_json()


def fees(tables: Tables) -> None:
    """Everyone asks for 60 % more than a month ago."""
    offers = tables["offers"]
    offers.loc[offers["at"] >= SINCE, ["asked", "quoted"]] *= 1.6


def response(tables: Tables) -> None:
    """Audiences react half as much as they did; nothing else has changed."""
    outcomes = tables["outcomes"].merge(tables["campaigns"][["campaign_id", "ends_at"]], on="campaign_id")
    now = outcomes["ends_at"] + timedelta(days=MATURE_DAYS) >= SINCE
    for name in ("likes", "comments", "shares", "saves", "clicks", "conversions"):
        outcomes.loc[now, name] = (outcomes.loc[now, name] * 0.5).round()
    tables["outcomes"] = outcomes.drop(columns="ends_at")


FIRST_SEED = 21
"""``monitor.usual_times`` was chosen on the seeds below."""

KINDS: Mapping[str, Callable[[Tables], None]] = {
    plant.__name__: plant for plant in (unit, missing, audience, market, fees, response)
}


def drift(
    config: Config, scratch: Path, *, quiet_seeds: Sequence[int], planted_seeds: Sequence[int]
) -> dict[str, Any]:
    """``{caught, planted, false_alarms, quiet_runs, kinds, alarms}``; an alarm is a verdict at ``monitor.alarm_at``.

    A world per seed, its live month as it came, and in the ``planted_seeds`` again with each of :data:`KINDS` planted.
    """
    kinds: dict[str, dict[str, Any]] = {
        kind: {"planted": 0, "caught": 0, "verdicts": [], "first_reasons": []} for kind in KINDS
    }
    alarms: list[dict[str, Any]] = []
    quiet = 0
    for seed in sorted({*quiet_seeds, *planted_seeds}):
        world = World(config, seed, scratch / str(seed))
        if seed in quiet_seeds:
            quiet += 1
            told = world.live(None)
            sys.stderr.write(f"seed {seed}, nothing planted: {told.verdict} {'; '.join(told.reasons)}\n")
            if told.alarm:
                alarms.append({"seed": seed, "reasons": list(told.reasons)})
        for kind, entry in kinds.items() if seed in planted_seeds else ():
            told = world.live(kind)
            sys.stderr.write(f"seed {seed}, {kind} planted: {told.verdict}\n")
            entry["planted"] += 1
            entry["caught"] += told.alarm
            entry["verdicts"].append(told.verdict)
            entry["first_reasons"].append(told.reasons[0] if told.reasons else None)
    return {
        "caught": sum(entry["caught"] for entry in kinds.values()),
        "planted": sum(entry["planted"] for entry in kinds.values()),
        "false_alarms": len(alarms),
        "quiet_runs": quiet,
        "kinds": kinds,
        "alarms": alarms,
    }


def _keep_decisions(tables: Tables, kept: pd.Series) -> None:
    tables["decisions"] = tables["decisions"][kept]
    for name in ("decision_items", "offers"):
        tables[name] = tables[name][tables[name]["decision_id"].isin(tables["decisions"]["decision_id"])]


class World:
    """A simulated marketplace with a ranker trained on what was known at :data:`SINCE`."""

    def __init__(self, config: Config, seed: int, folder: Path) -> None:
        changed = config.simulation.model_copy(update={"seed": seed})
        self.config = config.model_copy(update={"simulation": changed})
        self.folder = folder
        job = Job(Workspace(folder), self.config)
        self.source = simulate_marketplace(job)
        self.trained = self._train()

    def _train(self) -> Trained:
        job = Job(Workspace(self.folder / "past"), self.config)
        tables = self._tables()
        for name, clock in (("offers", "at"), ("outcomes", "observed_at")):
            tables[name] = tables[name][tables[name][clock] < SINCE]
        _keep_decisions(tables, tables["decisions"]["made_at"] < SINCE)
        checked = ingest_tables(job, self._write(tables, "known then"))
        step = self.config.features.history_step_days
        build_moments(job, moments_for(Catalogue(checked), step, SINCE - HISTORY, SINCE))
        encoder = load_encoder(self.config.encoders.name)
        known = build_examples(
            Catalogue(checked), load_snapshots(job), encoder, known_at=SINCE, progress=silent
        )
        split = split_by_time(known.frame, self.config.training.holdout_share)
        ranker = make_ranker(self.config.ranking.ranker, self.config).fit(split.train)
        rows = with_mix(known.frame, Catalogue(checked))
        reference = make_reference(rows, split.starts_at, ranker, self.config.monitor)
        return Trained(f"seed {self.config.simulation.seed}", ranker, encoder, reference)

    def live(self, kind: str | None) -> DriftReport:
        """The month's report, with a shift of the given kind planted in its delivery."""
        tables = self._tables()
        if kind is not None:
            KINDS[kind](tables)
        source = self._write(tables, f"live {kind}")
        job = Job(Workspace(self.folder / "live"), self.config)
        return monitor_tables(job, self.trained, source, SINCE, UNTIL, self.config.monitor)

    def _tables(self) -> Tables:
        catalogue = Catalogue(self.source)
        return {name: catalogue.table(name).to_pandas() for name in TABLES if catalogue.has(name)}

    def _write(self, tables: Tables, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        for table, frame in tables.items():
            schema = TABLES[table].schema
            written = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
            write_table(written, folder / f"{table}.parquet")
        return folder


def settings(path: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Config:
    """Worlds of about thirty decisions a month, small enough for many."""
    return load_config(path or Path(__file__).with_name("drift.yaml"), overrides=dict(overrides or {}))


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, or 2 with one message where something can not be used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the JSON report goes")
    parser.add_argument("--quiet-seeds", type=int, default=20, help="worlds without a shift")
    parser.add_argument(
        "--first-seed", type=int, default=FIRST_SEED, help="settings were chosen on those below"
    )
    parser.add_argument("--planted-seeds", type=int, default=2, help="worlds in which every kind is planted")
    asked = parser.parse_args(arguments)
    with TemporaryDirectory() as scratch:
        return report_command(
            asked.out,
            lambda: drift(
                settings(),
                Path(scratch),
                quiet_seeds=range(asked.first_seed, asked.first_seed + asked.quiet_seeds),
                planted_seeds=range(asked.first_seed, asked.first_seed + asked.planted_seeds),
            ),
            then=lambda report: sys.stdout.write(json.dumps(report) + "\n"),
        )


if __name__ == "__main__":
    sys.exit(main())
