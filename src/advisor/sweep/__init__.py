"""What-if by the million: conclusions for many scenarios at once, over columns."""
