"""A Python handler under test: six hours pass while pytest blinks."""
from lambdainvoke import Engine


def test_an_order_is_retried_after_one_and_two_minutes_and_recorded():
    calls = []

    def charge(event):
        calls.append(event)
        if len(calls) < 3:
            raise ConnectionError("payment service is away")
        return {"charged": event["order"]}

    with Engine() as engine:
        engine.add("charge", charge)
        engine.destinations("charge", on_success="charged")
        event = engine.invoke_event("charge", {"order": 9007199254740993})
        engine.advance(minutes=3)
        assert engine.outcome(event) == {"state": "succeeded", "starts": 3, "attempts_s": [0, 60, 180]}
        record, = engine.messages("charged")
        assert record["requestContext"]["condition"] == "Success"
        assert record["requestPayload"] == {"order": 9007199254740993} and len(calls) == 3


def test_an_order_that_never_works_is_handed_over_with_its_error():
    def charge(event):
        raise ValueError("no such card")

    with Engine() as engine:
        engine.add("charge", charge)
        engine.destinations("charge", on_failure="failed")
        event = engine.invoke_event("charge", {"order": 7})
        engine.advance(hours=6)
        assert engine.outcome(event)["state"] == "delivered"
        record, = engine.messages("failed")
        assert record["requestContext"]["approximateInvokeCount"] == 3
        assert record["responsePayload"]["errorType"] == "ValueError"
