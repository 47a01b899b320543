// greet.cc - a handler as it is written for AWS's C++ runtime; nothing in it knows where it runs.
#include "aws/lambda-runtime/runtime.h"

using namespace aws::lambda_runtime;

invocation_response greet(invocation_request const &request)
{
    if (request.payload.size() < 3 || request.payload.front() != '"')
        return invocation_response::failure("the payload is a name, like \"Ada\"", "InvalidName");
    return invocation_response::success("\"Hello, " + request.payload.substr(1), "application/json");
}
