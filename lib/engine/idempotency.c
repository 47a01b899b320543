/* idempotency.c - keys of accepted events: within its window, a second event of a key is the first one (REL-18). */
#include "engine/engine.h"

/* Keys are remembered by the engine, oldest first, and found by lane and key. */
struct lii_key {
    lii_key *next, *prev;        /* in order of acceptance */
    lii_key *next_claim;         /* of one submission */
    li_id id;
    uint64_t until_ms;
    int32_t is_pending;          /* its event is on its way into the queue */
    uint32_t len;
    char text[];                 /* the lane's number, the key */
};

static void forget_locked(li_engine *engine, lii_key *key)
{
    lii_table_remove(&engine->locked.keys, key->text, key->len);
    if (key->prev)
        key->prev->next = key->next;
    else
        engine->locked.keys_first = key->next;
    if (key->next)
        key->next->prev = key->prev;
    else
        engine->locked.keys_last = key->prev;
    lii_free(&engine->allocator, key);
}

static void forget_old_locked(li_engine *engine, uint64_t now_ms)
{
    lii_key *key;

    while ((key = engine->locked.keys_first) != NULL && key->until_ms <= now_ms && !key->is_pending)
        forget_locked(engine, key);
}

static li_status remember_locked(li_engine *engine, lii_key *key)
{
    li_status status = lii_table_put(&engine->locked.keys, key->text, key->len, key, NULL);

    if (status != LI_OK)
        return status;
    key->prev = engine->locked.keys_last;
    if (key->prev)
        key->prev->next = key;
    else
        engine->locked.keys_first = key;
    engine->locked.keys_last = key;
    return LI_OK;
}

static int is_claimed(const lii_key *claims, const lii_key *key)
{
    while (claims && claims != key)
        claims = claims->next_claim;
    return claims != NULL;
}

li_status lii_key_check(li_slice key, li_error *err)
{
    if (key.len < 1 || key.len > LI_IDEMPOTENCY_KEY_MAX)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_IDEMPOTENCY_KEY, "idempotency_key", LI_Z,
                        "an idempotency key has 1 to %d bytes, not %zu", LI_IDEMPOTENCY_KEY_MAX, key.len);
    return LI_OK;
}

static lii_key *key_new(li_engine *engine, uint32_t lane, li_slice key, const li_id *id, uint64_t accepted_ms)
{
    lii_key *made = lii_alloc(&engine->allocator, sizeof *made + sizeof lane + key.len);

    if (!made)
        return NULL;
    memset(made, 0, sizeof *made);
    made->id = *id;
    made->until_ms = accepted_ms + (uint64_t)LII_CONFIG(engine, idempotency_ms);
    made->len = (uint32_t)(sizeof lane + key.len);
    memcpy(made->text, &lane, sizeof lane);
    memcpy(made->text + sizeof lane, key.ptr, key.len);
    return made;
}

/* From a life before; nobody else knows the engine yet. */
li_status lii_key_restore(void *user, uint32_t lane, const char *key, size_t key_len, const li_id *id, uint64_t accepted_ms)
{
    li_engine *engine = user;
    lii_key *known = key_new(engine, lane, lii_slice(key, key_len), id, accepted_ms);
    li_status status = known ? remember_locked(engine, known) : LI_E_NOMEM;

    if (status != LI_OK)
        lii_free(&engine->allocator, known);
    return status;
}

li_status lii_key_claim(li_engine *engine, const lii_lane *lane, li_slice key, uint64_t now_ms, li_id *id, lii_key **claims,
                        int *is_known, li_error *err)
{
    lii_key *mine = key_new(engine, lane->number, key, id, now_ms), *known;
    li_status status = LI_OK;

    *is_known = 0;
    if (!mine)
        return lii_no_memory(err, "an idempotency key");
    mine->is_pending = 1;
    pthread_mutex_lock(&engine->lock);
    forget_old_locked(engine, now_ms);
    known = lii_table_get(&engine->locked.keys, mine->text, mine->len);
    if (known && !known->is_pending && known->until_ms <= now_ms) {
        forget_locked(engine, known);        /* older ones with longer windows, or on their way, were before it */
        known = NULL;
    }
    if (known && known->is_pending && !is_claimed(*claims, known))
        status = lii_fail(err, LI_E_BUSY, LI_DETAIL_IDEMPOTENCY_BUSY, "idempotency_key", LI_Z,
                          "the first event of this key is being accepted");
    else if (known)
        *is_known = 1;
    else if ((int64_t)engine->locked.keys.count >= LII_CONFIG(engine, idempotency_keys))
        status = lii_fail(err, LI_E_FULL, LI_DETAIL_IDEMPOTENCY_FULL, "limits.idempotency_keys", LI_Z,
                          "limits.idempotency_keys is %lld", (long long)LII_CONFIG(engine, idempotency_keys));
    else if ((status = remember_locked(engine, mine)) != LI_OK)
        lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory for an idempotency key");
    if (*is_known) {
        *id = known->id;
    } else if (status == LI_OK) {
        mine->next_claim = *claims;
        *claims = mine;
        mine = NULL;
    }
    pthread_mutex_unlock(&engine->lock);
    lii_free(&engine->allocator, mine);
    return status;
}

void lii_keys_settle(li_engine *engine, lii_key *claims, int is_accepted)
{
    lii_key *next;

    if (!claims)
        return;
    pthread_mutex_lock(&engine->lock);
    for (; claims; claims = next) {
        next = claims->next_claim;
        claims->is_pending = 0;
        if (!is_accepted)        /* also when nobody knows: a second copy is better than none */
            forget_locked(engine, claims);
    }
    pthread_mutex_unlock(&engine->lock);
}

void lii_keys_free(li_engine *engine)
{
    while (engine->locked.keys_first)
        forget_locked(engine, engine->locked.keys_first);
    lii_table_fini(&engine->locked.keys);
}
