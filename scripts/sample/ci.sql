-- Rows of the ci database.  Variables: projects, rows.
-- SPDX-License-Identifier: MIT
INSERT INTO p_ci_pipelines (partition_id, iid, project_id, ref, sha, status,
        yaml_errors, created_at)
    SELECT 100 + n % 3, n, 1 + n % :projects, CASE n % 3 WHEN 0 THEN 'main' ELSE 'feature/' || n END,
        substr(encode(sha256(n::text::bytea), 'hex'), 1, 40),
        (ARRAY['success', 'failed', 'canceled'])[1 + n % 3],
        CASE WHEN n % 6 = 0 THEN pg_temp.odd(n) END, pg_temp.at(n)
    FROM generate_series(1, :rows * 10 / 100) n;
INSERT INTO p_ci_builds (partition_id, commit_id, project_id, name, status,
        options, finished_at, coverage, token_encrypted)
    SELECT p.partition_id, p.id, p.project_id, (ARRAY['build', 'test', 'deploy'])[1 + n % 3] || ' ' || n,
        p.status, E'---\n:script:\n- ' || pg_temp.odd(n), p.created_at AT TIME ZONE 'UTC',
        n / 3.0, encode(sha256(n::text::bytea), 'base64')
    FROM generate_series(1, :rows * 20 / 100) n
        JOIN p_ci_pipelines p ON p.id = (n + 1) / 2;
