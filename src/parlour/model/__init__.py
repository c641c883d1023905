"""The promise: request and response DTOs, no code."""
