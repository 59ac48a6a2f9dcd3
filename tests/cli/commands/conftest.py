"""Fixtures of the commands: trained runs, and data to damage."""

from __future__ import annotations

from tests.trained_runs import (
    finished_run as finished_run,
    pose as pose,
    pose_data as pose_data,
    pose_run as pose_run,
    predict as predict,
    robot as robot,
    robot_clip as robot_clip,
    robot_conditions as robot_conditions,
    robot_run as robot_run,
    run as run,
    small_demo_data as small_demo_data,
)
