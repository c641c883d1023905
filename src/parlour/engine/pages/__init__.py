"""What the engine tells of itself: pages for people, OpenAPI and an index for programs."""
