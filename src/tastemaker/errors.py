"""The error tree: everything that Tastemaker raises on purpose is a :class:`TastemakerError`.

A message names what came, what was expected, where, and the way out. Commands print the message and exit with
status 2; the service answers it as a problem document. Anything else that escapes is a bug.
"""


class TastemakerError(Exception):
    """Base of all errors with a message meant for a user."""


class ConfigError(TastemakerError):
    """A configuration file has an unknown key or a value out of range."""


class BriefError(TastemakerError):
    """A brief can not be read or breaks a rule; the message names the field."""


class OutputError(TastemakerError):
    """An output would replace something that Tastemaker did not make, or another run is at work there."""


class SourceError(TastemakerError):
    """Input data can not be used: missing file or column, or too many rejected rows."""


class EncoderError(TastemakerError):
    """An encoder is unknown or not installed, or vectors of different encoders were about to be mixed."""


class FeatureError(TastemakerError):
    """Features can not be computed, or do not fit what they are used with."""


class UnknownCreatorError(TastemakerError):
    """A creator or account is asked for that the bundle does not have; the message names the nearest."""


class IndexingError(TastemakerError):
    """A vector index can not be built or read, or was asked with vectors of another width."""


class RankingError(TastemakerError):
    """A ranker or forecaster can not be fitted or loaded, or lacks a feature column."""


class PortfolioError(TastemakerError):
    """A set can not be chosen: the bundle has no forecasts, or nothing keeps to the brief's constraints."""


class BundleError(TastemakerError):
    """A bundle is missing, truncated, altered or of another version; the message names the file."""


class EvaluationError(TastemakerError):
    """A judgement can not be made: shapes differ, a judged pair is missing, or a true value is not a number."""


class StoreError(TastemakerError):
    """The decision store can not be opened, written or read."""


class TrainingError(TastemakerError):
    """There is not enough history to train or judge on, or the registry refused."""


class ServiceError(TastemakerError):
    """The service can not start: its address is taken or not of this machine."""
