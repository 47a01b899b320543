from lambdainvoke import Engine

with Engine() as engine:
    engine.add("greet", lambda event: f"hello {event}")
    engine.destinations("greet", on_success="greeted")
    engine.invoke_event("greet", "world")
    engine.advance(seconds=0)
    print(engine.messages("greeted")[0]["responsePayload"])
