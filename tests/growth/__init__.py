"""The cost of a request must be linear in its size, for shapes of input that are hard for parsers."""
