"""What a request costs must grow like the request: shapes of input that parsers find hard, and how work is counted."""
