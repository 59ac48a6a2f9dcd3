"""Cores: posteriors, priors and predictors, which map stretches of steps."""
