"""Starts lambdainvoked on a free port of 127.0.0.1, and ends it by its own pid: `with serve() as host: host.call(…)`."""
import contextlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time

BUILD = os.path.abspath(os.environ.get("BUILD", "build"))


def skip(why):
    print(why)
    sys.exit(77)


class Host:
    def __init__(self, port, process):
        self.port, self.process, self.url = port, process, f"http://127.0.0.1:{port}"

    def call(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        answer = response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
        connection.close()
        return answer

    def invoke(self, name, body="{}", **headers):
        return self.call("POST", f"/2015-03-31/functions/{name}/invocations", body,
                         {k.replace("_", "-"): v for k, v in headers.items()})

    def advance(self, ms):
        status, _, body = self.call("POST", "/_lambdainvoke/clock", {"advance_ms": ms})
        assert status == 200, body

    def messages(self, queue):
        status, _, body = self.call("GET", f"/_lambdainvoke/queues/{queue}/messages")
        return json.loads(body)["Messages"] if status == 200 else []


@contextlib.contextmanager
def serve(*more, clock="virtual", admin=True):
    program = os.path.join(BUILD, "lambdainvoked")
    if not os.path.exists(program):
        skip("lambdainvoked is not built (libmicrohttpd is missing)")
    with tempfile.TemporaryDirectory() as folder:
        port_file = os.path.join(folder, "port")
        with open(os.path.join(folder, "log"), "w+") as log:
            process = subprocess.Popen(
                [program, "--listen", "127.0.0.1:0", "--port-file", port_file, "--clock", clock, "--handlers",
                 os.path.join(BUILD, "examples", "handlers.so"), *(["--admin"] if admin else []), *more],
                stdout=log, stderr=log)
            try:
                for _ in range(400):
                    if process.poll() is not None or os.path.exists(port_file):
                        break
                    time.sleep(0.025)
                if not os.path.exists(port_file):
                    log.seek(0)
                    raise AssertionError("the host did not start: " + log.read())
                with open(port_file) as f:
                    port = int(f.read().strip().rsplit(":", 1)[1])
                yield Host(port, process)
            finally:
                process.terminate()
                try:
                    assert process.wait(20) == 0, f"the host ended with {process.returncode}"
                finally:
                    if process.poll() is None:
                        process.kill()
                        process.wait()
