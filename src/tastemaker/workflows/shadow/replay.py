"""Replays the requests of a log on a bundle, and compares."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tastemaker.engine import Engine
from tastemaker.errors import BriefError, StoreError
from tastemaker.evaluation.lists import kendall_tau, overlap_at_k, rank_biased_overlap
from tastemaker.features import pair_features, view_brief
from tastemaker.progress import Progress, silent
from tastemaker.ranking import order
from tastemaker.sources.events import read_events
from tastemaker.store import SqlDecisionLog
from tastemaker.training import LeadAccounts
from tastemaker.workflows.shadow.identities import Identities
from tastemaker.workflows.shadow.report import ShadowReport
from tastemaker.workflows.shadow.requests import Request, Requests, from_decisions, from_events
from tastemaker.workflows.shadow.summary import Action, Compared, summarise

MOST_SHOWN = 500
SQLITE = b"SQLite format 3\0"


def shadow_log(
    log: str,
    bundle: Path,
    *,
    k: int = 10,
    most: int = 1_000,
    objective: str | None = None,
    progress: Progress = silent,
) -> ShadowReport:
    """Answers the latest ``most`` requests of ``log`` by the ``bundle`` and compares at depth ``k``.

    ``log``: URL of our decision log, its SQLite file, or a file or folder of Metarank's events (``objective`` is that
    of requests that name none). Nothing is logged. Raises StoreError or SourceError for a log that can not be read,
    BundleError for such a bundle.
    """
    engine = Engine.load(bundle)
    identities = Identities(engine.bundle.snapshot)
    requests = _requests(log, identities, objective, most)
    replay = _Replay(engine, k)
    latest = sorted(requests.listed, key=lambda r: (r.at, r.id))[-most:]
    compared: list[Compared] = []
    for number, request in enumerate(latest):
        progress("replayed requests", number, len(latest))
        try:
            compared.append(replay.compare(request))
        except BriefError as error:
            requests.refused[f"the bundle refuses its brief: {error}"] += 1
    progress("replayed requests", len(latest), len(latest))
    return summarise(log, engine.bundle, k, requests, latest, compared)


class _Replay:
    def __init__(self, engine: Engine, k: int) -> None:
        self.engine, self.k = engine, k
        self.leads = LeadAccounts(engine.bundle.snapshot)

    def compare(self, request: Request) -> Compared:
        known = request.known
        depth = min(max(self.k, len(request.shown)), MOST_SHOWN)
        ours = [c.creator_id for c in self.engine.recommend(request.brief, limit=depth).shortlist]
        ordered = self._ordered(request)
        # Whom the bundle does not have keeps a place of the logged list, and is in none of ours.
        shown = [name or f"\0{place}" for place, name in enumerate(request.shown)]
        top = float(ours[0] == shown[0]) if ours else float("nan")
        answers = {
            f"overlap@{self.k}": overlap_at_k(shown, ours, self.k),
            "rank_biased_overlap": rank_biased_overlap(shown, ours),
            "kendall_tau": kendall_tau(shown, ours),
            "first_kept": top,
            "known": len(known) / len(shown),
        }
        same = float(ordered[0] == known[0])
        orders = {"kendall_tau": kendall_tau(known, ordered), "first_kept": same}
        return Compared(answers, orders, self._acted(request, known, ordered, ours[: self.k]))

    def _ordered(self, request: Request) -> list[str]:
        """The creators shown whom the bundle knows, in its order."""
        bundle, at = self.engine.bundle, self.engine.bundle.snapshot.as_of
        creators = np.array(request.known, dtype=object)
        rows = self.leads.rows(request.brief, at, creators)
        pairs = pair_features(view_brief(request.brief, bundle.encoder), bundle.snapshot, rows, at)
        values = bundle.ranker.value(pairs.assign(creator_id=creators))
        return [str(creators[i]) for i in order(values, creators)]

    def _acted(self, request: Request, known: list[str], ordered: list[str], top: list[str]) -> list[Action]:
        return [
            Action(kind, known.index(creator) + 1, ordered.index(creator) + 1, float(creator in top))
            for kind, creator in request.acted
        ]


def _requests(log: str, identities: Identities, objective: str | None, most: int) -> Requests:
    url = log if "://" in log else f"sqlite:///{log}" if _is_sqlite(Path(log)) else None
    if url is None:
        return from_events(read_events(Path(log)), identities, objective)
    _require_file(url)
    store = SqlDecisionLog(url)
    try:
        found = from_decisions(store.recent(most), identities)
        found.cut = found.logged == most
        return found
    finally:
        store.close()


def _is_sqlite(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(SQLITE)) == SQLITE


def _require_file(url: str) -> None:
    """Opening a log makes one where there is none; to read from, it must be there."""
    scheme, _, place = url.partition(":///")
    if scheme == "sqlite" and not Path(place).is_file():
        raise StoreError(f"{url}: no such file; name the decision log that `tastemaker serve` writes")
