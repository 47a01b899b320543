"""Clients whose answers wait for the disk: many at once, some that leave meanwhile, some whose function takes long, and the end of
the host while one waits. Each that stays has its answer; each event that was accepted runs."""
import http.client
import json
import os
import socket
import struct
import sys
import tempfile
import threading
import time

from serve import BUILD, serve, skip

PATH = "/2015-03-31/functions/%s/invocations"
CLIENTS, EVENTS, LEAVERS = 32, 20, 100


def check(what, is_so, seen=""):
    if not is_so:
        raise AssertionError(f"{what}: {seen}")


def in_threads(n, body):
    failures = []

    def run(i):
        try:
            body(i)
        except BaseException as e:
            failures.append(e)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(n)]
    for t in threads:
        t.start()
    return threads, failures


def join(started):
    for t in started[0]:
        t.join()
    if started[1]:
        raise started[1][0]


def ask(host, name, body, head=""):
    """A whole request, whose client will reset its connection instead of closing it."""
    s = socket.create_connection(("127.0.0.1", host.port))
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.sendall((f"POST {PATH % name} HTTP/1.1\r\nHost: 127.0.0.1\r\n{head}Content-Length: {len(body)}\r\n\r\n{body}").encode())
    return s


def load(host):
    def client(i):
        for k in range(EVENTS):
            check("accepted", host.invoke("echo", json.dumps([i, k]), X_Amz_Invocation_Type="Event")[0] == 202)
        long = json.dumps("x" * (100_000 if i % 8 == 0 else 10))
        status, _, body = host.invoke("echo", long)
        check("echo", status == 200 and body.decode() == long, (status, len(body)))

    def leaver(i):
        for k in range(LEAVERS // 4):
            ask(host, "echo", json.dumps(["left", i, k]), "X-Amz-Invocation-Type: Event\r\n").close()

    clients, leavers = in_threads(CLIENTS, client), in_threads(4, leaver)
    join(clients)
    join(leavers)


def sums_when(host, what, is_so):
    """The host's sums, once they are so."""
    for _ in range(400):
        _, _, text = host.call("GET", "/_lambdainvoke/metrics")
        sums = {key: int(float(value)) for key, value in
                (line.rsplit(" ", 1) for line in text.decode().splitlines() if line and line[0] != "#")}
        if is_so(sums):
            return sums
        time.sleep(0.025)
    raise AssertionError(f"never {what}: {text.decode()}")


def many_and_leavers(folder):
    with serve("--queue", "sqlite:" + os.path.join(folder, "q.db"), clock="real") as host:
        load(host)
        sums = sums_when(host, "idle", lambda s: s["lambdainvoke_events_pending"] + s["lambdainvoke_events_leased"] == 0)
        accepted = sums["lambdainvoke_async_events_received_total"]
        check("accepted", CLIENTS * EVENTS <= accepted <= CLIENTS * EVENTS + LEAVERS, accepted)
        check("all ran", sums["lambdainvoke_events_succeeded_total"] == accepted, sums)


def left_while_it_runs(folder):
    """Clients go while their calls run: the calls end, and nobody else notices."""
    with serve("--queue", "sqlite:" + os.path.join(folder, "q4.db"), "--workers", "8", clock="real") as host:
        for ms in (10, 30, 300):
            for s in [ask(host, "sleep", json.dumps({"ms": ms})) for _ in range(8)]:
                s.close()
            leavers = [ask(host, "sleep", '{"ms":150}') for _ in range(8)]
            sums_when(host, "running", lambda s: s["lambdainvoke_concurrent_executions"] > 0)
            for s in leavers:
                s.close()
            sums_when(host, "idle", lambda s: s["lambdainvoke_concurrent_executions"] == 0)
            check("serves", host.invoke("echo", str(ms))[2] == str(ms).encode())


def long_calls(folder):
    """Longer than the loop looks for an answer, with others in between."""
    with serve("--queue", "sqlite:" + os.path.join(folder, "q2.db"), "--workers", "4", clock="real") as host:
        slow = in_threads(3, lambda i: check("slow", host.invoke("sleep", '{"ms":700}')[0] == 200))
        for k in range(20):
            check("quick", host.invoke("echo", str(k))[2] == str(k).encode())
        join(slow)


def end_while_one_waits(folder):
    """SIGTERM: a call that has begun is answered before the host ends (it ends with 0: see serve)."""
    answers = []
    with serve("--queue", "sqlite:" + os.path.join(folder, "q3.db"), clock="real") as host:
        started = in_threads(1, lambda i: answers.append(host.invoke("sleep", '{"ms":600}')))
        sums_when(host, "running", lambda s: s["lambdainvoke_concurrent_executions"] == 1)
        host.process.terminate()
        join(started)
    check("answered", answers and answers[0][0] == 200, answers)


def silent_ones(folder):
    """Connections that say nothing for --idle are ended, in a head and in a body too (REL-76); one that talks, and one that waits for
    its answer longer than that, are not. With the daemon's own thread, and in the host's loop."""
    beginnings = (b"", b"POST /2015-03-31/functions/echo/invocations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Le",
                  b"POST /2015-03-31/functions/echo/invocations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n\"abc")

    def is_ended(client):
        try:
            return client.recv(100) == b""
        except ConnectionResetError:
            return True

    def one_way(i):
        more = ("--queue", "sqlite:" + os.path.join(folder, "q5.db")) if i else ()
        with serve("--idle", "2", "--workers", "2", *more, clock="real") as host:
            waits = in_threads(1, lambda _: check("waits", host.invoke("sleep", '{"ms":4500}')[0] == 200))
            clients = [socket.create_connection(("127.0.0.1", host.port), timeout=10) for _ in beginnings]
            began = time.monotonic()
            for client, beginning in zip(clients, beginnings):
                client.sendall(beginning)
            talker = http.client.HTTPConnection("127.0.0.1", host.port, timeout=10)
            for k in range(9):
                talker.request("POST", PATH % "echo", str(k))
                check("talks", talker.getresponse().read() == str(k).encode())
                if k == 2:
                    for client in clients:
                        client.settimeout(0.01)
                        try:
                            check("too early", not is_ended(client))
                        except socket.timeout:
                            client.settimeout(10)
                time.sleep(0.5)
            for client in clients:
                check("ended", is_ended(client))
            check("in time", time.monotonic() - began < 8)
            check("the same connection", talker.sock is not None)
            join(waits)

    join(in_threads(2, one_way))


if not os.path.exists(os.path.join(BUILD, "liblambdainvoke-sqlite.so")):
    skip("liblambdainvoke-sqlite is not built (libsqlite3 is missing)")
with tempfile.TemporaryDirectory() as where:
    for part in (many_and_leavers, left_while_it_runs, long_calls, end_while_one_waits, silent_ones):
        part(where)
print(f"{CLIENTS * EVENTS} accepted with {LEAVERS} who left, calls that take long, and one at the end of the host")
sys.exit(0)
