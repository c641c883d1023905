"""A self-hosted server with a contact book, e-mail invitations with roles, and chat."""
