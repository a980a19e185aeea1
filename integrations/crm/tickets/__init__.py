"""Tickets: complaints, fraud reports, card losses and messages left for the staff."""
