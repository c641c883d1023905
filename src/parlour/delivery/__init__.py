"""The way out: mail, and later the event stream and webhooks."""
