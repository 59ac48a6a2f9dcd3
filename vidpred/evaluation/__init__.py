"""Protocols, scores, confidence intervals and results."""
