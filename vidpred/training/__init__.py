"""The training loop, validation, events and restoring of a run."""
