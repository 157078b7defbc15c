"""Metarank's events, as its documents describe them."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tastemaker.errors import BriefError, SourceError
from tastemaker.schema import EXAMPLE_BRIEF
from tastemaker.sources.events import Ranking, asked_brief, read_events

AT = datetime(2020, 9, 6, 11, 17, 47, tzinfo=UTC)
EVENTS: list[dict[str, Any]] = [
    {"event": "item", "id": "1", "timestamp": "1599391067000", "item": "cr1",
     "fields": [{"name": "title", "value": "tea"}]},
    {"event": "user", "id": "2", "timestamp": "1599391067000", "user": "u1",
     "fields": [{"name": "name", "value": "Quillmoor"}]},
    {"event": "ranking", "id": "r1", "timestamp": "1599391067000", "user": "u1", "session": "s",
     "fields": [{"name": "query", "value": "trail running"}],
     "items": [{"id": "cr2", "relevancy": 2.0}, {"id": "cr1"},
               {"id": "cr3", "fields": [{"name": "relevancy", "value": 1.0}]}]},
    {"event": "interaction", "id": "i1", "ranking": "r1", "timestamp": 1599391067000, "type": "click",
     "item": "cr1", "user": "u1", "fields": []},
]  # fmt: skip


def lines(path: Path, *events: object) -> Path:
    path.write_text("".join(f"{e if isinstance(e, str) else json.dumps(e)}\n" for e in events))
    return path


def test_every_kind_of_event_is_read(tmp_path: Path) -> None:
    log = read_events(lines(tmp_path / "events.jsonl", *EVENTS))
    (ranking,), (click,) = log.rankings, log.interactions
    assert (ranking.id, ranking.user, ranking.items) == ("r1", "u1", ("cr2", "cr1", "cr3"))
    assert ranking.fields == {"query": "trail running"}
    assert ranking.at == click.at == AT
    assert (click.ranking, click.type, click.item) == ("r1", "click", "cr1")
    assert (log.items, log.users) == ({"cr1": {"title": "tea"}}, {"u1": {"name": "Quillmoor"}})
    assert (log.events, log.rejected) == (4, {})


def test_an_array_a_packed_file_and_a_folder_are_the_same(tmp_path: Path) -> None:
    plain = read_events(lines(tmp_path / "a.jsonl", *EVENTS))
    (tmp_path / "array.json").write_text(json.dumps(EVENTS))
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "1.jsonl.gz").write_bytes(
        gzip.compress("\n".join(map(json.dumps, EVENTS)).encode())
    )
    (tmp_path / "folder" / "notes.txt").write_text("not an event")
    assert read_events(tmp_path / "array.json") == plain
    assert read_events(tmp_path / "folder") == plain


@pytest.mark.parametrize(
    "stamp", ["1599391067000", 1599391067000, "2020-09-06T11:17:47Z", "2020-09-06T13:17:47+02:00"]
)
def test_all_its_times_are_read(stamp: object, tmp_path: Path) -> None:
    log = read_events(lines(tmp_path / "e.jsonl", EVENTS[2] | {"timestamp": stamp}))
    assert log.rankings[0].at == AT


def test_events_that_break_the_format_are_counted_by_reason(tmp_path: Path) -> None:
    ranking = EVENTS[2]
    bad = [
        "{not json",
        {"event": "purchase"},
        ranking | {"items": []},
        ranking | {"items": [{"relevancy": 1}]},
        ranking | {"timestamp": "yesterday"},
        ranking | {"fields": {"query": "x"}},
        {k: v for k, v in EVENTS[3].items() if k != "item"},
    ]
    log = read_events(lines(tmp_path / "e.jsonl", *EVENTS, *bad))
    assert (len(log.rankings), log.events) == (1, 11)
    assert log.rejected == {
        "no JSON object": 1,
        "event is none of item, user, ranking and interaction": 1,
        "ranking without items": 1,
        "ranking with an item without id": 1,
        "ranking whose timestamp can not be read": 1,
        "ranking whose fields are no list of name and value": 1,
        "interaction without item": 1,
    }


@pytest.mark.parametrize("text", ["", "hello\nworld\n", '{"a": 1}\n'])
def test_a_file_without_any_event_is_one_error(text: str, tmp_path: Path) -> None:
    (tmp_path / "e.jsonl").write_text(text)
    with pytest.raises(SourceError, match=r"e\.jsonl: no event could be read \("):
        read_events(tmp_path / "e.jsonl")


def test_a_file_that_is_not_there_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.jsonl: can not be read"):
        read_events(tmp_path / "none.jsonl")
    with pytest.raises(SourceError, match="no event file in it"):
        read_events(tmp_path)
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(b"{}" * 900)[:-12])
    with pytest.raises(SourceError, match="can not be read"):
        read_events(tmp_path / "cut.jsonl.gz")


def ranking(**fields: object) -> Ranking:
    return Ranking("r", AT, "u1", ("cr1",), fields)


def test_a_brief_is_made_of_what_the_log_tells() -> None:
    user = {"name": "Quillmoor", "description": "Trail shoes."}
    brief = asked_brief(
        ranking(query="muddy", objective="awareness", markets=["GB"], platform="tiktok"), user
    )
    assert (brief.brand.name, brief.brand.description, brief.text) == ("Quillmoor", "Trail shoes.", "muddy")
    assert (brief.objective.value, brief.markets, brief.filters.platforms) == (
        "awareness",
        ("GB",),
        ("tiktok",),
    )
    assert asked_brief(ranking(query="muddy"), {}, "content").brand.name == "u1"
    assert asked_brief(ranking(brief=EXAMPLE_BRIEF.model_dump_json(), query="other"), {}) == EXAMPLE_BRIEF


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"source": "search"}, "no field brief, query or text"),
        ({"query": "x"}, "no field objective"),
        ({"query": "x", "objective": "fame"}, "objective: "),
        ({"brief": "{"}, "not JSON"),
        ({"brief": 3}, "brief: "),
    ],
)
def test_what_lacks_is_said_and_not_made_up(fields: dict[str, object], said: str) -> None:
    with pytest.raises(BriefError, match=said):
        asked_brief(ranking(**fields), {})
