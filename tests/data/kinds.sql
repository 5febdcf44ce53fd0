-- Objects that the sample site does not have, one of each kind.
-- SPDX-License-Identifier: MIT
CREATE SCHEMA other;
CREATE TYPE public.mood AS ENUM ('a','b'); CREATE DOMAIN public.pos AS int CHECK (VALUE > 0);
CREATE TYPE public.comp AS (a int, m public.mood);
CREATE TABLE public.k (id int GENERATED ALWAYS AS IDENTITY, m public.mood, p public.pos, c public.comp, b text CHECK (b ~ '^\d+\\$'), d text DEFAULT E'a\'b\\');
CREATE STATISTICS public.st ON id, m FROM public.k;
CREATE FUNCTION public.f(m public.mood, k public.k) RETURNS int LANGUAGE plpgsql AS $$BEGIN RETURN '\! x'; -- it's
END$$;
CREATE FUNCTION public.g(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN a > 1 THEN 1 ELSE 2 END; SELECT a; END;
CREATE PROCEDURE public.pr() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE public.ag(int) (sfunc = int4pl, stype = int);
CREATE OPERATOR public.### (leftarg=int, rightarg=int, function=int4pl);
CREATE COLLATION public.co (provider=icu, locale='de');
CREATE TEXT SEARCH CONFIGURATION public.ts (COPY = english);
CREATE SEQUENCE public.free_seq;
SELECT setval('public.free_seq', 42);
CREATE MATERIALIZED VIEW public.mv AS SELECT id FROM public.k;
CREATE VIEW public.v AS SELECT id, b LIKE 'x\%' ESCAPE '\' AS e FROM public.k WHERE b <> 'it''s \';
CREATE TABLE other.t (x public.mood, y int);
INSERT INTO other.t VALUES ('a', 1);
CREATE FUNCTION public.tr() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tr BEFORE INSERT ON public.k FOR EACH ROW EXECUTE FUNCTION public.tr();
INSERT INTO public.k (m,p,b) VALUES ('a',1,'1\');
COMMENT ON TABLE public.k IS 'x
\! echo hi
-- PostgreSQL database dump complete
';
SELECT lo_from_bytea(0, 'abc');
CREATE RULE ru AS ON INSERT TO other.t DO ALSO NOTHING;
