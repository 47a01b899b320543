/* memory.c - the store in memory: tables by name, rows sorted by the bytes of their key. */
#include <pthread.h>
#include <string.h>

#include <lambdainvoke/store.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/options.h"
#include "base/slice.h"

typedef struct row {
    size_t key_len;
    size_t value_len;
    char bytes[];                /* key, value */
} row;

typedef struct table {
    struct table *next;
    row **rows;
    size_t n_rows;
    size_t cap_rows;             /* room for every row that a write in progress may add */
    size_t name_len;
    char name[];
} table;

typedef struct memory_store {
    li_allocator allocator;
    int is_open;
    pthread_rwlock_t lock;
    struct {
        table *tables;
    } locked;
} memory_store;

static int compare(const row *r, li_slice key)
{
    size_t n = r->key_len < key.len ? r->key_len : key.len;
    int order = n ? memcmp(r->bytes, key.ptr, n) : 0;

    return order ? order : r->key_len < key.len ? -1 : r->key_len > key.len;
}

/* Where the key is, or would be. 1: it is there. */
static int find_row(const table *t, li_slice key, size_t *at)
{
    size_t low = 0, high = t->n_rows;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(t->rows[middle], key);

        if (order == 0) {
            *at = middle;
            return 1;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *at = low;
    return 0;
}

static table *find_table(const memory_store *s, li_slice name)
{
    table *t = s->locked.tables;

    while (t && !lii_slice_equal(lii_slice(t->name, t->name_len), name))
        t = t->next;
    return t;
}

static li_status store_open(void *self, const li_store_host *host, li_error *err)
{
    memory_store *s = self;

    (void)host;
    if (s->is_open)
        return lii_fail(err, LI_E_BUSY, LI_DETAIL_NONE, "memory", LI_Z, "the store is in use by an engine");
    s->is_open = 1;
    return LI_OK;
}

static li_status store_get(void *self, li_slice name, li_slice key,
                           void (*value)(void *user, const char *data, size_t len), void *user)
{
    memory_store *s = self;
    li_status status = LI_E_NOT_FOUND;
    char *copy = NULL;
    size_t at, len = 0;
    table *t;

    pthread_rwlock_rdlock(&s->lock);
    t = find_table(s, name);
    if (t && find_row(t, key, &at)) {
        const row *r = t->rows[at];

        len = r->value_len;
        copy = lii_copy_text(&s->allocator, r->bytes + r->key_len, len);
        status = copy ? LI_OK : LI_E_NOMEM;
    }
    pthread_rwlock_unlock(&s->lock);
    if (status == LI_OK)
        value(user, copy, len);
    lii_free(&s->allocator, copy);
    return status;
}

static table *table_new(memory_store *s, li_slice name)
{
    table *t = lii_calloc(&s->allocator, 1, sizeof *t + name.len);

    if (!t)
        return NULL;
    t->name_len = name.len;
    if (name.len)
        memcpy(t->name, name.ptr, name.len);
    t->next = s->locked.tables;
    s->locked.tables = t;
    return t;
}

static row *row_new(memory_store *s, const li_store_change *c)
{
    row *r = c->key.len <= SIZE_MAX / 4 && c->value.len <= SIZE_MAX / 4
                 ? lii_alloc(&s->allocator, sizeof *r + c->key.len + c->value.len)
                 : NULL;

    if (!r)
        return NULL;
    r->key_len = c->key.len;
    r->value_len = c->value.len;
    if (c->key.len)
        memcpy(r->bytes, c->key.ptr, c->key.len);
    if (c->value.len)
        memcpy(r->bytes + c->key.len, c->value.ptr, c->value.len);
    return r;
}

/* Room in the table for `more` rows beyond those it has. */
static li_status reserve(memory_store *s, table *t, size_t more)
{
    size_t cap = t->cap_rows ? t->cap_rows : 8;
    row **rows;

    if (t->cap_rows - t->n_rows >= more)
        return LI_OK;
    while (cap < t->n_rows + more)
        cap *= 2;
    rows = lii_realloc(&s->allocator, t->rows, cap * sizeof(row *));
    if (!rows)
        return LI_E_NOMEM;
    t->rows = rows;
    t->cap_rows = cap;
    return LI_OK;
}

static li_status prepare_locked(memory_store *s, const li_store_change *changes, size_t n, row **made)
{
    size_t i;

    for (i = 0; i < n; i++) {
        table *t = find_table(s, changes[i].table);

        if (changes[i].is_removal)
            continue;
        if (!t)
            t = table_new(s, changes[i].table);     /* an empty one that stays is no change that anybody sees */
        if (!t || reserve(s, t, n) != LI_OK)
            return LI_E_NOMEM;
        made[i] = row_new(s, &changes[i]);
        if (!made[i])
            return LI_E_NOMEM;
    }
    return LI_OK;
}

static void apply_locked(memory_store *s, const li_store_change *c, row *fresh)
{
    table *t = find_table(s, c->table);
    size_t at;
    int is_there = t && find_row(t, c->key, &at);

    if (c->is_removal) {
        if (!is_there)
            return;
        lii_free(&s->allocator, t->rows[at]);
        memmove(t->rows + at, t->rows + at + 1, (t->n_rows - at - 1) * sizeof(row *));
        t->n_rows--;
        return;
    }
    if (is_there) {
        lii_free(&s->allocator, t->rows[at]);
    } else {
        memmove(t->rows + at + 1, t->rows + at, (t->n_rows - at) * sizeof(row *));
        t->n_rows++;
    }
    t->rows[at] = fresh;
}

static li_status store_write(void *self, const li_store_change *changes, size_t n, li_error *err)
{
    memory_store *s = self;
    row **made = lii_calloc(&s->allocator, n ? n : 1, sizeof(row *));
    li_status status = LI_E_NOMEM;
    size_t i;

    if (made) {
        pthread_rwlock_wrlock(&s->lock);
        status = prepare_locked(s, changes, n, made);
        for (i = 0; i < n && status == LI_OK; i++)
            apply_locked(s, &changes[i], made[i]);
        pthread_rwlock_unlock(&s->lock);
        for (i = 0; i < n && status != LI_OK; i++)
            lii_free(&s->allocator, made[i]);
    }
    lii_free(&s->allocator, made);
    return status == LI_OK ? LI_OK : lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory for %zu changes of settings", n);
}

static li_status store_each(void *self, li_slice name, int32_t (*each)(void *user, li_slice key, li_slice value), void *user)
{
    memory_store *s = self;
    table *t;
    size_t i;

    pthread_rwlock_rdlock(&s->lock);
    t = find_table(s, name);
    for (i = 0; t && i < t->n_rows; i++) {
        const row *r = t->rows[i];

        if (each(user, lii_slice(r->bytes, r->key_len), lii_slice(r->bytes + r->key_len, r->value_len)) != 0)
            break;
    }
    pthread_rwlock_unlock(&s->lock);
    return LI_OK;
}

static void store_close(void *self)
{
    memory_store *s = self;

    s->is_open = 0;
}

static void store_free(void *self)
{
    memory_store *s = self;
    li_allocator allocator = s->allocator;
    size_t i;

    while (s->locked.tables) {
        table *t = s->locked.tables;

        s->locked.tables = t->next;
        for (i = 0; i < t->n_rows; i++)
            lii_free(&allocator, t->rows[i]);
        lii_free(&allocator, t->rows);
        lii_free(&allocator, t);
    }
    pthread_rwlock_destroy(&s->lock);
    lii_free(&allocator, s);
}

static const li_store_ops memory_ops = { sizeof(li_store_ops), 1, 0, "memory", store_open, store_get, store_write,
                                         store_each, store_close, store_free };

li_status li_store_memory_new(const li_allocator *allocator, li_store *store)
{
    li_allocator own;
    memory_store *s;
    li_status status = lii_allocator_read(allocator, &own, NULL);

    if (status != LI_OK)
        return status;
    s = lii_calloc(&own, 1, sizeof *s);
    if (!s)
        return LI_E_NOMEM;
    s->allocator = own;
    if (pthread_rwlock_init(&s->lock, NULL) != 0) {
        lii_free(&own, s);
        return LI_E_NOMEM;
    }
    store->ops = &memory_ops;
    store->self = s;
    return LI_OK;
}
