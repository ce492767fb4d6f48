-- The way from a refund's id, or from the one that a gateway gave, to its payment.

CREATE INDEX payment_timeline_refund ON payment_timeline ((data ->> 'operation'))
    WHERE type = 'RefundStarted';
CREATE INDEX payment_timeline_reference ON payment_timeline ((data ->> 'reference'))
    WHERE (data ->> 'reference') IS NOT NULL;
