"""The requests of a tracking client, at little cost of its own: one kept-alive connection, bytes made beforehand."""
import json
import re
import socket
import time
import urllib.parse

API = "/api/2.0/mlflow"
PIECE = 1 << 20


class Refused(Exception):
    """An answer other than 200."""


class Connection:
    def __init__(self, port, patience=600):
        self.port, self.socket = port, socket.create_connection(("127.0.0.1", port), timeout=patience)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.socket.close()

    def raw(self, head, body=b""):
        """The body of the answer."""
        self.socket.sendall(f"{head} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Type: application/json\r\n"
                            f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return self.answer()

    def answer(self):
        received = b""
        while b"\r\n\r\n" not in received:
            received += self.some()
        head, _, body = received.partition(b"\r\n\r\n")
        body = self.chunks(body) if b"chunked" in head.lower() else self.rest(head, body)
        if not head.startswith(b"HTTP/1.1 200"):
            raise Refused(f"{head[:60]} {body[:300]}")
        return body

    def some(self):
        got = self.socket.recv(PIECE)
        if not got:
            raise ConnectionError("the server closed the connection")
        return got

    def rest(self, head, body):
        parts, missing = [body], int(re.search(rb"content-length: (\d+)", head, re.I).group(1)) - len(body)
        while missing > 0:
            parts.append(self.some())
            missing -= len(parts[-1])
        return b"".join(parts)

    def chunks(self, received):
        while not received.endswith(b"0\r\n\r\n"):
            received += self.some()
        body = b""
        while received:
            size, _, received = received.partition(b"\r\n")
            body, received = body + received[:int(size, 16)], received[int(size, 16) + 2:]
        return body

    def post_bytes(self, path, body):
        return self.raw(f"POST {API}/{path}", body)

    def get_bytes(self, path, **query):
        return self.raw(f"GET {API}/{path}?{urllib.parse.urlencode(query, doseq=True)}")

    def post(self, path, payload):
        return json.loads(self.post_bytes(path, json.dumps(payload).encode()) or b"{}")

    def get(self, path, **query):
        return json.loads(self.get_bytes(path, **query))

    def upload(self, path, file, size):
        """The file's bytes, from the page cache to the socket."""
        self.socket.sendall(f"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Length: {size}\r\n\r\n".encode())
        with open(file, "rb") as source:
            self.socket.sendfile(source)
        self.answer()

    def download(self, path):
        """How many bytes came."""
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n\r\n".encode())
        received = b""
        while b"\r\n\r\n" not in received:
            received += self.some()
        head, _, body = received.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise Refused(head[:60])
        if b"chunked" in head.lower():
            return self.count_chunks(body)
        buffer, got, size = bytearray(PIECE), len(body), int(re.search(rb"content-length: (\d+)", head, re.I).group(1))
        while got < size:
            more = self.socket.recv_into(buffer)
            if not more:
                raise ConnectionError("the server closed the connection")
            got += more
        return got

    def count_chunks(self, received):
        got = 0
        while True:
            while b"\r\n" not in received:
                received += self.some()
            line, _, received = received.partition(b"\r\n")
            size = int(line, 16)
            if size == 0:
                return got
            got, missing = got + size, size + 2 - len(received)
            while missing > 0:
                received = self.some()
                missing -= len(received)
            received = received[len(received) + missing:] if missing < 0 else b""


def milliseconds(call):
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)
