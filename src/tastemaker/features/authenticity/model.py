"""From evidence to a calibrated probability that audience and engagement are real: a plain, signed, bounded sum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from tastemaker.errors import FeatureError
from tastemaker.features.authenticity.evidence import CORE, EVIDENCE, FLAT, NAMES
from tastemaker.features.authenticity.fitting import bounded_logistic
from tastemaker.features.authenticity.saved import load_fitted, save_fitted

if TYPE_CHECKING:
    from tastemaker.features.snapshot import FeatureSnapshot

FORMAT = 1
SHIPPED = Path(__file__).parent / "weights.json"

BENDS = (0.5, 2.0, 6.0)
"""Spreads from the peers' median where doubt begins, where its slope may change, and beyond which nothing is added."""

SEGMENTS = len(BENDS) - 1
_OF_TERM = np.array([NAMES.index(name) for name, _ in FLAT])
_TERMS = tuple(f"{name} {'above' if way > 0 else 'below'}" for name, way in FLAT)
_WAY = np.array([way for _, way in FLAT], dtype=np.float64)


@dataclass(frozen=True)
class FitSettings:
    """``floor``: least slope of any oddness between the :data:`BENDS`, so that a fraud that nobody has labelled yet is
    seen; ``cap``: most
    that one direction of one evidence may say against an account, in log-odds; ``strength``: ridge penalty.

    ``copies`` of every account are learned from with each evidence hidden with probability ``hidden``, so that the
    probability is calibrated where little is known. ``flagged``: share of honest accounts below the threshold.
    """

    floor: tuple[float, ...] = (0.75, 1.0)
    cap: float = 8.0
    strength: float = 1e-3
    copies: int = 4
    hidden: float = 0.35
    flagged: float = 0.03
    seed: int = 0


@dataclass(frozen=True)
class AuthenticityModel:
    """Log-odds of being real = those of the base rate + sum over known evidence of (calm - doubt of its oddness).

    ``calm`` (evidence,): what a known, unremarkable evidence says for an account, at least 0; ``slopes`` (segments,
    terms): how doubt grows, in log-odds per spread, between neighbouring :data:`BENDS`, at least 0. Terms are those
    of ``evidence.FLAT``.
    ``limit``: log-odds of the evidence alone below which an account is flagged. ``about``: where the weights come from.
    """

    calm: np.ndarray
    slopes: np.ndarray
    limit: float
    about: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def fit(
        cls,
        standings: Mapping[str, np.ndarray],
        real: np.ndarray,
        settings: FitSettings | None = None,
        about: dict[str, Any] | None = None,
    ) -> Self:
        """``standings``: evidence name -> (n,) spreads from the peers, NaN unknown; ``real`` (n,): true for a real one.

        Raises FeatureError where evidence is missing or only one kind of account is there.
        """
        chosen = settings or FitSettings()
        matrix, label = _matrix(standings), np.asarray(real, dtype=bool)
        if len(label) != len(matrix) or label.all() or not label.any():
            raise FeatureError(
                f"{len(matrix)} accounts with {len(label)} labels, {int(label.sum())} of them real; "
                "expected a label per account, and accounts of both kinds"
            )
        rng = np.random.default_rng(chosen.seed)
        shown = [matrix] + [
            np.where(rng.random(matrix.shape) < chosen.hidden, np.nan, matrix) for _ in range(chosen.copies)
        ]
        columns = np.concatenate([_columns(part) for part in shown])
        terms, kinds = len(FLAT), len(EVIDENCE)
        most = [chosen.cap / SEGMENTS / (stop - start) for start, stop in pairwise(BENDS)]
        upper = np.r_[np.full(kinds, chosen.cap), np.repeat(most, terms)]
        lower = np.minimum(np.r_[np.zeros(kinds), np.repeat(chosen.floor, terms)], upper)
        weights = bounded_logistic(
            columns,
            np.tile(label, len(shown)),
            _logit(float(label.mean())),
            lower,
            upper,
            chosen.strength,
            np.r_[np.zeros(kinds), lower[kinds:]],
        )
        weights = np.round(weights, 4)
        made = cls(weights[:kinds], weights[kinds:].reshape(SEGMENTS, terms), 0.0, about or {})
        evidence = _total(made.contributions(standings))
        limit = round(float(np.quantile(evidence[label & made.known(standings)], chosen.flagged)), 4)
        return replace(made, limit=limit)

    def known(self, standings: Mapping[str, np.ndarray]) -> np.ndarray:
        """bool (n,): any of the evidence in ``evidence.CORE`` is known."""
        core = _matrix(standings)[:, [NAMES.index(name) for name in CORE]]
        return np.asarray(np.isfinite(core).any(axis=1))

    def probability(self, standings: Mapping[str, np.ndarray], base_rate: float) -> np.ndarray:
        """(n,) in 0..1 that audience and engagement are real; NaN where nothing of ``evidence.CORE`` is known.

        ``base_rate``: share of accounts in the market that are not, in 0..1 without the ends.
        """
        log_odds = _total(self.contributions(standings)) - _logit(base_rate)
        return np.where(self.known(standings), 0.5 * (1.0 + np.tanh(0.5 * log_odds)), np.nan)

    def contributions(self, standings: Mapping[str, np.ndarray]) -> np.ndarray:
        """(n, evidence) log-odds in the order of ``evidence.NAMES``, positive speaks for real, 0 where unknown.

        A row sums to its log-odds less those of the base rate.
        """
        matrix = _matrix(standings)
        parts: np.ndarray = np.isfinite(matrix) * self.calm
        # Term by term, without matrix products: their last digits would hang on how many rows there are.
        for (segment, term), slope in np.ndenumerate(self.slopes):
            at = _OF_TERM[term]
            parts[:, at] -= slope * _beyond(matrix[:, at] * _WAY[term], segment)
        return parts

    def threshold(self, base_rate: float) -> float:
        """The probability below which an account is flagged: the same accounts, whatever the base rate."""
        return float(0.5 * (1.0 + np.tanh(0.5 * (self.limit - _logit(base_rate)))))

    def save(self, path: Path) -> None:
        """Writes the weights as JSON."""
        values = {
            "about": self.about,
            "calm": dict(zip(NAMES, self.calm.tolist(), strict=True)),
            "bends": list(BENDS),
            "slopes": dict(zip(_TERMS, self.slopes.T.tolist(), strict=True)),
            "limit": self.limit,
        }
        save_fitted(path, FORMAT, values)

    @classmethod
    def load(cls, path: Path, way_out: str = "fit and save again") -> Self:
        """Raises FeatureError naming the file that is missing, damaged or of another format, and the ``way_out``."""
        made = load_fitted(path, FORMAT, "a model of authenticity", cls._of, way_out)
        if min(made.calm.min(), made.slopes.min()) < 0:
            raise FeatureError(f"{path}: a weight is below 0; oddness can not speak for an account")
        return made

    @classmethod
    def _of(cls, values: dict[str, Any]) -> Self:
        if set(values["calm"]) != set(NAMES):
            raise ValueError(f"evidence {', '.join(values['calm'])}")
        if values["bends"] != list(BENDS):
            raise ValueError(f"bends {values['bends']}")
        slopes = np.array([values["slopes"][name] for name in _TERMS], dtype=np.float64).T
        calm = np.array([values["calm"][name] for name in NAMES], dtype=np.float64)
        return cls(calm, slopes.reshape(SEGMENTS, len(FLAT)), float(values["limit"]), dict(values["about"]))


@cache
def shipped_model() -> AuthenticityModel:
    """The weights that come with the package, learned on simulated marketplaces (see ``docs/authenticity.md``)."""
    return AuthenticityModel.load(SHIPPED)


def standings_of(snapshot: FeatureSnapshot) -> dict[str, np.ndarray]:
    """Evidence name -> standings (n,) of the accounts of a snapshot."""
    return {e.name: snapshot.column(e.standing) for e in EVIDENCE}


def _matrix(standings: Mapping[str, np.ndarray]) -> np.ndarray:
    missing = [name for name in NAMES if name not in standings]
    if missing:
        raise FeatureError(
            f"evidence of authenticity: {', '.join(missing)} is missing; expected {', '.join(NAMES)}, NaN where unknown"
        )
    return np.column_stack([np.asarray(standings[name], dtype=np.float64) for name in NAMES])


def _columns(matrix: np.ndarray) -> np.ndarray:
    """(n, evidence + segments x terms): 1 where known, then minus the oddness of each segment; 0 where unknown."""
    odd = matrix[:, _OF_TERM] * _WAY
    return np.hstack([np.isfinite(matrix), *(-_beyond(odd, segment) for segment in range(SEGMENTS))])


def _beyond(odd: np.ndarray, segment: int) -> np.ndarray:
    """How far each oddness reaches into a segment of :data:`BENDS`, in spreads; 0 where it is unknown."""
    start, stop = BENDS[segment], BENDS[segment + 1]
    reach: np.ndarray = np.clip(np.nan_to_num(odd, nan=0.0), start, stop) - start
    return reach


def _total(parts: np.ndarray) -> np.ndarray:
    total = np.zeros(len(parts))
    for column in parts.T:
        total += column
    return total


def _logit(p: float) -> float:
    if not 0.0 < p < 1.0:
        raise FeatureError(
            f"a base rate of {p:g} leaves nothing to find out; expected a share between 0 and 1"
        )
    return float(np.log(p / (1.0 - p)))
