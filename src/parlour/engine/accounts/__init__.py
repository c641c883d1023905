"""Accounts: credentials, signing in and out, tokens, registration, roles and API keys."""
