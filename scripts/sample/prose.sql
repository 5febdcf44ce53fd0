-- Functions of a session that make the same text from the same number.
-- SPDX-License-Identifier: MIT
CREATE FUNCTION pg_temp.hashed(prefix text, id bigint) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT prefix || '/' || substr(h, 1, 2) || '/' || substr(h, 3, 2) || '/' || h
    FROM encode(sha256(id::text::bytea), 'hex') h
$$;
CREATE FUNCTION pg_temp.at(n bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT timestamptz '2024-01-01 00:00:00+00'
        + (n * 7919 % 31536000) * interval '1 second'
        + (n % 1000) * interval '1 millisecond'
$$;
-- What dumps and loads stumble over: quotes, backslashes, COPY's own marks,
-- control characters, psql commands, code points of two to four bytes.
CREATE FUNCTION pg_temp.odd(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $odd$
    SELECT (ARRAY['plain', $q$it's "quoted"$q$, 'back\slash \\ twice', '\N', '\.',
        E'tab\tand\nnewline\r\nand bell\x07', E'\n\\.\n', '$$ dollar $q$', '', ' ',
        'Größe, naïve, Ελλάδα', '日本語のテキスト', '🚀👩‍👩‍👧 e' || U&'\0301',
        '-- comment; DROP TABLE users; /*', E'\\connect template1\n\\! false',
        '<b>R & D</b>', U&'\FFFD\200B\2028'])[1 + n % 17]
$odd$;
CREATE FUNCTION pg_temp.prose(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT pg_temp.odd(n) || ' ' || string_agg(
        (ARRAY['the','runner','fails','when','merge','request','pipeline','is',
        'updated','after','a','rebase','and','cache','keys','differ','between',
        'branches','please','review','this','change','before','release','see',
        'also','issue','#' || n,'```ruby','end','```',md5(n || 'x')])
        [1 + (n * 31 + g * g * 7 + g * 13) % 32],
        CASE WHEN g % 11 = 0 THEN E'.\n' ELSE ' ' END ORDER BY g)
    FROM generate_series(1, 8 + n % 60) g
$$;
