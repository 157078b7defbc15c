"""A value ranker without intervals: the same values, in less time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tastemaker.config import Forecasting
from tastemaker.errors import RankingError
from tastemaker.ranking import ValueRanker, save_ranker
from toy_examples import toy

COLUMNS = ("content_similarity", "audience_fit", "log_followers", "engagement_rate", "log_fee", "platform")
CONFIG = Forecasting(rounds=8)


def test_it_says_what_the_whole_one_says_and_is_not_saved(tmp_path: Path) -> None:
    examples = toy(campaigns=60).examples
    whole = ValueRanker(CONFIG, columns=COLUMNS).fit(examples)
    means = ValueRanker(CONFIG, columns=COLUMNS, intervals=False).fit(examples)
    np.testing.assert_array_equal(means.value(examples), whole.value(examples))
    with pytest.raises(RankingError, match="without intervals is not saved"):
        save_ranker(means, tmp_path)


def test_settings_of_the_trees_reach_the_trees() -> None:
    examples = toy(campaigns=60).examples
    plain = ValueRanker(CONFIG, columns=COLUMNS, intervals=False).fit(examples).value(examples)
    for name, value in {"shrinkage": 0.0, "row_share": 0.5, "column_share": 0.3}.items():
        other = CONFIG.model_copy(update={name: value})
        told = ValueRanker(other, columns=COLUMNS, intervals=False).fit(examples).value(examples)
        assert not np.array_equal(told, plain), name
