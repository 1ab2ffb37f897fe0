-- Of whom something was wanted lately: when a broker is there again, they are told.
CREATE INDEX state_changes_wanted ON state_changes (at) WHERE what = 'wanted';
