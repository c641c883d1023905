"""The pages for browsers: the console, and the page of an invitation. Each calls the operations like any client."""
