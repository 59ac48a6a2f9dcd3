"""Encoders: frames to features."""
