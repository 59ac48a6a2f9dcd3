"""Fixtures of evaluations: a trained run, and `vidpred eval` of it."""

from __future__ import annotations

from tests.trained_runs import evaluate as evaluate, finished_run as finished_run, run as run
