-- Which modules a run was about: the history of one module is looked for here, for in deployment_runs they stand within JSON. hostname_key:
-- the hostname in small letters, as in gateway_modules. A run that goes takes its rows along.
CREATE TABLE deployment_run_modules (
    hostname_key  TEXT NOT NULL,
    run_id        INTEGER NOT NULL REFERENCES deployment_runs (id) ON DELETE CASCADE,
    PRIMARY KEY (hostname_key, run_id)
) WITHOUT ROWID;

CREATE INDEX deployment_run_modules_run ON deployment_run_modules (run_id);

-- What was done before this version.
--sqlite:begin
INSERT OR IGNORE INTO deployment_run_modules (hostname_key, run_id)
SELECT lower(json_extract(m.value, '$.Hostname')), u.id FROM deployment_runs u, json_each(u.modules) m WHERE u.modules IS NOT NULL;
--sqlite:end
--postgres: INSERT INTO deployment_run_modules (hostname_key, run_id)
--postgres: SELECT DISTINCT lower((m.value ->> 'Hostname') COLLATE "C"), u.id FROM deployment_runs u,
--postgres: LATERAL json_array_elements(u.modules::json) AS m (value) WHERE u.modules IS NOT NULL;
