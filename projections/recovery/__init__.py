"""The recovery work list: which streams wait for somebody to carry them on."""

from projections.recovery.projector import Recovery
from projections.recovery.table import RECOVERY

__all__ = ["RECOVERY", "Recovery"]
