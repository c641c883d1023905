"""Benchmarks: Parlour compared with minimal baselines (floors), in one run."""
