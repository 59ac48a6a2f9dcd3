"""Load a trained model from its run folder, predict with it, and evaluate it."""
