-- People who sign in elsewhere (OpenID Connect), and a number by which one session can be named (console/, store/people).

ALTER TABLE console_users ALTER COLUMN password_hash DROP NOT NULL;
ALTER TABLE console_users ADD COLUMN issuer text, ADD COLUMN subject text;
ALTER TABLE console_users ADD CONSTRAINT console_users_way CHECK ((password_hash IS NULL) = (issuer IS NOT NULL AND subject IS NOT NULL));
CREATE UNIQUE INDEX console_users_subject ON console_users (issuer, subject);
COMMENT ON COLUMN console_users.password_hash IS 'argon2id, as the PHC string format writes it; NULL: they sign in at issuer';
COMMENT ON COLUMN console_users.issuer IS 'the OpenID provider that says who they are';
COMMENT ON COLUMN console_users.subject IS 'whom the issuer means, whatever their name becomes';

ALTER TABLE console_sessions ADD COLUMN session_id bigint GENERATED ALWAYS AS IDENTITY UNIQUE;
