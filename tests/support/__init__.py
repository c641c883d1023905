"""Helpers for tests of several folders: hosts, servers, clients, samples."""
