/* trigger.c - triggers added, changed, removed, enabled, listed (TRG-1, 9, 10, 11). */
#include "trigger/trigger.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/options.h"
#include "engine/names.h"
#include "trigger/by_form.h"
#include "trigger/firing.h"
#include "trigger/policy.h"

enum { ID_MAX = 100 };

/* ---- adding */

static int is_id(li_slice id)
{
    size_t i;

    for (i = 0; i < id.len; i++) {
        char c = id.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
            return 0;
    }
    return id.len >= 1 && id.len <= ID_MAX;
}

static li_status no_memory(li_error *err)
{
    return lii_no_memory(err, "a trigger");
}

static li_status not_found(const char *id, size_t len, li_error *err)
{
    return lii_fail(err, LI_E_NOT_FOUND, LI_DETAIL_TRIGGER_NOT_FOUND, id, len, "no trigger has the id \"%.*s\"",
                    LII_TEXT(lii_slice(id, len)));
}

static li_trigger *retain_by_id(lii_triggers *r, li_slice id)
{
    li_trigger *t;

    pthread_mutex_lock(&r->locked.lock);
    t = id.ptr ? lii_table_get(&r->locked.by_id, id.ptr, id.len) : NULL;
    if (t)
        atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
    pthread_mutex_unlock(&r->locked.lock);
    return t;
}

li_status lii_trigger_check_function(li_engine *engine, li_slice function, li_error *err)
{
    li_function_info info;

    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    if (function.len == 0 || function.len > LII_FUNCTION_MAX)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_FUNCTION_NAME, function.ptr, function.len,
                        "a trigger needs a function, of 1 to %d bytes", LII_FUNCTION_MAX);
    return li_function_describe(engine, function.ptr, function.len, NULL, 0, &info, err);
}

/* old: the one that t takes the place of; NULL: none. */
static li_status check_others_locked(lii_triggers *r, const li_trigger *t, const li_trigger *old, int64_t limit,
                                     li_error *err)
{
    const lii_kind_code *code = t->kind->code;
    const li_trigger *other = lii_table_get(&r->locked.by_source, t->source_arn, strlen(t->source_arn));
    uint32_t rivals = 0;

    if (!old && lii_table_get(&r->locked.by_id, t->id, strlen(t->id)))
        return lii_fail(err, LI_E_CONFLICT, LI_DETAIL_NONE, t->id, LI_Z, "a trigger has the id %s already", t->id);
    for (; other && (t->kind->same || (code && code->check)); other = other->same.next) {
        li_status status = LI_OK;

        if (other->kind != t->kind || other == old)
            continue;
        if (code && code->check)
            status = code->check(t, other, err);
        if (status != LI_OK)
            return status;
        if (t->kind->same && lii_are_rivals(t, other) && ++rivals == t->kind->same_max)
            return lii_fail(err, t->kind->same_max == 1 ? LI_E_CONFLICT : LI_E_FULL, LI_DETAIL_TRIGGER_RIVALS, other->id, LI_Z,
                            "%s: at most %u of one %s; trigger %s is there", t->kind->label, (unsigned)t->kind->same_max,
                            t->kind->same, other->id);
    }
    if (!old && r->locked.count >= (uint64_t)limit)
        return lii_fail(err, LI_E_FULL, LI_DETAIL_NONE, "limits.triggers", LI_Z, "limits.triggers is %lld and reached",
                        (long long)limit);
    return LI_OK;
}

li_trigger *lii_trigger_unlink_locked(lii_triggers *r, const char *id, size_t len)
{
    li_trigger *t = lii_table_remove(&r->locked.by_id, id, len);
    size_t i;

    if (!t)
        return NULL;
    lii_source_unlink_locked(r, t);
    i = lii_trigger_place_locked(r, t);
    r->locked.count--;
    memmove(r->locked.list + i, r->locked.list + i + 1, (r->locked.count - i) * sizeof(*r->locked.list));
    lii_heap_remove(&r->locked.due, &t->due);
    t->is_enabled = 0;
    t->is_listed = 0;
    return t;
}

li_status lii_trigger_link_locked(lii_triggers *r, li_trigger *t, li_error *err)
{
    t->sequence = r->locked.sequence + 1;
    if (lii_trigger_name_locked(r, t) != LI_OK || lii_list_reserve_locked(r) != LI_OK || lii_table_reserve(&r->locked.by_id, 1) != LI_OK ||
        lii_source_link_locked(r, t) != LI_OK)
        return no_memory(err);
    lii_table_put(&r->locked.by_id, t->id, strlen(t->id), t, NULL);      /* there is room */
    r->locked.sequence = t->sequence;
    r->locked.list[r->locked.count++] = t;
    t->is_listed = 1;
    return LI_OK;
}

static li_status enable_locked(lii_triggers *r, li_trigger *t, int is_enabled)
{
    if (is_enabled && !t->is_enabled && lii_firing_start_locked(r, t, NULL) != LI_OK)
        return LI_E_NOMEM;
    if (!is_enabled)
        lii_heap_remove(&r->locked.due, &t->due);
    t->is_enabled = is_enabled != 0;
    return LI_OK;
}

/* Into the list, into the store with what else changes there, and only then seen. */
static li_status insert(lii_triggers *r, li_trigger *t, int is_enabled, const li_store_change *more, li_error *err)
{
    int64_t limit = 0;
    li_status status;

    li_config_get(r->engine, "limits.triggers", &limit);
    pthread_mutex_lock(&r->locked.lock);
    status = check_others_locked(r, t, NULL, limit, err);
    if (status == LI_OK && is_enabled && lii_firing_reserve_locked(r, t) != LI_OK)
        status = no_memory(err);
    if (status == LI_OK)
        status = lii_trigger_link_locked(r, t, err);
    pthread_mutex_unlock(&r->locked.lock);
    if (status != LI_OK)
        return status;
    status = lii_trigger_store_with(t, is_enabled, more, err);
    pthread_mutex_lock(&r->locked.lock);
    if (status == LI_OK)
        enable_locked(r, t, is_enabled);     /* reserved: it needs no memory */
    else
        lii_trigger_unlink_locked(r, t->id, strlen(t->id));
    pthread_mutex_unlock(&r->locked.lock);
    return status;
}

/* With the statement that lets the service in, or if it is let in already: all or nothing (TRG-194, TRG-212). */
static li_status admit(lii_triggers *r, li_trigger *t, const li_trigger_spec *s, li_error *err)
{
    int has_grant = (s->flags & LI_TRIGGER_BY_FORM) != 0;
    const lii_field *unanswered = has_grant ? lii_form_unanswered(t) : NULL;
    li_permission permission;
    li_store_change change;
    li_status status;
    lii_grant grant;

    if (unanswered)
        return lii_option_wrong(unanswered->name, err, "it has to be acknowledged by true");
    memset(&grant, 0, sizeof grant);
    grant.is_again = 1;
    has_grant = has_grant && lii_trigger_permission(t, &permission);
    status = has_grant ? lii_grant_begin(&grant, r->engine, t->function, lii_slice(NULL, 0), &permission, err)
                       : lii_trigger_check_permission(t, err);
    if (status != LI_OK)
        return status;
    status = insert(r, t, !s->is_disabled, has_grant && lii_grant_change(&grant, &change) ? &change : NULL, err);
    if (has_grant)
        lii_grant_end(&grant, status == LI_OK, NULL, NULL);
    return status;
}

/* flags: those that may be set. */
static li_status read_spec(li_engine *engine, const li_trigger_spec *given, li_trigger_spec *s, uint32_t flags, li_error *err)
{
    static const li_trigger_spec defaults = LI_TRIGGER_SPEC_INIT;
    li_status status;

    if (!engine || !given)
        return lii_is_null(err, "engine or spec");
    *s = defaults;
    status = lii_engine_check_fork(engine, err);
    if (status == LI_OK)
        status = lii_options_read(s, sizeof *s, given, "li_trigger_spec", err);
    if (status != LI_OK)
        return status;
    s->kind = lii_measured(s->kind);
    s->function = lii_measured(s->function);
    s->id = lii_measured(s->id);
    s->options = lii_measured(s->options);
    if (s->flags & ~flags)
        return lii_fail(err, LI_E_NOTSUP, LI_DETAIL_NONE, "flags", LI_Z, "LI_TRIGGER_BY_FORM is the only flag, of li_trigger_add");
    if (s->id.ptr && !is_id(s->id))
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_TRIGGER_OPTIONS, s->id.ptr, s->id.len,
                        "a trigger's id is 1 to %d of a-z, A-Z, 0-9, - and _", ID_MAX);
    return LI_OK;
}

li_status lii_trigger_check_permission(const li_trigger *t, li_error *err)
{
    if (!(t->kind->flags & LII_KIND_ASKS) || lii_option_number(t, "skipDestinationValidation"))
        return LI_OK;
    if (lii_trigger_allowed(t) == LI_OK)
        return LI_OK;
    return lii_fail(err, LI_E_DENIED, LI_DETAIL_TRIGGER_PERMISSION, t->function.ptr, t->function.len,
                    "the policy of function %.*s does not let %s invoke it for %.80s", LII_TEXT(t->function),
                    t->kind->principal, t->source_arn);
}

/* With a reference of the caller's, which it releases. */
static void lint(li_trigger *t)
{
    const char *warning = t->kind->code && t->kind->code->lint ? t->kind->code->lint(t) : NULL;

    if (warning)
        lii_trigger_warn(t, warning);
    lii_trigger_release(t);
}

/* What is read lies in room. */
static li_status read_added(li_engine *engine, const li_trigger_spec *spec, li_trigger_spec *s, const lii_trigger_kind **kind,
                            lii_buf *room, li_error *err)
{
    li_status status = read_spec(engine, spec, s, LI_TRIGGER_BY_FORM, err);

    if (status != LI_OK)
        return status;
    lii_buf_init(room, lii_engine_allocator(engine));
    status = lii_kind_find(engine, s->kind, kind, err);
    if (status == LI_OK && (s->flags & LI_TRIGGER_BY_FORM))
        status = lii_form_take(engine, s, room, err);
    if (status == LI_OK)
        status = lii_trigger_check_function(engine, s->function, err);
    if (status != LI_OK)
        lii_buf_fini(room);
    return status;
}

li_status li_trigger_add(li_engine *engine, const li_trigger_spec *spec, li_trigger **trigger, li_error *err)
{
    const lii_trigger_kind *kind = NULL;
    lii_triggers *r;
    li_trigger_spec s;
    li_trigger *t = NULL;
    lii_buf room;
    li_status status = read_added(engine, spec, &s, &kind, &room, err);

    if (status != LI_OK)
        return status;
    r = lii_triggers_get(engine);
    status = r ? lii_trigger_make(engine, kind, s.function, s.options.ptr ? s.options : LII_S("{}"), s.id, &t, err) : no_memory(err);
    lii_buf_fini(&room);
    if (status != LI_OK)
        return status;
    atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
    pthread_mutex_lock(&r->changing);
    status = admit(r, t, &s, err);
    pthread_mutex_unlock(&r->changing);
    if (status != LI_OK)
        lii_trigger_release(t);
    else if (trigger)
        *trigger = t;
    if (status == LI_OK)
        lint(t);
    else
        lii_trigger_release(t);
    return status;
}

/* ---- changing */

static void copy_life(li_trigger *t, const li_trigger *old)
{
    t->is_enabled = old->is_enabled;
    t->sequence = old->sequence;
    t->created_ms = old->created_ms;
    atomic_store(&t->deliveries, atomic_load(&old->deliveries));
    atomic_store(&t->failures, atomic_load(&old->failures));
    atomic_store(&t->last_ms, atomic_load(&old->last_ms));
    atomic_store(&t->last_result, atomic_load(&old->last_result));
}

/* t takes the place of old, which is a reference of the caller's from then on. */
static li_status replace_locked(lii_triggers *r, li_trigger *t, li_trigger *old, li_error *err)
{
    copy_life(t, old);
    if (lii_trigger_name_locked(r, t) != LI_OK || lii_source_link_locked(r, t) != LI_OK)
        return no_memory(err);
    if (t->is_enabled && lii_firing_start_locked(r, t, old) != LI_OK) {
        lii_source_unlink_locked(r, t);
        return no_memory(err);
    }
    lii_source_unlink_locked(r, old);
    if (t->kind->code && t->kind->code->inherit)
        t->kind->code->inherit(t, old);
    r->locked.list[lii_trigger_place_locked(r, old)] = t;
    t->is_listed = 1;
    old->is_listed = 0;
    lii_table_remove(&r->locked.by_id, old->id, strlen(old->id));
    lii_table_put(&r->locked.by_id, t->id, strlen(t->id), t, NULL);   /* there is room: one has just gone */
    lii_heap_remove(&r->locked.due, &old->due);
    old->is_enabled = 0;    /* what is put off by a window does not fire any more */
    return LI_OK;
}

static li_status replace(lii_triggers *r, li_trigger *t, li_trigger *old, li_error *err)
{
    li_status status;
    int is_enabled;

    pthread_mutex_lock(&r->locked.lock);
    status = check_others_locked(r, t, old, 0, err);
    is_enabled = old->is_enabled;
    copy_life(t, old);
    pthread_mutex_unlock(&r->locked.lock);
    if (status == LI_OK)
        status = lii_trigger_store(t, is_enabled, err);
    if (status != LI_OK)
        return status;
    pthread_mutex_lock(&r->locked.lock);
    status = replace_locked(r, t, old, err);
    pthread_mutex_unlock(&r->locked.lock);
    if (status == LI_OK)
        lii_trigger_release(old);        /* the registry's */
    else
        lii_trigger_store(old, is_enabled, NULL);
    return status;
}

li_status li_trigger_update(li_engine *engine, const li_trigger_spec *spec, li_error *err)
{
    li_trigger *t = NULL, *old;
    lii_triggers *r;
    li_trigger_spec s;
    li_status status = read_spec(engine, spec, &s, 0, err);

    if (status == LI_OK && s.function.ptr)
        status = lii_trigger_check_function(engine, s.function, err);
    if (status != LI_OK)
        return status;
    r = lii_triggers_get(engine);
    if (!r)
        return no_memory(err);
    pthread_mutex_lock(&r->changing);
    old = retain_by_id(r, s.id);
    if (!old)
        status = not_found(s.id.ptr, s.id.len, err);
    else if (s.kind.ptr && !lii_slice_is(s.kind, old->kind->name))
        status = lii_fail(err, LI_E_INVALID, LI_DETAIL_TRIGGER_KIND, s.kind.ptr, s.kind.len,
                          "trigger %s is of kind %s, and that cannot change", old->id, old->kind->name);
    if (status == LI_OK)
        status = lii_trigger_make(engine, old->kind, s.function.ptr ? s.function : old->function,
                                  s.options.ptr ? s.options : old->options, s.id, &t, err);
    if (status == LI_OK)
        status = lii_trigger_check_permission(t, err);
    if (status == LI_OK)
        status = replace(r, t, old, err);
    if (status == LI_OK)
        atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
    pthread_mutex_unlock(&r->changing);
    if (status == LI_OK)
        lint(t);
    if (status != LI_OK && t)
        lii_trigger_release(t);
    if (old)
        lii_trigger_release(old);
    return status;
}

li_status li_trigger_spec_init(li_trigger_spec *spec, size_t size)
{
    static const li_trigger_spec defaults = LI_TRIGGER_SPEC_INIT;

    return lii_options_init(spec, size, &defaults, sizeof defaults);
}

/* ---- removing, enabling */

static li_status registry_of(li_engine *engine, lii_triggers **r, li_error *err)
{
    li_status status = engine ? lii_engine_check_fork(engine, err)
                              : lii_is_null(err, "engine");

    *r = status == LI_OK ? lii_triggers_get(engine) : NULL;
    return status != LI_OK || *r ? status : no_memory(err);
}

li_status li_trigger_remove(li_engine *engine, const char *id, size_t id_len, li_error *err)
{
    size_t len = lii_len(id, id_len);
    lii_triggers *r;
    li_trigger *t;
    li_status status = registry_of(engine, &r, err);

    if (status != LI_OK)
        return status;
    pthread_mutex_lock(&r->changing);
    t = retain_by_id(r, lii_slice(id, len));
    status = t ? lii_trigger_unstore(t, err) : not_found(id, len, err);
    if (status == LI_OK) {
        pthread_mutex_lock(&r->locked.lock);
        lii_trigger_unlink_locked(r, id, len);
        pthread_mutex_unlock(&r->locked.lock);
        lii_trigger_release(t);          /* the registry's */
    }
    pthread_mutex_unlock(&r->changing);
    if (t)
        lii_trigger_release(t);
    return status;
}

li_status li_trigger_set_enabled(li_engine *engine, const char *id, size_t id_len, int32_t is_enabled, li_error *err)
{
    size_t len = lii_len(id, id_len);
    lii_triggers *r;
    li_trigger *t;
    li_status status = registry_of(engine, &r, err);

    if (status != LI_OK)
        return status;
    pthread_mutex_lock(&r->changing);
    t = retain_by_id(r, lii_slice(id, len));
    status = t ? lii_trigger_store(t, is_enabled, err) : not_found(id, len, err);
    if (status == LI_OK) {
        pthread_mutex_lock(&r->locked.lock);
        if (enable_locked(r, t, is_enabled) != LI_OK)
            status = no_memory(err);
        pthread_mutex_unlock(&r->locked.lock);
        if (status != LI_OK)
            lii_trigger_store(t, !is_enabled, NULL);
    }
    pthread_mutex_unlock(&r->changing);
    if (t)
        lii_trigger_release(t);
    return status;
}

/* ---- looking */

const char *li_trigger_get_id(const li_trigger *trigger)
{
    return trigger ? trigger->id : "";
}

static int compare(const void *a, const void *b)
{
    const li_trigger *x = *(li_trigger *const *)a, *y = *(li_trigger *const *)b;

    if (x->created_ms != y->created_ms)
        return x->created_ms < y->created_ms ? -1 : 1;
    return strcmp(x->id, y->id);
}

/* The same function, and the same qualifier if the wanted name has one. */
static int is_of(const li_trigger *t, const lii_name *wanted)
{
    li_slice none = { NULL, 0 };
    lii_name name;

    if (lii_name_parse(t->function.ptr, t->function.len, none, &name, NULL) != LI_OK)
        return 0;
    return lii_slice_equal(name.function, wanted->function) &&
           (wanted->qualifier.len == 0 || lii_slice_equal(name.qualifier, wanted->qualifier));
}

static void fill_info(const li_trigger *t, int32_t is_enabled, li_trigger_info *info)
{
    memset(info, 0, sizeof *info);
    info->size = sizeof *info;
    memcpy(info->id, t->id, sizeof info->id);
    snprintf(info->kind, sizeof info->kind, "%s", t->kind->name);
    memcpy(info->function, t->function.ptr, t->function.len);
    snprintf(info->source_arn, sizeof info->source_arn, "%.*s", (int)sizeof info->source_arn - 1, t->source_arn);
    info->options = t->options.ptr;
    info->options_len = t->options.len;
    info->created_ms = t->created_ms;
    info->deliveries = atomic_load_explicit(&t->deliveries, memory_order_relaxed);
    info->failures = atomic_load_explicit(&t->failures, memory_order_relaxed);
    info->is_enabled = is_enabled;
    info->warning = atomic_load(&t->warning);
    info->last_result = atomic_load(&t->last_result);
    info->last_ms = atomic_load(&t->last_ms);
}

static void tell(lii_triggers *r, const li_trigger *t, void (*each)(void *user, const li_trigger_info *info), void *user)
{
    li_trigger_info info;
    int32_t is_enabled;

    pthread_mutex_lock(&r->locked.lock);
    is_enabled = t->is_enabled;
    pthread_mutex_unlock(&r->locked.lock);
    fill_info(t, is_enabled, &info);
    each(user, &info);
}

li_status li_trigger_get(li_engine *engine, const char *id, size_t id_len,
                         void (*each)(void *user, const li_trigger_info *info), void *user, li_error *err)
{
    lii_triggers *r;
    li_trigger *t;
    li_status status = registry_of(each ? engine : NULL, &r, err);

    if (status != LI_OK)
        return status;
    t = retain_by_id(r, lii_slice(id, id_len));
    if (!t)
        return not_found(id, lii_len(id, id_len), err);
    tell(r, t, each, user);
    lii_trigger_release(t);
    return LI_OK;
}

/* In order of creation; the list and its references are ended. */
static size_t tell_all(lii_triggers *r, li_trigger **list, size_t n, void (*each)(void *user, const li_trigger_info *info), void *user)
{
    size_t i;

    if (n > 1)
        qsort(list, n, sizeof(*list), compare);
    for (i = 0; i < n; i++) {
        tell(r, list[i], each, user);
        lii_trigger_release(list[i]);
    }
    lii_free(r->allocator, list);
    return n;
}

size_t li_trigger_each(li_engine *engine, const char *function, size_t function_len,
                       void (*each)(void *user, const li_trigger_info *info), void *user)
{
    lii_triggers *r = engine && lii_engine_check_fork(engine, NULL) == LI_OK ? lii_triggers_get(engine) : NULL;
    li_slice none = { NULL, 0 };
    li_trigger **list = NULL;
    lii_name wanted;
    size_t i, n = 0;

    if (!r || !each || (function && lii_name_parse(function, function_len, none, &wanted, NULL) != LI_OK))
        return 0;
    pthread_mutex_lock(&r->locked.lock);
    if (r->locked.count > 0)
        list = lii_alloc(r->allocator, r->locked.count * sizeof(*list));
    for (i = 0; list && i < r->locked.count; i++)
        if (!function || is_of(r->locked.list[i], &wanted)) {
            list[n] = r->locked.list[i];
            atomic_fetch_add_explicit(&list[n++]->refs, 1, memory_order_relaxed);
        }
    pthread_mutex_unlock(&r->locked.lock);
    return tell_all(r, list, n, each, user);
}

size_t li_trigger_each_at(li_engine *engine, const char *place, size_t place_len,
                          void (*each)(void *user, const li_trigger_info *info), void *user)
{
    lii_triggers *r = engine && lii_engine_check_fork(engine, NULL) == LI_OK ? lii_triggers_get(engine) : NULL;
    li_trigger **list, *first, *t;
    size_t n = 0;

    if (!r || !each || !place)
        return 0;
    pthread_mutex_lock(&r->locked.lock);
    first = lii_table_get(&r->locked.by_place, place, lii_len(place, place_len));
    for (t = first; t; t = t->at.next)
        n++;
    list = n > 0 ? lii_alloc(r->allocator, n * sizeof(*list)) : NULL;
    for (n = 0, t = list ? first : NULL; t; t = t->at.next) {
        list[n++] = t;
        atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
    }
    pthread_mutex_unlock(&r->locked.lock);
    return tell_all(r, list, n, each, user);
}
