"""Why, why not, and what differs: read from the rules that fired."""
