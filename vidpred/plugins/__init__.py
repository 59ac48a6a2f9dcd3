"""How components are found: hooks, the registry, discovery of plugins."""
