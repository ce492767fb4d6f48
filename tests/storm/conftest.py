"""The clocks of a storm come from the peers."""

from __future__ import annotations

from tests.support.peers import peers

__all__ = ["peers"]
