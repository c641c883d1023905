"""One request and one response of HTTP: what stands in their heads and bodies, and how they come and go over ASGI."""
