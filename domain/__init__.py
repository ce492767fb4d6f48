"""The business: payments, money and what may be decided. Imports only the standard library."""
