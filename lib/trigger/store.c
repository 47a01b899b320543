/* store.c - triggers in the store of settings: a row each, written before a change is seen, read when they are first asked
 * for. A row that cannot be read stays where it is. */
#include "trigger/trigger.h"

static const char table[] = "trigger";

static li_store_change change_of(const li_trigger *t)
{
    li_store_change change;

    memset(&change, 0, sizeof change);
    change.table = LII_S(table);
    change.key = lii_slice(t->id, LI_Z);
    return change;
}

static void write_row(const li_trigger *t, int is_enabled, lii_buf *row)
{
    lii_json_writer w;

    lii_json_begin(&w, row);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "kind", t->kind->name, LI_Z);
    lii_json_member_string(&w, "function", t->function.ptr, t->function.len);
    lii_json_key(&w, "enabled");
    lii_json_bool(&w, is_enabled);
    lii_json_member_u64(&w, "sequence", t->sequence);
    lii_json_member_u64(&w, "created_ms", t->created_ms);
    lii_json_key(&w, "options");
    lii_json_raw(&w, t->options.ptr, t->options.len);
    lii_json_close(&w, '}');
}

static li_status no_memory(li_status status, li_error *err)
{
    return lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory for the row of a trigger");
}

li_status lii_trigger_store_with(const li_trigger *t, int is_enabled, const li_store_change *more, li_error *err)
{
    li_store_change changes[2];
    li_status status;
    lii_buf row;

    if (!lii_store_is_given(t->engine))
        return LI_OK;
    lii_buf_init(&row, lii_engine_allocator(t->engine));
    write_row(t, is_enabled, &row);
    changes[0] = change_of(t);
    changes[0].value = lii_slice(row.data, row.len);
    if (more)
        changes[1] = *more;
    status = row.status == LI_OK ? lii_store_write(t->engine, changes, more ? 2 : 1, err) : no_memory(row.status, err);
    lii_buf_fini(&row);
    return status;
}

li_status lii_trigger_store(const li_trigger *t, int is_enabled, li_error *err)
{
    return lii_trigger_store_with(t, is_enabled, NULL, err);
}

li_status lii_triggers_store(li_engine *engine, li_trigger *const *fresh, size_t n, li_trigger *const *old, size_t n_old, li_error *err)
{
    li_store_change *changes;
    li_status status;
    lii_buf rows;
    size_t i, at = 0;

    if (!lii_store_is_given(engine) || n + n_old == 0)
        return LI_OK;
    changes = lii_alloc(lii_engine_allocator(engine), (n + n_old) * sizeof *changes);
    if (!changes)
        return no_memory(LI_E_NOMEM, err);
    lii_buf_init(&rows, lii_engine_allocator(engine));
    for (i = 0; i < n; i++) {
        size_t before = rows.len;

        changes[i] = change_of(fresh[i]);
        write_row(fresh[i], 1, &rows);
        changes[i].value.len = rows.len - before;
    }
    for (i = 0; i < n; at += changes[i++].value.len)     /* the buffer stays where it is now */
        changes[i].value.ptr = rows.data + at;
    for (i = 0; i < n_old; i++) {
        changes[n + i] = change_of(old[i]);
        changes[n + i].is_removal = 1;
    }
    status = rows.status == LI_OK ? lii_store_write(engine, changes, n + n_old, err) : no_memory(rows.status, err);
    lii_buf_fini(&rows);
    lii_free(lii_engine_allocator(engine), changes);
    return status;
}

li_status lii_trigger_unstore(const li_trigger *t, li_error *err)
{
    li_store_change change = change_of(t);

    if (!lii_store_is_given(t->engine))
        return LI_OK;
    change.is_removal = 1;
    return lii_store_write(t->engine, &change, 1, err);
}

typedef struct loading {
    li_engine *engine;
    void (*take)(void *user, li_trigger *t);
    void *user;
} loading;

static li_trigger *read_row(li_engine *engine, li_slice key, lii_json_value row)
{
    lii_json_value function = lii_json_get(row, "function", LI_Z), options = lii_json_get(row, "options", LI_Z);
    lii_json_value kind = lii_json_get(row, "kind", LI_Z);
    const lii_trigger_kind *k = NULL;
    char name[300], kind_name[40];
    size_t len = lii_json_text(function, name, sizeof name), kind_len = lii_json_text(kind, kind_name, sizeof kind_name);
    int64_t sequence = 0, created = 0;
    li_trigger *t = NULL;

    if (len == 0 || len > sizeof name || kind_len > sizeof kind_name || key.len > 100 || options.type != LII_JSON_OBJECT ||
        lii_json_i64(lii_json_get(row, "sequence", LI_Z), &sequence) != 0 ||
        lii_json_i64(lii_json_get(row, "created_ms", LI_Z), &created) != 0 ||
        lii_kind_find(engine, lii_slice(kind_name, kind_len), &k, NULL) != LI_OK ||
        lii_trigger_make(engine, k, lii_slice(name, len), lii_slice(options.ptr, options.len), key, &t, NULL) != LI_OK)
        return NULL;
    t->is_enabled = lii_json_get(row, "enabled", LI_Z).type == LII_JSON_TRUE;
    t->sequence = (uint64_t)sequence;
    t->created_ms = (uint64_t)created;
    return t;
}

static int32_t load_row(void *user, li_slice key, li_slice value)
{
    loading *l = user;
    li_trigger *t = NULL;

    if (lii_json_check(value.ptr, value.len, 130, NULL) == 0)
        t = read_row(l->engine, key, lii_json_root(value.ptr, value.len));
    if (t)
        l->take(l->user, t);
    else
        lii_engine_journal(l->engine, LI_STEP_TRIGGER, NULL, "", 0, "stored-trigger-unreadable");
    return 0;
}

void lii_triggers_load(li_engine *engine, void (*take)(void *user, li_trigger *t), void *user)
{
    loading l = { engine, take, user };

    if (lii_store_is_given(engine))
        lii_store_each(engine, LII_S(table), load_row, &l);
}
