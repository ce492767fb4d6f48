"""What gateways can do and how they answer, in our words."""
