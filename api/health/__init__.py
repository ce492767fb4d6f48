"""What machines that watch are told: alive, ready, what is degraded, numbers."""
