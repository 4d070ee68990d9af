"""The home that is served: examples/weather, run up to its endpoint; and what a client needs of it."""
import json
import pathlib
import subprocess

from .processes import GYRE, ROOT, exchange, gyre

FILES = ["model.onnx", "signature.json", "golden.json"]
PATH = "/endpoints/rain/predict"


def body_of(answer):
    return answer.split(b"\r\n\r\n", 1)[1]


class Home:
    """`folder`/home has the endpoint, `folder`/bundle its model, row.json and rows32.json are requests."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.home, self.bundle = self.folder / "home", self.folder / "bundle"
        done = subprocess.run([GYRE, "run", "--project", ROOT / "examples/weather", "--home", self.home, "--json"],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"gyre run: {done.stdout}{done.stderr}")
        self.bundle.mkdir()
        with gyre(self.home) as server:
            for name in FILES:
                answer = exchange(server.port, f"GET /api/v1/models/rain/versions/1/files/{name}", b"")
                (self.bundle / name).write_bytes(body_of(answer))
            self.row, self.rows32 = self.requests()
            self.raw_answer = self.folder / "answer.http"
            self.raw_answer.write_bytes(exchange(server.port, f"POST {PATH}", self.row.read_bytes()))

    def requests(self):
        """Golden rows as a client sends them, missing values left out; 32 of them repeat."""
        golden = json.loads((self.bundle / "golden.json").read_text())["features"]
        count = len(next(iter(golden.values())))
        rows = [{name: column[i] for name, column in golden.items() if column[i] is not None} for i in range(count)]
        whole = max(rows, key=len)
        one, many = self.folder / "row.json", self.folder / "rows32.json"
        one.write_text(json.dumps(whole))
        many.write_text(json.dumps([rows[i % count] for i in range(32)]))
        return one, many
