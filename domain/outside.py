"""The one door for words from outside: of gateways, proxies, libraries that quote them.

What comes through is printable, holds no card number and is bounded. Answers and failures of the
gateway ports pass it when they are made (domain/gateway/answers.py, application/ports/gateways.py),
notices when they are read; from there on they are facts.
"""

from __future__ import annotations

import re
from typing import Final

from domain.card_numbers import MASK, mask_card_numbers

# Digits that the cut takes apart: what is left of them is nobody's business.
_CHAIN_AT_THE_END: Final = re.compile(r"\d[\d -]*\Z")
_CHAIN_GOES_ON: Final = re.compile(r"[ -]?\d")

WORDS_CHARACTERS_MAX: Final = 300
WORD_CHARACTERS_MAX: Final = 64


def words(text: str, most: int = WORDS_CHARACTERS_MAX) -> str:
    """Plain text of at most `most` characters, one space between words. Masked before it is cut,
    for half a card number is still half a card number; and after, for what touched other letters
    and was none may end at the cut and be one."""
    if not text.isprintable():
        text = "".join(one if one.isprintable() else " " for one in text)
    whole = mask_card_numbers(" ".join(text.split()))
    if len(whole) <= most:
        return whole
    kept = whole[:most]
    if _CHAIN_GOES_ON.match(whole, most):
        kept = _CHAIN_AT_THE_END.sub(lambda chain: MASK * len(chain[0]), kept)
    return mask_card_numbers(kept)


def word(text: str) -> str:
    """A code or name from outside."""
    return words(text, WORD_CHARACTERS_MAX)
