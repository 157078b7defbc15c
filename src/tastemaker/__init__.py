"""Tastemaker matches brands with the creators whose audience will act."""
