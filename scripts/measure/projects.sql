-- So many more projects of the sample site, without repositories.
-- SPDX-License-Identifier: MIT
-- Variables: first and last, their ids.
INSERT INTO namespaces (id, name, path, type, parent_id, created_at)
    SELECT 2000000 + n, 'Project ' || n, 'project-' || n, 'Project', 1,
        '2024-01-01'
    FROM generate_series(:first, :last) n;
INSERT INTO projects (id, name, path, namespace_id, project_namespace_id,
        repository_storage, storage_version, created_at)
    SELECT n, 'Project ' || n, 'project-' || n, 1, 2000000 + n,
        CASE WHEN n % 4 = 3 THEN 'storage2' ELSE 'default' END, 2, '2024-01-01'
    FROM generate_series(:first, :last) n;
INSERT INTO routes (source_id, source_type, path, name, namespace_id)
    SELECT n, 'Project', 'group-1/project-' || n, 'Project ' || n, 2000000 + n
    FROM generate_series(:first, :last) n;
INSERT INTO project_repositories (shard_id, disk_path, project_id)
    SELECT CASE WHEN n % 4 = 3 THEN 2 ELSE 1 END,
        concat_ws('/', '@hashed', substr(h, 1, 2), substr(h, 3, 2), h), n
    FROM generate_series(:first, :last) n,
        encode(sha256(n::text::bytea), 'hex') h;
ANALYZE namespaces, projects, routes, project_repositories;
