"""Where a study lives: an SQLite file that a killed run leaves whole, and one run at a time may use."""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tastemaker.errors import OutputError, TrainingError
from tastemaker.training.tracking import require_sqlite

if TYPE_CHECKING:
    from optuna import Study

MADE_OF = "made_of"


@contextmanager
def opened_study(path: Path, name: str, made_of: Mapping[str, str]) -> Iterator[Study]:
    """The study ``name`` in the file ``path``; both are made where they are not there.

    ``made_of``: what the trials' scores hang on, in words -> digest. A study goes on only with the same: scores of
    other data can not be told apart from better settings. Raises TrainingError naming what differs, or why the file can
    not be used, and OutputError where another run is at work in it.
    """
    import optuna

    # Every trial is told by us, as it ends.
    for logger in ("optuna", "alembic"):
        logging.getLogger(logger).setLevel(logging.WARNING)
    path.parent.mkdir(parents=True, exist_ok=True)
    require_sqlite(path, "studies")
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutputError(
                f"{path}: another run is at work in it; wait for it, or stop it: its trials are kept"
            ) from None
        try:
            storage = optuna.storages.RDBStorage(f"sqlite:///{path}")
        except Exception as error:
            # A database of somebody else is answered with whatever the libraries below raise.
            reason = " ".join(str(error).split())
            raise TrainingError(
                f"{path}: can not be used for studies ({type(error).__name__}: {reason}); name another file"
            ) from error
        try:
            study = optuna.create_study(
                storage=storage, study_name=name, direction="maximize", load_if_exists=True
            )
            _require_same(path, name, study, made_of)
            yield study
        except optuna.exceptions.StorageInternalError as error:
            raise TrainingError(
                f"{path}: {' '.join(str(error).split())}; mend it, or name another file"
            ) from error
        finally:
            storage.remove_session()
            storage.engine.dispose()


def _require_same(path: Path, name: str, study: Study, made_of: Mapping[str, str]) -> None:
    before = study.user_attrs.get(MADE_OF)
    if before is None:
        study.set_user_attr(MADE_OF, dict(made_of))
        return
    other = [what for what, digest in made_of.items() if before.get(what) != digest]
    if other:
        raise TrainingError(
            f"{path}: the study {name!r} was begun with other {' and other '.join(other)}; begin another: --study NAME"
        )
