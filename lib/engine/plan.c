/* plan.c - a fault plan is read: JSON of known members and nothing else, each error naming its member. */
#include <stdio.h>

#include "engine/faults.h"
#include "json/scan.h"

enum { PLAN_BYTES = 1 << 20, PLAN_DEPTH = 8 };

/* Members that a kind of fault may have. */
enum { COUNTED = 1, FUNCTION = 2, TARGET = 4, ERROR = 8, EXIT = 16, STATUS = 32, DURATION = 64, BY = 128 };

static const struct kind {
    const char *name;
    int32_t what;
    uint32_t kind;
    uint32_t members;
    li_status status;
} kinds[] = {
    { "throttle", LII_DO_THROTTLE, LII_FAULTS_ADMISSION, COUNTED | FUNCTION, LI_OK },
    { "fail", LII_DO_FAIL, LII_FAULTS_RUN, COUNTED | FUNCTION | ERROR, LI_OK },
    { "timeout", LII_DO_TIMEOUT, LII_FAULTS_RUN, COUNTED | FUNCTION, LI_OK },
    { "crash", LII_DO_CRASH, LII_FAULTS_RUN, COUNTED | FUNCTION | EXIT, LI_OK },
    { "slow", LII_DO_SLOW, LII_FAULTS_RUN, COUNTED | FUNCTION | DURATION, LI_OK },
    { "duplicate", LII_DO_DUPLICATE, LII_FAULTS_SUCCESS, COUNTED | FUNCTION, LI_OK },
    { "queue_full", LII_DO_QUEUE_FULL, LII_FAULTS_ACCEPT, COUNTED | FUNCTION, LI_E_FULL },
    { "queue_error", LII_DO_QUEUE_ERROR, LII_FAULTS_ACCEPT, COUNTED | FUNCTION | STATUS, LI_E_IO },
    { "destination_down", LII_DO_DESTINATION_DOWN, LII_FAULTS_DELIVERY, COUNTED | FUNCTION | TARGET | STATUS, LI_E_BUSY },
    { "destination_slow", LII_DO_DESTINATION_SLOW, LII_FAULTS_DELIVERY, COUNTED | FUNCTION | TARGET | DURATION, LI_OK },
    { "no_memory", LII_DO_NO_MEMORY, LII_FAULTS_MEMORY, COUNTED, LI_E_NOMEM },
    { "wall_jump", LII_DO_WALL_JUMP, 0, BY, LI_OK },
};

typedef struct reader {
    const char *json;
    size_t index;        /* of the fault in the plan */
    li_error *err;
} reader;

/* The text says what would be right; the offset is where the value begins. */
static li_status wrong(const reader *r, const char *member, const char *at, const char *right)
{
    lii_fail(r->err, LI_E_INVALID, LI_DETAIL_FAULT_PLAN, member, LI_Z, "faults[%zu].%s: %s", r->index, member, right);
    if (r->err && r->err->size >= offsetof(li_error, line) && r->err->size <= 4096)
        r->err->offset = (uint64_t)(at - r->json);
    return LI_E_INVALID;
}

static li_status read_text(const reader *r, const char *member, lii_json_value value, char *out, size_t size)
{
    char right[64];
    size_t n = value.type == LII_JSON_STRING ? lii_json_text(value, out, size) : 0;

    if (n == 0 || n >= size || memchr(out, '\0', n)) {
        snprintf(right, sizeof right, "a text of 1 to %zu bytes", size - 1);
        return wrong(r, member, value.ptr, right);
    }
    out[n] = '\0';
    return LI_OK;
}

static li_status read_number(const reader *r, const char *member, lii_json_value value, int64_t lowest, int64_t highest,
                             int64_t *out)
{
    char right[80];

    if (value.type == LII_JSON_NUMBER && lii_json_i64(value, out) == 0 && *out >= lowest && *out <= highest)
        return LI_OK;
    snprintf(right, sizeof right, "a whole number of %lld to %lld", (long long)lowest, (long long)highest);
    return wrong(r, member, value.ptr, right);
}

/* 0 to 1 with at most six decimals, exactly; no strtod, whose point depends on the locale. */
static li_status read_rate(const reader *r, lii_json_value value, uint64_t *ppm)
{
    uint64_t whole = 0, scale = LII_FAULT_SURE, part = 0;
    size_t i = 0;

    if (value.type == LII_JSON_NUMBER)
        for (; i < value.len && value.ptr[i] >= '0' && value.ptr[i] <= '9' && whole <= 1; i++)
            whole = whole * 10 + (uint64_t)(value.ptr[i] - '0');
    if (i > 0 && i < value.len && value.ptr[i] == '.')
        for (i++; i < value.len && value.ptr[i] >= '0' && value.ptr[i] <= '9' && scale > 1; i++) {
            scale /= 10;
            part += (uint64_t)(value.ptr[i] - '0') * scale;
        }
    if (i == 0 || i != value.len || whole * LII_FAULT_SURE + part > LII_FAULT_SURE)
        return wrong(r, "rate", value.ptr, "a number of 0 to 1 with at most six decimals");
    *ppm = whole * LII_FAULT_SURE + part;
    return LI_OK;
}

static li_status read_status(const reader *r, lii_json_value value, li_status *out)
{
    char name[32];
    li_status status = read_text(r, "status", value, name, sizeof name);
    li_status s;

    if (status != LI_OK)
        return status;
    for (s = LI_E_NOMEM; s >= LI_E_INTERNAL; s--)
        if (strcmp(li_status_name(s), name) == 0) {
            *out = s;
            return LI_OK;
        }
    return wrong(r, "status", value.ptr, "the name of an error, like \"LI_E_IO\"");
}

static li_status read_counter(const reader *r, const char *name, lii_json_value value, uint64_t *out)
{
    int64_t n = 0;
    li_status status = read_number(r, name, value, 0, INT64_MAX, &n);

    if (status == LI_OK)
        *out = (uint64_t)n;
    return status;
}

static const struct member {
    const char *name;
    uint32_t bit;
} members[] = { { "after", COUNTED },     { "times", COUNTED },         { "rate", COUNTED }, { "function", FUNCTION },
                { "target", TARGET },     { "error_type", ERROR },      { "error_message", ERROR },
                { "exit_status", EXIT },  { "status", STATUS },         { "duration_ms", DURATION },
                { "by_ms", BY } };

enum { AFTER, TIMES, RATE, FUNCTION_NAME, TARGET_NAME, ERROR_TYPE, ERROR_MESSAGE, EXIT_STATUS, STATUS_NAME, DURATION_MS, BY_MS };

static li_status read_member(const reader *r, size_t which, lii_json_value value, lii_fault *fault)
{
    const char *name = members[which].name;
    int64_t n = 0;
    li_status status = LI_OK;

    switch (which) {
    case AFTER:
        return read_counter(r, name, value, &fault->count.after);
    case TIMES:
        return read_counter(r, name, value, &fault->count.times);
    case RATE:
        return read_rate(r, value, &fault->count.rate_ppm);
    case FUNCTION_NAME:
        return read_text(r, name, value, fault->function, 65);
    case TARGET_NAME:
        return read_text(r, name, value, fault->target, sizeof fault->target);
    case ERROR_TYPE:
        return read_text(r, name, value, fault->error_type, sizeof fault->error_type);
    case ERROR_MESSAGE:
        return read_text(r, name, value, fault->error_message, sizeof fault->error_message);
    case EXIT_STATUS:
        status = read_number(r, name, value, -64, 255, &n);
        fault->exit_status = (int32_t)n;
        return status;
    case STATUS_NAME:
        return read_status(r, value, &fault->status);
    case DURATION_MS:
        status = read_number(r, name, value, 0, INT64_C(86400000), &n);
        fault->duration_ns = (uint64_t)n * LI_MS_NS;
        return status;
    default:
        return read_number(r, name, value, -INT64_C(1000000000000000), INT64_C(1000000000000000), &fault->by_ms);
    }
}

static li_status find_kind(const reader *r, lii_json_value object, const struct kind **kind)
{
    lii_json_value what = lii_json_get(object, "do", 2);
    size_t i;

    if (what.type == LII_JSON_STRING)
        for (i = 0; i < sizeof kinds / sizeof *kinds; i++)
            if (lii_json_text_is(what, kinds[i].name, LI_Z)) {
                *kind = &kinds[i];
                return LI_OK;
            }
    return wrong(r, "do", what.type == LII_JSON_NONE ? object.ptr : what.ptr,
                 "throttle, fail, timeout, crash, slow, duplicate, queue_full, queue_error, destination_down, "
                 "destination_slow, no_memory or wall_jump");
}

static li_status unknown_member(const reader *r, uint32_t kinds_members, lii_json_value key)
{
    char name[64], right[160];
    size_t n = lii_json_text(key, name, sizeof name - 1), i;
    int len = snprintf(right, sizeof right, "no such member of this fault; it has do");

    name[n < sizeof name ? n : sizeof name - 1] = '\0';
    for (i = 0; i < sizeof members / sizeof *members; i++)
        if (kinds_members & members[i].bit)
            len += snprintf(right + len, sizeof right - (size_t)len, ", %s", members[i].name);
    return wrong(r, name, key.ptr, right);
}

static li_status read_fault(const reader *r, lii_json_value object, lii_fault *fault)
{
    const struct kind *kind = NULL;
    lii_json_value key, value;
    size_t at = 0, i;
    li_status status;

    if (object.type != LII_JSON_OBJECT)
        return wrong(r, "do", object.ptr, "a fault is an object with the member \"do\"");
    status = find_kind(r, object, &kind);
    if (status != LI_OK)
        return status;
    fault->name = kind->name;
    fault->what = kind->what;
    fault->kind = kind->kind;
    fault->status = kind->status;
    fault->exit_status = 1;
    fault->count.times = 1;
    fault->count.rate_ppm = LII_FAULT_SURE;
    snprintf(fault->error_type, sizeof fault->error_type, "Injected");
    snprintf(fault->error_message, sizeof fault->error_message, "a fault was asked for");
    while (lii_json_next(object, &at, &key, &value)) {
        if (lii_json_text_is(key, "do", 2))
            continue;
        for (i = 0; i < sizeof members / sizeof *members; i++)
            if ((kind->members & members[i].bit) && lii_json_text_is(key, members[i].name, LI_Z))
                break;
        if (i == sizeof members / sizeof *members)
            return unknown_member(r, kind->members, key);
        status = read_member(r, i, value, fault);
        if (status != LI_OK)
            return status;
    }
    if ((kind->members & BY) && fault->by_ms == 0)
        return wrong(r, "by_ms", object.ptr, "a number of milliseconds that is not 0");
    if ((kind->members & DURATION) && fault->duration_ns == 0)
        return wrong(r, "duration_ms", object.ptr, "a number of milliseconds above 0");
    return LI_OK;
}

static li_status plan_wrong(const char *json, const char *member, const char *at, const char *right, li_error *err)
{
    lii_fail(err, LI_E_INVALID, LI_DETAIL_FAULT_PLAN, member, LI_Z, "%s: %s", member, right);
    if (err && err->size >= offsetof(li_error, line) && err->size <= 4096)
        err->offset = (uint64_t)(at - json);
    return LI_E_INVALID;
}

/* The two members of a plan. */
static li_status read_top(const char *json, size_t len, int64_t *seed, lii_json_value *faults, li_error *err)
{
    lii_json_value root, key, value;
    lii_json_error bad;
    size_t at = 0;

    if (!json || len > PLAN_BYTES)
        return plan_wrong(json, "plan", json, "a JSON object of at most 1048576 bytes", err);
    if (lii_json_check(json, len, PLAN_DEPTH, &bad) != 0)
        return plan_wrong(json, "plan", json + bad.offset, bad.reason, err);
    root = lii_json_root(json, len);
    if (root.type != LII_JSON_OBJECT)
        return plan_wrong(json, "plan", root.ptr, "an object with \"faults\", and \"seed\" if wanted", err);
    faults->type = LII_JSON_NONE;
    while (lii_json_next(root, &at, &key, &value)) {
        if (lii_json_text_is(key, "seed", 4)) {
            if (value.type != LII_JSON_NUMBER || lii_json_i64(value, seed) != 0 || *seed < 0)
                return plan_wrong(json, "seed", value.ptr, "a whole number of 0 to 9223372036854775807", err);
        } else if (lii_json_text_is(key, "faults", 6)) {
            *faults = value;
        } else {
            return plan_wrong(json, "plan", key.ptr, "its members are \"seed\" and \"faults\"", err);
        }
    }
    if (faults->type != LII_JSON_ARRAY)
        return plan_wrong(json, "faults", faults->type ? faults->ptr : root.ptr, "an array of faults", err);
    return LI_OK;
}

li_status lii_fault_plan_read(const li_allocator *allocator, const char *json, size_t len, lii_fault_plan **out, li_error *err)
{
    lii_json_value faults = { NULL, 0, LII_JSON_NONE, 0 }, key, value;
    reader r = { json, 0, err };
    lii_fault_plan *plan;
    size_t n = 0, at = 0;
    int64_t seed = 1;
    li_status status;

    len = lii_len(json, len);
    status = read_top(json, len, &seed, &faults, err);
    if (status != LI_OK)
        return status;
    while (lii_json_next(faults, &at, &key, &value))
        n++;
    plan = lii_calloc(allocator, 1, sizeof *plan + n * sizeof(lii_fault));
    if (!plan)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for a plan of %zu faults", n);
    lii_random_seed(&plan->random, (uint64_t)seed);
    for (at = 0; status == LI_OK && lii_json_next(faults, &at, &key, &value); r.index++)
        status = read_fault(&r, value, &plan->faults[r.index]);
    if (status != LI_OK) {
        lii_free(allocator, plan);
        return status;
    }
    plan->n = n;
    *out = plan;
    return LI_OK;
}
