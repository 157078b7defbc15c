"""The public list of names: adding or losing one is a decision, not an accident."""

from __future__ import annotations

import tastemaker


def test_public_names() -> None:
    assert sorted(tastemaker.__all__) == ["Brief", "Engine", "Recommendation", "TastemakerError"]
    for name in tastemaker.__all__:
        assert getattr(tastemaker, name).__name__ == name


def test_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(tastemaker, "Oracle")
