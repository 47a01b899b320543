/* destination.h - the contract of li_destination: what it says it took, it took, byte for byte. */
#ifndef LAMBDAINVOKE_CONTRACT_DESTINATION_H
#define LAMBDAINVOKE_CONTRACT_DESTINATION_H

#include <lambdainvoke/contract/contract.h>
#include <lambdainvoke/destination.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct li_contract_destination_env {
    li_status (*open)(void *user, li_destination *destination);
    void (*close)(void *user, li_destination *destination);
    /* How many records it has taken with this id, and the body of the last one: its length, cut to size. */
    uint32_t (*taken)(void *user, const li_id *id, char *body, size_t size, size_t *len);
    void (*work)(void *user);  /* let a destination that answers later go on; NULL: it answers at once */
    void *user;
} li_contract_destination_env;

/* One rule's world. */
typedef struct li_cd {
    li_contract *c;
    const li_contract_destination_env *env;
    li_destination destination;
    uint32_t n_done;
    li_status status;
    char *body;                /* of the record that is out: wiped by its done */
    size_t body_len;
} li_cd;

static inline int li_cd_open(li_cd *t, li_contract *c, const li_contract_destination_env *env)
{
    memset(t, 0, sizeof *t);
    t->c = c;
    t->env = env;
    if (env->open(env->user, &t->destination) == LI_OK)
        return 1;
    li_contract_fail(c, "the environment opens a destination", __LINE__);
    return 0;
}

static inline void li_cd_close(li_cd *t)
{
    if (t->destination.ops)
        t->env->close(t->env->user, &t->destination);
}

static inline void li_cd_done(void *user, li_status status)
{
    li_cd *t = (li_cd *)user;

    t->n_done++;
    t->status = status;
    if (t->body)
        memset(t->body, '?', t->body_len);  /* borrowed until now, and no longer */
}

static inline void li_cd_put(li_cd *t, uint8_t number, const char *body, size_t len)
{
    uint32_t before = t->n_done;
    li_record r;
    int i;

    memset(&r, 0, sizeof r);
    r.size = sizeof r;
    r.kind = LI_RECORD_DESTINATION;
    r.id.bytes[0] = number;
    r.time_ms = UINT64_C(1700000000000);
    r.target.ptr = "contract://target";
    r.target.len = strlen(r.target.ptr);
    r.function_name.ptr = "fn";
    r.function_name.len = 2;
    r.function_arn.ptr = "arn:aws:lambda:us-east-1:000000000000:function:fn:$LATEST";
    r.function_arn.len = strlen(r.function_arn.ptr);
    t->body = (char *)malloc(len ? len : 1);
    if (!t->body)
        return;
    if (len)
        memcpy(t->body, body, len);
    t->body_len = len;
    r.body.ptr = t->body;
    r.body.len = len;
    LI_CONTRACT_CHECK(t->c, t->destination.ops->put(t->destination.self, &r, li_cd_done, t, NULL) == LI_OK);
    memset(&r, 0x3f, sizeof r);
    for (i = 0; i < 1000 && t->n_done == before && t->env->work; i++)
        t->env->work(t->env->user);
    LI_CONTRACT_CHECK(t->c, t->n_done == before + 1 && t->status == LI_OK);
    free(t->body);
    t->body = NULL;
}

static inline uint32_t li_cd_taken(li_cd *t, uint8_t number, char *body, size_t size, size_t *len)
{
    li_id id;

    memset(&id, 0, sizeof id);
    id.bytes[0] = number;
    *len = 0;
    return t->env->taken(t->env->user, &id, body, size, len);
}

static inline void li_cd_rule_takes(li_cd *t)
{
    char body[40];
    size_t len;

    li_cd_put(t, 1, "{\"a\":1}", 7);
    LI_CONTRACT_CHECK(t->c, li_cd_taken(t, 1, body, sizeof body, &len) == 1);
    LI_CONTRACT_CHECK(t->c, len == 7 && memcmp(body, "{\"a\":1}", 7) == 0);
    LI_CONTRACT_CHECK(t->c, li_cd_taken(t, 2, body, sizeof body, &len) == 0);
}

static inline void li_cd_rule_done_once(li_cd *t)
{
    int i;

    li_cd_put(t, 1, "{}", 2);
    for (i = 0; i < 100 && t->env->work; i++)
        t->env->work(t->env->user);
    LI_CONTRACT_CHECK(t->c, t->n_done == 1);
}

static inline void li_cd_rule_bytes(li_cd *t)
{
    char all[256], body[300];
    size_t len;
    int i;

    for (i = 0; i < 256; i++)
        all[i] = (char)i;
    li_cd_put(t, 1, all, 256);
    LI_CONTRACT_CHECK(t->c, li_cd_taken(t, 1, body, sizeof body, &len) == 1 && len == 256 && memcmp(body, all, 256) == 0);
    li_cd_put(t, 2, NULL, 0);
    LI_CONTRACT_CHECK(t->c, li_cd_taken(t, 2, body, sizeof body, &len) == 1 && len == 0);
}

static inline void li_cd_rule_large(li_cd *t)
{
    size_t size = 1048576, len, i;
    char *large = (char *)malloc(size), *body = (char *)malloc(size);

    for (i = 0; large && i < size; i++)
        large[i] = (char)('a' + i % 23);
    if (large && body) {
        li_cd_put(t, 1, large, size);
        LI_CONTRACT_CHECK(t->c, li_cd_taken(t, 1, body, size, &len) == 1 && len == size && memcmp(body, large, size) == 0);
    }
    free(large);
    free(body);
}

/* At least once is allowed to a destination; losing the first when the second comes is not. */
static inline void li_cd_rule_again(li_cd *t)
{
    char body[10];
    size_t len;

    li_cd_put(t, 1, "1", 1);
    li_cd_put(t, 2, "2", 1);
    li_cd_put(t, 1, "1", 1);
    LI_CONTRACT_CHECK(t->c, li_cd_taken(t, 1, body, sizeof body, &len) >= 1 && body[0] == '1');
    LI_CONTRACT_CHECK(t->c, li_cd_taken(t, 2, body, sizeof body, &len) == 1 && body[0] == '2');
}

/* Run the suite. Verdicts go to c's report; c->n_failed is what to look at in the end. */
static inline void li_contract_destination(li_contract *c, const li_contract_destination_env *env)
{
    static const struct {
        const char *name;
        void (*run)(li_cd *t);
    } rules[] = {
        { "takes", li_cd_rule_takes }, /* a record that was taken is there */
        { "done-once", li_cd_rule_done_once }, /* done is called once */
        { "bytes", li_cd_rule_bytes }, /* every byte, and none */
        { "large", li_cd_rule_large }, /* 1 MiB */
        { "again", li_cd_rule_again }, /* a record that comes again is no harm */
    };
    size_t i;
    li_cd t;

    for (i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (!li_contract_begin(c, "destination", rules[i].name))
            continue;
        if (li_cd_open(&t, c, env))
            rules[i].run(&t);
        li_cd_close(&t);
        li_contract_end(c);
    }
}

#ifdef __cplusplus
}
#endif
#endif
