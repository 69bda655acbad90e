"""The intake: questions by section or one after another, partners, and what is saved of them."""
