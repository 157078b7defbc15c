"""Invented data of experiment 0002: labelled accounts and a panel, in the layout of the public ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

MONTHS = ("2021-01", "2021-04", "2021-07", "2021-09")
LATER = "2021-10"


def write_accounts(folder: Path, n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    fake = rng.random(n) < 0.25
    accounts = pd.DataFrame(
        {
            "followers": np.round(np.exp(rng.normal(np.where(fake, 3.6, 5.8), 1.0))),
            "following": np.round(np.exp(rng.normal(np.where(fake, 7.0, 5.9), 0.8))),
            "bio_length": rng.poisson(np.where(fake, 10, 20)),
            "media_count": rng.poisson(np.where(fake, 4, 40)),
            "has_picture": (rng.random(n) < np.where(fake, 0.7, 0.98)).astype(int),
            "is_private": (rng.random(n) < 0.5).astype(int),
            "handle_digits": rng.poisson(np.where(fake, 1.5, 0.3)),
            "handle_length": rng.integers(6, 20, n),
            "is_fake": fake.astype(int),
        }
    )
    path = folder / "fake_accounts" / "accounts.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    accounts.to_parquet(path)


def panel(n: int = 400, seed: int = 0) -> pd.DataFrame:
    """Two platforms over MONTHS and LATER: one reports engagement and its authentic part, the other counts."""
    rng = np.random.default_rng(seed)
    months = [*MONTHS, LATER]
    parts = []
    for platform in ("instagram", "tiktok"):
        level = rng.normal(11.0, 1.0, n)
        value = np.exp(level[:, None] + rng.normal(0.0, 0.3, (n, len(months)))).ravel()
        share = np.clip(
            np.repeat(rng.uniform(0.5, 0.9, n), len(months)) + rng.normal(0, 0.02, len(value)), 0.1, 1.0
        )
        reports = platform == "instagram"
        parts.append(
            pd.DataFrame(
                {
                    "platform": platform,
                    "month": np.tile(months, n),
                    "creator_id": np.repeat([f"{platform}{i}" for i in range(n)], len(months)),
                    "followers": value * 20.0,
                    "views": np.nan if reports else value * 10.0,
                    "likes": np.nan if reports else value,
                    "comments": np.nan if reports else value * 0.01,
                    "shares": np.nan if reports else value * 0.02,
                    "eng_auth": value * share if reports else np.nan,
                    "eng_avg": value if reports else np.nan,
                }
            )
        )
    both = pd.concat(parts, ignore_index=True)
    return both[rng.random(len(both)) < 0.9]


def write_panel(folder: Path, rows: pd.DataFrame) -> None:
    path = folder / "engagement_panel" / "monthly.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.to_parquet(path)
