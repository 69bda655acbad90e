"""Saved cases as a whole: the list, what can be done with one, its history, files in and out, links."""
