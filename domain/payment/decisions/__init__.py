"""What may be decided: pure functions from a payment and a wish to the facts that follow.

A wish that the payment refuses raises PaymentRejected; a fact that changes nothing gives [].
"""
