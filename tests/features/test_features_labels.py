"""What people read of a column: every signal has a name, a unit and a reason for being unknown."""

from __future__ import annotations

import pyarrow as pa

from tastemaker.features import FACET_LABELS, FIELD_GROUPS, GROUP_LABELS, LABELS, SNAPSHOT_SCHEMA
from tastemaker.schema import FACET_KEYS

TRUST = ("_as_of", "_confidence")


def test_every_signal_has_a_label_and_no_label_is_left_over() -> None:
    signals = {
        n for group, names in FIELD_GROUPS.items() for n in names if n.removeprefix(group) not in TRUST
    }
    assert signals == set(LABELS)


def test_every_group_has_a_heading() -> None:
    assert set(FIELD_GROUPS) <= set(GROUP_LABELS)


def test_every_facet_of_an_audience_has_a_name() -> None:
    assert list(FACET_LABELS) == list(FACET_KEYS)


def test_a_label_says_what_it_is_and_why_it_may_be_unknown() -> None:
    for name, label in LABELS.items():
        assert label.name[:1].isupper(), name
        assert label.unknown[:1].islower(), name


def test_every_group_keeps_something_at_first_sight() -> None:
    for group, names in FIELD_GROUPS.items():
        labels = [LABELS[n] for n in names if n in LABELS]
        assert group == "audience" or not all(label.detail for label in labels), group
    assert not LABELS["authenticity"].detail
    assert all(LABELS[n].detail for n in FIELD_GROUPS["authenticity"] if n in LABELS and n != "authenticity")


def test_labels_of_a_group_differ_so_that_a_folded_one_can_stand_alone() -> None:
    for group, names in FIELD_GROUPS.items():
        said = [LABELS[n].name for n in names if n in LABELS]
        assert len(set(said)) == len(said), group


def test_units_fit_the_types() -> None:
    kinds = {
        "time": pa.types.is_timestamp,
        "text": lambda t: pa.types.is_string(t) or pa.types.is_list(t),
        "flag": pa.types.is_boolean,
    }
    for name, label in LABELS.items():
        kind = SNAPSHOT_SCHEMA.field(name).type
        fits = kinds.get(label.unit, lambda t: pa.types.is_integer(t) or pa.types.is_floating(t))
        assert fits(kind), f"{name}: {kind} is no {label.unit}"
        assert not (label.compared and label.unit in kinds), f"{name} has no order to compare by"
