"""Who follows: the true audience of every account, and the partial, dated readings of it that the tables show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tastemaker.schema import AUDIENCE_COLUMNS, FACET_SLICES, NICHES
from tastemaker.schema.vocabulary import AGES, COUNTRIES, LANGUAGES
from tastemaker.simulation import places
from tastemaker.simulation.clock import NOW_DAY, Floats, Ints, instants
from tastemaker.simulation.creators import THEMES, Accounts, Creators, affinity
from tastemaker.simulation.growth import Growth
from tastemaker.simulation.lexicon import niches
from tastemaker.simulation.writing import Columns, counts, take

Shares = NDArray[np.float32]


@dataclass(frozen=True)
class Audiences:
    """Rows of shares in the order of ``schema.AUDIENCE_COLUMNS``; every facet of a row sums to 1.

    ``authentic`` (m, width): real followers; ``bought`` (width,): what bought ones claim to be.
    """

    authentic: Shares
    bought: Shares


def draw_audiences(people: Creators, accounts: Accounts, rng: np.random.Generator) -> Audiences:
    """Audiences follow niche (age, gender, interest), country and language, with a taste of each account's own."""
    c = accounts.creator
    country = _countries(people, accounts, rng)
    tongue = np.array([LANGUAGES.index(t) for t in ("en", "es", "fr", "de", "pt")])[people.tongue[c]]
    language = 0.7 * (country @ places.spoken())
    language[np.arange(len(c)), tongue] += 0.3
    authentic = np.concatenate(
        [_age_gender(people, rng)[c], country, language, _interests(people, accounts, rng)], axis=1
    )
    for facet, strength in (("age_gender", 90.0), ("language", 120.0)):
        authentic[:, FACET_SLICES[facet]] = _blur(authentic[:, FACET_SLICES[facet]], strength, rng)
    farms = places.farms()
    ages = np.array([0.1, 0.4, 0.3, 0.1, 0.05, 0.03, 0.02])
    interest = np.full(len(NICHES) + 1, 1.0 / (len(NICHES) + 1))
    bought = np.concatenate([0.3 * ages, 0.7 * ages, farms, farms @ places.spoken(), interest])
    return Audiences(authentic.astype(np.float32), bought.astype(np.float32))


def audience_table(truth: Audiences, growth: Growth, rng: np.random.Generator) -> Columns:
    """What is known: dated samples of all followers, per facet, cut to the larger keys; some stay unknown."""
    accounts = growth.accounts
    m = len(accounts)
    first = np.maximum(accounts.joined, 0.0) + rng.uniform(1.0, 45.0, m)
    days = np.stack([first, first + rng.uniform(250, 420, m), first + rng.uniform(520, 700, m)], axis=1)
    known = (
        (days < NOW_DAY - 1)
        & (rng.random(m) < 0.92)[:, None]
        & (rng.random((m, 3)) < np.array([0.95, 0.6, 0.6]))
    )
    account, _ = np.nonzero(known)
    day = days[known]
    sample = np.rint(np.exp(rng.uniform(np.log(400), np.log(20_000), len(day)))).astype(np.int64)
    engaged = rng.random(m) < 0.12
    parts = [_facet(f, truth, growth, account, day, sample, rng) for f in FACET_SLICES]
    reading = np.concatenate([p[0] for p in parts])
    column = np.concatenate([p[1] for p in parts])
    share, whole = np.concatenate([p[2] for p in parts]), np.concatenate([p[3] for p in parts])
    order = np.lexsort((column, reading))
    reading, column, share, whole = reading[order], column[order], share[order], whole[order]
    who = account[reading]
    return {
        "account_id": take(accounts.ids, who),
        "observed_at": instants(day[reading]),
        "basis": pa.array(np.where(engaged[who], "engaged", "followers")),
        "facet": take([f for f, _ in AUDIENCE_COLUMNS], column),
        "key": take([k for _, k in AUDIENCE_COLUMNS], column),
        "share": pa.array(share),
        "complete_share": pa.array(whole),
        "sample_size": counts(sample[reading].astype(float)),
        "source": pa.array(np.where(accounts.first_party[who], "platform export", "panel estimate")),
        "first_party": pa.array(accounts.first_party[who]),
    }


def _facet(
    facet: str,
    truth: Audiences,
    growth: Growth,
    account: Ints,
    day: Floats,
    sample: Ints,
    rng: np.random.Generator,
) -> tuple[Ints, Ints, Floats, Floats]:
    """(reading, column, share, listed mass) of one facet: a multinomial sample, keys under a floor left out."""
    part = FACET_SLICES[facet]
    there = np.nonzero(rng.random(len(account)) < (0.82 if facet == "interest" else 0.95))[0]
    who = account[there]
    total, authentic = growth.of(who, day[there])
    fake = growth.accounts.base_authentic[who] * (1 - authentic / growth.accounts.base_authentic[who] / total)
    mixed = (1 - fake)[:, None] * truth.authentic[who, part] + fake[:, None] * truth.bought[part]
    mixed = mixed.astype(np.float64) / mixed.sum(axis=1, keepdims=True)
    drawn = rng.multinomial(sample[there], mixed) / sample[there][:, None]
    floor = np.where(growth.accounts.first_party[who], 0.004, 0.015)
    shown = np.where(drawn >= floor[:, None], np.round(drawn, 4), 0.0)
    whole = np.minimum(shown.sum(axis=1), 1.0)
    row, column = np.nonzero(shown)
    return there[row], column + part.start, shown[row, column], np.round(whole[row], 4)


def _countries(people: Creators, accounts: Accounts, rng: np.random.Generator) -> Floats:
    """Home takes the largest part, less for large accounts; the rest reads the language or lives anywhere."""
    c = accounts.creator
    home = np.array([COUNTRIES.index(name) for name in people.homes])[people.country[c]]
    at_home = rng.beta(5, 4, len(c)) * np.clip(1.25 - 0.035 * (accounts.log_size - 7.0), 0.7, 1.2)
    at_home = np.clip(at_home, 0.05, 0.95)
    shares = (1 - at_home)[:, None] * _blur(places.readers()[people.tongue[c]], 12.0, rng)
    shares[np.arange(len(c)), home] += at_home
    return shares


def _age_gender(people: Creators, rng: np.random.Generator) -> Floats:
    facts = niches()
    themes, weights = np.maximum(people.themes, 0), people.weights
    age = (np.array([n.age for n in facts])[themes] * weights).sum(axis=1) + rng.normal(0, 0.55, len(people))
    female = (np.array([n.female for n in facts])[themes] * weights).sum(axis=1)
    lean = np.log(female / (1 - female)) + rng.normal(0, 0.6, len(people))
    women = 1 / (1 + np.exp(-lean))
    ages = np.exp(-0.5 * ((np.arange(len(AGES))[None, :] - age[:, None]) / 1.05) ** 2)
    ages /= ages.sum(axis=1, keepdims=True)
    return np.concatenate([women[:, None] * ages, (1 - women)[:, None] * ages], axis=1)


def _interests(people: Creators, accounts: Accounts, rng: np.random.Generator) -> Floats:
    near = affinity()
    spread = near / near.sum(axis=1, keepdims=True)
    shares = np.zeros((len(people), len(NICHES) + 1))
    for k in range(THEMES):
        shares[:, :-1] += people.weights[:, k : k + 1] * spread[np.maximum(people.themes[:, k], 0)]
    shares = 0.88 * shares + 0.12 / shares.shape[1]
    return _blur(shares[accounts.creator], 22.0, rng)


def _blur(shares: Floats, strength: float, rng: np.random.Generator) -> Floats:
    """Dirichlet noise around the rows; ``strength`` is the pseudo-count."""
    drawn = rng.standard_gamma(np.maximum(strength * shares, 0.02)) + 1e-9
    blurred: Floats = drawn / drawn.sum(axis=1, keepdims=True)
    return blurred
