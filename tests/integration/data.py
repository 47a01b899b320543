"""lambdainvoked --data DIR: settings and events are there after a restart."""
import json
import os
import sys
import tempfile

from serve import BUILD, serve, skip

FUNCTION = "/2015-03-31/functions/echo"
VERSIONED = "/2019-09-30/functions/echo/provisioned-concurrency?Qualifier=1"


def check(what, is_so, seen=""):
    if not is_so:
        raise AssertionError(f"{what}: {seen}")


def asked(host, method, path, body=None):
    status, _, text = host.call(method, path, body)
    return status, json.loads(text) if text else None


def settings():
    """What was set over the API is there in the next process (DECISIONS 22)."""
    with tempfile.TemporaryDirectory() as folder:
        with serve("--data", folder) as host:
            check("version", asked(host, "POST", FUNCTION + "/versions", {})[1]["Version"] == "1")
            check("alias", asked(host, "POST", FUNCTION + "/aliases", {"Name": "live", "FunctionVersion": "1"})[0] == 201)
            check("reserved", asked(host, "PUT", "/2017-10-31/functions/echo/concurrency",
                                    {"ReservedConcurrentExecutions": 7})[0] == 200)
            check("provisioned", asked(host, "PUT", VERSIONED, {"ProvisionedConcurrentExecutions": 2})[0] == 202)
            check("event config", asked(host, "PUT", "/2019-09-25/functions/echo/event-invoke-config",
                                        {"MaximumRetryAttempts": 1})[0] == 200)
            check("permission", asked(host, "POST", FUNCTION + "/policy", {
                "StatementId": "s3", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"})[0] == 201)
            check("pause", host.call("POST", "/_lambdainvoke/functions/echo/pause")[0] // 100 == 2)
            check("accepted", host.invoke("echo", X_Amz_Invocation_Type="Event")[0] == 202)
        with serve("--data", folder) as host:
            check("alias", asked(host, "GET", FUNCTION + "/aliases/live")[1]["FunctionVersion"] == "1")
            check("reserved", asked(host, "GET", "/2019-09-30/functions/echo/concurrency")[1]
                  == {"ReservedConcurrentExecutions": 7})
            host.advance(1000)
            status, provisioned = asked(host, "GET", VERSIONED)
            check("provisioned", status == 200 and provisioned["AvailableProvisionedConcurrentExecutions"] == 2, provisioned)
            check("event config", asked(host, "GET", "/2019-09-25/functions/echo/event-invoke-config")[1]
                  ["MaximumRetryAttempts"] == 1)
            _, _, metrics = host.call("GET", "/_lambdainvoke/metrics")
            check("paused: it waits", b"\nlambdainvoke_events_pending 1\n" in metrics, metrics[:3000])
            status, policy = asked(host, "GET", FUNCTION + "/policy")
            check("policy", status == 200 and json.loads(policy["Policy"])["Statement"][0]["Sid"] == "s3", policy)
            check("resume", host.call("POST", "/_lambdainvoke/functions/echo/resume")[0] // 100 == 2)
            host.advance(1000)
            _, _, journal = host.call("GET", "/_lambdainvoke/journal")
            check("it ran", b"succeeded" in journal, journal[-600:])


def reset():
    """What is in a file is not emptied by a reset: it says what to do, and nothing has changed."""
    with tempfile.TemporaryDirectory() as folder:
        for more in (("--data", folder), ("--queue", "sqlite:" + os.path.join(folder, "q.db"))):
            with serve(*more) as host:
                status, _, body = host.call("POST", "/_lambdainvoke/reset")
                check("conflict", status == 409 and b"remove the file" in body, (status, body))
                check("as before", host.invoke("echo")[0] == 200)


if not os.path.exists(os.path.join(BUILD, "liblambdainvoke-sqlite.so")):
    skip("liblambdainvoke-sqlite is not built (libsqlite3 is missing)")
for part in (settings, reset):
    part()
print("settings, events and the refusal of a reset with a file")
sys.exit(0)
