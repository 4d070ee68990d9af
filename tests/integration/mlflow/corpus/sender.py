"""Sends a scene to a server and answers what came back, normalised."""
import hashlib
import json
import time

import requests

from .normal import Normaliser
from .scenes import filled

HEADERS = ("Content-Disposition", "X-Content-Type-Options", "Content-Range", "Accept-Ranges")
SHORT = 300
PAUSE = 0.002  # seconds between two requests, so that no two things are made in the same millisecond


def query_of(payload):
    """As the client sends it: a list repeats its key, booleans are true and false."""
    text = {True: "true", False: "false"}
    return {key: text[one] if isinstance(one, bool) else one for key, one in payload.items()}


def send(session, url, step, saved):
    payload, options = filled(step.payload, saved), {}
    headers = filled(step.headers, saved)
    query = query_of(filled(step.query, saved))
    if step.raw is not None:
        options["data"] = filled(step.raw, saved).encode()
        headers.setdefault("Content-Type", step.type or "application/json")
    elif step.method in ("GET", "HEAD", "OPTIONS"):
        query |= query_of(payload or {})
    elif payload is not None:
        options["data"] = json.dumps(payload).encode()
        headers.setdefault("Content-Type", step.type or "application/json")
    elif step.type:
        headers.setdefault("Content-Type", step.type)
    return session.request(step.method, url + filled(step.path, saved), params=query, headers=headers, timeout=120,
                           allow_redirects=False, **options)


def taken(answer, path):
    """What a dotted path finds, None if it is not there."""
    for part in path.split("."):
        if isinstance(answer, list) and part.isdigit() and int(part) < len(answer):
            answer = answer[int(part)]
        elif isinstance(answer, dict) and part in answer:
            answer = answer[part]
        else:
            return None
    return answer


def read(response):
    """The answer as JSON: status, type, and the body in the form that tells most."""
    kind = response.headers.get("Content-Type", "").split(";")[0]
    answer = {"status": response.status_code, "type": kind}
    headers = {name: response.headers[name] for name in HEADERS if name in response.headers}
    try:
        if "Content-Disposition" in headers:
            raise ValueError("a file, whatever is in it")
        answer["json"] = response.json()
        return answer
    except ValueError:
        pass
    if headers and response.status_code < 400:
        answer["headers"] = headers
    if kind == "text/html":
        return answer
    if kind.startswith("text/") and len(response.content) <= SHORT:
        answer["text"] = response.text
    else:
        answer |= {"length": len(response.content), "sha256": hashlib.sha256(response.content).hexdigest()}
    return answer


def play(url, scene):
    """[(step label, normalised answer)]"""
    session, saved, normal = requests.Session(), {}, Normaliser(url)
    answers = []
    for step in scene.steps:
        response = send(session, url, step, saved)
        answer = read(response)
        for name, path in step.save.items():
            saved[name] = taken(answer.get("json"), path)
            normal.know(name, saved[name])
        answers.append((step.label, normal.answer(answer)))
        time.sleep(PAUSE)
    return answers
