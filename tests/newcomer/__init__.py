"""What a person who is new here does, in a terminal of 80 columns, and what he sees."""
