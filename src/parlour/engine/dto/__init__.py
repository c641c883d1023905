"""What a DTO is: how it is declared, what is known of it, and the values and errors it is made of."""
