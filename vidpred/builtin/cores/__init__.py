"""Cores: what happens between the features of frames."""
