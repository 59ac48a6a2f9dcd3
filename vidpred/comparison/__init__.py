"""Compare runs: their validations and evaluations, and the settings in which they differ. No torch here."""
