"""The sections of the configuration, one per room. Units stand in the names or in the comments."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, PositiveInt

from tastemaker.config.guards import Monitor, Promotion, Skew
from tastemaker.config.section import Section
from tastemaker.config.tuning import Tuning

Unit = Field(ge=0.0, le=1.0)


class Sources(Section):
    max_rejected_share: float = Field(
        0.05, ge=0.0, le=1.0, description="of a table's rows; more stops the ingest"
    )
    max_text_chars: PositiveInt = Field(
        20_000, description="longer captions, bios and comments are set aside"
    )


class Simulation(Section):
    creators: PositiveInt = 3_000
    brands: PositiveInt = 150
    campaigns: PositiveInt = 800
    seed: int = Field(7, ge=0)
    noise: Literal["low", "medium", "high"] = "medium"
    bias: Literal["low", "medium", "high"] = "medium"


class Encoders(Section):
    name: str = Field(
        "multilingual",
        pattern=r"^(multilingual|minilm|minilm-int8|hashing|sentence-transformers:.+)$",
        description="an encoder, or sentence-transformers: with a path or name after it",
    )
    workers: int = Field(0, ge=0, description="encoding processes; 0 takes one per core")


class Evidence(Section):
    """When a group of fields is believed: ``enough`` pieces of evidence make one half, and age takes from it."""

    enough: float = Field(
        gt=0.0,
        description="posts, readings, people asked, quotes or campaigns that make a confidence of one half",
    )
    half_life_days: float = Field(gt=0.0, description="age of the latest piece that halves the confidence")


class Confidence(Section):
    """Group of fields -> when it is believed."""

    size: Evidence = Evidence(enough=1, half_life_days=90)
    engagement: Evidence = Evidence(enough=5, half_life_days=180)
    reach: Evidence = Evidence(enough=5, half_life_days=180)
    audience: Evidence = Evidence(enough=300, half_life_days=180)
    authenticity: Evidence = Evidence(enough=20, half_life_days=180)
    sponsorship: Evidence = Evidence(enough=10, half_life_days=180)
    safety: Evidence = Evidence(enough=10, half_life_days=180)
    content: Evidence = Evidence(enough=10, half_life_days=90)
    price: Evidence = Evidence(enough=2, half_life_days=365)
    history: Evidence = Evidence(enough=3, half_life_days=365)


class Features(Section):
    buckets: PositiveInt = Field(8, description="parts of the catalogue that are computed one at a time")
    workers: int = Field(0, ge=0, description="processes; 0 takes one per core")
    memory_mb: PositiveInt = Field(
        1024, description="most that the tables of one bucket may take, per process"
    )
    engagement_window_days: PositiveInt = 90
    engagement_mature_days: float = Field(
        3.0,
        ge=0.0,
        description="age of a post's reading from which it counts in rates on each basis and in reach",
    )
    fee_far_spreads: float = Field(
        2.5, gt=0.0, description="own quotes are flagged so many spreads away from what peers ask"
    )
    tiers: dict[str, PositiveInt] = Field(
        default={"nano": 1_000, "micro": 10_000, "mid": 50_000, "macro": 500_000, "mega": 1_000_000},
        description="least followers of each size tier, for display only",
    )
    audience_max_age_days: PositiveInt = Field(
        730, description="an older report of an audience counts as none"
    )
    audience_assumed_people: PositiveInt = Field(
        30, description="sample behind a report that does not say how many people it asked"
    )
    max_themes: int = Field(4, ge=1, le=4)
    fraud_base_rate: float = Field(
        0.2,
        gt=0.0,
        lt=1.0,
        description="share of accounts whose audience or engagement is taken not to be real before any evidence",
    )
    authenticity_weights: str | None = Field(
        None, description="weights of own labels, written by AuthenticityModel.save; none takes those shipped"
    )
    history_step_days: PositiveInt = Field(
        30, description="spacing of the past snapshots that training reads"
    )
    confidence: Confidence = Confidence()


class Retrieval(Section):
    index: Literal["exact", "ivf", "compact"] = Field(
        "ivf", description="compact: without 8-bit codes, 150 bytes a vector and slower exact answers"
    )
    content_dim: int = Field(256, ge=8, le=384)
    content_weight: float = Field(1.0, ge=0.0, le=10.0)
    audience_weight: float = Field(0.5, ge=0.0, le=10.0)
    candidates: PositiveInt = Field(200, description="creators handed to the ranker")
    exact_below: int = Field(
        200_000, ge=0, description="eligible rows up to which the search is exact; of a compact index a tenth"
    )
    projection: Literal["none", "learned"] = Field(
        "learned",
        description="learned: fitted on past campaigns, used only where it finds more on later ones",
    )
    projection_rank: int = Field(
        32, ge=0, description="rank of what is added to the identity on each side; 0: the diagonal alone"
    )
    projection_ridge: float = Field(3.0, ge=0.0, description="pull towards the identity; more changes less")
    projection_diagonal_ridge: float | None = Field(
        3.0, ge=0.0, description="pull of a weight per dimension towards 1; null: no such weights"
    )
    projection_negatives: PositiveInt = Field(256, description="eligible creators drawn for each decision")
    projection_least: PositiveInt = Field(200, description="deliveries below which nothing is learned")


class Forecasting(Section):
    rounds: PositiveInt = 300
    learning_rate: float = Field(0.05, gt=0.0, le=1.0)
    leaves: int = Field(15, ge=2)
    min_leaf: PositiveInt = 30
    shrinkage: float = Field(10.0, ge=0.0, description="pull of every leaf towards 0, in rows")
    row_share: float = Field(0.7, gt=0.0, le=1.0, description="of the rows that each tree sees")
    column_share: float = Field(0.6, gt=0.0, le=1.0, description="of the columns that each tree sees")
    interval: float = Field(0.8, gt=0.0, lt=1.0)


class Ranking(Section):
    ranker: Literal["popularity", "content", "linear", "value", "lambdamart"] = "value"
    rounds: PositiveInt = 200
    learning_rate: float = Field(0.05, gt=0.0, le=1.0)
    leaves: int = Field(15, ge=2)


class Engine(Section):
    limit: int = Field(20, ge=1, le=500)
    shown_features: int = Field(5, ge=0, le=50)
    log_features: bool = Field(True, description="keep the pair features of the shown with each decision")


class Exploration(Section):
    """Test slots: places of a shortlist for creators of whom little is known and who may be better than they look."""

    enabled: bool = Field(False, description="unless a request asks for exploration or refuses it")
    share: float = Field(0.2, ge=0.0, le=1.0, description="of a shortlist's places that are contested")
    unknown_below: float = Field(
        3.0, ge=0.0, description="known past campaigns from which a creator is no unknown any more"
    )
    boldness: float = Field(
        1.0, ge=0.0, description="factor on the uncertainty that Thompson sampling draws from"
    )
    least_chance: float = Field(
        0.02, ge=0.0, lt=1.0, description="of winning a test slot below which an unknown is not promising"
    )
    near_tie: float = Field(
        0.02, ge=0.0, lt=1.0, description="values that differ by no more than this share are a near-tie"
    )
    draws: int = Field(1_000, ge=100, le=100_000, description="of Thompson sampling, for the chances")
    seed: int = Field(0, ge=0, description="mixed with each decision's own")


class Evaluation(Section):
    cutoff: PositiveInt = 10
    bootstrap: PositiveInt = 2_000
    seed: int = 0


class Store(Section):
    url: str = Field("sqlite:///var/tastemaker.db", description="SQLAlchemy URL of the decision store")


class Training(Section):
    experiment: str = "tastemaker"
    model: str = "tastemaker"
    holdout_share: float = Field(0.2, gt=0.0, lt=1.0, description="latest campaigns, for judging")
    calibration_share: float = Field(
        0.2, gt=0.0, lt=1.0, description="of the rest, its latest, for calibration"
    )
    maturity_days: float = Field(
        30.0, gt=0.0, description="age of a deliverable from which its totals are final"
    )
    maturity_share: float = Field(
        0.5,
        gt=0.0,
        le=1.0,
        description="of an outcome's final value that is to be there before it is a label; younger ones are censored",
    )
    seed: int = 0


class Service(Section):
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    max_body_bytes: PositiveInt = 262_144


class Config(Section):
    """The whole configuration; every section has defaults, ``configs/default.yaml`` spells all of them out."""

    sources: Sources = Sources()
    simulation: Simulation = Simulation()
    encoders: Encoders = Encoders()
    features: Features = Features()
    retrieval: Retrieval = Retrieval()
    forecasting: Forecasting = Forecasting()
    ranking: Ranking = Ranking()
    engine: Engine = Engine()
    exploration: Exploration = Exploration()
    evaluation: Evaluation = Evaluation()
    store: Store = Store()
    training: Training = Training()
    tuning: Tuning = Tuning()
    promotion: Promotion = Promotion()
    monitor: Monitor = Monitor()
    skew: Skew = Skew()
    service: Service = Service()
