"""Consultations on a case: for whoever leads one, and for those who answer by a link without an account."""
