"""Frames and conditions of a user's own: read from whatever they are in, and written as what is asked for."""
