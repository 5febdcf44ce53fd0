-- Rows of the main database.  Variables: projects, rows.
-- SPDX-License-Identifier: MIT
-- scripts/sample/README.md says which ids are special, and how.
\set users ':projects / 2 + 5'
\set groups ':projects / 4 + 2'

INSERT INTO shards (id, name) VALUES (1, 'default'), (2, 'storage2');

INSERT INTO users (id, email, username, name, encrypted_password,
        encrypted_otp_secret, preferences, created_at)
    SELECT n, 'user' || n || '@example.com', 'user' || n, 'User ' || pg_temp.odd(n),
        '$2a$10$' || md5(n::text), decode(repeat(md5(n::text), 4) || '005c0a27ff', 'hex'),
        jsonb_build_object('theme', n % 5, 'note', pg_temp.odd(n)), pg_temp.at(n)
    FROM generate_series(1, :users) n;

-- Groups are 1.., every third one below the group before it; the namespaces
-- of users are 1000001.., those of projects 2000001...
INSERT INTO namespaces (id, name, path, type, parent_id, traversal_ids, created_at)
    SELECT n, 'Group ' || pg_temp.odd(n + 10), CASE WHEN n % 3 = 0 THEN 'team-' ELSE 'group-' END || n,
        'Group', CASE WHEN n % 3 = 0 THEN n - 1 END,
        CASE WHEN n % 3 = 0 THEN ARRAY[n - 1, n] ELSE ARRAY[n] END, pg_temp.at(n)
    FROM generate_series(1, :groups) n;
INSERT INTO namespaces (id, name, path, owner_id, traversal_ids, created_at)
    SELECT 1000000 + id, name, username, id, ARRAY[1000000 + id], created_at
    FROM users;
INSERT INTO routes (source_id, source_type, path, name, namespace_id)
    SELECT n.id, 'Namespace', concat_ws('/', p.path, n.path),
        concat_ws(' / ', p.name, n.name), n.id
    FROM namespaces n LEFT JOIN namespaces p ON p.id = n.parent_id
    ORDER BY n.id;

INSERT INTO pool_repositories (id, shard_id, disk_path, state)
    VALUES (1, 1, pg_temp.hashed('@pools', 1), 'ready');
INSERT INTO namespaces (id, name, path, type, parent_id, created_at)
    SELECT 2000000 + n, 'Project ' || n || ' ' || pg_temp.odd(n + 9), 'project-' || n, 'Project',
        CASE WHEN n % 7 = 0 THEN 1000001 + n % (:users) ELSE 1 + n % (:groups) END, pg_temp.at(n)
    FROM generate_series(1, :projects) n;
INSERT INTO projects (id, name, path, description, namespace_id, project_namespace_id,
        creator_id, repository_storage, storage_version, pool_repository_id,
        archived, last_activity_at, created_at)
    SELECT id - 2000000, name, path, pg_temp.prose(id), parent_id, id, 1 + id % (:users),
        CASE WHEN id % 4 = 3 THEN 'storage2' ELSE 'default' END,
        CASE WHEN id = 2000009 THEN NULL ELSE 2 END,
        CASE WHEN id = 2000010 THEN 1 END, id % 9 = 8, created_at, created_at
    FROM namespaces WHERE type = 'Project' ORDER BY id;
UPDATE pool_repositories SET source_project_id = 1;
INSERT INTO routes (source_id, source_type, path, name, namespace_id)
    SELECT p.id, 'Project', r.path || '/' || p.path, r.name || ' / ' || p.name,
        p.project_namespace_id
    FROM projects p JOIN routes r ON r.source_id = p.namespace_id
        AND r.source_type = 'Namespace'
    ORDER BY p.id;
INSERT INTO project_repositories (shard_id, disk_path, project_id, object_format)
    SELECT s.id, CASE WHEN p.storage_version IS NULL THEN r.path
        ELSE pg_temp.hashed('@hashed', p.id) END, p.id, CASE WHEN p.id = 5 THEN 1 ELSE 0 END
    FROM projects p JOIN shards s ON s.name = p.repository_storage
        JOIN routes r ON r.source_id = p.id AND r.source_type = 'Project'
    ORDER BY p.id;

INSERT INTO design_management_repositories (project_id, created_at, updated_at)
    SELECT id, created_at, created_at FROM projects WHERE id % 4 = 2 ORDER BY id;
INSERT INTO group_wiki_repositories (shard_id, group_id, disk_path)
    SELECT 1 + n / 2 % 2, n, pg_temp.hashed('@groups', n)
    FROM generate_series(1, :groups, 2) n;
INSERT INTO snippets (id, title, content, author_id, project_id, type, file_name, created_at)
    SELECT p * 10 + k, pg_temp.odd(p + k), pg_temp.prose(p), 1 + p % (:users), p,
        'ProjectSnippet', 'snippet' || k || '.rb', pg_temp.at(p)
    FROM generate_series(1, :projects, 3) p, generate_series(1, 3) k
    UNION ALL
    SELECT 10000000 + n, pg_temp.odd(n), pg_temp.prose(n), 1 + n % (:users), NULL,
        'PersonalSnippet', 'notes.md', pg_temp.at(n)
    FROM generate_series(1, :projects / 4 + 2) n;
-- The third snippet of a project is from the time before their repositories.
INSERT INTO snippet_repositories (shard_id, snippet_id, disk_path)
    SELECT 1 + id / 10 % 2, id, pg_temp.hashed('@snippets', id) FROM snippets
    WHERE type = 'PersonalSnippet' OR id % 10 < 3 ORDER BY id;

INSERT INTO iterations_cadences (group_id, start_date, due_date)
    SELECT g, date '2024-01-01' + n * 14, date '2024-01-13' + n * 14
    FROM generate_series(1, :groups) g, generate_series(0, 3) n;
INSERT INTO issues (id, iid, project_id, author_id, title, description, weight, created_at)
    SELECT n, n, 1 + n % :projects, 1 + n % (:users), 'Issue ' || n || ' ' || pg_temp.odd(n),
        pg_temp.prose(n), n / 7.0, pg_temp.at(n)
    FROM generate_series(1, :rows * 15 / 100) n;
INSERT INTO issue_search_data
    SELECT project_id, id, to_tsvector('english', title || ' ' || description) FROM issues
    WHERE id % 3 = 0;
INSERT INTO notes (note, noteable_type, noteable_id, author_id, project_id,
        discussion_id, position, created_at)
    SELECT pg_temp.prose(n * 3), CASE WHEN n % 4 > 0 THEN 'Issue' END, n / 3, 1 + n % (:users),
        1 + n % :projects, encode(sha256(n::text::bytea), 'hex'),
        CASE WHEN n % 5 = 0 THEN jsonb_build_object('line', n, 'path', pg_temp.odd(n)) END,
        pg_temp.at(n)
    FROM generate_series(1, :rows * 35 / 100) n;
INSERT INTO events (project_id, author_id, target_type, target_id, action,
        fingerprint, created_at)
    SELECT 1 + n % :projects, 1 + n % (:users), 'Issue', n / 2, n % 12,
        decode(substr(md5(n::text), 1, n::int % 17 * 2), 'hex'), pg_temp.at(n)
    FROM generate_series(1, :rows * 18 / 100) n;
INSERT INTO merge_request_diff_commits
    SELECT n / 5, n % 5, substr(sha256(n::text::bytea), 1, 20), pg_temp.odd(n),
        jsonb_build_object('Signed-off-by', pg_temp.odd(n + 1))
    FROM generate_series(1, :rows * 2 / 100) n;
