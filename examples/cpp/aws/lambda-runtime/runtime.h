// runtime.h - handlers written for AWS's C++ runtime (aws-lambda-cpp), run in this process by liblambdainvoke.
//
// The names are those of that runtime, so that the same handler is compiled for either: deployed with run_handler, tested
// here with register_handler. What is here: requests, responses, and registration.
#ifndef EXAMPLES_CPP_AWS_LAMBDA_RUNTIME_RUNTIME_H
#define EXAMPLES_CPP_AWS_LAMBDA_RUNTIME_RUNTIME_H

#include <lambdainvoke/lambdainvoke.h>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace aws {
namespace lambda_runtime {

struct invocation_request {
    std::string payload;
    std::string request_id;
    std::string xray_trace_id;
    std::string client_context;
    std::string cognito_identity;   // always empty here
    std::string function_arn;
    std::chrono::time_point<std::chrono::system_clock> deadline;    // by the engine's clock
    std::chrono::milliseconds remaining{ 0 };                       // when the handler was entered

    std::chrono::milliseconds get_time_remaining() const { return remaining; }
};

class invocation_response {
public:
    static invocation_response success(std::string payload, std::string content_type)
    {
        return invocation_response(std::move(payload), std::move(content_type), true);
    }
    static invocation_response failure(const std::string &error_message, const std::string &error_type)
    {
        return invocation_response("{\"errorMessage\":\"" + escaped(error_message) + "\",\"errorType\":\"" +
                                       escaped(error_type) + "\",\"stackTrace\":[]}",
                                   "application/json", false);
    }
    const std::string &get_payload() const { return payload_; }
    const std::string &get_content_type() const { return content_type_; }
    bool is_success() const { return success_; }

private:
    invocation_response(std::string payload, std::string content_type, bool success)
        : payload_(std::move(payload)), content_type_(std::move(content_type)), success_(success)
    {
    }
    static std::string escaped(const std::string &text)
    {
        static const char digits[] = "0123456789abcdef";
        std::string out;
        for (const char c : text) {
            const auto byte = static_cast<unsigned char>(c);
            if (c == '"' || c == '\\')
                out += '\\';
            if (byte < 0x20)
                out += std::string("\\u00") + digits[byte >> 4] + digits[byte & 15];
            else
                out += c;
        }
        return out;
    }

    std::string payload_, content_type_;
    bool success_;
};

using handler = std::function<invocation_response(const invocation_request &)>;

// Handlers registered with one engine; lives as long as the engine does.
class runtime {
public:
    explicit runtime(li_engine *engine) : engine_(engine) {}

    // What run_handler is for a deployed function: from now on the function calls it.
    li_status register_handler(const std::string &name, handler function, li_error *error = nullptr)
    {
        li_function_spec spec = LI_FUNCTION_SPEC_INIT;
        handlers_.emplace_back(new handler(std::move(function)));
        spec.name = li_z(name.c_str());
        spec.handler = &runtime::run;
        spec.user = handlers_.back().get();
        return li_function_register(engine_, &spec, nullptr, error);
    }

private:
    static invocation_request request_of(li_invocation *invocation)
    {
        invocation_request request;
        size_t len = 0;
        const char *text = li_invocation_get_payload(invocation, &len);
        request.payload.assign(text, len);
        request.request_id = li_invocation_get_request_id(invocation);
        request.xray_trace_id = li_invocation_get_trace(invocation);
        if ((text = li_invocation_get_client_context(invocation, &len)) != nullptr)
            request.client_context.assign(text, len);
        request.function_arn = li_invocation_get_invoked_arn(invocation);
        request.deadline = std::chrono::time_point<std::chrono::system_clock>(
            std::chrono::milliseconds(li_invocation_get_deadline_ms(invocation)));
        request.remaining = std::chrono::milliseconds(li_invocation_remaining_ms(invocation));
        return request;
    }
    // No exception leaves it: the library is C.
    static int32_t run(li_invocation *invocation, void *, void *user)
    {
        try {
            const invocation_response response = (*static_cast<handler *>(user))(request_of(invocation));
            const std::string &payload = response.get_payload();
            const li_status status = response.is_success()
                                         ? li_invocation_respond(invocation, payload.data(), payload.size())
                                         : li_invocation_fail_document(invocation, payload.data(), payload.size(), 0);
            return status == LI_OK && response.is_success() ? LI_DONE : LI_FAILED;
        } catch (const std::exception &e) {
            li_invocation_fail(invocation, "std::exception", e.what());
        } catch (...) {
            li_invocation_fail(invocation, "unknown", "something that is no std::exception was thrown");
        }
        return LI_FAILED;
    }

    li_engine *engine_;
    std::vector<std::unique_ptr<handler>> handlers_;
};

} // namespace lambda_runtime
} // namespace aws

#endif
