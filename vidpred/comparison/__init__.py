"""Runs side by side: what was measured of them, and in what they differ. No torch here."""
