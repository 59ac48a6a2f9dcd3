"""Pose video in the LAB4 layout."""
