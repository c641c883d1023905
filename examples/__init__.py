"""Applications made with the engine alone."""
