"""Fixtures of predictions: two trained runs, of robots and of a person, and the command `predict`."""

from __future__ import annotations

from tests.trained_runs import (
    pose_data as pose_data,
    pose_run as pose_run,
    predict as predict,
    robot_clip as robot_clip,
    robot_conditions as robot_conditions,
    robot_run as robot_run,
)
