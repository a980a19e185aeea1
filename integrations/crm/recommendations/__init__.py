"""What may be offered to a customer, what is useful of it, and what became of it."""
