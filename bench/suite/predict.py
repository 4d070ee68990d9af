"""Predictions over HTTP, beside the peer and the limits."""
import contextlib
import json
import statistics
import subprocess

from .home import PATH
from .processes import BUILD, SERVER_CORE, Spread, announced, exchange, fastapi, gyre, load, pinned

ROUNDS, SECONDS = 5, 1.5
GYRE, BEST, PLAIN, RAW, ECHO = "gyre", "FastAPI, best", "FastAPI, plain", "raw epoll", "gyre's HTTP alone"


def model_microseconds(home, rows):
    command = [BUILD / "bench/model_loop", "--bundle", home.bundle, "--rows", rows, "--seconds", 0.2]
    done = subprocess.run(pinned(SERVER_CORE, command), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["microseconds"]


class Rounds:
    """Every server in turn, ROUNDS times."""

    def __init__(self, servers, body, connections, rate=0):
        self.figures = {name: [] for name in servers}
        for _ in range(ROUNDS):
            for name, server in servers.items():
                self.figures[name].append(load(server, PATH, body, connections, SECONDS, rate))

    def of(self, name, key):
        return Spread(one[key] for one in self.figures[name])

    def rate(self, name):
        return self.of(name, "requests_per_second").median

    def whole(self, name):
        """Requests a second if the server had its core to itself: against a raw loop the client is full first."""
        return statistics.median(one["requests_per_second"] / max(one["server_cpu"], 1e-9) for one in self.figures[name])

    def table(self):
        lines = ["| server | req/s | p50 us | p99 us | server core | client core | req per second of server core |",
                 "|---|---|---|---|---|---|---|"]
        for name in self.figures:
            cells = [self.of(name, key).show() for key in ("requests_per_second", "p50_us", "p99_us")]
            cpu = [f"{self.of(name, key).median:.2f}" for key in ("server_cpu", "client_cpu")]
            full = " (full)" if self.of(name, "client_cpu").median > 0.9 else ""
            lines.append(f"| {name} | " + " | ".join(cells) + f" | {cpu[0]} | {cpu[1]}{full} | {self.whole(name):,.0f} |")
        return lines

    def others(self):
        every = [one for rounds in self.figures.values() for one in rounds]
        return (f"Meanwhile other programs used {statistics.median(one['others'] for one in every):.2f} cores "
                f"(at most {max(one['others'] for one in every):.2f}), the hypervisor took "
                f"{statistics.median(one['stolen'] for one in every):.2f}.")


def one_row(home, servers, connections):
    rounds = Rounds(servers, home.row, connections)
    model = Spread(model_microseconds(home, 1) for _ in range(ROUNDS))
    raw = rounds.whole(RAW)
    limit = 1e6 / (1e6 / raw + model.median)
    ours = rounds.whole(GYRE)
    lines = [f"### One row, JSON, {connections} connection{'s' if connections > 1 else ''}", "", *rounds.table(), "",
             f"- beside FastAPI at its best: **{rounds.rate(GYRE) / rounds.rate(BEST):.1f}x** the requests, p99 "
             f"{rounds.of(BEST, 'p99_us').median / rounds.of(GYRE, 'p99_us').median:.1f}x shorter; beside FastAPI, plain: "
             f"**{rounds.rate(GYRE) / rounds.rate(PLAIN):.1f}x**; per second of the server's core "
             f"{ours / rounds.whole(BEST):.1f}x and {ours / rounds.whole(PLAIN):.1f}x",
             f"- beside the limit, per second of the server's core: raw epoll {raw:,.0f}, with the model call "
             f"({model.show('{:.1f}')} us) added {limit:,.0f}; Gyre {ours:,.0f}: **{ours / raw:.2f}** and **{ours / limit:.2f}** "
             "of them",
             f"- {rounds.others()}", ""]
    return lines, rounds


def open_loop(home, servers, peak):
    rate = int(peak / 2)
    rounds = Rounds({name: servers[name] for name in (GYRE, BEST)}, home.row, 64, rate)
    return [f"### One row, {rate:,} requests a second for both (half of FastAPI's peak), open loop", "", *rounds.table(), "",
            f"- p99: **{rounds.of(BEST, 'p99_us').median / rounds.of(GYRE, 'p99_us').median:.1f}x** shorter than FastAPI's at "
            f"its best, p50 {rounds.of(BEST, 'p50_us').median / rounds.of(GYRE, 'p50_us').median:.1f}x; counted from when a "
            "request was due", f"- {rounds.others()}", ""]


def many_rows(home, servers):
    rounds = Rounds({name: servers[name] for name in (GYRE, BEST)}, home.rows32, 16)
    model = Spread(model_microseconds(home, 32) for _ in range(ROUNDS))
    ours = rounds.whole(GYRE)
    return ["### 32 rows, JSON, 16 connections", "", *rounds.table(), "",
            f"- **{rounds.rate(GYRE) / rounds.rate(BEST):.1f}x** FastAPI at its best; {32 * rounds.rate(GYRE):,.0f} rows/s",
            f"- the model call alone takes {model.show('{:.1f}')} us for 32 rows, {1e6 / model.median:,.0f} calls a second of a "
            f"core: Gyre is at **{ours * model.median / 1e6:.2f}** of that", f"- {rounds.others()}", ""]


def measure(home):
    with contextlib.ExitStack() as stack:
        servers = {GYRE: gyre(home.home), BEST: fastapi(home.bundle, "best"), PLAIN: fastapi(home.bundle, "plain"),
                   RAW: announced([BUILD / "bench/raw_epoll", "--answer", home.raw_answer]),
                   ECHO: announced([BUILD / "bench/http_echo", "--threads", "1"])}
        for server in servers.values():
            stack.enter_context(server)
            exchange(server.port, f"POST {PATH}", home.row.read_bytes())
        megabytes = (home.bundle / "model.onnx").stat().st_size / 2 ** 20
        lines = [f"The forest of `examples/weather` ({megabytes:.1f} MiB of ONNX, the same file for both) and the same "
                 f"{home.row.stat().st_size} bytes of JSON, keep-alive. Every server on core 0 with one thread for requests, `load` on "
                 "core 1. Gyre validates each value, logs every prediction and counts. FastAPI, best: uvloop, httptools, orjson, the "
                 "model called on the event loop, nothing validated or logged. FastAPI, plain: pydantic models for request and "
                 "answer, the handler on the thread pool. ONNX Runtime has one thread everywhere. "
                 f"{ROUNDS} rounds of {SECONDS} s, interleaved: median (range).", ""]
        one, _ = one_row(home, servers, 1)
        many, rounds = one_row(home, servers, 64)
        return lines + one + many + open_loop(home, servers, rounds.rate(BEST)) + many_rows(home, servers)
