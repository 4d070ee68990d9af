"""The peer: one packaged model behind FastAPI and onnxruntime, with Gyre's predict route and answer.

    python bench/peers/fastapi_app.py FOLDER PORT plain|best

plain is what its documentation leads to: pydantic models, a plain function as handler (run on the thread pool), uvicorn
as it is installed. best is FastAPI as fast as it goes here: the body read with orjson and checked for nothing, the model
called on the event loop without a hop to a thread, the answer written with orjson, uvloop and httptools. Neither writes a
log of requests or predictions. Both give ONNX Runtime one thread, which is faster for rows this small.
"""
import json
import pathlib
import socket
import sys
import uuid

import numpy
import onnxruntime
import orjson
import uvicorn
from fastapi import FastAPI, Request, Response
from pydantic import create_model


class Model:
    def __init__(self, folder):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
        signature = json.loads((folder / "signature.json").read_text())
        self.inputs = [(one["name"], one["type"] == "number") for one in signature["inputs"]]
        self.numbers = [name for name, number in self.inputs if number]
        self.categories = [name for name, number in self.inputs if not number]
        self.outputs = [signature["outputs"]["label"], signature["outputs"]["probability"]]
        self.positive = signature["classes"].index(signature["positive_class"])

    def predict(self, rows):
        numbers = numpy.array([[row.get(name) for row in rows] for name in self.numbers], numpy.float32)
        feeds = {name: numbers[i].reshape(-1, 1) for i, name in enumerate(self.numbers)}
        for name in self.categories:
            feeds[name] = numpy.array([[row.get(name) or ""] for row in rows], object)
        labels, probability = self.session.run(self.outputs, feeds)
        positive = probability[:, self.positive].tolist()
        return {"model_version": "rain/1",
                "predictions": [{"prediction_id": uuid.uuid4().hex, "label": label, "probability": p}
                                for label, p in zip(labels.tolist(), positive)]}


def best(model):
    app = FastAPI(openapi_url=None)

    @app.post("/endpoints/rain/predict")
    async def predict(request: Request):
        body = orjson.loads(await request.body())
        answer = model.predict(body if isinstance(body, list) else [body])
        return Response(orjson.dumps(answer), media_type="application/json")

    return app


def plain(model):
    app = FastAPI()
    row = create_model("Row", **{name: (float | None if number else str | None, None) for name, number in model.inputs})
    prediction = create_model("Prediction", prediction_id=(str, ...), label=(str, ...), probability=(float, ...))
    answer = create_model("Answer", model_version=(str, ...), predictions=(list[prediction], ...))

    @app.post("/endpoints/rain/predict", response_model=answer)
    def predict(body: row | list[row]):
        rows = body if isinstance(body, list) else [body]
        return model.predict([one.model_dump() for one in rows])

    return app


def main():
    folder, port, kind = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(2048)
    model = Model(folder)
    settings = {"loop": "uvloop", "http": "httptools"} if kind == "best" else {}
    app = best(model) if kind == "best" else plain(model)
    uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="warning", **settings)).run(sockets=[listener])


if __name__ == "__main__":
    main()
