"""``python -m tastemaker`` is the command ``tastemaker``."""

from tastemaker.cli import main

main()
