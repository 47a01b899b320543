"""A small binding of liblambdainvoke by ctypes: an engine on a virtual clock, handlers in Python by poll mode.

    engine = Engine()
    engine.add("charge", lambda event: {"ok": True})
    event = engine.invoke_event("charge", {"order": 7})
    engine.advance(minutes=3)
    print(engine.outcome(event)["attempts_s"])

Nothing is called back from C: the engine holds an invocation until the handler's answer is given to it.
"""
import ctypes
import ctypes.util
import json
import os
import pathlib

Z = ctypes.c_size_t(-1).value
SECOND = 1_000_000_000


class Error(Exception):
    pass


class _Slice(ctypes.Structure):
    _fields_ = [("ptr", ctypes.c_char_p), ("len", ctypes.c_size_t)]


class _Id(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_uint8 * 16)]


class _FunctionSpec(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("name", _Slice), ("description", _Slice), ("binding", _Slice),
                ("dead_letter_target", _Slice), ("handler", ctypes.c_void_p), ("init", ctypes.c_void_p),
                ("fini", ctypes.c_void_p), ("user", ctypes.c_void_p), ("executor", ctypes.c_void_p),
                ("reserved_concurrency", ctypes.c_int64), ("timeout_ms", ctypes.c_uint32), ("memory_mb", ctypes.c_uint32),
                ("run_on", ctypes.c_int32), ("flags", ctypes.c_uint32)]


class _EngineOptions(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("allocator", ctypes.c_void_p), ("clock", ctypes.c_void_p),
                ("logger", ctypes.c_void_p), ("codec", ctypes.c_void_p), ("queue", ctypes.c_void_p * 2),
                ("retry", ctypes.c_void_p * 2), ("metrics", ctypes.c_void_p * 2), ("partition", _Slice),
                ("region", _Slice), ("account", _Slice), ("seed", ctypes.c_uint64)]


class _EventConfig(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("on_success", _Slice), ("on_failure", _Slice), ("max_age_s", ctypes.c_int64),
                ("max_retries", ctypes.c_int64)]


class _Attempt(ctypes.Structure):
    _fields_ = [("start_ms", ctypes.c_uint64), ("end_ms", ctypes.c_uint64), ("status_code", ctypes.c_uint32),
                ("function_error", ctypes.c_int32)]


class _Outcome(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("state", ctypes.c_int32), ("condition", ctypes.c_int32),
                ("drop_reason", ctypes.c_int32), ("starts", ctypes.c_uint32), ("throttles", ctypes.c_uint32),
                ("n_attempts", ctypes.c_uint32), ("attempts", _Attempt * 8), ("accepted_ms", ctypes.c_uint64),
                ("ended_ms", ctypes.c_uint64), ("record", ctypes.c_void_p), ("record_len", ctypes.c_size_t)]


class _Message(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("id", _Id), ("receipt", _Id), ("body", ctypes.c_void_p),
                ("body_len", ctypes.c_size_t), ("attributes", ctypes.c_void_p), ("n_attributes", ctypes.c_size_t),
                ("sent_ms", ctypes.c_uint64), ("first_received_ms", ctypes.c_uint64), ("receive_count", ctypes.c_uint64)]


class _Error(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("status", ctypes.c_int32), ("detail", ctypes.c_int32),
                ("offset", ctypes.c_uint64), ("line", ctypes.c_uint32), ("column", ctypes.c_uint32),
                ("subject", ctypes.c_char * 288), ("text", ctypes.c_char * 256)]


def _load():
    beside = pathlib.Path(__file__).resolve().parents[2] / "build" / "liblambdainvoke.so.0"
    name = os.environ.get("LAMBDAINVOKE_LIBRARY") or (str(beside) if beside.exists() else None) \
        or ctypes.util.find_library("lambdainvoke") or "liblambdainvoke.so.0"
    library = ctypes.CDLL(name)
    library.li_strerror.restype = ctypes.c_char_p
    library.li_invocation_get_payload.restype = ctypes.c_void_p
    library.li_invocation_get_payload.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_size_t)]
    library.li_clock_now_ns.restype = ctypes.c_uint64
    for call in ("li_engine_free", "li_clock_free", "li_clock_now_ns"):
        getattr(library, call).argtypes = [ctypes.c_void_p]
    library.li_clock_advance.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.POINTER(ctypes.c_uint64)]
    library.li_engine_run_until_idle.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    library.li_next.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint64,
                                ctypes.POINTER(ctypes.c_void_p)]
    library.li_respond.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
    library.li_respond_error.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p]
    library.li_invoke_event.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p,
                                        ctypes.c_size_t, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    library.li_event_config_put.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p,
                                            ctypes.c_size_t, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    library.li_local_queue_get.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p]
    library.li_local_queue_peek.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p]
    library.li_event_outcome.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    library.li_config_set.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int64, ctypes.c_void_p]
    return library


lib = _load()


def _text(value):
    data = value.encode()
    return _Slice(data, len(data))


class Engine:
    """An engine without threads, on a virtual clock."""

    def __init__(self):
        self._clock, self._engine, self._handlers = ctypes.c_void_p(), ctypes.c_void_p(), {}
        self._check(lib.li_clock_virtual_new(None, None, ctypes.byref(self._clock)))
        options = _EngineOptions()
        self._check(lib.li_engine_options_init(ctypes.byref(options), ctypes.c_size_t(ctypes.sizeof(options))))
        options.clock = self._clock
        self._call(lib.li_engine_new, ctypes.byref(self._engine), ctypes.byref(options))
        self._call(lib.li_config_set, self._engine, b"local_queues.auto", 1)

    def close(self):
        self._check(lib.li_engine_free(self._engine))
        self._check(lib.li_clock_free(self._clock))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @staticmethod
    def _check(status, error=None):
        if status != 0:
            raise Error((error.text if error and error.text else lib.li_strerror(status)).decode())

    def _call(self, function, *arguments):
        error = _Error()
        error.size = ctypes.sizeof(error)
        self._check(function(*arguments, ctypes.byref(error)), error)

    def add(self, name, handler, timeout_ms=3000):
        """handler(event) returns a JSON value, or raises."""
        spec = _FunctionSpec()
        self._check(lib.li_function_spec_init(ctypes.byref(spec), ctypes.c_size_t(ctypes.sizeof(spec))))
        spec.name, spec.binding, spec.timeout_ms = _text(name), _text("poll:"), timeout_ms
        self._call(lib.li_function_register, self._engine, ctypes.byref(spec), None)
        self._handlers[name] = handler

    def destinations(self, name, on_success=None, on_failure=None):
        """Names of local queues; they come into being when first used."""
        arn = "arn:aws:sqs:us-east-1:000000000000:"
        config = _EventConfig()
        self._check(lib.li_event_config_init(ctypes.byref(config), ctypes.c_size_t(ctypes.sizeof(config))))
        if on_success:
            config.on_success = _text(arn + on_success)
        if on_failure:
            config.on_failure = _text(arn + on_failure)
        self._call(lib.li_event_config_put, self._engine, name.encode(), Z, None, 0, ctypes.byref(config), None)

    def invoke_event(self, name, event):
        payload, identity = json.dumps(event).encode(), _Id()
        self._call(lib.li_invoke_event, self._engine, name.encode(), Z, payload, len(payload), None, ctypes.byref(identity))
        return identity

    def _work(self):
        """Give every waiting invocation to its handler; 0 when there was none."""
        done = 0
        for name, handler in self._handlers.items():
            invocation = ctypes.c_void_p()
            while lib.li_next(self._engine, name.encode(), Z, 0, ctypes.byref(invocation)) == 0 and invocation.value:
                size = ctypes.c_size_t()
                event = json.loads(ctypes.string_at(lib.li_invocation_get_payload(invocation, ctypes.byref(size)), size.value))
                try:
                    answer = json.dumps(handler(event)).encode()
                    lib.li_respond(invocation, answer, len(answer))
                except Exception as failure:  # a handler's error is its answer
                    lib.li_respond_error(invocation, type(failure).__name__.encode(), str(failure).encode())
                done += 1
        return done

    def advance(self, seconds=0, minutes=0, hours=0):
        """Let time pass; handlers run at their own times on the way."""
        left = ctypes.c_uint64(int((seconds + 60 * minutes + 3600 * hours) * SECOND))
        while True:
            self._check(lib.li_clock_advance(self._clock, left, ctypes.byref(left)))
            if not self._work() and left.value == 0:
                break
        self._check(lib.li_engine_run_until_idle(self._engine, None))

    def outcome(self, identity):
        o = _Outcome()
        o.size = ctypes.sizeof(o)
        self._check(lib.li_event_outcome(self._engine, ctypes.byref(identity), ctypes.byref(o)))
        lib.li_outcome_fini(ctypes.byref(o))
        states = ["", "waiting", "running", "succeeded", "delivered", "dropped"]
        return {"state": states[o.state], "starts": o.starts,
                "attempts_s": [(a.start_ms - o.accepted_ms) / 1000 for a in o.attempts[:o.n_attempts]]}

    def messages(self, queue):
        """The bodies in a local queue, oldest first, as JSON values."""
        handle, bodies = ctypes.c_void_p(), []
        if lib.li_local_queue_get(self._engine, queue.encode(), Z, ctypes.byref(handle)) != 0:
            return bodies
        while True:
            m = _Message()
            m.size = ctypes.sizeof(m)
            if lib.li_local_queue_peek(handle, len(bodies), ctypes.byref(m)) != 0:
                return bodies
            bodies.append(json.loads(ctypes.string_at(m.body, m.body_len)))
