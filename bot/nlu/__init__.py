"""Rasa graph components for Chinese and the pure functions they are made of."""
