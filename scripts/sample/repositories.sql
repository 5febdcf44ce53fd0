-- Every repository the rows promise: kind, id, storage, path of the directory.
-- SPDX-License-Identifier: MIT
WITH project AS (
    SELECT v.id, v.repository_storage AS storage, p.disk_path AS path
    FROM project_routes_view v JOIN project_repositories p ON p.project_id = v.id)
SELECT 'pool' AS kind, p.id, s.name AS storage, p.disk_path || '.git' AS path
    FROM pool_repositories p JOIN shards s ON s.id = p.shard_id
UNION ALL SELECT 'project', id, storage, path || '.git' FROM project
UNION ALL SELECT 'wiki', id, storage, path || '.wiki.git' FROM project
UNION ALL SELECT 'design', id, storage, path || '.design.git' FROM project
    WHERE id IN (SELECT id FROM project_design_management_routes_view)
UNION ALL SELECT 'snippet', id, repository_storage, disk_path || '.git'
    FROM project_snippets_routes_view
UNION ALL SELECT 'personal', id, repository_storage, disk_path || '.git'
    FROM personal_snippets_view
UNION ALL SELECT 'groupwiki', group_id, repository_storage, disk_path || '.wiki.git'
    FROM group_wikis_routes_view
ORDER BY kind, id;
