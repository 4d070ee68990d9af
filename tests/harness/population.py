"""A server with something in it."""
from .scenario import DATA


def populate(server):
    """One of everything that a day's work leaves: a project, its run, data, a model, an endpoint, a window, an alarm, a
    canary, a turn of the loop, a webhook. Answers their ids."""
    run = server.cli("run", "--project", DATA / "sky")
    register(server, "iris", "forest.onnx")
    rows = (DATA / "damp.json").read_bytes()
    answer = server.request("POST", "/endpoints/sky/predict", data=rows, headers={"Content-Type": "application/json"}).json()
    labels = [{"prediction_id": one["prediction_id"], "label": "rain"} for one in answer["predictions"]]
    assert server.request("POST", "/endpoints/sky/labels", json=labels).ok
    server.wait_for("/api/v1/endpoints/sky", lambda sky: (sky["logged_until"] or "") > "2024-02-04")
    server.request("POST", "/api/v1/endpoints/sky/monitor/evaluate")
    alarms = server.wait_for("/api/v1/alarms", lambda found: found["alarms"])["alarms"]
    loop = {"project": "sky", "pipeline": "sky", "until": "register", "version_output": "register.version", "on_drift": False}
    assert server.request("PUT", "/api/v1/endpoints/sky/loop", json=loop).ok
    cycle = server.cli("loop", "trigger", "sky")
    server.wait_for(f"/api/v1/cycles/{cycle['id']}", lambda found: found["state"] not in ("training", "canary"))
    again = server.cli("run", "sky", "--project", DATA / "sky", "--until", "register", "--param", "max_brier=0.2")
    canary = server.cli("canary", "start", "sky/2", "--endpoint", "sky")
    hook = {"name": "chat", "url": "https://chat.example/hook", "events": [{"entity": "PROMPT", "action": "CREATED"}]}
    hook = server.request("POST", "/api/2.0/mlflow/webhooks", json=hook).json()["webhook"]
    return {
        "webhook": hook["webhook_id"],
        "alarm": alarms[0]["id"], "window": alarms[0]["window"], "cycle": cycle["id"], "canary": canary["id"],
        "run": run["id"], "later_run": again["id"], "prediction": labels[0]["prediction_id"],
        "dataset": run["steps"][0]["outputs"]["data"]["facts"]["dataset_version"],
        "blob": run["steps"][0]["outputs"]["data"]["files"]["data.parquet"]["sha256"],
        "experiment": server.get(f"/api/v1/runs/{run['id']}")["experiment"],
    }


def register(server, name, file):
    return server.cli("model", "register", name, DATA / file)
