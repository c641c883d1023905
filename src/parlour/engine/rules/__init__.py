"""Validation: the rules of members, and checking a request by them."""
