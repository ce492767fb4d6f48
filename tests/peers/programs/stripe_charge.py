"""`stripe_charge.py URL`: holds and captures by Stripe's library; prints what it read as JSON."""

import json
import sys

import stripe

if __name__ == "__main__":
    client = stripe.StripeClient("sk_test_12345", base_addresses={"api": sys.argv[1]})
    held = client.v1.payment_intents.create(
        params={
            "amount": 4_200,
            "currency": "eur",
            "capture_method": "manual",
            "confirm": True,
            "payment_method": "pm_card_visa",
        }
    )
    captured = client.v1.payment_intents.capture(held.id)
    print(json.dumps({"id": held.id, "held": held.status, "captured": captured.status}))
