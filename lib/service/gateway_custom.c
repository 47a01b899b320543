/* gateway_custom.c - integration AWS of REST APIs: the function gets the request's body and nothing else, its answer is the body
 * of the response, and a selection pattern that takes its errorMessage says with which status (TRG-95). */
#include "service/http.h"
#include "service/logs.h"

enum { PATTERN_MAX = 512 };

/* A response's pattern, in room; an empty one is none, and makes it the default. 0: it is no text, or too long. */
static int read_pattern(lii_json_value response, char *room, li_slice *pattern)
{
    lii_json_value value = lii_json_get(response, "selectionPattern", LI_Z);

    *pattern = lii_slice(room, 0);
    if (value.type == LII_JSON_NONE || value.type == LII_JSON_NULL)
        return 1;
    if (value.type != LII_JSON_STRING)
        return 0;
    pattern->len = lii_json_text(value, room, PATTERN_MAX);
    return pattern->len <= PATTERN_MAX;
}

static li_status check_members(lii_json_value response, li_error *err)
{
    lii_json_value key, value;
    int is_right = response.type == LII_JSON_OBJECT;
    size_t at = 0;

    while (is_right && lii_json_next(response, &at, &key, &value))
        is_right = lii_json_text_is(key, "statusCode", LI_Z) || lii_json_text_is(key, "selectionPattern", LI_Z);
    if (!is_right)
        return lii_option_wrong("responses", err, "each is {\"statusCode\", \"selectionPattern\"} and nothing else");
    return LI_OK;
}

static li_status check_response(lii_json_value response, int64_t *code, int *is_default, li_error *err)
{
    li_status status = check_members(response, err);
    char room[PATTERN_MAX];
    const char *wrong;
    li_slice pattern;
    size_t at;

    if (status != LI_OK)
        return status;
    if (!lii_http_status(lii_json_get(response, "statusCode", LI_Z), code))
        return lii_option_wrong("responses", err, "a statusCode is an integer from 100 to 599");
    if (!read_pattern(response, room, &pattern))
        return lii_option_wrong("responses", err, "a selectionPattern is a text of at most %d bytes", PATTERN_MAX);
    *is_default = pattern.len == 0;
    wrong = *is_default ? NULL : lii_selection_check(pattern, &at);
    if (wrong)
        return lii_option_wrong("responses", err, "selectionPattern of %d: expected at byte %zu: %s", (int)*code, at, wrong);
    return LI_OK;
}

li_status lii_custom_prepare(const li_trigger *t, li_error *err)
{
    lii_json_value list = lii_option_json(t, "responses"), response;
    uint64_t seen[10] = { 0 };
    size_t at = 0;
    int n_defaults = 0;

    if (list.type == LII_JSON_STRING)
        return lii_option_wrong("responses", err, "it has to be a list");
    while (lii_json_next(list, &at, NULL, &response)) {
        int is_default = 0;
        int64_t code = 0;
        li_status status = check_response(response, &code, &is_default, err);

        if (status != LI_OK)
            return status;
        n_defaults += is_default;
        if (seen[code / 64] >> (code & 63) & 1)
            return lii_option_wrong("responses", err, "a status code has one response; %d has two", (int)code);
        seen[code / 64] |= UINT64_C(1) << (code & 63);
    }
    if (n_defaults > 1)
        return lii_option_wrong("responses", err, "one of them at most has no selectionPattern");
    return LI_OK;
}

void lii_custom_build(const lii_occurrence *o, lii_buf *event)
{
    const lii_http *h = o->state;

    if (h->body.len > 0)
        lii_buf_add(event, h->body.ptr, h->body.len);
    else
        lii_buf_add_z(event, "{}");
}

/* The status of the first response whose pattern takes the message, else the default's; 0: there is none. */
static int64_t choose(lii_json_value list, li_slice message)
{
    lii_json_value response;
    char room[PATTERN_MAX];
    int64_t code, otherwise = 0;
    li_slice pattern;
    size_t at = 0;

    while (lii_json_next(list, &at, NULL, &response)) {
        if (!lii_http_status(lii_json_get(response, "statusCode", LI_Z), &code) || !read_pattern(response, room, &pattern))
            continue;
        if (pattern.len == 0)
            otherwise = code;
        else if (lii_selection_takes(pattern, message))
            return code;
    }
    return otherwise;
}

void lii_custom_answer(const li_trigger *t, const lii_occurrence *o, li_status status, const li_invoke_result *result,
                       lii_reaction *a)
{
    lii_json_value document, text;
    lii_buf message;
    int64_t code;

    if (status == LI_E_JSON) {       /* the function takes JSON only */
        lii_gateway_message(a, 400, "malformed", "Could not parse request body into json");
        return;
    }
    if (status != LI_OK) {
        lii_rest_answer(t, o, status, result, a);
        return;
    }
    document = lii_json_root(result->payload, result->payload_len);
    text = lii_json_get(document, "errorMessage", LI_Z); /* of any answer; none is an empty text */
    lii_buf_init(&message, a->body.allocator);
    if (text.type == LII_JSON_STRING && lii_buf_reserve(&message, text.len) == LI_OK)
        message.len = lii_json_text(text, message.data, text.len);
    code = choose(lii_option_json(t, "responses"), lii_slice(message.len ? message.data : "", message.len));
    if (message.status != LI_OK) {
        a->body.status = message.status;
    } else if (code == 0) {
        lii_gateway_message(a, 500, "unmapped", "Internal server error");
        lii_reaction_header(a, "x-amzn-ErrorType", "InternalServerErrorException", LI_Z);
    } else {
        a->status = (int32_t)code;
        a->verdict = result->function_error == LI_FUNCTION_ERROR_NONE ? "ok" : "function-error";
        lii_reaction_header(a, "Content-Type", "application/json", LI_Z);
        lii_reaction_body(a, result->payload ? result->payload : "", result->payload_len);
    }
    lii_buf_fini(&message);
}
