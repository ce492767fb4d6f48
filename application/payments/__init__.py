"""What merchants may do with a payment, and the machine that sends to gateways for it."""
