"""`generated_client.py FOLDER URL API_KEY IDEMPOTENCY_KEY`, a create's body on standard input:
charges and looks by the package `generated` in FOLDER; prints what both gave as JSON."""

import importlib
import json
import sys

if __name__ == "__main__":
    folder, url, api_key, idempotency_key = sys.argv[1:]
    sys.path.insert(0, folder)
    package = importlib.import_module("generated")
    models = importlib.import_module("generated.models")
    create = importlib.import_module("generated.api.payments.create_payment")
    get = importlib.import_module("generated.api.payments.get_payment")
    with package.AuthenticatedClient(
        base_url=url, token=api_key, raise_on_unexpected_status=True
    ) as client:
        body = models.CreatePaymentBody.from_dict(json.load(sys.stdin))
        made = create.sync(client=client, body=body, idempotency_key=idempotency_key)
        seen = get.sync(made.id, client=client)
    print(json.dumps({"made": made.to_dict(), "seen": seen.to_dict()}))
