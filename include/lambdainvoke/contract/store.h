/* store.h - the contract of li_store: rows by key, in order, all or none, and what a crash leaves. */
#ifndef LAMBDAINVOKE_CONTRACT_STORE_H
#define LAMBDAINVOKE_CONTRACT_STORE_H

#include <lambdainvoke/contract/contract.h>
#include <lambdainvoke/store.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct li_contract_store_env {
    li_status (*open)(void *user, li_store *store);               /* one that is empty; not yet opened by its table */
    li_status (*reopen_after_crash)(void *user, li_store *store); /* the process died as things are; NULL: cannot be done */
    void (*close)(void *user, li_store *store);                   /* end it, and what it stored */
    void *user;
} li_contract_store_env;

/* One rule's world. */
typedef struct li_cs {
    li_contract *c;
    const li_contract_store_env *env;
    li_store store;
    li_store_host host;
    int32_t is_open;
    uint32_t n_given;
    char given[400];           /* what get and each gave: KEY=VALUE; */
    size_t n_text;
} li_cs;

static inline uint64_t li_cs_now(void *user)
{
    (void)user;
    return UINT64_C(1700000000000);
}

static inline int li_cs_attach(li_cs *t)
{
    memset(&t->host, 0, sizeof t->host);
    t->host.size = sizeof t->host;
    t->host.now_ms = li_cs_now;
    t->host.engine = t;
    t->is_open = t->store.ops->open(t->store.self, &t->host, NULL) == LI_OK;
    LI_CONTRACT_CHECK(t->c, t->is_open);
    return t->is_open;
}

static inline int li_cs_open(li_cs *t, li_contract *c, const li_contract_store_env *env)
{
    memset(t, 0, sizeof *t);
    t->c = c;
    t->env = env;
    if (env->open(env->user, &t->store) != LI_OK) {
        li_contract_fail(c, "the environment opens a store", __LINE__);
        return 0;
    }
    return li_cs_attach(t);
}

static inline void li_cs_close(li_cs *t)
{
    if (t->is_open)
        t->store.ops->close(t->store.self);
    if (t->store.ops)
        t->env->close(t->env->user, &t->store);
}

static inline li_slice li_cs_slice(const char *text, size_t len)
{
    li_slice s;

    s.ptr = text;
    s.len = len;
    return s;
}

static inline li_store_change li_cs_change(const char *table, const char *key, const char *value)
{
    li_store_change c;

    memset(&c, 0, sizeof c);
    c.table = li_cs_slice(table, strlen(table));
    c.key = li_cs_slice(key, strlen(key));
    if (value)
        c.value = li_cs_slice(value, strlen(value));
    c.is_removal = value == NULL;
    return c;
}

static inline void li_cs_write(li_cs *t, const char *table, const char *key, const char *value)
{
    li_store_change c = li_cs_change(table, key, value);

    LI_CONTRACT_CHECK(t->c, t->store.ops->write(t->store.self, &c, 1, NULL) == LI_OK);
}

static inline void li_cs_note(li_cs *t, const char *bytes, size_t len)
{
    if (t->n_text + len < sizeof t->given) {
        memcpy(t->given + t->n_text, bytes, len);
        t->n_text += len;
        t->given[t->n_text] = '\0';
    }
}

static inline void li_cs_value(void *user, const char *data, size_t len)
{
    ((li_cs *)user)->n_given++;
    li_cs_note((li_cs *)user, data, len);
}

static inline int32_t li_cs_row(void *user, li_slice key, li_slice value)
{
    li_cs *t = (li_cs *)user;

    t->n_given++;
    li_cs_note(t, key.ptr, key.len);
    li_cs_note(t, "=", 1);
    li_cs_note(t, value.ptr, value.len);
    li_cs_note(t, ";", 1);
    return 0;
}

static inline int32_t li_cs_first_row(void *user, li_slice key, li_slice value)
{
    li_cs_row(user, key, value);
    return 1;
}

static inline const char *li_cs_rows(li_cs *t, const char *table)
{
    t->n_text = t->n_given = 0;
    t->given[0] = '\0';
    LI_CONTRACT_CHECK(t->c, t->store.ops->each(t->store.self, li_cs_slice(table, strlen(table)), li_cs_row, t) == LI_OK);
    return t->given;
}

static inline const char *li_cs_get(li_cs *t, const char *table, const char *key)
{
    t->n_text = t->n_given = 0;
    t->given[0] = '\0';
    LI_CONTRACT_CHECK(t->c, t->store.ops->get(t->store.self, li_cs_slice(table, strlen(table)), li_cs_slice(key, strlen(key)),
                                              li_cs_value, t) == LI_OK);
    LI_CONTRACT_CHECK(t->c, t->n_given == 1);
    return t->given;
}

static inline void li_cs_rule_get(li_cs *t)
{
    li_cs_write(t, "a", "k", "v");
    LI_CONTRACT_CHECK(t->c, strcmp(li_cs_get(t, "a", "k"), "v") == 0);
    t->n_given = 0;
    LI_CONTRACT_CHECK(t->c, t->store.ops->get(t->store.self, li_cs_slice("a", 1), li_cs_slice("K", 1), li_cs_value, t) == LI_E_NOT_FOUND);
    LI_CONTRACT_CHECK(t->c, t->n_given == 0);
}

static inline void li_cs_rule_replace(li_cs *t)
{
    li_cs_write(t, "a", "k", "first and long");
    li_cs_write(t, "a", "k", "second");
    LI_CONTRACT_CHECK(t->c, strcmp(li_cs_rows(t, "a"), "k=second;") == 0);
}

static inline void li_cs_rule_remove(li_cs *t)
{
    li_cs_write(t, "a", "k", "v");
    li_cs_write(t, "a", "none", NULL);
    li_cs_write(t, "a", "k", NULL);
    li_cs_write(t, "a", "k", NULL);
    LI_CONTRACT_CHECK(t->c, strcmp(li_cs_rows(t, "a"), "") == 0);
}

static inline void li_cs_rule_order(li_cs *t)
{
    li_cs_write(t, "a", "b", "1");
    li_cs_write(t, "a", "ba", "2");
    li_cs_write(t, "a", "a", "3");
    li_cs_write(t, "a", "\xc3", "4");
    li_cs_write(t, "a", "B", "5");
    LI_CONTRACT_CHECK(t->c, strcmp(li_cs_rows(t, "a"), "B=5;a=3;b=1;ba=2;\xc3=4;") == 0);
}

static inline void li_cs_rule_stop(li_cs *t)
{
    li_cs_write(t, "a", "1", "x");
    li_cs_write(t, "a", "2", "y");
    t->n_text = t->n_given = 0;
    LI_CONTRACT_CHECK(t->c, t->store.ops->each(t->store.self, li_cs_slice("a", 1), li_cs_first_row, t) == LI_OK);
    LI_CONTRACT_CHECK(t->c, t->n_given == 1);
}

static inline void li_cs_rule_tables(li_cs *t)
{
    li_cs_write(t, "a", "k", "1");
    li_cs_write(t, "ab", "k", "2");
    li_cs_write(t, "a", "bk", "3");
    LI_CONTRACT_CHECK(t->c, strcmp(li_cs_rows(t, "a"), "bk=3;k=1;") == 0);
    LI_CONTRACT_CHECK(t->c, strcmp(li_cs_rows(t, "ab"), "k=2;") == 0);
    LI_CONTRACT_CHECK(t->c, strcmp(li_cs_rows(t, "none"), "") == 0);
}

static inline void li_cs_rule_batch(li_cs *t)
{
    li_store_change c[4];

    li_cs_write(t, "a", "old", "1");
    c[0] = li_cs_change("a", "x", "1");
    c[1] = li_cs_change("b", "y", "2");
    c[2] = li_cs_change("a", "old", NULL);
    c[3] = li_cs_change("a", "x", "3");
    LI_CONTRACT_CHECK(t->c, t->store.ops->write(t->store.self, c, 4, NULL) == LI_OK);
    LI_CONTRACT_CHECK(t->c, strcmp(li_cs_rows(t, "a"), "x=3;") == 0);
    LI_CONTRACT_CHECK(t->c, strcmp(li_cs_rows(t, "b"), "y=2;") == 0);
    LI_CONTRACT_CHECK(t->c, t->store.ops->write(t->store.self, c, 0, NULL) == LI_OK);
}

static inline void li_cs_rule_bytes(li_cs *t)
{
    li_store_change c;
    char all[256];
    int i;

    for (i = 0; i < 256; i++)
        all[i] = (char)i;
    memset(&c, 0, sizeof c);
    c.table = li_cs_slice("a", 1);
    c.key = li_cs_slice(all, 256);
    c.value = li_cs_slice(all, 256);
    LI_CONTRACT_CHECK(t->c, t->store.ops->write(t->store.self, &c, 1, NULL) == LI_OK);
    c.value = li_cs_slice(NULL, 0);
    c.key = li_cs_slice(NULL, 0);
    LI_CONTRACT_CHECK(t->c, t->store.ops->write(t->store.self, &c, 1, NULL) == LI_OK);
    t->n_text = t->n_given = 0;
    LI_CONTRACT_CHECK(t->c, t->store.ops->get(t->store.self, c.table, li_cs_slice(all, 256), li_cs_value, t) == LI_OK);
    LI_CONTRACT_CHECK(t->c, t->n_text == 256 && memcmp(t->given, all, 256) == 0);
    t->n_text = t->n_given = 0;
    LI_CONTRACT_CHECK(t->c, t->store.ops->get(t->store.self, c.table, c.key, li_cs_value, t) == LI_OK);
    LI_CONTRACT_CHECK(t->c, t->n_text == 0 && t->n_given == 1);
}

static inline void li_cs_rule_reopen(li_cs *t)
{
    li_cs_write(t, "a", "k", "v");
    t->store.ops->close(t->store.self);
    t->is_open = 0;
    if (li_cs_attach(t))
        LI_CONTRACT_CHECK(t->c, strcmp(li_cs_rows(t, "a"), "k=v;") == 0);
}

static inline void li_cs_rule_survives(li_cs *t)
{
    if (!(t->store.ops->caps & LI_STORE_DURABLE) || !t->env->reopen_after_crash) {
        li_contract_not_claimed(t->c);
        t->c->has_failed = 1;  /* said */
        return;
    }
    li_cs_write(t, "a", "k", "v");
    li_cs_write(t, "a", "gone", "v");
    li_cs_write(t, "a", "gone", NULL);
    LI_CONTRACT_CHECK(t->c, t->env->reopen_after_crash(t->env->user, &t->store) == LI_OK);
    t->is_open = 0;
    if (!t->c->has_failed && li_cs_attach(t))
        LI_CONTRACT_CHECK(t->c, strcmp(li_cs_rows(t, "a"), "k=v;") == 0);
}

/* Run the suite. Verdicts go to c's report; c->n_failed is what to look at in the end. */
static inline void li_contract_store(li_contract *c, const li_contract_store_env *env)
{
    static const struct {
        const char *name;
        void (*run)(li_cs *t);
    } rules[] = {
        { "get", li_cs_rule_get }, /* a row is found by its key, and only by its key */
        { "replace", li_cs_rule_replace }, /* a key has one value */
        { "remove", li_cs_rule_remove }, /* what is removed is gone; removing nothing is no error */
        { "order", li_cs_rule_order }, /* rows come in order of key bytes */
        { "stop", li_cs_rule_stop }, /* each ends when it is told to */
        { "tables", li_cs_rule_tables }, /* tables do not mix */
        { "batch", li_cs_rule_batch }, /* changes of one write are all there, in their order */
        { "bytes", li_cs_rule_bytes }, /* every byte, and none */
        { "reopen", li_cs_rule_reopen }, /* what was written stays over a close */
        { "survives", li_cs_rule_survives }, /* and, of a store that claims LI_STORE_DURABLE, over a crash */
    };
    size_t i;
    li_cs t;

    for (i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (!li_contract_begin(c, "store", rules[i].name))
            continue;
        if (li_cs_open(&t, c, env))
            rules[i].run(&t);
        li_cs_close(&t);
        li_contract_end(c);
    }
}

#ifdef __cplusplus
}
#endif
#endif
