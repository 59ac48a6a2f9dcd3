"""A robot arm that pushes toys on a table: demo data for BAIR robot pushing."""
