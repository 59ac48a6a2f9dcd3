"""A recipe: what is trained on what, and how. Reading, merging and checking it; no torch here."""
