"""Calls every public method of MlflowClient against a server and says how each went: methods.py URI.

`works`: it did what it does with MLflow's server. `not there`: the server says that it has no such thing.
`not in the client`: it asks no server for that. `fails`: anything else, which is a fault.
"""
import sys
import tempfile
import uuid
from pathlib import Path

import mlflow
import numpy
import pandas
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, LoggedModelOutput, LoggedModelStatus, Metric
from mlflow.exceptions import MlflowException
from mlflow.prompt.constants import PROMPT_ASSOCIATED_RUN_IDS_TAG_KEY

WORKS, ABSENT, CLIENT_LACKS, FAILS = "works", "not there", "not in the client", "fails"
OF_CLIENT = ("tracking_uri", "parse_prompt_uri", "get_workspace_store_uri")
ABSENT_CODES = ("ENDPOINT_NOT_FOUND", "NOT_IMPLEMENTED", "FEATURE_DISABLED", "TEMPORARILY_UNAVAILABLE")


class World:
    """What the calls make and use."""

    def __init__(self, uri):
        self.client, self.uri = MlflowClient(uri), uri
        self.unique = uuid.uuid4().hex[:10]
        self.folder = Path(tempfile.mkdtemp(prefix="methods-"))
        (self.folder / "a.txt").write_text("text")
        (self.folder / "sub").mkdir()
        (self.folder / "sub/b.txt").write_text("more")


def tracking(w, c):
    """(method, call); a call that answers False has not done what it should."""
    yield "create_experiment", lambda: setattr(w, "e", c.create_experiment(f"m-{w.unique}"))
    yield "get_experiment", lambda: c.get_experiment(w.e).name == f"m-{w.unique}"
    yield "get_experiment_by_name", lambda: c.get_experiment_by_name(f"m-{w.unique}").experiment_id == w.e
    yield "set_experiment_tag", lambda: c.set_experiment_tag(w.e, "a", "b")
    yield "delete_experiment_tag", lambda: c.delete_experiment_tag(w.e, "a")
    yield "rename_experiment", lambda: c.rename_experiment(w.e, f"m-{w.unique}-2")
    yield "search_experiments", lambda: [one.experiment_id for one in c.search_experiments(filter_string=f"name = 'm-{w.unique}-2'")] == [w.e]
    yield "delete_experiment", lambda: c.delete_experiment(w.e)
    yield "restore_experiment", lambda: c.restore_experiment(w.e)
    yield "create_run", lambda: setattr(w, "r", c.create_run(w.e, run_name="one").info.run_id)
    yield "log_metric", lambda: c.log_metric(w.r, "m", 0.5, step=1)
    yield "log_param", lambda: c.log_param(w.r, "p", 1) is not False
    yield "log_batch", lambda: c.log_batch(w.r, metrics=[Metric("n", 1, 1, 1)])
    yield "set_tag", lambda: c.set_tag(w.r, "t", "x")
    yield "delete_tag", lambda: c.delete_tag(w.r, "t")
    yield "update_run", lambda: c.update_run(w.r, name="renamed")
    yield "get_run", lambda: c.get_run(w.r).info.run_name == "renamed"
    yield "get_metric_history", lambda: [one.value for one in c.get_metric_history(w.r, "m")] == [0.5]
    yield "search_runs", lambda: [one.info.run_id for one in c.search_runs([w.e], "metrics.m > 0.1")] == [w.r]
    yield "get_parent_run", lambda: c.get_parent_run(c.create_run(w.e, tags={"mlflow.parentRunId": w.r}).info.run_id).info.run_id == w.r
    yield "log_inputs", lambda: c.log_inputs(w.r, [DatasetInput(Dataset("d", "x", "local", "here"), [InputTag("a", "b")])])
    yield "set_terminated", lambda: c.set_terminated(w.r)
    yield "delete_run", lambda: c.delete_run(w.r)
    yield "restore_run", lambda: c.restore_run(w.r)


def artifacts(w, c):
    yield "log_artifact", lambda: c.log_artifact(w.r, w.folder / "a.txt")
    yield "log_artifacts", lambda: c.log_artifacts(w.r, w.folder / "sub", "sub")
    yield "log_text", lambda: c.log_text(w.r, "text", "t.txt")
    yield "log_dict", lambda: c.log_dict(w.r, {"a": 1}, "d.json")
    yield "log_table", lambda: c.log_table(w.r, pandas.DataFrame({"a": [1]}), "table.json")
    yield "load_table", lambda: c.load_table(w.e, "table.json", [w.r])["a"].tolist() == [1]
    yield "log_image", lambda: c.log_image(w.r, numpy.zeros((2, 2), "uint8"), "i.png")
    yield "log_figure", lambda: c.log_figure(w.r, figure(), "f.png")
    yield "log_stream", lambda: c.log_stream(w.r, open(w.folder / "a.txt", "rb"), "s.bin")
    yield "list_artifacts", lambda: "a.txt" in [one.path for one in c.list_artifacts(w.r)]
    yield "download_artifacts", lambda: Path(c.download_artifacts(w.r, "sub", w.folder)).joinpath("b.txt").read_text() == "more"


def figure():
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot
    return matplotlib.pyplot.figure()


def logged_models(w, c):
    yield "create_logged_model", lambda: setattr(w, "m", c.create_logged_model(w.e, "clf", w.r).model_id)
    yield "log_model_params", lambda: c.log_model_params(w.m, {"a": "b"})
    yield "log_outputs", lambda: c.log_outputs(w.r, [LoggedModelOutput(w.m, 1)])
    yield "set_logged_model_tags", lambda: c.set_logged_model_tags(w.m, {"t": "x"})
    yield "delete_logged_model_tag", lambda: c.delete_logged_model_tag(w.m, "t")
    yield "log_model_artifact", lambda: c.log_model_artifact(w.m, str(w.folder / "a.txt"))
    yield "log_model_artifacts", lambda: c.log_model_artifacts(w.m, str(w.folder / "sub"))
    yield "list_logged_model_artifacts", lambda: {"a.txt", "b.txt"} == {one.path for one in c.list_logged_model_artifacts(w.m)}
    yield "finalize_logged_model", lambda: c.finalize_logged_model(w.m, LoggedModelStatus.READY).status == "READY"
    yield "get_logged_model", lambda: c.get_logged_model(w.m).params == {"a": "b"}
    yield "search_logged_models", lambda: [one.model_id for one in c.search_logged_models([w.e], "params.a = 'b'")] == [w.m]
    yield "delete_logged_model", lambda: c.delete_logged_model(w.m)


def registry(w, c):
    n = f"m-{w.unique}"
    yield "create_registered_model", lambda: c.create_registered_model(n).name == n
    yield "update_registered_model", lambda: c.update_registered_model(n, "text").description == "text"
    yield "set_registered_model_tag", lambda: c.set_registered_model_tag(n, "a", "b")
    yield "get_registered_model", lambda: c.get_registered_model(n).tags == {"a": "b"}
    yield "delete_registered_model_tag", lambda: c.delete_registered_model_tag(n, "a")
    yield "search_registered_models", lambda: [one.name for one in c.search_registered_models(f"name = '{n}'")] == [n]
    yield "create_model_version", lambda: int(c.create_model_version(n, "s3://bucket/x").version) == 1
    yield "update_model_version", lambda: c.update_model_version(n, "1", "text").description == "text"
    yield "set_model_version_tag", lambda: c.set_model_version_tag(n, "1", "a", "b")
    yield "get_model_version", lambda: c.get_model_version(n, "1").tags == {"a": "b"}
    yield "delete_model_version_tag", lambda: c.delete_model_version_tag(n, "1", "a")
    yield "get_model_version_download_uri", lambda: c.get_model_version_download_uri(n, "1") == "s3://bucket/x"
    yield "search_model_versions", lambda: [int(one.version) for one in c.search_model_versions(f"name = '{n}'")] == [1]
    yield "transition_model_version_stage", lambda: c.transition_model_version_stage(n, "1", "Staging").current_stage == "Staging"
    yield "get_model_version_stages", lambda: "Staging" in c.get_model_version_stages(n, "1")
    yield "get_latest_versions", lambda: [int(one.version) for one in c.get_latest_versions(n, ["Staging"])] == [1]
    yield "set_registered_model_alias", lambda: c.set_registered_model_alias(n, "best", "1")
    yield "get_model_version_by_alias", lambda: int(c.get_model_version_by_alias(n, "best").version) == 1
    yield "delete_registered_model_alias", lambda: c.delete_registered_model_alias(n, "best")
    yield "copy_model_version", lambda: int(c.copy_model_version(f"models:/{n}/1", f"{n}-copy").version) == 1
    yield "rename_registered_model", lambda: c.rename_registered_model(n, f"{n}-2") is not False
    yield "delete_model_version", lambda: c.delete_model_version(f"{n}-2", "1")
    yield "delete_registered_model", lambda: c.delete_registered_model(f"{n}-2")


def webhooks(w, c):
    yield "create_webhook", lambda: setattr(w, "w", c.create_webhook(f"m-{w.unique}", "https://93.184.216.34/", ["model_version.created"]).webhook_id)
    yield "get_webhook", lambda: c.get_webhook(w.w).webhook_id == w.w
    yield "update_webhook", lambda: c.update_webhook(w.w, description="x").description == "x"
    yield "list_webhooks", lambda: w.w in [one.webhook_id for one in c.list_webhooks()]
    yield "test_webhook", lambda: c.test_webhook(w.w).success in (True, False)
    yield "delete_webhook", lambda: c.delete_webhook(w.w)


def prompts(w, c):
    n = f"p-{w.unique}"
    yield "register_prompt", lambda: c.register_prompt(n, "Say {{x}}").version == 1
    yield "load_prompt", lambda: c.load_prompt(n, 1).template == "Say {{x}}"
    yield "create_prompt", lambda: c.create_prompt(f"{n}-2").name == f"{n}-2"
    yield "create_prompt_version", lambda: c.create_prompt_version(f"{n}-2", "Cry {{x}}").version == 1
    yield "get_prompt", lambda: c.get_prompt(n).name == n
    yield "get_prompt_version", lambda: c.get_prompt_version(n, 1).template == "Say {{x}}"
    yield "search_prompts", lambda: [one.name for one in c.search_prompts(f"name = '{n}'")] == [n]
    yield "search_prompt_versions", lambda: len(versions_in(c.search_prompt_versions(n))) == 1
    yield "set_prompt_tag", lambda: c.set_prompt_tag(n, "a", "b")
    yield "delete_prompt_tag", lambda: c.delete_prompt_tag(n, "a")
    yield "set_prompt_version_tag", lambda: c.set_prompt_version_tag(n, 1, "a", "b")
    yield "delete_prompt_version_tag", lambda: c.delete_prompt_version_tag(n, 1, "a")
    yield "set_prompt_alias", lambda: c.set_prompt_alias(n, "live", 1)
    yield "get_prompt_version_by_alias", lambda: c.get_prompt_version_by_alias(n, "live").version == 1
    yield "link_prompt_version_to_run", lambda: c.link_prompt_version_to_run(w.r, f"prompts:/{n}/1")
    yield "list_logged_prompts", lambda: (c.set_prompt_version_tag(n, 1, PROMPT_ASSOCIATED_RUN_IDS_TAG_KEY, w.r), [one.name for one in c.list_logged_prompts(w.r)])[1] == [n]
    yield "detach_prompt_from_run", lambda: c.detach_prompt_from_run(w.r, f"prompts:/{n}/1")
    yield "link_prompt_version_to_model", lambda: c.link_prompt_version_to_model(n, "1", c.create_logged_model(w.e, "p").model_id)
    yield "delete_prompt_alias", lambda: c.delete_prompt_alias(n, "live")
    yield "delete_prompt_version", lambda: c.delete_prompt_version(n, "1")
    yield "delete_prompt", lambda: c.delete_prompt(n)


def versions_in(answer):
    return getattr(answer, "prompt_versions", answer)


def traces(w, c):
    yield "start_trace", lambda: setattr(w, "root", c.start_trace("root", experiment_id=w.e))
    yield "start_span", lambda: setattr(w, "span", c.start_span("inner", w.root.trace_id, w.root.span_id))
    yield "end_span", lambda: c.end_span(w.span.trace_id, w.span.span_id)
    yield "end_trace", lambda: (c.end_trace(w.root.trace_id), mlflow.flush_trace_async_logging(), None)[2]
    yield "get_trace", lambda: {one.name for one in c.get_trace(w.root.trace_id).data.spans} == {"root", "inner"}
    yield "set_trace_tag", lambda: c.set_trace_tag(w.root.trace_id, "a", "b")
    yield "search_traces", lambda: [one.info.trace_id for one in c.search_traces(locations=[w.e], filter_string="tags.a = 'b'")] == [w.root.trace_id]
    yield "delete_trace_tag", lambda: c.delete_trace_tag(w.root.trace_id, "a")
    yield "link_traces_to_run", lambda: c.link_traces_to_run([w.root.trace_id], w.r)
    yield "unlink_traces_from_run", lambda: c.unlink_traces_from_run([w.root.trace_id], w.r)
    yield "link_prompt_versions_to_trace", lambda: c.link_prompt_versions_to_trace([c.register_prompt(f"t-{w.unique}", "x")], w.root.trace_id)
    yield "delete_traces", lambda: c.delete_traces(w.e, trace_ids=[w.root.trace_id]) == 1


# Families that are asked for by one method each: the others go with it.
FAMILIES = {
    "mcp": ("search_mcp_servers", lambda c: c.search_mcp_servers()),
    "skill": ("search_skills", lambda c: c.search_skills()),
    "dataset": ("search_datasets", lambda c: c.search_datasets()),
    "workspace": ("list_workspaces", lambda c: c.list_workspaces()),
}


def outcome(call):
    """(state, what was said)"""
    try:
        return (FAILS, "not what was asked for") if call() is False else (WORKS, "")
    except NotImplementedError as error:
        return CLIENT_LACKS, str(error)
    except MlflowException as error:
        absent = error.error_code in ABSENT_CODES or "failed with error code 404" in str(error)
        return (ABSENT if absent else FAILS), f"{error.error_code}: {error}"
    except Exception as error:  # whatever the client makes of an answer
        return FAILS, f"{type(error).__name__}: {error}"


def public():
    return sorted(name for name in dir(MlflowClient) if not name.startswith("_"))


def run(uri):
    """{method: (state, what was said)} of every public method."""
    mlflow.set_tracking_uri(uri)
    world, found = World(uri), dict.fromkeys(OF_CLIENT, (WORKS, "asks no server"))
    for family in (tracking, artifacts, logged_models, registry, webhooks, prompts, traces):
        for name, call in family(world, world.client):
            found[name] = outcome(call)
    for word, (_, probe) in FAMILIES.items():
        state = outcome(lambda: probe(world.client))
        found |= {name: state for name in public() if word in name and name not in found}
    return found


def main():
    found = run(sys.argv[1])
    for method, (state, said) in found.items():
        print(f"{method:36}{state:20}{said[:150]}")
    print("not called:", sorted(set(public()) - set(found)))


if __name__ == "__main__":
    main()
