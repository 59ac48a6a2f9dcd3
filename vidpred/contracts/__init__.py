"""The base classes that component authors implement, and the values that flow between components."""
