"""What if: other answers, scenarios side by side, and the way to a goal."""
