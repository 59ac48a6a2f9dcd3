"""Built-in components. They import only the public API and `worlds`, as a third-party plugin could."""
