-- A partitioned table's unique index holds the time it is partitioned by. The partitions themselves are no migration: they
-- follow the clock and the configuration (store/partitions).
ALTER TABLE dead_letters DROP CONSTRAINT dead_letters_pkey;
ALTER TABLE dead_letters ADD PRIMARY KEY (dead_letter_id, received_at);
