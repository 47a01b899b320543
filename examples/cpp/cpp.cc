// cpp.cc - the engine from C++: owners that clean up after themselves, a lambda as handler, a handler of AWS's C++ runtime,
// time under control.
#include <lambdainvoke/lambdainvoke.h>

#include "aws/lambda-runtime/runtime.h"

#include <functional>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

void check(li_status status, const li_error &error)
{
    if (status != LI_OK)
        throw std::runtime_error(std::string(li_status_name(status)) + ": " + error.text);
}

// A virtual clock and an engine on it; functions are std::function from payload to answer, and fail by throwing.
class Engine {
public:
    using Handler = std::function<std::string(const std::string &payload)>;

    Engine()
    {
        li_error error = LI_ERROR_INIT;
        li_engine_options options = LI_ENGINE_OPTIONS_INIT;
        check(li_clock_virtual_new(nullptr, nullptr, &clock_), error);
        options.clock = clock_;
        check(li_engine_new(&engine_, &options, &error), error);
    }
    ~Engine()
    {
        li_engine_free(engine_);
        li_clock_free(clock_);
    }
    Engine(const Engine &) = delete;
    Engine &operator=(const Engine &) = delete;

    void add(const std::string &name, Handler handler)
    {
        li_error error = LI_ERROR_INIT;
        li_function_spec spec = LI_FUNCTION_SPEC_INIT;
        handlers_.emplace_back(new Handler(std::move(handler)));
        spec.name = li_z(name.c_str());
        spec.handler = &Engine::run;
        spec.user = handlers_.back().get();
        check(li_function_register(engine_, &spec, nullptr, &error), error);
    }
    // The answer, or the error document of a function that failed.
    std::string call(const std::string &name, const std::string &payload)
    {
        li_error error = LI_ERROR_INIT;
        li_invoke_result result = LI_INVOKE_RESULT_INIT;
        check(li_invoke(engine_, name.data(), name.size(), payload.data(), payload.size(), nullptr, &result, &error), error);
        std::string answer(result.payload, result.payload_len);
        li_invoke_result_fini(&result);
        return answer;
    }
    li_id queue(const std::string &name, const std::string &payload)
    {
        li_error error = LI_ERROR_INIT;
        li_id id;
        check(li_invoke_event(engine_, name.data(), name.size(), payload.data(), payload.size(), nullptr, &id, &error), error);
        return id;
    }
    li_engine *get() { return engine_; }
    void advance(uint64_t ns) { li_clock_advance(clock_, ns, nullptr); }
    li_outcome outcome(const li_id &id)
    {
        li_outcome outcome = LI_OUTCOME_INIT;
        li_event_outcome(engine_, &id, &outcome);
        return outcome;
    }

private:
    // No exception leaves a handler: the library is C.
    static int32_t run(li_invocation *invocation, void *, void *user)
    {
        size_t len = 0;
        const char *payload = li_invocation_get_payload(invocation, &len);
        try {
            const std::string answer = (*static_cast<Handler *>(user))(std::string(payload, len));
            return li_invocation_respond(invocation, answer.data(), answer.size()) == LI_OK ? LI_DONE : LI_FAILED;
        } catch (const std::exception &e) {
            li_invocation_fail(invocation, "std::exception", e.what());
            return LI_FAILED;
        }
    }

    li_clock *clock_ = nullptr;
    li_engine *engine_ = nullptr;
    std::vector<std::unique_ptr<Handler>> handlers_;
};

} // namespace

aws::lambda_runtime::invocation_response greet(const aws::lambda_runtime::invocation_request &request); // greet.cc

int main()
{
    Engine engine;
    aws::lambda_runtime::runtime runtime(engine.get());
    int calls = 0;

    engine.add("double", [](const std::string &n) { return std::to_string(2 * std::stol(n)); });
    engine.add("flaky", [&calls](const std::string &) -> std::string {
        if (++calls < 3)
            throw std::runtime_error("not yet");
        return "\"at last\"";
    });
    std::cout << "double(21) = " << engine.call("double", "21") << "\n";
    if (runtime.register_handler("greet", greet) != LI_OK)
        return 1;
    std::cout << "greet(\"Ada\") = " << engine.call("greet", "\"Ada\"") << "\n";
    std::cout << "greet(7) = " << engine.call("greet", "7") << "\n";
    const li_id id = engine.queue("flaky", "{}");
    engine.advance(3 * LI_MINUTE_NS);
    const li_outcome o = engine.outcome(id);
    for (uint32_t i = 0; i < o.n_attempts; i++)
        std::cout << "attempt " << i + 1 << " at " << (o.attempts[i].start_ms - o.accepted_ms) / 1000 << " s\n";
    return o.state == LI_EVENT_SUCCEEDED && o.n_attempts == 3 ? 0 : 1;
}
