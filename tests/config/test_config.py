from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tastemaker.config import Config, digest, load_config, write_yaml
from tastemaker.errors import ConfigError

CONFIGS = Path(__file__).parents[2] / "configs"


def write(folder: Path, text: str) -> Path:
    path = folder / "given.yaml"
    path.write_text(text)
    return path


def test_default_file_is_complete_and_equals_the_defaults() -> None:
    """A setting that default.yaml does not show is one that nobody finds."""
    written = yaml.safe_load((CONFIGS / "default.yaml").read_text())
    assert written == Config().model_dump(mode="json")


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda p: p.name)
def test_every_shipped_file_loads(path: Path) -> None:
    load_config(path)


def test_every_shipped_difference_differs() -> None:
    defaults = Config().model_dump(mode="json")
    for path in CONFIGS.glob("*.yaml"):
        if path.name == "default.yaml":
            continue
        for section, values in (yaml.safe_load(path.read_text()) or {}).items():
            for key, value in values.items():
                assert defaults[section][key] != value, f"{path.name}: {section}.{key} repeats the default"


def test_unknown_key_names_the_nearest(tmp_path: Path) -> None:
    path = write(tmp_path, "retrieval:\n  candidate: 5\n")
    with pytest.raises(
        ConfigError,
        match=r"given\.yaml: unknown key retrieval\.candidate; did you mean retrieval\.candidates\?",
    ):
        load_config(path)


def test_unknown_section_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown section retreival; did you mean retrieval"):
        load_config(write(tmp_path, "retreival:\n  candidates: 5\n"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("retrieval:\n  candidates: many\n", r"retrieval\.candidates: .*integer.*got 'many'"),
        ("retrieval:\n  content_dim: 9000\n", r"retrieval\.content_dim: .*384.*got 9000"),
        ("- a\n- b\n", "expected sections"),
        ("retrieval: 5\n", "section 'retrieval' holds 5"),
        ("a: [\n", "not YAML"),
    ],
)
def test_bad_values_say_where_and_what(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_config(write(tmp_path, text))


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: can not be read"):
        load_config(tmp_path / "nowhere.yaml")


def test_what_is_written_is_read_again_whatever_is_remarked(tmp_path: Path) -> None:
    path, values = tmp_path / "new" / "tuned.yaml", {"forecasting": {"rounds": 7, "learning_rate": 1e-05}}
    write_yaml(path, values, ["found: by trial", ""])
    assert path.read_text().startswith("# found: by trial\n#\nforecasting:\n")
    config = load_config(path)
    assert (config.forecasting.rounds, config.forecasting.learning_rate) == (7, 1e-05)
    write_yaml(path, {}, ["nothing"])
    assert load_config(path) == Config()


def test_later_files_and_overrides_win(tmp_path: Path) -> None:
    path = write(tmp_path, "simulation:\n  seed: 1\n  brands: 9\n")
    config = load_config(path, overrides={"simulation": {"seed": 2}})
    assert (config.simulation.seed, config.simulation.brands) == (2, 9)


def test_digest_depends_on_values_alone(tmp_path: Path) -> None:
    same = load_config(write(tmp_path, "retrieval:\n  candidates: 200\n"))
    other = load_config(overrides={"retrieval": {"candidates": 201}})
    assert digest(same.retrieval) == digest(Config().retrieval)
    assert digest(other.retrieval) != digest(Config().retrieval)
