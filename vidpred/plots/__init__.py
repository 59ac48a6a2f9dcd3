"""Images, GIFs and matplotlib figures."""
