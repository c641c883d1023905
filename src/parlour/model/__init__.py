"""The interface that clients rely on: request and response DTOs, without code."""
