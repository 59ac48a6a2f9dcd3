"""Recipes: reading, merging and validating what a run trains on which data. Imports no torch."""
