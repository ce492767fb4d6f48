"""What holds for the whole installation: the format of its log."""
