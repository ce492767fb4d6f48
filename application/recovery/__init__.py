"""Carries on what requests left open: after timeouts, crashes, and in the long run."""
