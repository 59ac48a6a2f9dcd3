"""Decoders: features to frames."""
