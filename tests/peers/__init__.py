"""Programs that nobody here wrote, spoken to as processes of their own."""
