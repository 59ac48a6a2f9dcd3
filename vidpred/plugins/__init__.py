"""The plugin hook, the registry of components, and the discovery of plugins."""
