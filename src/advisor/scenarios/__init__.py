"""What if: changes of a case side by side, how firm the advice is, and the way to a goal."""
