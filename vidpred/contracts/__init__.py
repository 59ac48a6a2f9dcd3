"""What a component author reads: the base classes, and the values that flow between them."""
