"""The table of contents: everything that can be asked of Interlock, by one owner.

Made in one place (api/composition/core.py), for production, tests and simulation alike.
"""

from __future__ import annotations

from dataclasses import dataclass

from application.merchants.authenticate import Authentication
from application.merchants.register import Merchants
from application.notices.hints import Hints
from application.notices.receive import Notices
from application.operators.register import Operators
from application.payments.change import ChangePayments
from application.payments.create import CreatePayments
from application.payments.desk import Desk
from application.payments.looking import Looking
from application.payments.resolve import ResolvePayments
from application.recovery.carry_on import CarryOn
from application.recovery.worker import RecoveryWorker


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    desk: Desk  # what all of them share
    creates: CreatePayments
    changes: ChangePayments  # capture, cancel, refund
    resolves: ResolvePayments  # by operators
    looking: Looking
    carrying: CarryOn
    recovery: RecoveryWorker
    notices: Notices
    hints: Hints
    merchants: Merchants
    operators: Operators
    authentication: Authentication
