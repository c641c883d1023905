"""Mail, and hints between the parts of the server."""
