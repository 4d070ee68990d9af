"""What users do with traces: decorators and context managers, reading, searching, tags, judgements, deletion; OTLP by its own SDK."""
import gzip
import json
import threading

import mlflow
import pytest
import requests
from mlflow.entities import AssessmentSource, SpanType
from mlflow.exceptions import MlflowException


@pytest.fixture
def experiment():
    return mlflow.tracking.fluent._get_experiment_id()


@mlflow.trace(span_type=SpanType.CHAIN, attributes={"kind": "outer"})
def outer(x):
    with mlflow.start_span("inner", span_type=SpanType.TOOL) as span:
        span.set_inputs({"x": x, "nested": {"list": [1, 2.5, None, True], "text": "Zoë \"quoted\""}})
        span.set_outputs([x, x + 1])
        span.add_event(mlflow.entities.SpanEvent("thought", attributes={"depth": 3}))
    mlflow.update_current_trace(tags={"team": "blue"}, metadata={"mlflow.trace.session": "s-1"})
    return {"answer": x * 2}


def run(x=21):
    outer(x)
    mlflow.flush_trace_async_logging()
    return mlflow.get_last_active_trace_id()


def test_a_traced_function_comes_back_as_it_was():
    trace = mlflow.get_trace(run())
    assert trace.info.state == "OK"
    assert trace.info.tags["mlflow.traceName"] == "outer"
    assert trace.info.tags["team"] == "blue"
    assert trace.info.trace_metadata["mlflow.trace.session"] == "s-1"
    assert json.loads(trace.info.request_preview) == {"x": 21}
    assert json.loads(trace.info.response_preview) == {"answer": 42}
    root, inner = trace.data.spans
    assert (root.name, root.parent_id, root.span_type, root.inputs, root.outputs) == ("outer", None, "CHAIN", {"x": 21}, {"answer": 42})
    assert root.get_attribute("kind") == "outer"
    assert (inner.parent_id, inner.span_type, inner.outputs) == (root.span_id, "TOOL", [21, 22])
    assert inner.inputs == {"x": 21, "nested": {"list": [1, 2.5, None, True], "text": "Zoë \"quoted\""}}
    assert inner.events[0].name == "thought" and inner.events[0].attributes == {"depth": 3}
    assert inner.status.status_code == "OK"
    assert root.start_time_ns <= inner.start_time_ns <= inner.end_time_ns <= root.end_time_ns


def test_an_error_is_kept():
    @mlflow.trace
    def broken():
        raise ValueError("it broke")

    with pytest.raises(ValueError):
        broken()
    mlflow.flush_trace_async_logging()
    trace = mlflow.get_trace(mlflow.get_last_active_trace_id())
    assert trace.info.state == "ERROR"
    assert trace.data.spans[0].status.status_code == "ERROR"
    assert trace.data.spans[0].events[0].attributes["exception.message"] == "it broke"


def test_searches(experiment):
    ids = [run(x) for x in range(3)]

    def found(filter_string=None, **more):
        return [one.info.trace_id for one in mlflow.search_traces(locations=[experiment], filter_string=filter_string, return_type="list", **more)]

    assert sorted(found()) == sorted(ids)
    assert found(order_by=["timestamp_ms ASC"]) == ids
    assert found(max_results=1, order_by=["timestamp_ms DESC"]) == ids[2:]
    assert sorted(found("trace.status = 'OK' AND tag.team = 'blue'")) == sorted(ids)
    assert found("trace.status = 'ERROR'") == []
    assert sorted(found("metadata.`mlflow.trace.session` = 's-1'")) == sorted(ids)
    assert sorted(found("trace.name LIKE 'out%'")) == sorted(ids)
    assert sorted(found("span.name = 'inner' AND span.type = 'TOOL'")) == sorted(ids)
    assert found("span.name = 'inner' AND span.type = 'CHAIN'") == []
    assert sorted(found("trace.text LIKE '%Zoë%'")) == sorted(ids)
    assert sorted(found("span.attributes.kind LIKE '%outer%'")) == sorted(ids)
    frame = mlflow.search_traces(locations=[experiment])
    assert sorted(frame["trace_id"]) == sorted(ids)
    with pytest.raises(MlflowException, match="Invalid attribute key"):
        found("trace.bogus = 'x'")


def test_pages(client, experiment):
    ids = [run(x) for x in range(5)]
    seen, token = [], None
    while True:
        page = client.search_traces(locations=[experiment], max_results=2, page_token=token, include_spans=False)
        seen += [one.info.trace_id for one in page]
        token = page.token
        if not token:
            break
    assert seen == ids[::-1]


def test_tags(client):
    trace_id = run()
    mlflow.set_trace_tag(trace_id, "review", "done")
    assert mlflow.get_trace(trace_id).info.tags["review"] == "done"
    mlflow.delete_trace_tag(trace_id, "review")
    assert "review" not in mlflow.get_trace(trace_id).info.tags
    with pytest.raises(MlflowException, match="No trace tag with key 'review'"):
        client.delete_trace_tag(trace_id, "review")


def test_judgements():
    trace_id = run()
    source = AssessmentSource(source_type="HUMAN", source_id="me")
    first = mlflow.log_feedback(trace_id=trace_id, name="good", value=0.5, rationale="so so", source=source, metadata={"a": "b"})
    mlflow.log_expectation(trace_id=trace_id, name="wanted", value={"answer": [42]}, source=source)
    assert mlflow.get_assessment(trace_id, first.assessment_id).value == 0.5
    better = mlflow.override_feedback(trace_id=trace_id, assessment_id=first.assessment_id, value=0.75, source=source)
    by_name = {(one.name, one.valid): one for one in mlflow.get_trace(trace_id).info.assessments}
    assert by_name["good", False].assessment_id == first.assessment_id
    assert by_name["good", True].value == 0.75
    assert by_name["wanted", True if ("wanted", True) in by_name else None].value == {"answer": [42]}
    mlflow.update_assessment(trace_id, better.assessment_id, mlflow.entities.Feedback(name="good", value="fine"))
    assert mlflow.get_assessment(trace_id, better.assessment_id).value == "fine"
    mlflow.delete_assessment(trace_id, better.assessment_id)
    assert mlflow.get_assessment(trace_id, first.assessment_id).valid


def test_traces_of_a_run(client, experiment):
    with mlflow.start_run() as started:
        inside = run()
    other = run()
    assert [one.info.trace_id for one in mlflow.search_traces(locations=[experiment], run_id=started.info.run_id, return_type="list")] == [inside]
    client.link_traces_to_run([other], started.info.run_id)
    found = mlflow.search_traces(locations=[experiment], run_id=started.info.run_id, return_type="list")
    assert {one.info.trace_id for one in found} == {inside, other}


def test_deletion(client, experiment):
    ids = [run(x) for x in range(3)]
    assert client.delete_traces(experiment, trace_ids=ids[:1]) == 1
    assert client.delete_traces(experiment, max_timestamp_millis=2**50, max_traces=1) == 1
    left = client.search_traces(locations=[experiment])
    assert [one.info.trace_id for one in left] == ids[2:]
    assert mlflow.get_trace(ids[0], silent=True) is None


def test_many_threads(experiment):
    def work():
        for x in range(5):
            outer(x)

    threads = [threading.Thread(target=work) for _ in range(8)]
    [one.start() for one in threads]
    [one.join() for one in threads]
    mlflow.flush_trace_async_logging()
    found = mlflow.search_traces(locations=[experiment], max_results=100, return_type="list")
    assert len(found) == 40
    assert all(len(one.data.spans) == 2 for one in found)


def otlp(uri, experiment, body, **headers):
    return requests.post(f"{uri}/v1/traces", data=body, headers={"Content-Type": "application/json", "x-mlflow-experiment-id": experiment} | headers)


def test_otlp_from_elsewhere(uri, experiment):
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    span = {"traceId": trace_id, "spanId": "b7ad6b7169203331", "name": "GET /", "kind": 2, "startTimeUnixNano": "1700000000000000000",
            "endTimeUnixNano": "1700000000250000000", "attributes": [{"key": "http.status", "value": {"intValue": "200"}}]}
    body = json.dumps({"resourceSpans": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
                                          "scopeSpans": [{"spans": [span]}]}]}).encode()
    answer = otlp(uri, experiment, gzip.compress(body), **{"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()) == (200, {})
    trace = mlflow.get_trace(f"tr-{trace_id}")
    assert trace.info.execution_duration == 250
    assert trace.info.tags["service.name"] == "shop"
    assert trace.data.spans[0].get_attribute("http.status") == 200


@pytest.mark.parametrize("body, headers", [
    (b"{", {}), (b"{}", {}), (b"x", {"Content-Encoding": "gzip"}), (b"x", {"Content-Encoding": "br"}), (b"x", {"Content-Type": "text/plain"}),
    (b"junk", {"Content-Type": "application/x-protobuf"}), (b"{}", {"x-mlflow-experiment-id": "987654"}),
])
def test_otlp_mistakes_are_4xx(uri, experiment, body, headers):
    assert 400 <= otlp(uri, experiment, body, **headers).status_code < 500
