"""DTOs: their declaration, their metadata, and the scalars and errors that they consist of."""
