"""The differential corpus: requests (scenes/*.yaml) that are sent to MLflow's own server and to Gyre, and how their answers
are compared."""
