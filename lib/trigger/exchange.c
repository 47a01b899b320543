/* exchange.c - all triggers of one source exchanged for others at once (TRG-32). */
#include "trigger/trigger.h"

typedef struct swap {
    li_trigger **fresh;          /* n, NULL where one is not made */
    li_trigger **old;            /* n_old, none of ours: lii_triggers.changing keeps them */
    size_t n, n_old;
} swap;

/* Made, and checked against each other: what they replace does not count. */
static li_status make_all(li_engine *engine, const lii_trigger_kind *kind, const li_trigger_spec *specs, const swap *x, li_error *err)
{
    li_status status = LI_OK;
    size_t i, k;

    for (i = 0; status == LI_OK && i < x->n; i++) {
        status = lii_trigger_check_function(engine, specs[i].function, err);
        if (status == LI_OK)
            status = lii_trigger_make(engine, kind, specs[i].function, specs[i].options, specs[i].id, &x->fresh[i], err);
        if (status == LI_OK)
            status = lii_trigger_check_permission(x->fresh[i], err);
        for (k = 0; status == LI_OK && k < i; k++)
            status = kind->code->check(x->fresh[i], x->fresh[k], err);
    }
    return status;
}

/* How many there are; into a list, if there is one. */
static size_t find_old_locked(const lii_triggers *r, const lii_trigger_kind *kind, const char *source_arn, li_trigger **list)
{
    li_trigger *t = lii_table_get(&r->locked.by_source, source_arn, strlen(source_arn));
    size_t n = 0;

    for (; t; t = t->same.next)
        if (t->kind == kind) {
            if (list)
                list[n] = t;
            n++;
        }
    return n;
}

static li_status link_all(lii_triggers *r, const swap *x, li_error *err)
{
    li_status status = LI_OK;
    int64_t limit = 0;
    size_t i;

    li_config_get(r->engine, "limits.triggers", &limit);
    pthread_mutex_lock(&r->locked.lock);
    if (r->locked.count - x->n_old + x->n > (uint64_t)limit)
        status = lii_fail(err, LI_E_FULL, LI_DETAIL_NONE, "limits.triggers", LI_Z, "limits.triggers is %lld and reached", (long long)limit);
    for (i = 0; status == LI_OK && i < x->n; i++)
        status = lii_trigger_link_locked(r, x->fresh[i], err);
    pthread_mutex_unlock(&r->locked.lock);
    return status;
}

/* One set goes and the other is seen, in one step; is_done 0: the fresh ones go. Those that have gone are released. */
static void settle(lii_triggers *r, const swap *x, int is_done)
{
    li_trigger **gone = is_done ? x->old : x->fresh;
    size_t n = is_done ? x->n_old : x->n, i;

    pthread_mutex_lock(&r->locked.lock);
    for (i = 0; i < n; i++)
        if (gone[i] && gone[i]->is_listed)
            lii_trigger_unlink_locked(r, gone[i]->id, strlen(gone[i]->id));
    for (i = 0; is_done && i < x->n; i++)
        x->fresh[i]->is_enabled = 1;
    pthread_mutex_unlock(&r->locked.lock);
    for (i = 0; i < n; i++)
        if (gone[i])
            lii_trigger_release(gone[i]);
}

li_status lii_triggers_put(li_engine *engine, const lii_trigger_kind *kind, const char *source_arn, const li_trigger_spec *specs,
                           size_t n, li_error *err)
{
    lii_triggers *r = lii_triggers_get(engine);
    li_status status = LI_OK;
    swap x = { NULL, NULL, n, 0 };

    if (!r)
        return lii_no_memory(err, "triggers");
    pthread_mutex_lock(&r->changing);
    pthread_mutex_lock(&r->locked.lock);
    x.n_old = find_old_locked(r, kind, source_arn, NULL);
    pthread_mutex_unlock(&r->locked.lock);
    x.fresh = lii_calloc(r->allocator, n + x.n_old + 1, sizeof(li_trigger *));
    if (!x.fresh) {
        status = lii_no_memory(err, "triggers");
    } else {
        x.old = x.fresh + n;
        pthread_mutex_lock(&r->locked.lock);
        find_old_locked(r, kind, source_arn, x.old);
        pthread_mutex_unlock(&r->locked.lock);
        status = make_all(engine, kind, specs, &x, err);
        if (status == LI_OK)
            status = link_all(r, &x, err);
        if (status == LI_OK)
            status = lii_triggers_store(engine, x.fresh, n, x.old, x.n_old, err);
        settle(r, &x, status == LI_OK);
    }
    pthread_mutex_unlock(&r->changing);
    lii_free(r->allocator, x.fresh);
    return status;
}
