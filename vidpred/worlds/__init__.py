"""Renderers of demo data."""
