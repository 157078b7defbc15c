"""The HTTP API and the pages over an engine and its decision log."""

from tastemaker.service.app import create_app
from tastemaker.service.seams import Decisions, Recommender
from tastemaker.service.server import serve, serving

__all__ = ["Decisions", "Recommender", "create_app", "serve", "serving"]
