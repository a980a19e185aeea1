"""Staff: accounts, roles, passwords, second factor and sign-in sessions."""
