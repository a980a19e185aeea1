"""The bot's side of the contract with the app."""
