"""What gateways tell us unasked: kept, and believed only as far as a look-up confirms it."""
