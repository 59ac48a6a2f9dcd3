"""Checks whole data sets: `vidpred data check`."""
