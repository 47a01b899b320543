"""An unmodified boto3 against the host: every invocation type, tail, errors, event invoke config, concurrency."""
import base64
import json

from serve import serve, skip

try:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import ClientError
except ImportError:
    skip("boto3 is missing: make test-deps")


def connect(host):
    return boto3.client("lambda", endpoint_url=host.url, region_name="us-east-1", aws_access_key_id="x",
                        aws_secret_access_key="y", config=Config(retries={"total_max_attempts": 1}))


with serve() as host:
    client = connect(host)

    answer = client.invoke(FunctionName="echo", Payload=b'{"a": 1.0}', LogType="Tail",
                           ClientContext=base64.b64encode(b'{"custom":{}}').decode())
    assert answer["Payload"].read() == b'{"a": 1.0}'
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    log = base64.b64decode(answer["LogResult"]).decode()
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert log.startswith(f"START RequestId: {request_id} Version: $LATEST\necho\nEND RequestId: {request_id}\n"), log
    assert f"REPORT RequestId: {request_id}\tDuration: " in log

    assert client.invoke(FunctionName="echo", InvocationType="Event", Payload=b"{}")["StatusCode"] == 202
    assert client.invoke(FunctionName="echo", InvocationType="DryRun")["StatusCode"] == 204
    assert client.invoke(FunctionName="arn:aws:lambda:us-east-1:000000000000:function:echo:$LATEST")["StatusCode"] == 200

    answer = client.invoke(FunctionName="fail", Payload=b'{"errorType":"Boom","errorMessage":"m"}')
    assert answer["FunctionError"] == "Unhandled" and json.loads(answer["Payload"].read())["errorType"] == "Boom"

    for code, arguments in (("ResourceNotFoundException", {"FunctionName": "nope"}),
                            ("InvalidRequestContentException", {"FunctionName": "echo", "Payload": b"{"}),
                            ("RequestEntityTooLargeException", {"FunctionName": "echo", "Payload": b'"' + b"x" * 6291455 + b'"'}),
                            ("InvalidParameterValueException", {"FunctionName": "echo:1", "Qualifier": "2"})):
        try:
            client.invoke(**arguments)
            raise AssertionError(f"no {code}")
        except ClientError as error:
            assert error.response["Error"]["Code"] == code, error.response

    exactly = b'"' + b"x" * 6291454 + b'"'
    assert client.invoke(FunctionName="echo", Payload=exactly)["Payload"].read() == exactly

    # INV-168: pieces, the end, an error midway, all as boto3 reads them
    def streamed(**event):
        answer = client.invoke_with_response_stream(FunctionName="stream", Payload=json.dumps(event), LogType="Tail")
        assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST"), answer
        return list(answer["EventStream"])

    got = streamed(pieces=["abc", "d" * 700000, "é"], type="text/plain")
    assert b"".join(e["PayloadChunk"]["Payload"] for e in got[:-1]) == b"abc" + b"d" * 700000 + "é".encode(), got[0]
    assert len(got) == 4 and "ErrorCode" not in got[-1]["InvokeComplete"], got[-1]
    assert base64.b64decode(got[-1]["InvokeComplete"]["LogResult"]).startswith(b"START RequestId: ")
    got = streamed(pieces=["abc"], error="Boom")
    assert got[0]["PayloadChunk"]["Payload"] == b"abc", got
    end = got[-1]["InvokeComplete"]
    assert end["ErrorCode"] == "Boom" and json.loads(end["ErrorDetails"])["errorMessage"] == "as asked", end
    answer = client.invoke_with_response_stream(FunctionName="echo", Payload=b'{"a": 1.0}')
    assert [e.get("PayloadChunk") for e in answer["EventStream"]] == [{"Payload": b'{"a": 1.0}'}, None]
    try:
        client.invoke_with_response_stream(FunctionName="nope")
        raise AssertionError("no 404")
    except ClientError as error:
        assert error.response["Error"]["Code"] == "ResourceNotFoundException", error.response

    names = [f["FunctionName"] for page in client.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2})
             for f in page["Functions"]]
    assert names == ["crash", "echo", "fail", "flaky", "orders", "sleep", "stream"], names
    client.update_function_configuration(FunctionName="echo", Timeout=9)
    assert client.get_function_configuration(FunctionName="echo")["Timeout"] == 9
    assert client.get_function(FunctionName="echo")["Configuration"]["State"] == "Active"

    client.put_function_event_invoke_config(FunctionName="echo", MaximumRetryAttempts=1)
    config = client.get_function_event_invoke_config(FunctionName="echo")
    assert config["MaximumRetryAttempts"] == 1 and config["LastModified"].year == 2026, config
    assert len(client.list_function_event_invoke_configs(FunctionName="echo")["FunctionEventInvokeConfigs"]) == 1
    client.delete_function_event_invoke_config(FunctionName="echo")

    client.put_function_concurrency(FunctionName="echo", ReservedConcurrentExecutions=0)
    assert client.get_function_concurrency(FunctionName="echo")["ReservedConcurrentExecutions"] == 0
    try:
        client.invoke(FunctionName="echo")
        raise AssertionError("not throttled")
    except client.exceptions.TooManyRequestsException as error:
        assert error.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded", error.response
    client.delete_function_concurrency(FunctionName="echo")

    # versions, aliases, provisioned concurrency, recursion, the account
    def refused(code, operation, **arguments):
        try:
            getattr(client, operation)(**arguments)
        except ClientError as error:
            assert error.response["Error"]["Code"] == code, error.response
            return error.response
        raise AssertionError(f"no {code} of {operation}")

    assert client.publish_version(FunctionName="echo", Description="one")["Version"] == "1"
    client.update_function_configuration(FunctionName="echo", Timeout=8)
    assert client.publish_version(FunctionName="echo")["Version"] == "2"
    refused("PreconditionFailedException", "publish_version", FunctionName="echo", RevisionId="x")
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName="echo", PaginationConfig={"PageSize": 1})
    assert [v["Version"] for page in pages for v in page["Versions"]] == ["$LATEST", "1", "2"]
    alias = client.create_alias(FunctionName="echo", Name="live", FunctionVersion="1",
                                RoutingConfig={"AdditionalVersionWeights": {"2": 1.0}})
    assert alias["RoutingConfig"] == {"AdditionalVersionWeights": {"2": 1.0}}, alias
    assert client.invoke(FunctionName="echo", Qualifier="live")["ExecutedVersion"] == "2"
    refused("ResourceConflictException", "create_alias", FunctionName="echo", Name="live", FunctionVersion="1")
    client.update_alias(FunctionName="echo", Name="live", RoutingConfig={"AdditionalVersionWeights": {}},
                        RevisionId=alias["RevisionId"])
    assert client.invoke(FunctionName="echo:live")["ExecutedVersion"] == "1"
    assert client.get_alias(FunctionName="echo", Name="live")["FunctionVersion"] == "1"
    assert [a["Name"] for a in client.list_aliases(FunctionName="echo", FunctionVersion="1")["Aliases"]] == ["live"]
    refused("ResourceConflictException", "delete_function", FunctionName="echo", Qualifier="1")
    provisioned = client.put_provisioned_concurrency_config(FunctionName="echo", Qualifier="live",
                                                            ProvisionedConcurrentExecutions=2)
    assert provisioned["Status"] == "IN_PROGRESS" and provisioned["AllocatedProvisionedConcurrentExecutions"] == 0
    provisioned = client.get_provisioned_concurrency_config(FunctionName="echo", Qualifier="live")
    assert provisioned["Status"] == "READY" and provisioned["AvailableProvisionedConcurrentExecutions"] == 2, provisioned
    listed = client.list_provisioned_concurrency_configs(FunctionName="echo")["ProvisionedConcurrencyConfigs"]
    assert [c["FunctionArn"].rsplit(":", 1)[1] for c in listed] == ["live"], listed
    refused("ResourceConflictException", "put_provisioned_concurrency_config", FunctionName="echo", Qualifier="1",
            ProvisionedConcurrentExecutions=1)
    client.delete_provisioned_concurrency_config(FunctionName="echo", Qualifier="live")
    refused("ProvisionedConcurrencyConfigNotFoundException", "get_provisioned_concurrency_config", FunctionName="echo",
            Qualifier="live")
    client.delete_alias(FunctionName="echo", Name="live")
    refused("ResourceNotFoundException", "get_alias", FunctionName="echo", Name="live")
    client.delete_function(FunctionName="echo", Qualifier="1")
    refused("ResourceNotFoundException", "invoke", FunctionName="echo", Qualifier="1")
    client.put_function_recursion_config(FunctionName="echo", RecursiveLoop="Allow")
    assert client.get_function_recursion_config(FunctionName="echo")["RecursiveLoop"] == "Allow"
    assert client.invoke_async(FunctionName="echo", InvokeArgs=b"{}")["Status"] == 202
    account = client.get_account_settings()
    assert account["AccountLimit"]["ConcurrentExecutions"] == 1000 and account["AccountUsage"]["FunctionCount"] == 7, account
    client.delete_function(FunctionName="echo")

with serve(clock="real") as host:        # threads: a piece waits for its client
    client = connect(host)
    pieces = [chr(ord("a") + i) * 700000 for i in range(6)]
    events = client.invoke_with_response_stream(FunctionName="stream", Payload=json.dumps({"pieces": pieces}))["EventStream"]
    got = b"".join(e["PayloadChunk"]["Payload"] for e in events if "PayloadChunk" in e)
    assert got == "".join(pieces).encode()
    events = client.invoke_with_response_stream(FunctionName="stream", Payload=json.dumps({"pieces": pieces}))["EventStream"]
    next(iter(events))
    events.close()                       # a client that goes: the host goes on
    assert client.invoke(FunctionName="echo", Payload=b"1")["Payload"].read() == b"1"

print("boto3", boto3.__version__)
