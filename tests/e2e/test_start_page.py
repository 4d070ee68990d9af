"""The start page: its files, and what a real browser makes of them where one is installed (make e2e installs chromium)."""
import re
import shutil
import subprocess

import pytest

from harness.documents import write_iris_project
from harness.server import Server

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
browser_only = pytest.mark.skipif(not BROWSER, reason="no chromium here; make e2e installs it")


@pytest.fixture(scope="module")
def iris(tmp_path_factory):
    """A server with one model that has answered, been told, and been run for a reason with markup in it."""
    folder = tmp_path_factory.mktemp("page")
    with Server(folder / "home") as server:
        server.cli("run", "--project", write_iris_project(folder / "iris"))
        row = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
        answer = server.request("POST", "/endpoints/iris/predict", json=row).json()
        label = {"prediction_id": answer["predictions"][0]["prediction_id"], "label": "setosa"}
        server.request("POST", "/endpoints/iris/labels", json=[label])
        started = server.request("POST", "/api/v1/projects/iris/pipelines/species/runs",
                                 json={"reason": "<img src=x onerror=\"document.title='owned'\">"}).json()
        server.get(f"/api/v1/pipeline-runs/{started['id']}?wait_seconds=60")
        yield server


def dom_of(url, profile):
    """The document after the page has drawn itself, as HTML."""
    done = subprocess.run(
        [BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={profile}",
         "--virtual-time-budget=5000", "--dump-dom", url], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def section(dom, name):
    return re.search(rf'<section id="{name}".*?</section>', dom, re.S).group(0)


def text_of(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


def test_everything_the_page_names_is_there(iris):
    page = iris.request("GET", "/")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'self'")
    names = re.findall(r'(?:href|src)="(/[^"]*)"', page.text)
    assert "/ui/app.js" in names
    code = ""
    for name in names:
        answer = iris.request("GET", name)
        assert answer.status_code == 200, name
        code += answer.text if name.endswith(".js") else ""
    for module in re.findall(r'from "\./(\w+\.js)"', code):
        assert iris.request("GET", f"/ui/{module}").headers["Content-Type"].startswith("text/javascript"), module
    calls = re.findall(r'get\("(/api/[^"]*)"\)', code)
    assert len(calls) == 8
    for call in calls:
        assert list(iris.get(call).values())[0] is not None, call


@browser_only
def test_an_empty_home_says_how_to_begin(tmp_path):
    with Server(tmp_path / "home") as server:
        dom = dom_of(server.url, tmp_path / "profile")
    assert "gyre init weather" in text_of(section(dom, "welcome"))
    assert "hidden" not in re.search(r'<section id="welcome"[^>]*>', dom).group(0)
    assert "hidden" in re.search(r'<section id="endpoints"[^>]*>', dom).group(0)


@browser_only
def test_what_there_is_is_shown(iris, tmp_path):
    dom = dom_of(iris.url, tmp_path / "profile")
    assert re.search(r'id="status"[^>]*>ready<', dom)
    assert "hidden" in re.search(r'<p id="trouble"[^>]*>', dom).group(0)
    endpoint = text_of(section(dom, "endpoints"))
    assert "iris iris/1" in endpoint and "1 predictions" in endpoint and "1 labels" in endpoint
    assert "No window has closed yet" in text_of(section(dom, "drift"))
    assert 'aria-label="10 succeeded"' in section(dom, "runs")
    assert 'aria-label="10 cached"' in section(dom, "runs")
    assert "champion 1" in text_of(section(dom, "models"))
    assert "iris-split.train" in text_of(section(dom, "datasets"))


@browser_only
def test_text_stays_text(iris, tmp_path):
    dom = dom_of(iris.url, tmp_path / "profile")
    assert "&lt;img src=x" in section(dom, "runs")
    assert "<img src" not in section(dom, "runs")
    assert "<title>Gyre</title>" in dom
