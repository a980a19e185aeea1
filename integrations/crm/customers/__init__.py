"""Customers and what they hold at the bank."""
