/* object_lambda.c - WriteGetObjectResponse as the SDKs send it: what the reader gets is in headers x-amz-fwd-… and in the body, and
 * x-amz-meta-… as they are (TRG-125). */
#include <lambdainvoke/services.h>
#include <stdlib.h>
#include <strings.h>

#include "api/call.h"

static const char forwarded[] = "x-amz-fwd-header-", meta[] = "x-amz-meta-";

static int begins(li_slice name, const char *with, size_t n)
{
    return name.len > n && strncasecmp(name.ptr, with, n) == 0;
}

/* A number of three digits; none is 200, and anything else -1. */
static int32_t status_of(li_slice text)
{
    char digits[4] = "";

    if (!text.ptr)
        return 200;
    if (text.len != 3)
        return -1;
    memcpy(digits, text.ptr, 3);
    return strspn(digits, "0123456789") == 3 ? (int32_t)atoi(digits) : -1;
}

void lii_op_write_object(lii_call *call)
{
    li_s3_object_response response = LI_S3_OBJECT_RESPONSE_INIT;
    li_trigger_header headers[LI_S3_OBJECT_HEADERS];
    const li_api_request *r = call->request;
    li_error err = LI_ERROR_INIT;
    li_status status;
    size_t i;

    for (i = 0; i < r->n_headers && response.n_headers < LI_S3_OBJECT_HEADERS; i++) {
        li_slice name = lii_measured(r->headers[i].name);
        size_t skip = begins(name, forwarded, sizeof forwarded - 1) ? sizeof forwarded - 1 : 0;

        if (skip == 0 && !begins(name, meta, sizeof meta - 1))
            continue;
        headers[response.n_headers].name = lii_slice(name.ptr + skip, name.len - skip);
        headers[response.n_headers++].value = lii_measured(r->headers[i].value);
    }
    response.headers = headers;
    response.route = lii_header(r, "x-amz-request-route");
    response.token = lii_header(r, "x-amz-request-token");
    response.status = status_of(lii_header(r, "x-amz-fwd-status"));
    response.error_code = lii_header(r, "x-amz-fwd-error-code");
    response.error_message = lii_header(r, "x-amz-fwd-error-message");
    response.body = r->body;
    status = li_s3_object_respond(call->engine, &response, &err);
    if (status == LI_OK)
        lii_reply_empty(call, 200);
    else
        lii_reply_error(call, status == LI_E_NOT_FOUND ? 404 : status == LI_E_NOMEM ? 500 : 400,
                        status == LI_E_NOT_FOUND ? "ResourceNotFoundException" : status == LI_E_NOMEM ? "ServiceException" : "ValidationError",
                        status == LI_E_NOMEM ? "Service" : "User", "%s", err.text);
}
