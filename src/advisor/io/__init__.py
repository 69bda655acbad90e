"""Files and texts in and out: readers, writers, and what is wrong with an input."""
