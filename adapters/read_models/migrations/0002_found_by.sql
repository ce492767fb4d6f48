-- The way from a refund's id, or from the one that a gateway gave, to its payment.

CREATE INDEX payment_timeline_refund ON payment_timeline ((data ->> 'operation'))
    WHERE type = 'RefundStarted';
-- Of facts that bear a gateway's reference, and no words of anybody: `->>` takes no body that holds
-- a NUL, and a row that no index takes is refused.
CREATE INDEX payment_timeline_reference ON payment_timeline ((data ->> 'reference'))
    WHERE type IN (
        'AttemptPending', 'AttemptSucceeded', 'LateSuccessObserved', 'CaptureSucceeded',
        'VoidSucceeded', 'RefundSucceeded', 'CompensationSucceeded', 'LateOperationObserved',
        'ForeignMovementObserved', 'CaptureReversed', 'RefundReversed'
    );
