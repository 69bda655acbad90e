"""Accounts: signing in, one's own account, and the people of an organization."""
