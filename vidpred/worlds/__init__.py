"""Rendered sample data."""
