"""The contract engine: DTOs and HTTP. Knows nothing of chats, SQL or mail."""
