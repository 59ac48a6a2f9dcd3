"""The engine: decide first (plan), then do (rollout). It knows no component by name and no family of models."""
