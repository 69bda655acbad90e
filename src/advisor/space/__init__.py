"""What holds whatever is still unknown: one answer-set program, asked many questions."""
