from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

from compared import backtest, comparison

from tastemaker.config import Config
from tastemaker.training import draw_comparison, judge_gate, write_page


def page_of(folder: Path, **changes: object) -> str:
    told = comparison(**changes)
    pictures = draw_comparison(told, folder / "pictures")
    return write_page(folder / "report.html", told, pictures, judge_gate(told, Config())).read_text()


def test_the_page_holds_verdict_rules_figures_slices_and_pictures(tmp_path: Path) -> None:
    text = page_of(tmp_path)
    for said in (
        "version 2 against version 1 (champion)",
        "The gate holds",
        "off-policy value",
        "+0.016 [+0.001, +0.031]",
        "platform: youtube",
        "(too few)",
        "Calibration",
        "Who is seen, by country",
        "size: micro",
        "-2.0 points",
    ):
        assert said in text, said
    assert text.count("<svg") == len(list((tmp_path / "pictures").iterdir())) == 6


def test_the_page_is_one_file_that_loads_nothing(tmp_path: Path) -> None:
    text = page_of(tmp_path)
    assert not re.search(r'<(script|link|img|iframe)|src=|href="(?!#)|url\((?!#)|@import', text)
    assert 'name="viewport"' in text


def test_ids_of_the_pictures_do_not_meet(tmp_path: Path) -> None:
    ids = re.findall(r'\bid="([^"]+)"', page_of(tmp_path))
    assert ids
    assert len(ids) == len(set(ids))


def test_names_from_outside_are_no_markup(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>"
    told = comparison()
    parts = tuple(replace(part, name=hostile) for part in told.slices)
    text = page_of(tmp_path, slices=parts, second=replace(told.second, name=hostile), notes=(hostile,))
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_parts_that_could_not_be_made_are_left_out(tmp_path: Path) -> None:
    why = "the champion can not be read"
    empty = {"backtest": None, "calibration": None, "replayed": None, "slices": (), "exposure": None}
    text = page_of(tmp_path, latency=None, problems=(why,), **empty)
    assert "The gate stays shut" in text
    assert text.count(why) >= 2
    assert "<svg" not in text


def test_pictures_are_the_same_bytes_for_the_same_figures(tmp_path: Path) -> None:
    told = comparison(backtest=backtest(-0.1, 0.1))
    first, second = (draw_comparison(told, tmp_path / name) for name in ("a", "b"))
    assert list(first) == list(second)
    for caption, path in first.items():
        assert path.read_bytes() == second[caption].read_bytes(), caption
        ElementTree.fromstring(path.read_text())
