/* allocator.h - the contract of li_allocator. */
#ifndef LAMBDAINVOKE_CONTRACT_ALLOCATOR_H
#define LAMBDAINVOKE_CONTRACT_ALLOCATOR_H

#include <pthread.h>

#include <lambdainvoke/contract/contract.h>
#include <lambdainvoke/allocator.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct li_contract_allocator_env {
    li_status (*open)(void *user, li_allocator *allocator);
    void (*close)(void *user, li_allocator *allocator); /* all blocks have been freed */
    uint64_t (*live)(void *user);                       /* blocks that are out; NULL: it does not count */
    void *user;
} li_contract_allocator_env;

/* One rule's world. */
typedef struct li_ca {
    li_contract *c;
    const li_contract_allocator_env *env;
    li_allocator a;
    uint32_t n_bad;
    uint32_t reserved;
} li_ca;

static inline int li_ca_open(li_ca *t, li_contract *c, const li_contract_allocator_env *env)
{
    memset(t, 0, sizeof *t);
    t->c = c;
    t->env = env;
    if (env->open(env->user, &t->a) == LI_OK && t->a.ops)
        return 1;
    li_contract_fail(c, "the environment opens an allocator", __LINE__);
    return 0;
}

static inline void li_ca_close(li_ca *t)
{
    if (t->a.ops)
        t->env->close(t->env->user, &t->a);
}

static inline void li_ca_rule_blocks(li_ca *t)
{
    char *blocks[64];
    size_t i, k;

    for (i = 0; i < 64; i++) {
        blocks[i] = (char *)t->a.ops->alloc(t->a.self, i * 37 + 1);
        LI_CONTRACT_CHECK(t->c, blocks[i] != NULL);
        LI_CONTRACT_CHECK(t->c, ((uintptr_t)blocks[i] & (sizeof(void *) * 2 - 1)) == 0);
        if (blocks[i])
            memset(blocks[i], (int)i + 1, i * 37 + 1);
    }
    for (i = 0; i < 64; i++) {
        for (k = 0; blocks[i] && k < i * 37 + 1; k++)
            LI_CONTRACT_CHECK(t->c, blocks[i][k] == (char)(i + 1));
        t->a.ops->free(t->a.self, blocks[i]);
    }
}

static inline void li_ca_rule_grow(li_ca *t)
{
    char *block = (char *)t->a.ops->realloc(t->a.self, NULL, 10);
    size_t size = 10, i;

    for (i = 0; block && i < 10; i++)
        block[i] = (char)('a' + i);
    while (block && size < 200000) {
        size = size * 3;
        block = (char *)t->a.ops->realloc(t->a.self, block, size);
        LI_CONTRACT_CHECK(t->c, block != NULL && memcmp(block, "abcdefghij", 10) == 0);
    }
    block = block ? (char *)t->a.ops->realloc(t->a.self, block, 5) : NULL;
    LI_CONTRACT_CHECK(t->c, block != NULL && memcmp(block, "abcde", 5) == 0);
    t->a.ops->free(t->a.self, block);
}

static inline void li_ca_rule_null(li_ca *t)
{
    t->a.ops->free(t->a.self, NULL);
    LI_CONTRACT_CHECK(t->c, !t->env->live || t->env->live(t->env->user) == 0);
}

static inline void li_ca_rule_huge(li_ca *t)
{
    void *kept = t->a.ops->alloc(t->a.self, 100), *block;

    if (kept)
        memset(kept, 'k', 100);
    LI_CONTRACT_CHECK(t->c, t->a.ops->alloc(t->a.self, SIZE_MAX / 2) == NULL);
    block = t->a.ops->realloc(t->a.self, kept, SIZE_MAX / 2);
    LI_CONTRACT_CHECK(t->c, block == NULL && kept && ((char *)kept)[99] == 'k'); /* the old block is as it was */
    t->a.ops->free(t->a.self, kept);
}

static inline void li_ca_rule_counts(li_ca *t)
{
    void *a, *b;

    if (!t->env->live) {
        li_contract_not_claimed(t->c);
        t->c->has_failed = 1;  /* said */
        return;
    }
    a = t->a.ops->alloc(t->a.self, 1);
    b = t->a.ops->realloc(t->a.self, NULL, 2);
    b = t->a.ops->realloc(t->a.self, b, 2000);
    LI_CONTRACT_CHECK(t->c, t->env->live(t->env->user) == 2);
    t->a.ops->free(t->a.self, a);
    t->a.ops->free(t->a.self, b);
    LI_CONTRACT_CHECK(t->c, t->env->live(t->env->user) == 0);
}

static inline void *li_ca_thread(void *user)
{
    li_ca *t = (li_ca *)user;
    uint32_t i, n_bad = 0;
    unsigned char *block;

    for (i = 1; i < 5000; i++) {
        block = (unsigned char *)t->a.ops->alloc(t->a.self, i % 300 + 8);
        if (!block) {
            n_bad++;
            continue;
        }
        memset(block, (int)(i & 255), i % 300 + 8);
        block = (unsigned char *)t->a.ops->realloc(t->a.self, block, i % 300 + 400);
        n_bad += !block || block[i % 300] != (i & 255);
        t->a.ops->free(t->a.self, block);
    }
    return (void *)(uintptr_t)n_bad;
}

static inline void li_ca_rule_threads(li_ca *t)
{
    pthread_t threads[4];
    void *bad;
    int i;

    for (i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, li_ca_thread, t);
    for (i = 0; i < 4; i++) {
        pthread_join(threads[i], &bad);
        LI_CONTRACT_CHECK(t->c, bad == NULL);
    }
}

/* Run the suite. Verdicts go to c's report; c->n_failed is what to look at in the end. */
static inline void li_contract_allocator(li_contract *c, const li_contract_allocator_env *env)
{
    static const struct {
        const char *name;
        void (*run)(li_ca *t);
    } rules[] = {
        { "blocks", li_ca_rule_blocks }, /* blocks are aligned, and nobody else's */
        { "grow", li_ca_rule_grow }, /* realloc keeps what is there; of NULL it is alloc */
        { "null", li_ca_rule_null }, /* free of NULL is nothing */
        { "huge", li_ca_rule_huge }, /* what cannot be had is NULL, and the old block stays */
        { "counts", li_ca_rule_counts }, /* every block comes back */
        { "threads", li_ca_rule_threads }, /* many threads at once */
    };
    size_t i;
    li_ca t;

    for (i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (!li_contract_begin(c, "allocator", rules[i].name))
            continue;
        if (li_ca_open(&t, c, env))
            rules[i].run(&t);
        li_ca_close(&t);
        li_contract_end(c);
    }
}

#ifdef __cplusplus
}
#endif
#endif
