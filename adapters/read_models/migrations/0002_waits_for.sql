-- The gateway that a stream waits for: a worker takes up at most a share of each gateway's.

ALTER TABLE recovery ADD COLUMN waits_for text;
