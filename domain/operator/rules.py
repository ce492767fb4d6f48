"""The bounds of operators and their keys, and the refusals with their codes."""

from __future__ import annotations

from typing import ClassVar, Final

OPERATORS_MAX: Final = 1_000
VALID_KEYS_MAX: Final = 2  # the old one and the new one, during a rotation
ISSUED_KEYS_MAX: Final = 1_000  # over an operator's life
NAME_CHARACTERS_MAX: Final = 200

OPERATE: Final = "operator"  # the scope that no merchant's key has


class OperatorRejected(Exception):
    """A command that this operator refuses. `code` is stable, the text is for people.

    OperatorRejected
    +-- UnknownOperator        unknown_operator
    +-- OperatorExists         operator_exists
    +-- InvalidOperator        invalid_operator
    +-- TooManyOperators       too_many_operators
    +-- TooManyOperatorKeys    too_many_operator_keys
    +-- UnknownOperatorKey     unknown_operator_key
    """

    code: ClassVar[str] = "rejected"


class UnknownOperator(OperatorRejected):
    code = "unknown_operator"


class OperatorExists(OperatorRejected):
    code = "operator_exists"


class InvalidOperator(OperatorRejected):
    code = "invalid_operator"


class TooManyOperators(OperatorRejected):
    code = "too_many_operators"


class TooManyOperatorKeys(OperatorRejected):
    code = "too_many_operator_keys"


class UnknownOperatorKey(OperatorRejected):
    code = "unknown_operator_key"
