"""Validation: the rules of members, and how requests are checked against them."""
