"""A person who moves in a room, rendered with the skeleton of each frame: demo data for pose video."""
