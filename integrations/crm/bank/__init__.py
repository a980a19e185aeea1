"""What the bank publishes: branches, rates, and how a loan is paid back."""
