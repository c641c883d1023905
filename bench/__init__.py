"""Measurements: Parlour beside the floors, in one run."""
