"""Helpers for the tests of an application."""
