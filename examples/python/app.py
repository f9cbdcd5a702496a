"""A web app of nothing but Python's standard library."""

import json
import os
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

MAX_BODY_BYTES = 1_000_000


class Handler(BaseHTTPRequestHandler):
    # The default, HTTP/1.0, knows neither chunks nor connections that are kept.
    protocol_version = "HTTP/1.1"
    # Without it, Nagle's algorithm holds back a small body until the client acknowledged the headers.
    disable_nagle_algorithm = True

    def do_GET(self):
        url = urlsplit(self.path)
        if url.path == "/":
            self.send_text(200, "Python's own web server\n")
        elif url.path == "/api/squares":
            self.send_squares(parse_qs(url.query))
        elif url.path == "/stream":
            self.send_stream(parse_qs(url.query))
        else:
            self.send_json(404, {"error": f"Nothing at GET {url.path}"})

    def do_POST(self):
        # A body that is not read would be taken for the next request on this connection.
        body = self.read_body()
        if body is None:
            return
        if self.path != "/form":
            self.send_json(404, {"error": f"Nothing at POST {self.path}"})
        elif self.headers.get_content_type() != "application/x-www-form-urlencoded":
            self.send_json(415, {"error": "Send application/x-www-form-urlencoded"})
        else:
            self.send_json(200, parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True))

    def send_squares(self, query):
        n = whole_number(query, "n", 5, 1000)
        if n is None:
            self.send_json(400, {"error": '"n" must be a whole number'})
        else:
            self.send_json(200, {"squares": [i * i for i in range(n)]})

    def send_stream(self, query):
        n = whole_number(query, "n", 5, 1000)
        ms = whole_number(query, "ms", 100, 10_000)
        if n is None or ms is None:
            self.send_json(400, {"error": '"n" and "ms" must be whole numbers'})
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for i in range(n):
            if i > 0:
                time.sleep(ms / 1000)
            self.write_chunk(f"line {i}\n".encode())
        self.write_chunk(b"")

    def write_chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def read_body(self):
        """The request's body, or None when it was refused."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self.read_chunks()
        length = int(self.headers.get("Content-Length", 0))
        if length > MAX_BODY_BYTES:
            return self.refuse_body()
        return self.rfile.read(length)

    def read_chunks(self):
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            if len(body) + size > MAX_BODY_BYTES:
                return self.refuse_body()
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline() not in (b"\r\n", b"\n", b""):
            pass
        return body

    def refuse_body(self):
        self.close_connection = True
        self.send_json(413, {"error": "The body is too large"})

    def send_json(self, status, value):
        self.send_bytes(status, "application/json", json.dumps(value).encode())

    def send_text(self, status, text):
        self.send_bytes(status, "text/plain; charset=utf-8", text.encode())

    def send_bytes(self, status, content_type, data):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format, *args):
        pass


def whole_number(query, name, default, maximum):
    text = query.get(name, [str(default)])[0]
    return min(int(text), maximum) if text.isascii() and text.isdigit() else None


def main():
    address = (os.environ.get("HOST", ""), int(os.environ.get("PORT", "3000")))
    server = ThreadingHTTPServer(address, Handler)

    def stop(*_):
        # shutdown() waits for the loop of this very thread, so another one must call it.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"Python on port {server.server_port}", flush=True)
    server.serve_forever()
    server.server_close()


if __name__ == "__main__":
    main()
