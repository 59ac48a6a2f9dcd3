"""The run folder: its layout, records, checkpoints, weights and lock."""
