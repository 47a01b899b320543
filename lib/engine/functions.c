/* functions.c - functions by name: registered, changed. */
#include <stdio.h>

#include "base/crc.h"
#include "engine/engine.h"
#include "engine/settings.h"

void lii_code_retain(lii_code *code)
{
    atomic_fetch_add_explicit(&code->refs, 1, memory_order_relaxed);
}

/* A limit that is lowered later leaves what is there, so it does not say how long a handler may run. */
void lii_code_set_timeout(li_engine *engine, lii_code *code, uint32_t timeout_ms)
{
    unsigned long long longest = atomic_load_explicit(&engine->longest_ms, memory_order_relaxed);

    code->timeout_ms = timeout_ms;
    code->timeout_ns = timeout_ms * LI_MS_NS;
    while (longest < timeout_ms && !atomic_compare_exchange_weak(&engine->longest_ms, &longest, timeout_ms))
        continue;
}

void lii_code_copy(lii_code *to, const lii_code *from)
{
    size_t rest = offsetof(lii_code, flags);

    memcpy((char *)to + rest, (const char *)from + rest, sizeof *to - rest);
    atomic_init(&to->refs, 1);
}

void lii_code_release(li_engine *engine, lii_code *code)
{
    /* release pairs with the acquire of the last one: all uses happen before the free */
    if (code && atomic_fetch_sub_explicit(&code->refs, 1, memory_order_acq_rel) == 1)
        lii_free(&engine->allocator, code);
}

/* ---- registering */

li_status li_function_spec_init(li_function_spec *spec, size_t size)
{
    static const li_function_spec defaults = LI_FUNCTION_SPEC_INIT;

    return lii_options_init(spec, size, &defaults, sizeof defaults);
}

li_status lii_read_text(char *out, size_t out_size, li_slice text, int32_t detail, const char *what, li_error *err)
{
    text = lii_measured(text);
    if (text.len >= out_size)
        return lii_fail(err, LI_E_VALIDATION, detail, what, LI_Z, "%s has at most %zu bytes, not %zu", what, out_size - 1,
                        text.len);
    if (text.len > 0)
        memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
    return LI_OK;
}

static li_status check_name(li_slice name, li_error *err)
{
    if (name.len > 64)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_FUNCTION_NAME_LENGTH, name.ptr, name.len,
                        "a function name has 1 to 64 characters, not %zu", name.len);
    if (!lii_name_is_plain(name))
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_FUNCTION_NAME, name.ptr, name.len,
                        "a function name is 1 to 64 of a-z, A-Z, 0-9, - and _, not \"%.*s\"", LII_TEXT(name));
    return LI_OK;
}

static li_status check_numbers(li_engine *engine, const li_function_spec *s, li_error *err)
{
    if (s->timeout_ms < 1 || s->timeout_ms > LII_CONFIG(engine, timeout_max_ms))
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_TIMEOUT, "timeout_ms", LI_Z, "timeout_ms is 1 to %lld, not %u",
                        (long long)LII_CONFIG(engine, timeout_max_ms), s->timeout_ms);
    if (s->memory_mb < 128 || s->memory_mb > 10240)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_MEMORY, "memory_mb", LI_Z, "memory_mb is 128 to 10240, not %u",
                        s->memory_mb);
    if (s->reserved_concurrency < LI_UNRESERVED)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_RESERVED_MINIMUM, "reserved_concurrency", LI_Z,
                        "reserved_concurrency is LI_UNRESERVED or 0 and more, not %lld", (long long)s->reserved_concurrency);
    if (s->run_on != LI_RUN_INLINE && s->run_on != LI_RUN_WORKER)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, "run_on", LI_Z, "run_on is LI_RUN_INLINE or LI_RUN_WORKER");
    if (s->flags & ~(uint32_t)LI_FUNCTION_RAW)
        return lii_fail(err, LI_E_NOTSUP, LI_DETAIL_OPTIONS_UNKNOWN, "flags", LI_Z, "unknown bits in flags: 0x%x", s->flags);
    return LI_OK;
}

static li_status read_binding(lii_code *code, const li_function_spec *s, li_slice name, li_error *err)
{
    li_slice binding = lii_measured(s->binding);

    if (s->executor && s->executor->ops) {
        li_status status = lii_ops_read(&code->executor, sizeof code->executor, s->executor->ops, "li_executor_ops", err);

        if (status != LI_OK)
            return status;
        if (!code->executor.init || !code->executor.run || !code->executor.retire)
            return lii_fail(err, LI_E_INVALID, LI_DETAIL_BACKEND_METHOD, "executor", LI_Z,
                            "an executor needs init, run and retire");
        code->executor_self = s->executor->self;
        code->binding = LII_BIND_EXECUTOR;
        snprintf(code->binding_text, sizeof code->binding_text, "executor:%.100s",
                 code->executor.name ? code->executor.name : "");
        return LI_OK;
    }
    if (lii_slice_is(binding, "poll:")) {
        code->binding = LII_BIND_POLL;
        memcpy(code->binding_text, "poll:", 6);
        return LI_OK;
    }
    code->binding = LII_BIND_C;
    if (binding.len == 0) {
        snprintf(code->binding_text, sizeof code->binding_text, "c:%.*s", (int)name.len, name.ptr);
        return LI_OK;
    }
    if (binding.len < 3 || memcmp(binding.ptr, "c:", 2) != 0)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_HANDLER_MISSING, binding.ptr, binding.len,
                        "a binding is \"c:SYMBOL\" or \"poll:\", not \"%.*s\"", LII_TEXT(binding));
    return lii_read_text(code->binding_text, sizeof code->binding_text, binding, LI_DETAIL_HANDLER_MISSING, "binding", err);
}

/* What a registration says of the settings that an update can change. Never 0. */
static uint32_t declared_of(const lii_code *code)
{
    char text[640];
    int n = snprintf(text, sizeof text, "%u %u %u %u %u %s %s", code->timeout_ms, code->memory_mb, code->log_format,
                     code->application_level, code->system_level, code->description, code->dead_letter);
    uint32_t sum = lii_crc32(text, (size_t)n);

    return sum ? sum : 1;
}

/* A new code from a whole spec; the handler is looked up by the caller, under the lock. */
static li_status code_new(li_engine *engine, const li_function_spec *s, li_slice name, lii_code **out, li_error *err)
{
    lii_code *code;
    li_status status = check_numbers(engine, s, err);

    if (status != LI_OK)
        return status;
    code = lii_calloc(&engine->allocator, 1, sizeof *code);
    if (!code)
        return lii_no_memory(err, "a function");
    atomic_init(&code->refs, 1);
    lii_code_set_timeout(engine, code, s->timeout_ms);
    code->memory_mb = s->memory_mb;
    code->run_on = s->run_on;
    code->flags = s->flags;
    memcpy(code->version, "$LATEST", 8);
    status = lii_logging_read(code, s, err);
    if (status == LI_OK)
        status = lii_read_text(code->description, sizeof code->description - 7, s->description, LI_DETAIL_TEXT, "description", err);
    if (status == LI_OK)
        status = lii_read_text(code->dead_letter, sizeof code->dead_letter, s->dead_letter_target, LI_DETAIL_DESTINATION_ARN,
                           "dead_letter_target", err);
    if (status == LI_OK && code->dead_letter[0])
        status = lii_dead_letter_check(engine, code->dead_letter, err);
    if (status == LI_OK)
        status = read_binding(code, s, name, err);
    if (status != LI_OK) {
        lii_free(&engine->allocator, code);
        return status;
    }
    code->declared = declared_of(code);
    *out = code;
    return LI_OK;
}

static li_status reserve_check_locked(li_engine *engine, const li_function *function, int64_t reserved, li_error *err)
{
    int64_t mine = function && lii_function_exists_locked(function) && function->locked.reserved > 0 ? function->locked.reserved : 0;
    /* what the function has provisioned goes from the pool into its reservation, if it has none yet */
    int64_t provisioned = (int64_t)engine->locked.unreserved_provisioned -
                          (function && function->locked.reserved < 0 ? (int64_t)function->locked.provisioned : 0);
    int64_t left = LII_CONFIG(engine, account_concurrency) - (engine->locked.reserved_sum - mine) - provisioned;

    if (reserved >= 0 && function && reserved < (int64_t)function->locked.provisioned)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_RESERVED_PROVISIONED, "reserved_concurrency", LI_Z,
                        "%lld reserved is less than the %llu that are provisioned", (long long)reserved,
                        (unsigned long long)function->locked.provisioned);
    if (reserved > 0 && left - reserved < LII_CONFIG(engine, min_unreserved))
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_RESERVED_MINIMUM, "reserved_concurrency", LI_Z,
                        "%lld reserved would leave %lld for functions without a reservation; the minimum is %lld",
                        (long long)reserved, (long long)(left - reserved), (long long)LII_CONFIG(engine, min_unreserved));
    return LI_OK;
}

void lii_set_reserved_locked(li_engine *engine, li_function *function, int64_t reserved)
{
    if (function->locked.reserved > 0)
        engine->locked.reserved_sum -= function->locked.reserved;
    if (function->locked.reserved < 0) {
        engine->locked.unreserved_credits -= function->locked.credits;
        engine->locked.unreserved_provisioned -= function->locked.provisioned;
    }
    function->locked.reserved = reserved;
    if (reserved > 0)
        engine->locked.reserved_sum += reserved;
    if (reserved < 0) {
        engine->locked.unreserved_credits += function->locked.credits;
        engine->locked.unreserved_provisioned += function->locked.provisioned;
    }
}

/* What it will be in the store after a change of its code or its reservation. */
static li_status store_change_locked(li_function *function, const lii_code *code, int64_t reserved, const char *revision,
                                     li_error *err)
{
    lii_function_row row;

    lii_function_row_locked(function, &row);
    row.code = code;
    row.reserved = reserved;
    if (revision) {
        row.revision = revision;
        row.modified_ms = li_engine_now_ms(function->engine);
        row.generation++;
    }
    return lii_settings_function_locked(function, &row, err);
}

static void stamp_locked(li_function *function, const char revision[40])
{
    memcpy(function->locked.revision, revision, sizeof function->locked.revision);
    function->locked.modified_ms = li_engine_now_ms(function->engine);
    function->locked.generation++;
    function->is_restored = 0;
}

/* A function that was read from the store is registered in the words of the life before: what was updated meanwhile stays. */
static void keep_settings_locked(const li_function *function, lii_code *code)
{
    const lii_code *old = function->latest.locked.code;

    if (!function->is_restored || !old || old->declared != code->declared)
        return;
    code->timeout_ms = old->timeout_ms;
    code->timeout_ns = old->timeout_ns;
    code->memory_mb = old->memory_mb;
    code->log_format = old->log_format;
    code->application_level = old->application_level;
    code->system_level = old->system_level;
    memcpy(code->description, old->description, sizeof code->description);
    memcpy(code->dead_letter, old->dead_letter, sizeof code->dead_letter);
}

/* A function that was read from the store is registered as it was: it gets its handler, and is not changed. */
static int is_same_again_locked(const li_function *function, const lii_code *code, int64_t reserved)
{
    const lii_code *old = function->latest.locked.code;

    return function->is_restored && old && old->timeout_ms == code->timeout_ms && old->memory_mb == code->memory_mb &&
           old->run_on == code->run_on && old->flags == code->flags && old->log_format == code->log_format &&
           old->application_level == code->application_level && old->system_level == code->system_level && strcmp(old->binding_text, code->binding_text) == 0 &&
           strcmp(old->description, code->description) == 0 && strcmp(old->dead_letter, code->dead_letter) == 0 &&
           function->locked.reserved == reserved;
}

li_function *lii_function_new_locked(li_engine *engine, li_slice name, li_error *err)
{
    li_function *function;
    char arn[320];
    void *raw = NULL;

    if (lii_index_reserve_locked(&engine->index, &engine->allocator) == LI_OK &&
        lii_table_reserve(&engine->locked.functions, 1) == LI_OK)
        raw = lii_calloc(&engine->allocator, 1, sizeof *function + 64 + sizeof(void *));
    if (!raw) {
        lii_no_memory(err, "a function");
        return NULL;
    }
    /* fast slots sit on cache lines of their own; the block's start is kept just below */
    function = (li_function *)(((uintptr_t)raw + sizeof(void *) + 63) & ~(uintptr_t)63);
    ((void **)(void *)function)[-1] = raw;
    function->engine = function->latest.engine = engine;
    function->latest.function = function;
    function->name_len = name.len;
    memcpy(function->name, name.ptr, name.len);
    function->locked.reserved = LI_UNRESERVED;
    lii_function_arn(function, "", arn, sizeof arn);
    function->lineage = lii_crc32(arn, strlen(arn));
    return function;
}

void lii_function_link_locked(li_function *function)
{
    lii_table_put(&function->engine->locked.functions, function->name, function->name_len, function, NULL);
    lii_index_add_locked(&function->engine->index, function);
}

void lii_function_drop(li_function *function)
{
    if (function)
        lii_free(&function->engine->allocator, ((void **)(void *)function)[-1]);
}

/* What registering a function takes; nothing of it is seen before it is committed. */
typedef struct registration {
    li_engine *engine;
    li_function_spec spec;
    li_slice name;
    lii_code *code;
    li_function *function;
    li_function *fresh;          /* the same, when the name was not known */
    lii_handler *handler;        /* to be put; NULL: the spec has none */
    lii_env *retired;
    int only_new;
    int is_same;
    char revision[40];
} registration;

/* The handler that the code will have: the spec's, or the one that is registered. */
static li_status bind_locked(registration *g, li_error *err)
{
    const char *symbol = g->code->binding_text + 2;
    const lii_handler *registered;
    lii_handler *handler = &g->code->handler;

    if (g->code->binding != LII_BIND_C)
        return LI_OK;
    registered = lii_table_get(&g->engine->locked.handlers, symbol, strlen(symbol));
    if (g->spec.handler) {
        g->handler = lii_handler_ready_locked(g->engine, symbol);
        if (!g->handler)
            return lii_no_memory(err, "a handler");
        *handler = *g->handler;  /* for its symbol */
        handler->handler = g->spec.handler;
        handler->init = g->spec.init;
        handler->fini = g->spec.fini;
        handler->user = g->spec.user;
    } else if (registered) {
        *handler = *registered;
    } else if (!g->only_new) {
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_HANDLER_MISSING, symbol, LI_Z,
                        "handler is NULL and no handler \"%s\" is registered", symbol);
    }
    return LI_OK;
}

/* What can fail, but the write. */
static li_status prepare_locked(registration *g, li_error *err)
{
    li_engine *engine = g->engine;
    li_function *function = lii_function_lookup_locked(engine, g->name.ptr, g->name.len);
    int64_t limit = LII_CONFIG(engine, functions);
    li_status status;

    if (function && function->is_restored && g->spec.reserved_concurrency == LI_UNRESERVED)
        g->spec.reserved_concurrency = function->locked.reserved;    /* what was set in a life before stays set */
    if (function)
        keep_settings_locked(function, g->code);
    if (g->only_new && function && lii_function_exists_locked(function))
        return lii_fail(err, LI_E_CONFLICT, LI_DETAIL_FUNCTION_EXISTS, g->name.ptr, g->name.len, "function \"%.*s\" exists",
                        LII_TEXT(g->name));
    status = reserve_check_locked(engine, function, g->spec.reserved_concurrency, err);
    if (status != LI_OK)
        return status;
    /* those that are there in any way are counted quickly */
    if ((int64_t)engine->locked.functions.count >= limit && !(function && lii_function_is_used_locked(function)) &&
        (int64_t)lii_functions_used_locked(engine) >= limit)
        return lii_fail(err, LI_E_FULL, LI_DETAIL_FUNCTIONS_FULL, g->name.ptr, g->name.len, "limits.functions is %lld",
                        (long long)limit);
    if (!function && (function = g->fresh = lii_function_new_locked(engine, g->name, err)) == NULL)
        return LI_E_NOMEM;
    g->function = function;
    status = bind_locked(g, err);
    g->is_same = status == LI_OK && is_same_again_locked(function, g->code, g->spec.reserved_concurrency);
    return status;
}

/* The code that it had, to be released. */
static lii_code *commit_locked(registration *g)
{
    li_engine *engine = g->engine;
    li_function *function = g->function;
    lii_code *old = function->latest.locked.code;

    if (g->handler)
        lii_handler_put_locked(engine, g->handler, &g->code->handler);
    if (g->fresh)
        lii_function_link_locked(function);
    g->fresh = NULL;
    if (old)
        g->code->active_ns = old->active_ns;
    else if (LII_CONFIG(engine, pending_ms) > 0)
        g->code->active_ns = lii_now_ns(engine) + (uint64_t)LII_CONFIG(engine, pending_ms) * LI_MS_NS;
    engine->locked.n_existing += old == NULL;
    function->latest.locked.code = g->code;
    lii_set_reserved_locked(engine, function, g->spec.reserved_concurrency);
    if (g->is_same)
        function->is_restored = 0;
    else
        stamp_locked(function, g->revision);
    lii_rebind_parked_locked(function, g->code, &g->retired);
    atomic_store(&function->exists, 1);
    function->was_removed = 0;
    lii_wake_lanes_locked(function, old && old->is_parked);
    lii_function_changed_locked(function, &g->retired);
    return old;
}

static li_status upsert(li_engine *engine, const li_function_spec *given, li_function **out, int only_new, li_error *err)
{
    registration g = { .engine = engine, .spec = LI_FUNCTION_SPEC_INIT, .only_new = only_new };
    lii_code *old = NULL;
    li_status status;

    if (!engine || !given)
        return lii_is_null(err, "engine or spec");
    if (lii_is_shut(engine))
        return lii_shut(engine, err);
    status = lii_options_read(&g.spec, sizeof g.spec, given, "li_function_spec", err);
    if (status != LI_OK)
        return status;
    g.name = lii_measured(g.spec.name);
    status = check_name(g.name, err);
    if (status == LI_OK)
        status = code_new(engine, &g.spec, g.name, &g.code, err);
    if (status != LI_OK)
        return status;
    lii_settings_begin(engine);
    pthread_mutex_lock(&engine->lock);
    status = prepare_locked(&g, err);
    if (status == LI_OK && !g.is_same) {
        lii_revision(engine, g.revision);
        status = store_change_locked(g.function, g.code, g.spec.reserved_concurrency, g.revision, err);
    }
    if (status == LI_OK)
        old = commit_locked(&g);
    else
        lii_handler_drop_locked(engine, g.handler);
    pthread_mutex_unlock(&engine->lock);
    lii_settings_end(engine);
    lii_function_drop(g.fresh);
    lii_code_release(engine, status == LI_OK ? old : g.code);
    if (status != LI_OK)
        return status;
    lii_envs_retire_list(g.retired, LI_RETIRE_UPDATED);
    lii_journal(engine, LI_STEP_FUNCTION, NULL, g.function->name, 0, old ? "updated" : "registered");
    if (out)
        *out = g.function;
    return LI_OK;
}

li_status li_function_register(li_engine *engine, const li_function_spec *spec, li_function **function, li_error *err)
{
    return upsert(engine, spec, function, 0, err);
}

li_status li_function_create(li_engine *engine, const li_function_spec *spec, li_function **function, li_error *err)
{
    return upsert(engine, spec, function, 1, err);
}

/* ---- changing */

li_status lii_find_unqualified(li_engine *engine, const char *name, size_t name_len, li_function **out, li_error *err)
{
    lii_target_ref target;
    li_slice none = { NULL, 0 };
    li_status status;

    target.qualifier[0] = '\0';
    status = lii_function_find(engine, name, name_len, none, &target, err);
    if (status != LI_OK && !(status == LI_E_NOT_FOUND && target.qualifier[0]))
        return status;
    if (target.qualifier[0])     /* whether there is such a version or not (INV-304) */
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_QUALIFIED_NAME, target.qualifier, LI_Z,
                        "give the function without \":%s\"", target.qualifier);
    *out = target.function;
    return LI_OK;
}

/* What of a spec an update takes over, on top of what the code is. */
static li_status merge_code(li_engine *engine, lii_code *code, const li_function_spec *s, uint32_t mask, li_error *err)
{
    li_status status = LI_OK;

    if (mask & LI_FUNCTION_SET_TIMEOUT)
        lii_code_set_timeout(engine, code, s->timeout_ms);
    if (mask & LI_FUNCTION_SET_MEMORY)
        code->memory_mb = s->memory_mb;
    if (mask & LI_FUNCTION_SET_DESCRIPTION)
        status = lii_read_text(code->description, sizeof code->description - 7, s->description, LI_DETAIL_TEXT, "description", err);
    if (status == LI_OK && (mask & LI_FUNCTION_SET_LOGGING))
        status = lii_logging_read(code, s, err);
    if (status == LI_OK && (mask & LI_FUNCTION_SET_DEAD_LETTER))
        status = lii_read_text(code->dead_letter, sizeof code->dead_letter, s->dead_letter_target, LI_DETAIL_DESTINATION_ARN,
                               "dead_letter_target", err);
    return status;
}

/* Before the lock, which looking for a destination takes. */
static li_status check_dead_letter(li_engine *engine, const li_function_spec *s, li_error *err)
{
    char target[sizeof ((lii_code *)0)->dead_letter];
    li_status status = lii_read_text(target, sizeof target, s->dead_letter_target, LI_DETAIL_DESTINATION_ARN, "dead_letter_target",
                                     err);

    return status == LI_OK && target[0] ? lii_dead_letter_check(engine, target, err) : status;
}

enum { ALL_SETTINGS = LI_FUNCTION_SET_DESCRIPTION | LI_FUNCTION_SET_TIMEOUT | LI_FUNCTION_SET_MEMORY | LI_FUNCTION_SET_DEAD_LETTER |
                      LI_FUNCTION_SET_LOGGING };

li_status li_function_update(li_engine *engine, const li_function_spec *spec, uint32_t mask, li_error *err)
{
    li_function_spec s = LI_FUNCTION_SPEC_INIT;
    li_function *function = NULL;
    lii_env *retired = NULL;
    lii_code *code, *old = NULL;
    char revision[40];
    li_slice name;
    li_status status = lii_options_read(&s, sizeof s, spec, "li_function_spec", err);

    if (status == LI_OK && mask & ~(uint32_t)ALL_SETTINGS)
        status = lii_fail(err, LI_E_NOTSUP, LI_DETAIL_OPTIONS_UNKNOWN, "mask", LI_Z, "unknown bits in mask: 0x%x", mask);
    if (status == LI_OK) {
        name = lii_measured(s.name);
        status = lii_find_unqualified(engine, name.ptr, name.len, &function, err);
    }
    if (!(mask & LI_FUNCTION_SET_TIMEOUT))
        s.timeout_ms = 1;        /* what is not taken over is not looked at */
    if (!(mask & LI_FUNCTION_SET_MEMORY))
        s.memory_mb = 128;
    if (status == LI_OK)
        status = check_numbers(engine, &s, err);
    if (status == LI_OK && (mask & LI_FUNCTION_SET_DEAD_LETTER))
        status = check_dead_letter(engine, &s, err);
    if (status != LI_OK)
        return status;
    code = lii_alloc(&engine->allocator, sizeof *code);
    if (!code)
        return lii_no_memory(err, "a function");
    lii_settings_begin(engine);
    pthread_mutex_lock(&engine->lock);
    if (!function->latest.locked.code)
        status = lii_not_found(engine, function->name, function->name_len, "", err);
    if (status == LI_OK) {
        lii_code_copy(code, function->latest.locked.code);
        status = merge_code(engine, code, &s, mask, err);
    }
    if (status == LI_OK) {
        lii_revision(engine, revision);
        status = store_change_locked(function, code, function->locked.reserved, revision, err);
    }
    if (status == LI_OK) {
        old = function->latest.locked.code;
        function->latest.locked.code = code;
        stamp_locked(function, revision);
        lii_function_changed_locked(function, &retired);
    }
    pthread_mutex_unlock(&engine->lock);
    lii_settings_end(engine);
    if (status != LI_OK) {
        lii_free(&engine->allocator, code);
        return status;
    }
    lii_code_release(engine, old);
    lii_envs_retire_list(retired, LI_RETIRE_UPDATED);
    return LI_OK;
}

li_status li_function_set_concurrency(li_engine *engine, const char *name, size_t name_len, int64_t n, li_error *err)
{
    li_function *function = NULL;
    lii_env *retired = NULL;
    li_status status;

    if (n < LI_UNRESERVED)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_RESERVED_MINIMUM, "n", LI_Z, "n is LI_UNRESERVED or 0 and more");
    status = lii_find_unqualified(engine, name, name_len, &function, err);
    if (status != LI_OK)
        return status;
    lii_settings_begin(engine);
    pthread_mutex_lock(&engine->lock);
    status = lii_function_exists_locked(function) ? reserve_check_locked(engine, function, n, err)
                                                  : lii_not_found(engine, function->name, function->name_len, "", err);
    if (status == LI_OK)
        status = store_change_locked(function, function->latest.locked.code, n, NULL, err);
    if (status == LI_OK) {
        lii_set_reserved_locked(engine, function, n);
        lii_function_changed_locked(function, &retired);
    }
    pthread_mutex_unlock(&engine->lock);
    lii_settings_end(engine);
    lii_envs_retire_list(retired, LI_RETIRE_SPINDOWN);
    return status;
}
