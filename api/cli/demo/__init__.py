"""The demo: real HTTP traffic through a running Interlock, judged by the simulator's own books."""
