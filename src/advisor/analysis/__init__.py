"""What holds over every way the open answers could still be given."""
