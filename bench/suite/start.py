"""From the start of a process to its first prediction, and what it then holds in memory."""
import time

from .home import PATH
from .processes import MEMORY, Spread, exchange, fastapi, gyre

ROUNDS = 5


def first_answer_ms(process, row):
    exchange(process.port, f"POST {PATH}", row)
    return 1000 * (time.perf_counter() - process.started)


def settled_memory(process):
    time.sleep(2)
    return process.memory_mb()


def measure(home, folder):
    row = home.row.read_bytes()
    makers = {"gyre": lambda: gyre(home.home), "FastAPI, best": lambda: fastapi(home.bundle, "best"),
              "FastAPI, plain": lambda: fastapi(home.bundle, "plain")}
    times = {name: [] for name in makers}
    for _ in range(ROUNDS):
        for name, make in makers.items():
            with make() as process:
                times[name].append(first_answer_ms(process, row))
    spreads = {name: Spread(values) for name, values in times.items()}
    memory = {}
    with gyre(folder / "empty-home") as process:
        exchange(process.port, "GET /healthz", b"")
        memory["gyre, an empty home"] = settled_memory(process)
    for name, make in makers.items():
        with make() as process:
            first_answer_ms(process, row)
            memory[name + ", the model loaded, idle"] = settled_memory(process)
    lines = [f"From starting the process to a whole answer of POST {PATH}, on one core; {ROUNDS} rounds, interleaved.", "",
             "| program | ms to the first prediction |", "|---|---|"]
    lines += [f"| {name} | {spread.show()} |" for name, spread in spreads.items()]
    lines += ["", f"- **{spreads['FastAPI, best'].median / spreads['gyre'].median:.1f}x** as fast as FastAPI with the same model; "
              f"the bar is 300 ms: {'met' if spreads['gyre'].median < 300 else 'missed'}", "",
              "| program, 2 s after its last request | RSS MiB | PSS MiB | private and written MiB |", "|---|---|---|---|"]
    lines += [f"| {name} | " + " | ".join(f"{one[kind]:.1f}" for kind in MEMORY) + " |" for name, one in memory.items()]
    ours = memory["gyre, the model loaded, idle"]
    lines += ["", f"- the bar is 64 MiB idle: {'met' if ours['Rss'] < 64 else 'missed'} with the model loaded, "
              f"{'met' if memory['gyre, an empty home']['Rss'] < 64 else 'missed'} by an empty server", ""]
    return lines
