"""The command ``tastemaker``: thin commands over the rooms."""

from tastemaker.cli.app import app, main

__all__ = ["app", "main"]
