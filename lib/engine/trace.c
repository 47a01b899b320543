/* trace.c - X-Amzn-Trace-Id: what an attempt says of its caller's, and the lineage by which loops are found (INV-153, 260..264). */
#include <stdio.h>
#include <stdlib.h>

#include "engine/engine.h"
#include "engine/settings.h"

/* ---- KEY=VALUE;KEY=VALUE */

/* The next pair at *at; 0: none. */
static int next_pair(li_slice trace, size_t *at, li_slice *pair)
{
    size_t start = *at, end = start;

    if (start >= trace.len)
        return 0;
    while (end < trace.len && trace.ptr[end] != ';')
        end++;
    *pair = lii_slice(trace.ptr + start, end - start);
    *at = end + 1;
    return 1;
}

static int has_key(li_slice pair, const char *key)
{
    size_t n = strlen(key);

    return pair.len > n && memcmp(pair.ptr, key, n) == 0;
}

/* One key, "Root=": its whole pair, or length 0. */
static li_slice find_pair(li_slice trace, const char *key)
{
    li_slice pair;
    size_t at = 0;

    while (next_pair(trace, &at, &pair))
        if (has_key(pair, key))
            return pair;
    return lii_slice(NULL, 0);
}

/* ---- lineage: 1:HASH:N|HASH:N, or without the leading number; N counts earlier appearances */

typedef struct ancestor {
    uint32_t hash;
    uint32_t n;
} ancestor;

enum { N_MAX = 999999 };

static int read_hash(li_slice text, size_t *at, uint32_t *hash)
{
    size_t i;

    *hash = 0;
    for (i = *at; i < text.len && i - *at < 8; i++) {
        char c = text.ptr[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;

        if (digit < 0)
            return 0;
        *hash = *hash << 4 | (uint32_t)digit;
    }
    if (i - *at < 8 || i == text.len || text.ptr[i] != ':')
        return 0;
    *at = i + 1;
    return 1;
}

/* HASH:N, perhaps behind a number and a colon. */
static int read_ancestor(li_slice text, ancestor *out)
{
    size_t at = 0, digits = 0;

    if (!read_hash(text, &at, &out->hash)) {
        while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
            digits++;
        at = digits + 1;
        if (digits == 0 || digits >= text.len || text.ptr[digits] != ':' || !read_hash(text, &at, &out->hash))
            return 0;
    }
    out->n = 0;
    if (at == text.len)
        return 0;
    for (; at < text.len; at++) {
        if (text.ptr[at] < '0' || text.ptr[at] > '9')
            return 0;
        out->n = out->n * 10 + (uint32_t)(text.ptr[at] - '0');
        if (out->n > N_MAX)
            out->n = N_MAX;
    }
    return 1;
}

/* The next one that can be read; 0: none. */
static int next_ancestor(li_slice list, size_t *at, ancestor *out)
{
    while (*at < list.len) {
        size_t start = *at, end = start;

        while (end < list.len && list.ptr[end] != '|')
            end++;
        *at = end + 1;
        if (read_ancestor(lii_slice(list.ptr + start, end - start), out))
            return 1;
    }
    return 0;
}

static li_slice lineage_of(li_slice trace)
{
    li_slice pair = find_pair(trace, "Lineage=");

    return pair.len > 0 ? lii_slice(pair.ptr + 8, pair.len - 8) : pair;
}

/* How often a function has been in the chain before. */
static uint32_t appearances(li_slice trace, uint32_t hash)
{
    li_slice list = lineage_of(trace);
    uint32_t most = 0;
    size_t at = 0;
    ancestor a;

    while (next_ancestor(list, &at, &a))
        if (a.hash == hash && a.n + 1 > most)
            most = a.n + 1;
    return most;
}

int lii_recursion_stops(const li_function *function, li_slice trace)
{
    return trace.len > 0 && !atomic_load_explicit(&function->allows_loop, memory_order_relaxed) &&
           appearances(trace, function->lineage) >= (uint64_t)LII_CONFIG(function->engine, recursion);
}

li_status lii_recursion_check(li_function *function, const li_invoke_options *o, li_error *err)
{
    if (!o->trace.ptr || !lii_recursion_stops(function, lii_measured(o->trace)))
        return LI_OK;
    lii_recursion_count(function, NULL);
    return lii_fail(err, LI_E_RECURSION, LI_DETAIL_RECURSION, function->name, LI_Z, "%s", LII_RECURSION_TEXT);
}

void lii_recursion_count(li_function *function, const li_id *id)
{
    li_engine *engine = function->engine;

    pthread_mutex_lock(&engine->lock);
    function->locked.sums.recursive_invocations_dropped++;
    pthread_mutex_unlock(&engine->lock);
    lii_sample(engine, "RecursiveInvocationsDropped", function->name, 1, li_engine_now_ms(engine));
    lii_journal(engine, LI_STEP_RECURSION, id, function->name, 0, "loop");
}

li_slice lii_engine_trace(li_engine *engine)
{
    uint32_t depth;
    li_invocation *caller = lii_frame_top() ? lii_current(engine, &depth) : NULL;

    return lii_slice(caller ? li_invocation_get_trace(caller) : NULL, LI_Z);
}

const li_invoke_options *lii_trace_inherit(li_engine *engine, const li_invoke_options *o, li_invoke_options *storage)
{
    li_slice trace;

    if (o->trace.ptr || !lii_frame_top() || !(trace = lii_engine_trace(engine)).ptr)
        return o;
    *storage = *o;
    storage->trace = trace;
    return storage;
}

/* ---- writing */

/* Text that is cut at a whole pair rather than in one. */
typedef struct line {
    char *out;
    size_t size, len;
} line;

static int add_text(line *l, li_slice text)
{
    if (text.len >= l->size - l->len)
        return 0;
    memcpy(l->out + l->len, text.ptr, text.len);
    l->len += text.len;
    l->out[l->len] = '\0';
    return 1;
}

/* The lowest digits of a number. */
static void add_hex(line *l, uint64_t x, unsigned n)
{
    uint8_t bytes[8];
    char text[16];
    unsigned i;

    for (i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(x >> (56 - 8 * i));
    lii_id_hex(bytes, 8, text);
    add_text(l, lii_slice(text + 16 - n, n));
}

/* HASH:N, all of it or nothing. */
static int add_ancestor(line *l, const char *before, uint32_t hash, uint32_t n)
{
    line whole = *l;
    char digits[10];
    size_t i = sizeof digits;

    do
        digits[--i] = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    add_text(&whole, lii_slice(before, strlen(before)));
    add_hex(&whole, hash, 8);
    add_text(&whole, LII_S(":"));
    if (!add_text(&whole, lii_slice(digits + i, sizeof digits - i)) || whole.len != l->len + strlen(before) + 9 + sizeof digits - i) {
        l->out[l->len] = '\0';
        return 0;
    }
    *l = whole;
    return 1;
}

static void add_lineage(line *l, li_slice trace, uint32_t own)
{
    li_slice list = lineage_of(trace);
    size_t at = 0;
    ancestor a;

    add_ancestor(l, ";Lineage=1:", own, appearances(trace, own));
    while (next_ancestor(list, &at, &a))
        if (a.hash != own && !add_ancestor(l, "|", a.hash, a.n))
            return;
}

static int is_known(li_slice pair)
{
    return has_key(pair, "Root=") || has_key(pair, "Parent=") || has_key(pair, "Sampled=") || has_key(pair, "Lineage=");
}

/* Root and Sampled of the caller, unknown keys too, and a Parent of this attempt's own (INV-153). Both ids come from the
 * request id, so that all attempts share Root and a seed gives the same text. */
const char *li_invocation_get_trace(li_invocation *inv)
{
    li_slice given = lii_slice(inv->trace_in, inv->trace_in_len), root = find_pair(given, "Root="), pair;
    li_slice sampled = find_pair(given, "Sampled=");
    line l = { inv->trace, sizeof inv->trace, 0 };
    char hex[32];
    size_t at = 0;

    if (inv->has_trace)
        return inv->trace;
    inv->has_trace = 1;
    if (root.len > 0 && root.len <= 64) {
        add_text(&l, root);
    } else {
        lii_id_hex(inv->id.bytes, 16, hex);
        add_text(&l, LII_S("Root=1-"));
        add_hex(&l, lii_ms_of_ns(inv->engine, inv->engine->open_ns) / 1000, 8);
        add_text(&l, LII_S("-"));
        add_text(&l, lii_slice(hex, 24));
    }
    add_text(&l, LII_S(";Parent="));
    add_hex(&l, lii_hash(inv->id.bytes, 16) ^ (inv->attempt * UINT64_C(0x9E3779B97F4A7C15)), 16);
    add_text(&l, LII_S(";"));
    add_text(&l, sampled.len > 0 && sampled.len <= 16 ? sampled : LII_S("Sampled=0"));
    add_lineage(&l, given, inv->function->lineage);
    while (next_pair(given, &at, &pair))     /* unknown keys are kept, while there is room */
        if (pair.len > 0 && !is_known(pair) && pair.len + 1 < l.size - l.len) {
            add_text(&l, LII_S(";"));
            add_text(&l, pair);
        }
    return inv->trace;
}

void lii_trace_copy(li_invocation *inv, char *out, size_t out_size)
{
    const char *text = li_invocation_get_trace(inv);
    size_t n = strlen(text);

    if (n >= out_size)
        for (n = out_size - 1; n > 0 && text[n] != ';' && text[n] != '|';)
            n--;
    memcpy(out, text, n);
    out[n] = '\0';
}

/* ---- per function */

li_status li_function_set_recursion(li_engine *engine, const char *name, size_t name_len, int32_t loop, li_error *err)
{
    li_function *function = NULL;
    lii_function_row row;
    li_status status;

    if (!engine)
        return lii_is_null(err, "engine");
    if (loop != LI_RECURSION_TERMINATE && loop != LI_RECURSION_ALLOW)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_NONE, "loop", LI_Z,
                        "loop is LI_RECURSION_TERMINATE or LI_RECURSION_ALLOW, not %d", loop);
    status = lii_find_unqualified(engine, name, name_len, &function, err);
    if (status != LI_OK)
        return status;
    lii_settings_begin(engine);
    pthread_mutex_lock(&engine->lock);
    if (lii_function_exists_locked(function)) {
        lii_function_row_locked(function, &row);
        row.allows_loop = loop == LI_RECURSION_ALLOW;
        status = lii_settings_function_locked(function, &row, err);
    } else {
        status = lii_not_found(engine, function->name, function->name_len, "", err);
    }
    if (status == LI_OK)
        atomic_store(&function->allows_loop, loop == LI_RECURSION_ALLOW);
    pthread_mutex_unlock(&engine->lock);
    lii_settings_end(engine);
    return status;
}
