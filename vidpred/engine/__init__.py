"""The engine: a plan of rollout steps, and the loop that executes it.

It knows no component by name and no model family.
"""
