"""The advice on a case: the page, the memo, why, and why not something else."""
