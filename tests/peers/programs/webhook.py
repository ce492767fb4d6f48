"""`webhook.py sign | verify SECRET ID UNIX_SECONDS [SIGNATURES]`, the body on standard input: by
the reference library of Standard Webhooks. Prints the signature, or `good`."""

import sys
from datetime import UTC, datetime

from standardwebhooks import Webhook

if __name__ == "__main__":
    what, secret, notice, seconds, *signatures = sys.argv[1:]
    body, library = sys.stdin.read(), Webhook(secret)
    if what == "sign":
        print(library.sign(notice, datetime.fromtimestamp(int(seconds), UTC), body))
    else:
        headers = {
            "webhook-id": notice, "webhook-timestamp": seconds, "webhook-signature": signatures[0],
        }  # fmt: skip
        library.verify(body, headers)
        print("good")
