"""Compare runs: their validation and evaluation results side by side, and the settings in which they differ. No torch here."""
