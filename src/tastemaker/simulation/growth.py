"""How followings grow: real followers month by month, bought ones that come at once, and what monthly readings show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tastemaker.simulation.clock import MONTH, NOW_DAY, Floats, Ints, instants
from tastemaker.simulation.creators import Accounts, Creators
from tastemaker.simulation.writing import Columns, counts


@dataclass(frozen=True)
class Growth:
    """Followers of m accounts on days 0, 30, ...: ``log_real`` (m, grid) log counts, ``bought`` (m, grid) counts."""

    accounts: Accounts
    log_real: Floats
    bought: Floats

    def at(self, day: float) -> tuple[Floats, Floats]:
        """(all followers, authentic followers) of every account at a day."""
        left = min(int(day // MONTH), self.log_real.shape[1] - 2)
        part = day / MONTH - left
        real = np.exp((1 - part) * self.log_real[:, left] + part * self.log_real[:, left + 1])
        return real + (1 - part) * self.bought[:, left] + part * self.bought[
            :, left + 1
        ], real * self.accounts.base_authentic

    def of(self, account: Ints, day: Floats) -> tuple[Floats, Floats]:
        """(all, authentic) followers of ``account[i]`` at ``day[i]``."""
        left = np.minimum((day // MONTH).astype(np.int64), self.log_real.shape[1] - 2)
        part = day / MONTH - left
        real = np.exp((1 - part) * self.log_real[account, left] + part * self.log_real[account, left + 1])
        extra = (1 - part) * self.bought[account, left] + part * self.bought[account, left + 1]
        return real + extra, real * self.accounts.base_authentic[account]


def grow(accounts: Accounts, rng: np.random.Generator) -> Growth:
    """Backwards from the final size, about 1 % a month with shocks; bought followers come at once, then melt."""
    m, grid = len(accounts), int(NOW_DAY // MONTH) + 3
    pace = rng.normal(0.012, 0.012, m)
    steps = (
        pace[:, None]
        + rng.normal(0, 0.008, (m, grid))
        + (rng.random((m, grid)) < 0.004) * rng.uniform(0.08, 0.25, (m, grid))
    )
    back = np.cumsum(steps[:, ::-1], axis=1)[:, ::-1]
    log_real = accounts.log_size[:, None] - back + steps[:, -1:]
    size = np.exp(accounts.log_size) * accounts.bought / (1 - accounts.bought)
    age = np.arange(grid)[None, :] * MONTH - np.nan_to_num(accounts.bought_day, nan=1e9)[:, None]
    bought = size[:, None] * np.where(age >= 0, np.exp(-0.0005 * np.maximum(age, 0.0)), 0.0)
    return Growth(accounts, log_real, bought)


def snapshot_table(people: Creators, growth: Growth, rng: np.random.Generator) -> Columns:
    """A reading a month per account from the day it is known to us, and one in the last days."""
    accounts = growth.accounts
    m, months = len(accounts), int(NOW_DAY // MONTH)
    days = np.concatenate([np.arange(months) * MONTH, [NOW_DAY - 1.5]])[None, :] + rng.uniform(
        0.02, 1.4, (m, months + 1)
    )
    known = (days > accounts.joined[:, None]) & ~(rng.random(days.shape) < 0.03)
    known[:, -1] = True
    account, column = np.nonzero(known)
    day = days[account, column]
    followers, authentic = growth.of(account, day)
    shown = authentic * accounts.engagement[account] * (1 + 0.8 * accounts.pod[account]) / followers
    rate = np.minimum(shown * np.exp(rng.normal(0, 0.15, len(day))), 1.0)
    reported = rng.random(len(day)) < 0.55
    following = np.exp(rng.normal(6.0, 0.8, m))[account] * np.where(
        people.fraud[accounts.creator[account]] > 0, 1.6, 1.0
    )
    media = 30 * accounts.cadence[account] * (12 + day / MONTH)
    return {
        "account_id": pa.array(accounts.ids).take(pa.array(account)),
        "observed_at": instants(day),
        "followers": counts(followers),
        "following": counts(following),
        "media_count": counts(media),
        "total_likes": counts(
            media * followers * rate * 0.9, known=reported & (accounts.platform[account] == 1)
        ),
        "engagement_rate": pa.array(np.round(rate, 6), mask=~reported),
        "engagement_basis": pa.array(np.where(reported, "followers", ""), mask=~reported),
        "engagement_window_days": counts(np.full(len(day), 90.0), known=reported),
    }
