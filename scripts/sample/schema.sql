-- Tables of GitLab 18.2 by their real names, with the columns a sample needs.
-- SPDX-License-Identifier: MIT
-- Every database of a site has every table; rows lie in the one that owns them.
CREATE SCHEMA gitlab_partitions_dynamic;
COMMENT ON SCHEMA gitlab_partitions_dynamic IS 'Schema to hold partitions managed dynamically from the application, e.g. for time space partitioning.';
CREATE SCHEMA gitlab_partitions_static;
COMMENT ON SCHEMA gitlab_partitions_static IS 'Schema to hold static partitions, e.g. for hash partitioning';

CREATE TABLE schema_migrations (version varchar PRIMARY KEY);
CREATE TABLE ar_internal_metadata (
    key varchar PRIMARY KEY,
    value varchar,
    created_at timestamp(6) NOT NULL,
    updated_at timestamp(6) NOT NULL
);

CREATE TABLE shards (id serial PRIMARY KEY, name varchar NOT NULL UNIQUE);

CREATE TABLE users (
    id bigserial PRIMARY KEY,
    email varchar NOT NULL DEFAULT '' UNIQUE,
    username varchar NOT NULL UNIQUE,
    name varchar,
    encrypted_password varchar NOT NULL DEFAULT '',
    encrypted_otp_secret bytea,
    preferences jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL
);
CREATE INDEX index_users_on_name_trigram ON users USING gin (name gin_trgm_ops);
CREATE INDEX index_users_on_lower_email ON users (lower(email));

CREATE TABLE namespaces (
    id bigserial PRIMARY KEY,
    name varchar NOT NULL,
    path varchar NOT NULL,
    type varchar NOT NULL DEFAULT 'User',
    owner_id bigint REFERENCES users (id),
    parent_id bigint REFERENCES namespaces (id) ON DELETE CASCADE,
    traversal_ids bigint[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL
);
CREATE INDEX index_namespaces_on_traversal_ids ON namespaces USING gin (traversal_ids);

CREATE TABLE pool_repositories (
    id bigserial PRIMARY KEY,
    shard_id bigint NOT NULL REFERENCES shards (id),
    disk_path varchar UNIQUE,
    state varchar,
    source_project_id bigint
);

CREATE TABLE projects (
    id bigserial PRIMARY KEY,
    name varchar,
    path varchar,
    description text,
    namespace_id bigint NOT NULL REFERENCES namespaces (id),
    project_namespace_id bigint REFERENCES namespaces (id),
    creator_id bigint,
    repository_storage varchar NOT NULL DEFAULT 'default',
    storage_version smallint,
    pool_repository_id bigint REFERENCES pool_repositories (id) ON DELETE SET NULL,
    visibility_level integer NOT NULL DEFAULT 0,
    archived boolean NOT NULL DEFAULT false,
    last_activity_at timestamptz,
    created_at timestamptz NOT NULL
);
ALTER TABLE pool_repositories ADD CONSTRAINT fk_pool_source_project
    FOREIGN KEY (source_project_id) REFERENCES projects (id) ON DELETE SET NULL;
CREATE INDEX index_projects_on_name_trigram ON projects USING gin (name gin_trgm_ops);
CREATE INDEX index_projects_not_archived ON projects (id) WHERE NOT archived;

CREATE TABLE routes (
    id bigserial PRIMARY KEY,
    source_id bigint NOT NULL,
    source_type varchar NOT NULL,
    path varchar NOT NULL,
    name varchar,
    namespace_id bigint,
    CONSTRAINT check_af84c6c93f CHECK (namespace_id IS NOT NULL)
);
CREATE UNIQUE INDEX index_routes_on_path ON routes (path);
CREATE INDEX index_routes_on_path_text_pattern_ops ON routes (path varchar_pattern_ops);
CREATE UNIQUE INDEX index_routes_on_source_type_and_source_id ON routes (source_type, source_id);

CREATE TABLE project_repositories (
    id bigserial PRIMARY KEY,
    shard_id bigint NOT NULL REFERENCES shards (id),
    disk_path varchar NOT NULL UNIQUE,
    project_id bigint NOT NULL UNIQUE REFERENCES projects (id) ON DELETE CASCADE,
    object_format smallint NOT NULL DEFAULT 0
);
CREATE TABLE design_management_repositories (
    id bigserial PRIMARY KEY,
    project_id bigint NOT NULL UNIQUE REFERENCES projects (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE TABLE group_wiki_repositories (
    shard_id bigint NOT NULL REFERENCES shards (id),
    group_id bigint PRIMARY KEY REFERENCES namespaces (id) ON DELETE CASCADE,
    disk_path text NOT NULL UNIQUE,
    CONSTRAINT check_07f1c81806 CHECK (char_length(disk_path) <= 80)
);
CREATE TABLE snippets (
    id bigserial PRIMARY KEY,
    title text,
    content text,
    author_id bigint NOT NULL REFERENCES users (id),
    project_id bigint REFERENCES projects (id) ON DELETE CASCADE,
    type varchar,
    file_name varchar,
    created_at timestamptz NOT NULL
);
CREATE TABLE snippet_repositories (
    shard_id bigint NOT NULL REFERENCES shards (id),
    snippet_id bigint PRIMARY KEY REFERENCES snippets (id) ON DELETE CASCADE,
    disk_path varchar NOT NULL UNIQUE,
    CONSTRAINT snippet_repositories_disk_path CHECK (char_length(disk_path) <= 80)
);

CREATE TABLE iterations_cadences (
    id bigserial PRIMARY KEY,
    group_id bigint NOT NULL REFERENCES namespaces (id) ON DELETE CASCADE,
    start_date date NOT NULL,
    due_date date NOT NULL,
    CONSTRAINT iteration_start_and_due_date EXCLUDE USING gist
        (group_id WITH =, daterange(start_date, due_date, '[]') WITH &&)
);

CREATE TABLE issues (
    id bigserial PRIMARY KEY,
    iid integer,
    project_id bigint REFERENCES projects (id) ON DELETE CASCADE,
    author_id bigint REFERENCES users (id) ON DELETE SET NULL,
    title varchar,
    description text,
    weight numeric(6,2),
    title_length integer GENERATED ALWAYS AS (char_length(title)) STORED,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX index_issues_on_project_id_and_iid ON issues (project_id, iid);
CREATE INDEX index_issues_on_title_trigram ON issues USING gin (title gin_trgm_ops);

CREATE TABLE issue_search_data (
    project_id bigint NOT NULL,
    issue_id bigint NOT NULL REFERENCES issues (id) ON DELETE CASCADE,
    search_vector tsvector,
    PRIMARY KEY (project_id, issue_id)
) PARTITION BY HASH (project_id);
SELECT format('CREATE TABLE gitlab_partitions_static.issue_search_data_%s
    PARTITION OF issue_search_data FOR VALUES WITH (MODULUS 8, REMAINDER %s)',
    lpad(n::text, 2, '0'), n) FROM generate_series(0, 7) n \gexec

CREATE TABLE notes (
    id bigserial PRIMARY KEY,
    note text,
    noteable_type varchar,
    noteable_id bigint,
    author_id bigint,
    project_id bigint REFERENCES projects (id) ON DELETE CASCADE,
    discussion_id varchar,
    position jsonb,
    created_at timestamptz NOT NULL
);
CREATE INDEX index_notes_on_noteable ON notes (noteable_type, noteable_id);

CREATE TABLE merge_request_diff_commits (
    merge_request_diff_id bigint NOT NULL,
    relative_order integer NOT NULL,
    sha bytea NOT NULL,
    message text,
    trailers jsonb DEFAULT '{}',
    PRIMARY KEY (merge_request_diff_id, relative_order)
);

CREATE TABLE events (
    id bigserial,
    project_id bigint,
    author_id bigint NOT NULL,
    target_type varchar,
    target_id bigint,
    action smallint NOT NULL,
    fingerprint bytea,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
SELECT format('CREATE TABLE gitlab_partitions_dynamic.events_%s
    PARTITION OF events FOR VALUES FROM (%L) TO (%L)',
    to_char(m, 'YYYYMM'), m::date, (m + interval '1 month')::date)
    FROM generate_series(timestamp '2024-01-01', '2024-12-01', '1 month') m \gexec

CREATE TABLE p_ci_pipelines (
    id bigint NOT NULL,
    partition_id bigint NOT NULL,
    iid integer,
    project_id bigint,
    ref varchar,
    sha varchar,
    status varchar,
    yaml_errors text,
    created_at timestamptz,
    PRIMARY KEY (id, partition_id)
) PARTITION BY LIST (partition_id);
CREATE SEQUENCE ci_pipelines_id_seq OWNED BY p_ci_pipelines.id;
ALTER TABLE p_ci_pipelines ALTER id SET DEFAULT nextval('ci_pipelines_id_seq');
CREATE TABLE ci_pipelines PARTITION OF p_ci_pipelines FOR VALUES IN (100, 101);
CREATE TABLE gitlab_partitions_dynamic.ci_pipelines_102
    PARTITION OF p_ci_pipelines FOR VALUES IN (102);
CREATE INDEX p_ci_pipelines_project_id_id_idx ON p_ci_pipelines (project_id, id DESC);

CREATE TABLE p_ci_builds (
    id bigint NOT NULL,
    partition_id bigint NOT NULL,
    commit_id bigint,
    project_id bigint,
    name varchar,
    status varchar,
    options text,
    finished_at timestamp,
    coverage double precision,
    token_encrypted varchar,
    PRIMARY KEY (id, partition_id),
    CONSTRAINT fk_d3130c9a7f FOREIGN KEY (commit_id, partition_id)
        REFERENCES p_ci_pipelines (id, partition_id) ON DELETE CASCADE
) PARTITION BY LIST (partition_id);
CREATE SEQUENCE ci_builds_id_seq START WITH 1 INCREMENT BY 1 CACHE 1 OWNED BY p_ci_builds.id;
ALTER TABLE p_ci_builds ALTER id SET DEFAULT nextval('ci_builds_id_seq');
CREATE TABLE ci_builds PARTITION OF p_ci_builds FOR VALUES IN (100, 101);
CREATE TABLE gitlab_partitions_dynamic.ci_builds_102
    PARTITION OF p_ci_builds FOR VALUES IN (102);
CREATE INDEX p_ci_builds_status_name_idx ON p_ci_builds (status, name);

-- A change of a project is queued for the other databases, as GitLab does it.
CREATE TABLE projects_sync_events (
    id bigserial PRIMARY KEY,
    project_id bigint NOT NULL REFERENCES projects (id) ON DELETE CASCADE
);
CREATE FUNCTION insert_projects_sync_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO projects_sync_events (project_id)
        VALUES (COALESCE(NEW.id, OLD.id));
    RETURN NULL;
END
$$;
CREATE TRIGGER trigger_projects_parent_id_on_insert AFTER INSERT ON projects
    FOR EACH ROW EXECUTE FUNCTION insert_projects_sync_event();
CREATE TRIGGER trigger_projects_parent_id_on_update AFTER UPDATE ON projects
    FOR EACH ROW WHEN (OLD.namespace_id IS DISTINCT FROM NEW.namespace_id)
    EXECUTE FUNCTION insert_projects_sync_event();

CREATE FUNCTION gitlab_schema_prevent_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF COALESCE(NULLIF(current_setting(CONCAT('lock_writes.', TG_TABLE_NAME), true), ''), 'true') THEN
        RAISE EXCEPTION 'Table: "%" is write protected within this Gitlab database.', TG_TABLE_NAME
            USING ERRCODE = 'modifying_sql_data_not_permitted';
    END IF;
    RETURN NEW;
END
$$;

CREATE VIEW project_routes_view AS
    SELECT p.id, p.repository_storage, r.path AS path_with_namespace,
        r.name AS name_with_namespace
    FROM projects p
    JOIN routes r ON r.source_id = p.id AND r.source_type = 'Project';
CREATE VIEW project_design_management_routes_view AS
    SELECT p.id, p.repository_storage, r.path AS path_with_namespace,
        r.name AS name_with_namespace
    FROM design_management_repositories dr
    JOIN projects p ON p.id = dr.project_id
    JOIN routes r ON r.source_id = p.id AND r.source_type = 'Project';
CREATE VIEW project_snippets_routes_view AS
    SELECT sn.id, sh.name AS repository_storage, sr.disk_path,
        r.path AS path_with_namespace, r.name AS name_with_namespace
    FROM snippets sn
    JOIN snippet_repositories sr ON sr.snippet_id = sn.id
    JOIN shards sh ON sh.id = sr.shard_id
    JOIN routes r ON r.source_id = sn.project_id AND r.source_type = 'Project'
    WHERE sn.type = 'ProjectSnippet';
CREATE VIEW personal_snippets_view AS
    SELECT sn.id, sh.name AS repository_storage, sr.disk_path
    FROM snippets sn
    JOIN snippet_repositories sr ON sr.snippet_id = sn.id
    JOIN shards sh ON sh.id = sr.shard_id
    WHERE sn.type = 'PersonalSnippet';
CREATE VIEW group_wikis_routes_view AS
    SELECT gr.group_id, sh.name AS repository_storage, gr.disk_path,
        r.path AS path_with_namespace, r.name AS name_with_namespace
    FROM group_wiki_repositories gr
    JOIN routes r ON r.source_id = gr.group_id AND r.source_type = 'Namespace'
    JOIN shards sh ON sh.id = gr.shard_id;

INSERT INTO schema_migrations
    SELECT to_char(timestamp '2023-01-01 01:02:03' + n * interval '17 hours', 'YYYYMMDDHH24MISS')
    FROM generate_series(1, 800) n;
INSERT INTO ar_internal_metadata VALUES
    ('environment', 'production', '2023-01-01', '2023-01-01');
