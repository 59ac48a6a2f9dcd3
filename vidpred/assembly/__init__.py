"""The composition root: recipe + registry -> model, data, run."""
