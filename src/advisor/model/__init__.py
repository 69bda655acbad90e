"""Values: what a rulebook, a case and an advice are made of."""
