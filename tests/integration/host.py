"""lambdainvoked as a process: retries on its virtual clock, waiting callers, reset, browsers, demo, wrong starts."""
import json
import os
import socket
import subprocess
import threading

from serve import BUILD, serve

ARN = "arn:aws:sqs:us-east-1:000000000000:"
checks = 0


def check(what, condition, detail=""):
    global checks
    checks += 1
    assert condition, f"{what}: {detail}"


def retries():
    """INV-219, INV-209, INV-237: flaky over 180 s; success record, failure record and dead letter."""
    with serve() as host:
        status, _, body = host.call("PUT", "/2019-09-25/functions/flaky/event-invoke-config", {
            "DestinationConfig": {"OnSuccess": {"Destination": ARN + "good"}, "OnFailure": {"Destination": ARN + "bad"}}})
        check("config", status == 200, body)
        status, _, body = host.call("PUT", "/2015-03-31/functions/flaky/configuration",
                                    {"DeadLetterConfig": {"TargetArn": ARN + "dead"}})
        check("dead-letter queue", status == 200, body)
        for n in (2, 3):
            status, headers, body = host.invoke("flaky", '{"fail_times":%d,"id":900719925474099%d}' % (n, n),
                                                X_Amz_Invocation_Type="Event")
            check("accepted", (status, body) == (202, b""), body)
        host.advance(179999)
        check("nothing before its time", host.messages("good") + host.messages("bad") == [])
        host.advance(1)
        good, bad, dead = host.messages("good"), host.messages("bad"), host.messages("dead")
        check("one each", (len(good), len(bad), len(dead)) == (1, 1, 1), (good, bad, dead))
        record = json.loads(good[0]["Body"])
        check("success", record["requestContext"]["condition"] == "Success", record)
        record = json.loads(bad[0]["Body"])
        check("exhausted", (record["requestContext"]["condition"],
                            record["requestContext"]["approximateInvokeCount"]) == ("RetriesExhausted", 3), record)
        check("bytes survive", dead[0]["Body"] == '{"fail_times":3,"id":9007199254740993}', dead)
        check("attributes", dead[0]["MessageAttributes"]["ErrorCode"] == {"StringValue": "200", "DataType": "Number"}, dead)
        _, _, journal = host.call("GET", "/_lambdainvoke/journal?since=0")
        lines = [json.loads(line) for line in journal.splitlines()]
        starts = [line["t"] // 10**9 for line in lines if line["step"] == "start"]
        check("attempts at 0, 60, 180 s", starts == [0, 0, 60, 60, 180, 180], starts)


def waiting():
    """A caller of a handler that takes 5 s waits until the clock has moved, or lets it move by itself."""
    with serve() as host:
        answers = []
        thread = threading.Thread(target=lambda: answers.append(host.invoke("sleep", '{"ms":5000}')))
        thread.start()
        while json.loads(host.call("GET", "/_lambdainvoke/clock")[2])["next_deadline_ns"] is None:
            pass
        host.advance(4999)
        check("still waiting", answers == [], answers)
        host.advance(1)
        thread.join(20)
        check("answered", answers and answers[0][0] == 200, answers)
    with serve(clock="virtual-auto") as host:
        status, headers, body = host.invoke("sleep", '{"ms":70000}')
        check("INV-143 at once", status == 200 and headers["x-amz-function-error"] == "Unhandled", body)
        check("its text", b"Task timed out after 60.00 seconds" in body, body)
        now = json.loads(host.call("GET", "/_lambdainvoke/clock")[2])
        check("time moved", now["monotonic_ns"] >= 60 * 10**9, now)


def real_clock():
    """Workers, concurrent callers, INV-151 a caller that goes away."""
    with serve("--workers", "4", clock="real") as host:
        answers = []
        threads = [threading.Thread(target=lambda i=i: answers.append(host.invoke("echo", str(i))[2])) for i in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        check("all answered", sorted(map(int, answers)) == list(range(32)), answers)
        try:
            import socket
            gone = socket.create_connection(("127.0.0.1", host.port))
            gone.sendall(b"POST /2015-03-31/functions/sleep/invocations HTTP/1.1\r\nHost: localhost\r\n"
                         b"Content-Length: 10\r\n\r\n{\"ms\":100}")
            gone.close()
        finally:
            check("alive after a caller went away", host.invoke("echo", "7")[2] == b"7")
        status, _, _ = host.call("POST", "/_lambdainvoke/clock", {"advance_ms": 1})
        check("a real clock is not moved", status == 409, status)
        status, headers, body = host.invoke("crash")
        check("INV-144", b"Runtime.ExitError" in body, body)


def browsers():
    """REL-78, REL-87: a web page of another origin, another host name, admin routes that are off."""
    with serve(admin=False) as host:
        check("plain", host.invoke("echo")[0] == 200)
        check("foreign page", host.invoke("echo", Origin="http://evil.example")[0] == 403)
        check("rebinding", host.invoke("echo", Host="evil.example")[0] == 403)
        check("admin is off", host.call("POST", "/_lambdainvoke/clock", {"advance_ms": 1})[0] == 404)
        check("health is on", host.call("GET", "/_lambdainvoke/health")[0] == 200)


def reset():
    with serve() as host:
        host.call("PUT", "/2017-10-31/functions/echo/concurrency", {"ReservedConcurrentExecutions": 0})
        check("throttled", host.invoke("echo")[0] == 429)
        check("reset", host.call("POST", "/_lambdainvoke/reset")[0] == 200)
        check("as new", host.invoke("echo")[0] == 200)
        _, _, text = host.call("GET", "/_lambdainvoke/metrics")
        check("metrics too", b"\nlambdainvoke_throttles_total 0\n" in text, text[:400])


def demo():
    """What `make run` starts with: a bucket, a schedule and a queue that already invoke functions."""
    with serve("--handlers", os.path.join(BUILD, "examples", "demo.so")) as host:
        status, _, body = host.call("POST", "/_lambdainvoke/occur/s3", {"bucket": "uploads", "key": "cat.jpg", "size": 3})
        check("occurrence", (status, body) == (200, b'{"Matched":1}'), body)
        good = {"orderId": "o-1", "currency": "EUR", "items": [{"sku": "A1", "quantity": 2, "unitPriceCents": 1250}]}
        status, _, body = host.call("POST", "/_lambdainvoke/queues/orders/messages", {"MessageBody": json.dumps(good)})
        check("sent", status == 200, body)
        host.call("POST", "/_lambdainvoke/queues/orders/messages", {"MessageBody": "no order"})
        host.advance(180000)
        left = host.messages("orders")
        check("the good order is gone, the bad one is back", [m["Body"] for m in left] == ["no order"], left)
        _, _, text = host.call("GET", "/_lambdainvoke/metrics")
        echo = [line for line in text.decode().splitlines() if line.startswith('lambdainvoke_function_invocations_total{function="echo"}')]
        check("an upload and three minutes", echo == ['lambdainvoke_function_invocations_total{function="echo"} 4'], echo)
        status, _, body = host.invoke("orders", json.dumps(good))
        check("total", body == b'{"orderId":"o-1","items":1,"totalCents":2500,"currency":"EUR"}', body)
        good["items"][0]["quantity"] = 0
        status, headers, body = host.invoke("orders", json.dumps(good))
        check("a clear refusal", b"items[0].quantity must be a whole number from 1 to 1000000" in body, body)


def custom_resources():
    """TRG-76, TRG-78: an answer at the URL of its request ends an operation, or the clock does; whoever asked is told."""
    with serve() as host:
        host.call("PUT", "/2019-09-25/functions/echo/event-invoke-config",
                  {"DestinationConfig": {"OnSuccess": {"Destination": ARN + "seen"}}})
        status, _, body = host.call("POST", "/_lambdainvoke/triggers",
                                    {"Kind": "cfn", "FunctionName": "echo", "Id": "c", "Options": {"serviceTimeout": 600}})
        check("trigger", status == 201, body)
        ask = {"requestType": "Create", "stackId": "s", "logicalResourceId": "L", "resourceType": "Custom::T"}
        told = []

        def begin():
            n = len(host.messages("seen"))
            thread = threading.Thread(target=lambda: told.append(json.loads(host.call("POST", "/_lambdainvoke/occur/cfn", ask)[2])))
            thread.start()
            while len(host.messages("seen")) == n:
                pass
            return thread, json.loads(host.messages("seen")[n]["Body"])["requestPayload"]

        thread, request = begin()
        check("a URL of this host", request["ResponseURL"].startswith(host.url + "/_lambdainvoke/responses/cfn/"), request)
        check("still waiting", told == [], told)
        path = request["ResponseURL"][len(host.url):]
        answer = {"Status": "SUCCESS", "PhysicalResourceId": "p", "StackId": "s", "RequestId": request["RequestId"],
                  "LogicalResourceId": "L", "Data": {"Name": "x"}}
        status, _, body = host.call("PUT", path, answer, {"Content-Type": ""})
        check("taken", status == 200, body)
        thread.join(20)
        check("told", told and told[0]["Verdict"] == "SUCCESS" and json.loads(told[0]["Body"]) == answer, told)
        check("one answer only", host.call("PUT", path, answer)[0] == 404)
        thread, request = begin()
        host.advance(599999)
        check("not yet", len(told) == 1, told)
        host.advance(1)
        thread.join(20)
        check("too late", len(told) == 2 and told[1]["Verdict"] == "timeout", told)


def faults():
    """INV-902: what test_faults.c shows of the library holds for the host (REL-105, INV-210)."""
    with serve() as host:
        plan = {"faults": [{"do": "throttle", "function": "echo"}, {"do": "crash", "function": "echo", "exit_status": 7},
                           {"do": "duplicate", "function": "sleep"}, {"do": "queue_full", "function": "flaky"}]}
        status, _, body = host.call("POST", "/_lambdainvoke/faults", plan)
        check("a plan is taken", status == 200 and len(json.loads(body)["Faults"]) == 4, body)
        check("throttled once", [host.invoke("echo")[0] for _ in range(2)] == [429, 200])
        check("then it runs", host.invoke("echo", "7")[2] == b"7")
        check("the queue is full once", [host.invoke("flaky", X_Amz_Invocation_Type="Event")[0] for _ in range(2)] == [429, 202])
        status, headers, _ = host.invoke("sleep", '{"ms":1}', X_Amz_Invocation_Type="Event")
        host.advance(60000)
        _, _, body = host.call("GET", "/_lambdainvoke/outcomes/" + headers["x-amzn-requestid"])
        check("it ran twice and ended once", (json.loads(body)["State"], json.loads(body)["Starts"]) == ("succeeded", 2), body)
        fired = [f["Fired"] for f in json.loads(host.call("GET", "/_lambdainvoke/faults")[2])["Faults"]]
        check("each fired once", fired == [1, 1, 1, 1], fired)
        status, _, body = host.call("POST", "/_lambdainvoke/faults", {"faults": [{"do": "fail", "tiems": 1}]})
        check("a wrong plan is refused by name", status == 400 and b"faults[0].tiems" in body, body)
        check("and the old one stays", len(json.loads(host.call("GET", "/_lambdainvoke/faults")[2])["Faults"]) == 4)
        check("ended", host.call("DELETE", "/_lambdainvoke/faults")[0] == 204)


def too_large():
    """INV-105, INV-106: who sends all of a body that is refused sees why, each time; who sends the head alone does at once."""
    with serve() as host:
        for kind, size in (("Event", 1048577), ("RequestResponse", 6291457), ("RequestResponse", 20000000)) * 5:
            status, headers, body = host.invoke("echo", b'"' + b"x" * (size - 2) + b'"', X_Amz_Invocation_Type=kind)
            check(f"{kind} of {size}", status == 413 and headers["x-amzn-errortype"] == "RequestEntityTooLargeException", body)
        check("a whole one is taken", host.invoke("echo", b'"' + b"x" * 1048574 + b'"', X_Amz_Invocation_Type="Event")[0] == 202)
        with socket.create_connection(("127.0.0.1", host.port), timeout=20) as client:
            client.sendall(b"POST /2015-03-31/functions/echo/invocations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6291457\r\n\r\n")
            check("before the body", client.recv(100).startswith(b"HTTP/1.1 413 "))


def wrong_starts():
    program = os.path.join(BUILD, "lambdainvoked")
    for arguments, status in ((["--nope"], 2), (["--clock", "sun"], 2), (["--listen", "here"], 2), (["--workers", "0"], 2),
                              (["--listen", "0.0.0.0:0"], 2), (["--handlers", "/nonexistent.so"], 1),
                              (["--account", "12"], 1), (["word"], 2)):
        ended = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=20)
        check(f"{arguments}", ended.returncode == status and ended.stderr, (ended.returncode, ended.stderr))
    with serve() as host:
        ended = subprocess.run([program, "--listen", f"127.0.0.1:{host.port}"], capture_output=True, text=True, timeout=20)
        check("a port in use", ended.returncode == 1 and "in use" in ended.stderr, ended.stderr)


for part in (retries, waiting, real_clock, browsers, reset, demo, custom_resources, faults, too_large, wrong_starts):
    part()
print(f"{checks} checks")
