"""What the application needs from outside, in its own words. Adapters implement these."""
