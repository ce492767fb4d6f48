"""Who may end a review: operators and the keys that prove it."""
