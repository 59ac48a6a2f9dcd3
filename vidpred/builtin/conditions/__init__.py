"""Condition encoders."""
