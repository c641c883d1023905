"""What the engine says about itself: pages for people, OpenAPI, and an index for programs."""
