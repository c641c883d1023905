"""The memory: all SQL."""
