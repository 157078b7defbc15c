"""A comparison for people: pictures and one page."""

from tastemaker.training.report.page import write_page
from tastemaker.training.report.pictures import draw_comparison

__all__ = ["draw_comparison", "write_page"]
