"""Runs of pipelines whose steps do nothing: what a step costs beside its own work."""
import json
import os
import subprocess
import time

from .home import body_of
from .processes import GYRE, Spread, exchange, gyre

ROUNDS, STEPS = 7, 10
COMMANDS, TABLES = "commands", "tables"


def project(folder):
    """One chain of commands that do next to nothing, one of built-in steps on three rows."""
    folder.mkdir()
    (folder / "three.csv").write_text("a,b\n1,2\n3,4\n5,6\n")
    commands = [{"name": f"c{i}", "run": "touch done", "outputs": {"done": "done"}, **({"inputs": {"done": f"c{i - 1}.done"}} if i else {})}
                for i in range(STEPS)]
    tables = [{"name": "t0", "uses": "ingest", "with": {"file": "three.csv", "dataset": "three"}}]
    tables += [{"name": f"t{i}", "uses": "transform", "inputs": {"t": f"t{i - 1}.data"}, "with": {"sql": "SELECT * FROM t"}}
               for i in range(1, STEPS)]
    spec = {"project": "steps", "pipelines": {COMMANDS: {"steps": commands}, TABLES: {"steps": tables}}}
    (folder / "gyre.yaml").write_text(json.dumps(spec))
    return folder


def run_ms(port, pipeline, force):
    """From asking for the run to knowing its end."""
    start = time.perf_counter()
    body = json.dumps({"force": force}).encode()
    path = f"/api/v1/projects/steps/pipelines/{pipeline}/runs"
    run = json.loads(body_of(exchange(port, f"POST {path}", body)))
    ended = json.loads(body_of(exchange(port, f"GET /api/v1/pipeline-runs/{run['id']}?wait_seconds=60", b"")))
    assert ended["state"] == "succeeded" and all(step["cached"] != force for step in ended["steps"]), ended
    return 1000 * (time.perf_counter() - start)


def spawn_ms():
    start = time.perf_counter()
    os.waitpid(os.posix_spawn("/usr/bin/touch", ["touch", "/dev/null"], {}), 0)
    return 1000 * (time.perf_counter() - start)


def measure(folder):
    where = project(folder / "steps")
    home = folder / "steps-home"
    with gyre(home) as server:
        exchange(server.port, "GET /healthz", b"")
        url = f"http://127.0.0.1:{server.port}"
        for pipeline in (COMMANDS, TABLES):
            subprocess.run([GYRE, "run", pipeline, "--project", where, "--server", url, "--json"], check=True, capture_output=True)
        times = {}
        for _ in range(ROUNDS):
            for pipeline in (COMMANDS, TABLES):
                for force in (False, True):
                    times.setdefault((pipeline, force), []).append(run_ms(server.port, pipeline, force))
    spawn = Spread(spawn_ms() for _ in range(50))
    found = {key: Spread(values) for key, values in times.items()}
    lines = [f"Ten steps in a chain, over the API: from asking for the run to the answer that it has ended, its record durable; "
             f"{ROUNDS} rounds. Server and steps on one core.", "", "| pipeline | cached, ms | not cached, ms | a step, ms |",
             "|---|---|---|---|"]
    for pipeline, what in [(COMMANDS, "10 commands that each leave a file (touch)"), (TABLES, "10 built-in steps, three rows")]:
        each = found[(pipeline, True)].median / STEPS
        lines.append(f"| {what} | {found[(pipeline, False)].show('{:.1f}')} | {found[(pipeline, True)].show('{:.0f}')} | {each:.1f} |")
    cached = found[(COMMANDS, False)].median
    beyond = found[(COMMANDS, True)].median / STEPS - spawn.median
    return lines + ["", f"- cached: the bar is 50 ms: {'met' if cached < 50 else 'missed'}",
                    f"- a step beyond its child ({spawn.median:.1f} ms to spawn and wait for touch): **{beyond:.1f} ms**; the bar is "
                    f"5 ms: {'met' if beyond < 5 else 'missed'}",
                    "- a built-in step is a process of this program that opens DuckDB, writes Parquet and profiles it", ""]
