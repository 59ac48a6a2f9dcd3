"""What an epoch shows, and how it is read."""
