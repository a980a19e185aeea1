"""What the Rasa process loads: language understanding and the HTTP contract with the app."""
