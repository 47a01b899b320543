/* api.c - the routes: a parsed request finds its operation, after the checks that need only its head. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "api/call.h"
#include "base/error.h"
#include "base/options.h"

enum { ADMIN = 1, OPEN = 2 };
enum { CONTROL_BODY = 1 << 20 };

/* {} is one decoded part. max_body 0: by the invocation type. */
static const struct route {
    const char *method, *pattern, *operation;
    void (*run)(lii_call *call);
    uint64_t max_body;
    int flags;
} routes[] = {
    { "POST", "/2015-03-31/functions/{}/invocations", "Invoke", lii_op_invoke, 0, 0 },
    { "POST", "/2014-11-13/functions/{}/invoke-async", "InvokeAsync", lii_op_invoke_async, 0, 0 },
    { "POST", "/2021-11-15/functions/{}/response-streaming-invocations", "InvokeWithResponseStream", lii_op_invoke_stream, 0, 0 },
    { "GET", "/2015-03-31/functions", "ListFunctions", lii_op_list_functions, CONTROL_BODY, 0 },
    { "GET", "/2015-03-31/functions/{}", "GetFunction", lii_op_get_function, CONTROL_BODY, 0 },
    { "DELETE", "/2015-03-31/functions/{}", "DeleteFunction", lii_op_delete_function, CONTROL_BODY, 0 },
    { "GET", "/2015-03-31/functions/{}/configuration", "GetFunctionConfiguration", lii_op_get_configuration, CONTROL_BODY, 0 },
    { "PUT", "/2015-03-31/functions/{}/configuration", "UpdateFunctionConfiguration", lii_op_update_configuration,
      CONTROL_BODY, 0 },
    { "PUT", "/2019-09-25/functions/{}/event-invoke-config", "PutFunctionEventInvokeConfig", lii_op_put_event_config,
      CONTROL_BODY, 0 },
    { "POST", "/2019-09-25/functions/{}/event-invoke-config", "UpdateFunctionEventInvokeConfig",
      lii_op_update_event_config, CONTROL_BODY, 0 },
    { "GET", "/2019-09-25/functions/{}/event-invoke-config", "GetFunctionEventInvokeConfig", lii_op_get_event_config,
      CONTROL_BODY, 0 },
    { "DELETE", "/2019-09-25/functions/{}/event-invoke-config", "DeleteFunctionEventInvokeConfig",
      lii_op_delete_event_config, CONTROL_BODY, 0 },
    { "GET", "/2019-09-25/functions/{}/event-invoke-config/list", "ListFunctionEventInvokeConfigs",
      lii_op_list_event_configs, CONTROL_BODY, 0 },
    { "PUT", "/2017-10-31/functions/{}/concurrency", "PutFunctionConcurrency", lii_op_put_concurrency, CONTROL_BODY, 0 },
    { "GET", "/2019-09-30/functions/{}/concurrency", "GetFunctionConcurrency", lii_op_get_concurrency, CONTROL_BODY, 0 },
    { "DELETE", "/2017-10-31/functions/{}/concurrency", "DeleteFunctionConcurrency", lii_op_delete_concurrency,
      CONTROL_BODY, 0 },
    { "POST", "/2015-03-31/functions/{}/versions", "PublishVersion", lii_op_publish_version, CONTROL_BODY, 0 },
    { "GET", "/2015-03-31/functions/{}/versions", "ListVersionsByFunction", lii_op_list_versions, CONTROL_BODY, 0 },
    { "POST", "/2015-03-31/functions/{}/aliases", "CreateAlias", lii_op_create_alias, CONTROL_BODY, 0 },
    { "GET", "/2015-03-31/functions/{}/aliases", "ListAliases", lii_op_list_aliases, CONTROL_BODY, 0 },
    { "GET", "/2015-03-31/functions/{}/aliases/{}", "GetAlias", lii_op_get_alias, CONTROL_BODY, 0 },
    { "PUT", "/2015-03-31/functions/{}/aliases/{}", "UpdateAlias", lii_op_update_alias, CONTROL_BODY, 0 },
    { "DELETE", "/2015-03-31/functions/{}/aliases/{}", "DeleteAlias", lii_op_delete_alias, CONTROL_BODY, 0 },
    { "PUT", "/2019-09-30/functions/{}/provisioned-concurrency", "PutProvisionedConcurrencyConfig", lii_op_put_provisioned,
      CONTROL_BODY, 0 },
    { "GET", "/2019-09-30/functions/{}/provisioned-concurrency", "GetProvisionedConcurrencyConfig", lii_op_get_provisioned,
      CONTROL_BODY, 0 },
    { "DELETE", "/2019-09-30/functions/{}/provisioned-concurrency", "DeleteProvisionedConcurrencyConfig",
      lii_op_delete_provisioned, CONTROL_BODY, 0 },
    { "GET", "/2024-08-31/functions/{}/recursion-config", "GetFunctionRecursionConfig", lii_op_get_recursion, CONTROL_BODY, 0 },
    { "PUT", "/2024-08-31/functions/{}/recursion-config", "PutFunctionRecursionConfig", lii_op_put_recursion, CONTROL_BODY, 0 },
    { "GET", "/2016-08-19/account-settings", "GetAccountSettings", lii_op_account, CONTROL_BODY, 0 },
    { "POST", "/2015-03-31/functions/{}/policy", "AddPermission", lii_op_add_permission, CONTROL_BODY, 0 },
    { "GET", "/2015-03-31/functions/{}/policy", "GetPolicy", lii_op_get_policy, CONTROL_BODY, 0 },
    { "DELETE", "/2015-03-31/functions/{}/policy/{}", "RemovePermission", lii_op_remove_permission, CONTROL_BODY, 0 },
    { "GET", "/_lambdainvoke/health", "health", lii_op_health, CONTROL_BODY, OPEN },
    { "POST", "/_lambdainvoke/reset", "reset", lii_op_reset, CONTROL_BODY, ADMIN },
    { "GET", "/_lambdainvoke/clock", "clock", lii_op_get_clock, CONTROL_BODY, ADMIN },
    { "POST", "/_lambdainvoke/clock", "clock", lii_op_advance, CONTROL_BODY, ADMIN },
    { "GET", "/_lambdainvoke/journal", "journal", lii_op_journal, CONTROL_BODY, ADMIN },
    { "GET", "/_lambdainvoke/metrics", "metrics", lii_op_metrics, CONTROL_BODY, ADMIN },
    { "GET", "/_lambdainvoke/queues", "queues", lii_op_queues, CONTROL_BODY, ADMIN },
    { "GET", "/_lambdainvoke/queues/{}/messages", "messages", lii_op_get_messages, CONTROL_BODY, ADMIN },
    { "POST", "/_lambdainvoke/queues/{}/messages", "messages", lii_op_send_message, 2 * CONTROL_BODY, ADMIN },
    { "POST", "/_lambdainvoke/occur/{}", "occur", lii_op_occur, 16 * CONTROL_BODY, ADMIN },
    { "PUT", "/_lambdainvoke/responses/{}/{}", "responses", lii_op_respond, CONTROL_BODY, OPEN },
    { "POST", "/WriteGetObjectResponse", "WriteGetObjectResponse", lii_op_write_object, 16 * CONTROL_BODY, OPEN },
    { "GET", "/_lambdainvoke/triggers", "triggers", lii_op_triggers, CONTROL_BODY, ADMIN },
    { "GET", "/_lambdainvoke/destinations", "destinations", lii_op_destinations, CONTROL_BODY, ADMIN },
    { "POST", "/_lambdainvoke/triggers", "triggers", lii_op_add_trigger, CONTROL_BODY, ADMIN },
    { "GET", "/_lambdainvoke/triggers/{}", "triggers", lii_op_get_trigger, CONTROL_BODY, ADMIN },
    { "PUT", "/_lambdainvoke/triggers/{}", "triggers", lii_op_update_trigger, CONTROL_BODY, ADMIN },
    { "DELETE", "/_lambdainvoke/triggers/{}", "triggers", lii_op_remove_trigger, CONTROL_BODY, ADMIN },
    { "PUT", "/_lambdainvoke/s3/{}/notification", "notification", lii_op_put_notification, CONTROL_BODY, ADMIN },
    { "GET", "/_lambdainvoke/trigger-kinds", "trigger-kinds", lii_op_trigger_kinds, CONTROL_BODY, ADMIN },
    { "GET", "/_lambdainvoke/trigger-kinds/{}", "trigger-kinds", lii_op_trigger_kinds, CONTROL_BODY, ADMIN },
    { "POST", "/_lambdainvoke/trigger-preview", "trigger-preview", lii_op_preview_trigger, CONTROL_BODY, ADMIN },
    { "GET", "/_lambdainvoke/limits", "limits", lii_op_get_limits, CONTROL_BODY, ADMIN },
    { "POST", "/_lambdainvoke/limits", "limits", lii_op_set_limits, CONTROL_BODY, ADMIN },
    { "GET", "/_lambdainvoke/events", "events", lii_op_list_events, CONTROL_BODY, ADMIN },
    { "GET", "/_lambdainvoke/events/{}", "events", lii_op_get_event, CONTROL_BODY, ADMIN },
    { "DELETE", "/_lambdainvoke/events/{}", "events", lii_op_cancel_event, CONTROL_BODY, ADMIN },
    { "POST", "/_lambdainvoke/events/{}/redrive", "redrive", lii_op_redrive_event, CONTROL_BODY, ADMIN },
    { "POST", "/_lambdainvoke/functions/{}/pause", "pause", lii_op_pause, CONTROL_BODY, ADMIN },
    { "POST", "/_lambdainvoke/functions/{}/resume", "resume", lii_op_resume, CONTROL_BODY, ADMIN },
    { "POST", "/_lambdainvoke/functions/{}/purge", "purge", lii_op_purge, CONTROL_BODY, ADMIN },
    { "GET", "/_lambdainvoke/outcomes/{}", "outcomes", lii_op_outcome, CONTROL_BODY, ADMIN },
    { "GET", "/_lambdainvoke/faults", "faults", lii_op_get_faults, CONTROL_BODY, ADMIN },
    { "POST", "/_lambdainvoke/faults", "faults", lii_op_put_faults, CONTROL_BODY, ADMIN },
    { "DELETE", "/_lambdainvoke/faults", "faults", lii_op_delete_faults, CONTROL_BODY, ADMIN },
};

/* What API Gateway and load balancers would be asked, whatever the path and the method. */
static const struct route front = { "", "", "front", lii_op_front, 10485761, 0 };

li_status li_api_options_init(li_api_options *options, size_t size)
{
    static const li_api_options defaults = LI_API_OPTIONS_INIT;

    return lii_options_init(options, size, &defaults, sizeof defaults);
}

static void seen(void *user, const li_trigger_info *info)
{
    (void)user, (void)info;
}

li_status li_api_new(li_engine *engine, const li_api_options *options, li_api **out)
{
    li_api_options o = LI_API_OPTIONS_INIT;
    li_status status = lii_options_read(&o, sizeof o, options, "li_api_options", NULL);
    li_api *api;

    if (status != LI_OK || !engine || !out)
        return status != LI_OK ? status : LI_E_INVALID;
    api = lii_calloc(&lii_malloc_allocator, 1, sizeof *api);
    if (!api)
        return LI_E_NOMEM;
    o.allowed_hosts = lii_measured(o.allowed_hosts);
    api->allowed_hosts = lii_copy_text(&lii_malloc_allocator, o.allowed_hosts.ptr ? o.allowed_hosts.ptr : "",
                                       o.allowed_hosts.len);
    if (!api->allowed_hosts || pthread_mutex_init(&api->locked.lock, NULL) != 0) {
        lii_free(&lii_malloc_allocator, api->allowed_hosts);
        lii_free(&lii_malloc_allocator, api);
        return LI_E_NOMEM;
    }
    api->engine = engine;
    api->options = o;
    lii_random_seed(&api->locked.random, lii_random_system_seed());
    li_trigger_each(engine, NULL, 0, seen, NULL);    /* stored ones are there from now on */
    *out = api;
    return LI_OK;
}

li_status li_api_free(li_api *api)
{
    if (!api)
        return LI_OK;
    if (atomic_load(&api->open_calls) > 0)
        return LI_E_BUSY;
    lii_call_free(atomic_load(&api->spare));
    pthread_mutex_destroy(&api->locked.lock);
    lii_free(&lii_malloc_allocator, api->allowed_hosts);
    lii_free(&lii_malloc_allocator, api);
    return LI_OK;
}

/* ---- finding the route */

static li_slice path_of(li_slice target, li_slice *query)
{
    const char *mark = memchr(target.ptr, '?', target.len);
    li_slice path = lii_slice(target.ptr, mark ? (size_t)(mark - target.ptr) : target.len);

    *query = mark ? lii_slice(mark + 1, target.len - path.len - 1) : lii_slice(NULL, 0);
    while (path.len > 1 && path.ptr[path.len - 1] == '/')
        path.len--;
    return path;
}

/* parts gets what {} stood for, as it came. */
static int matches(const char *pattern, li_slice path, li_slice *parts, size_t *n)
{
    const char *p = path.ptr, *end = path.ptr + path.len;

    *n = 0;
    for (;;) {
        size_t len = strcspn(pattern, "{");
        const char *slash;

        if (len > (size_t)(end - p) || memcmp(p, pattern, len) != 0)
            return 0;
        p += len;
        pattern += len;
        if (!*pattern)
            return p == end;
        slash = memchr(p, '/', (size_t)(end - p));
        parts[*n] = lii_slice(p, (size_t)((slash ? slash : end) - p));
        if (parts[*n].len == 0)
            return 0;
        p += parts[(*n)++].len;
        pattern += 2;
    }
}

/* The route of a request; NULL: none. *known says that the path is there, with other methods. */
static const struct route *find_route(const li_api *api, const li_api_request *request, li_slice *parts, size_t *n,
                                      int *known)
{
    li_slice query, path = path_of(request->target, &query);
    size_t i;

    *known = 0;
    *n = 0;
    if (lii_front_is(request))
        return &front;
    for (i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if ((routes[i].flags & ADMIN) && !(api->options.flags & LI_API_ADMIN))
            continue;
        if (!matches(routes[i].pattern, path, parts, n))
            continue;
        *known = 1;
        if (lii_slice_is(request->method, routes[i].method))
            return &routes[i];
    }
    *n = 0;
    return NULL;
}

/* ---- who may ask (REL-78) */

static int same_name(li_slice a, const char *b, size_t len)
{
    return a.len == len && strncasecmp(a.ptr, b, len) == 0;
}

/* 127.b.c.d, each of one to three digits and below 256. */
static int is_loopback_v4(li_slice host)
{
    unsigned part = 0, n_parts = 0, n_digits = 0;
    size_t i;

    for (i = 0; i <= host.len; i++) {
        if (i < host.len && host.ptr[i] >= '0' && host.ptr[i] <= '9' && n_digits < 3) {
            part = part * 10 + (unsigned)(host.ptr[i] - '0');
            n_digits++;
            continue;
        }
        if ((i < host.len && host.ptr[i] != '.') || n_digits == 0 || part > 255 || (n_parts == 0 && part != 127))
            return 0;
        n_parts++;
        part = n_digits = 0;
    }
    return n_parts == 4;
}

static li_slice without_port(li_slice host)
{
    const char *colon;

    if (host.len > 0 && host.ptr[0] == '[') {
        const char *close = memchr(host.ptr, ']', host.len);

        return close ? lii_slice(host.ptr, (size_t)(close - host.ptr) + 1) : host;
    }
    colon = memchr(host.ptr, ':', host.len);
    return colon ? lii_slice(host.ptr, (size_t)(colon - host.ptr)) : host;
}

static int is_listed(const char *list, li_slice name)
{
    while (*list) {
        size_t n = strcspn(list, ",");

        if (n > 0 && same_name(name, list, n))
            return 1;
        list += n + (list[n] == ',');
    }
    return 0;
}

static int host_is_allowed(const li_api *api, li_slice host)
{
    li_slice name = without_port(host);

    if (is_loopback_v4(name) || lii_slice_is(name, "[::1]") || same_name(name, "localhost", 9))
        return 1;
    if (name.len > 10 && strncasecmp(name.ptr + name.len - 10, ".localhost", 10) == 0)
        return 1;
    return is_listed(api->allowed_hosts, name);
}

/* An Origin is our own when it is http(s):// and the request's own Host. */
static int origin_is_own(li_slice origin, li_slice host)
{
    size_t skip = origin.len > 7 && strncasecmp(origin.ptr, "http://", 7) == 0    ? 7
                  : origin.len > 8 && strncasecmp(origin.ptr, "https://", 8) == 0 ? 8
                                                                                  : 0;

    return skip > 0 && same_name(host, origin.ptr + skip, origin.len - skip);
}

static const char *refusal(const li_api *api, const li_api_request *request)
{
    li_slice host = lii_header(request, "Host"), origin = lii_header(request, "Origin");
    li_slice site = lii_header(request, "Sec-Fetch-Site");

    if (host.ptr && !host_is_allowed(api, host))
        return "The Host header names neither a loopback address nor localhost nor a configured name.";
    if (origin.ptr && !origin_is_own(origin, host))
        return "Requests of web pages of another origin are refused.";
    if (same_name(site, "cross-site", 10))
        return "Requests of web pages of another site are refused.";
    return NULL;
}

/* ---- answering */

static uint64_t setting(const li_api *api, const char *name)
{
    int64_t value = 0;

    li_config_get(api->engine, name, &value);
    return (uint64_t)value;
}

static uint64_t body_limit(const li_api *api, const struct route *route, const li_api_request *request)
{
    if (route->max_body > 0)
        return route->max_body;
    if (route->run == lii_op_invoke_async)
        return setting(api, "limits.invoke_async_bytes");
    return route->run == lii_op_invoke && same_name(lii_header(request, "X-Amz-Invocation-Type"), "Event", 5)
               ? setting(api, "limits.async_request_bytes")
               : setting(api, "limits.sync_request_bytes");
}

static void refuse_large(lii_call *call, const struct route *route, uint64_t declared, uint64_t limit)
{
    if (route->max_body == 0 && route->run != lii_op_invoke_async && limit == setting(call->api, "limits.sync_request_bytes"))
        lii_reply_error(call, 413, "RequestEntityTooLargeException", "User",
                        "Request must be smaller than %llu bytes for the InvokeFunction operation",
                        (unsigned long long)limit);
    else if (route->run == lii_op_invoke || route->run == lii_op_invoke_async)
        lii_reply_error(call, 413, "RequestEntityTooLargeException", "User",
                        "%llu byte payload is too large for the Event invocation type (limit %llu bytes)",
                        (unsigned long long)declared, (unsigned long long)limit);
    else
        lii_reply_error(call, 413, "RequestEntityTooLargeException", "User", "A body has at most %llu bytes here",
                        (unsigned long long)limit);
}

/* NULL: replied. */
static const struct route *admit(lii_call *call, li_slice *parts, size_t *n)
{
    const struct route *route;
    const char *why = refusal(call->api, call->request);
    int known;

    route = find_route(call->api, call->request, parts, n, &known);
    if (why) {
        lii_reply_error(call, 403, "AccessDeniedException", "User", "%s", why);
        return NULL;
    }
    if (!route) {
        if (known)
            lii_reply_error(call, 405, "MethodNotAllowedException", "User", "This path does not take this method.");
        else
            lii_reply_error(call, 404, "UnknownOperationException", "User", "There is no operation at this path.");
        return NULL;
    }
    call->operation = route->operation;
    return route;
}

li_status li_api_check(li_api *api, const li_api_request *head, uint64_t declared_len, uint64_t *max_body,
                       li_api_respond respond, void *user)
{
    li_slice parts[LII_CALL_PARTS];
    lii_call *call = lii_call_new(api, head, respond, user);
    const struct route *route;
    size_t n;

    if (!call)
        return LI_E_NOMEM;
    route = admit(call, parts, &n);
    if (!route)
        return LI_E_DENIED;
    *max_body = body_limit(api, route, call->request);
    if (declared_len != UINT64_MAX && declared_len > *max_body) {
        refuse_large(call, route, declared_len, *max_body);
        return LI_E_TOO_LARGE;
    }
    lii_call_end(call);
    return LI_OK;
}

/* The parts of the path decoded once; a part that would be a path of its own is none (REL-80). */
static int decode_parts(lii_call *call, const li_slice *parts, size_t n)
{
    size_t i, at[LII_CALL_PARTS];

    for (i = 0; i < n; i++) {
        char text[2048];
        long len = lii_percent_decode(parts[i], 0, text, sizeof text);

        if (len < 0 || memchr(text, '/', (size_t)len) || strcmp(text, "..") == 0)
            return -1;
        at[i] = call->path.len;
        lii_buf_add(&call->path, text, (size_t)len + 1);
    }
    if (call->path.status != LI_OK)
        return -1;
    for (i = 0; i < n; i++)
        call->parts[i] = lii_slice(call->path.data + at[i], LI_Z);
    call->n_parts = n;
    return 0;
}

li_status li_api_handle(li_api *api, const li_api_request *request, li_api_respond respond, void *user)
{
    li_slice parts[LII_CALL_PARTS];
    lii_call *call = lii_call_new(api, request, respond, user);
    const struct route *route;
    uint64_t limit;
    size_t n;
    int found;

    if (!call)
        return LI_E_NOMEM;
    route = admit(call, parts, &n);
    if (!route)
        return LI_OK;
    path_of(call->request->target, &call->query);
    limit = body_limit(api, route, call->request);
    if (call->request->body.len > limit) {
        refuse_large(call, route, call->request->body.len, limit);
        return LI_OK;
    }
    found = lii_query(call, "Qualifier", call->qualifier, sizeof call->qualifier);
    call->has_qualifier = found == 1;
    if (decode_parts(call, parts, n) != 0 || found < 0) {
        lii_reply_error(call, 400, "InvalidRequestException", "User", "The path or query cannot be decoded.");
        return LI_OK;
    }
    route->run(call);
    return LI_OK;
}
