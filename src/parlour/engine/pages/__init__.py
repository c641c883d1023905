"""The engine's description of itself: pages for people, OpenAPI, and an index for programs."""
