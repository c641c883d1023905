"""The services of the recordings' hosts, declared with the engine: `python -m examples.stubs`."""
