/* walk.c - one pass over an event: validate everything, follow the names that patterns name, note the values there. What no
 * pattern names is passed over by the same code that checks payloads. */
#include "base/error.h"
#include "base/slice.h"
#include "match/scratch.h"

#define UNRESOLVED UINT32_MAX

static const char no_memory[] = "out of memory";
static const char want_event[] = "an event is a JSON object";

typedef struct walker {
    lii_json_cursor c;
    lii_scratch *s;
    uint32_t depth;          /* frames in use */
    uint32_t max_depth;
} walker;

/* ---- names */

static const lii_node *child_of(const lii_scratch *s, const lii_node *node, const char *name, size_t len)
{
    lii_key *key;
    const lii_node *child;

    if (!(atomic_load_explicit(&node->children, memory_order_relaxed) & lii_child_bit(name, len)))
        return NULL;
    key = lii_key_find(s->keys, lii_hash_bytes(node->index, LII_KEY_STEP, name, len), node->index, LII_KEY_STEP, name, len);
    if (key == NULL)
        return NULL;
    child = (const lii_node *)(uintptr_t)atomic_load_explicit(&key->first, memory_order_acquire);
    return child && child->index < s->n_nodes ? child : NULL;
}

const lii_node *lii_walk_find(const lii_scratch *s, const lii_node *from, const char *names, size_t len)
{
    const char *dot;

    while (from) {
        dot = len ? memchr(names, '.', len) : NULL;
        if (dot == NULL)
            return child_of(s, from, names, len);
        from = child_of(s, from, names, (size_t)(dot - names));
        len -= (size_t)(dot + 1 - names);
        names = dot + 1;
    }
    return NULL;
}

/* Room for all texts of the event that have escapes: none is longer unescaped. */
static char *text_room(walker *w, size_t len)
{
    lii_scratch *s = w->s;
    char *text;

    if (s->text_len == 0 && lii_scratch_room(s, &s->text, &s->cap_text, (size_t)(w->c.end - w->c.bad)) != 0)
        return NULL;
    text = s->text + s->text_len;
    s->text_len += len;
    return text;
}

/* A name with a dot or a backslash in it. */
static __attribute__((noinline)) const lii_node *find_odd_name(walker *w, const lii_node *node, const char *name, size_t len)
{
    char *text;

    if (memchr(name, '\\', len) == NULL)
        return lii_walk_find(w->s, node, name, len);
    text = text_room(w, len);
    return text ? lii_walk_find(w->s, node, text, lii_json_unescape(name, len, text)) : NULL;
}

/* A member's name at p, and what is before its value. */
static lii_json_bytes pass_name(walker *w, lii_json_bytes p, const lii_node *node, const lii_node **child)
{
    lii_json_bytes name = p + 1;
    const char *text = (const char *)name;
    unsigned special;
    size_t len;

    if (p == w->c.end || *p != '"')
        return lii_json_fail(&w->c, p, lii_json_want_key);
    special = LII_JSON_WIDE && w->c.end - name >= 17 ? lii_json_special16(name) : 0;
    len = special ? (size_t)__builtin_ctz(special) : 0;
    if (special && name[len] == '"') {
        p = name + len + 1;
        *child = lii_json_equal16(name, '.') & ((1u << len) - 1) ? find_odd_name(w, node, text, len)
                                                                  : child_of(w->s, node, text, len);
    } else {
        p = lii_json_pass_string(&w->c, name, LII_JSON_WIDE);
        if (p == NULL)
            return NULL;
        *child = find_odd_name(w, node, text, (size_t)(p - 1 - name));
    }
    if (p == w->c.end || *p != ':') {
        p = lii_json_pass_space(p, w->c.end, 0);
        if (p == w->c.end || *p != ':')
            return lii_json_fail(&w->c, p, lii_json_want_colon);
    }
    return lii_json_pass_space(p + 1, w->c.end, LII_JSON_WIDE);
}

/* ---- contexts: made when a leaf is noted inside */

static uint32_t new_context(lii_scratch *s, uint32_t parent, uint32_t array)
{
    if (lii_scratch_grow(s, &s->contexts, &s->cap_contexts, sizeof *s->contexts, s->n_contexts) != 0)
        return 0;
    s->contexts[s->n_contexts].parent = parent;
    s->contexts[s->n_contexts].array = array;
    return s->n_contexts++;
}

/* The context of leaves directly in the innermost frame. */
static uint32_t resolve(walker *w)
{
    lii_frame *frames = w->s->frames;
    uint32_t top = w->depth - 1, at = top;

    while (frames[at].context == UNRESOLVED)
        at--;
    for (; at < top; at++) {
        if (frames[at].is_object) {
            frames[at + 1].context = frames[at].context;
            continue;
        }
        if (frames[at].array == 0)
            frames[at].array = ++w->s->n_arrays;
        frames[at + 1].context = new_context(w->s, frames[at].context, frames[at].array);
    }
    return frames[top].context;
}

/* ---- values */

static uint8_t type_of(unsigned char first)
{
    return first == '"' ? LII_LEAF_STRING : first == 't' ? LII_LEAF_TRUE : first == 'f' ? LII_LEAF_FALSE
         : first == 'n' ? LII_LEAF_NULL : LII_LEAF_NUMBER;
}

void lii_walk_leaf(lii_scratch *s, const lii_node *node, uint8_t type, const char *text, size_t len, uint32_t context)
{
    lii_mark *mark = &s->nodes[node->index];
    lii_leaf *leaf;

    if (lii_scratch_grow(s, &s->leaves, &s->cap_leaves, sizeof *s->leaves, s->n_leaves) != 0)
        return;
    leaf = &s->leaves[s->n_leaves++];
    leaf->text = text;
    leaf->len = (uint32_t)len;
    leaf->context = context;
    leaf->next = mark->stamp == s->stamp ? mark->value : 0;
    leaf->type = type;
    leaf->number_state = LII_NUMBER_UNREAD;
    mark->stamp = s->stamp;
    mark->value = s->n_leaves;
    lii_probe_leaf(s, node, leaf);
}

static void note(walker *w, const lii_node *node, lii_json_bytes begin, lii_json_bytes end)
{
    const char *text = (const char *)begin;
    size_t len = (size_t)(end - begin);
    uint8_t type = type_of(*begin);
    char *copy;

    if (type == LII_LEAF_STRING) {
        text++;
        len -= 2;
        if (memchr(text, '\\', len)) {
            copy = text_room(w, len);
            if (copy == NULL)
                return;
            len = lii_json_unescape(text, len, copy);
            text = copy;
        }
    }
    lii_walk_leaf(w->s, node, type, text, len, resolve(w));
}

static int push(walker *w, const lii_node *node, int is_object)
{
    lii_scratch *s = w->s;
    lii_frame *frame;

    if (lii_scratch_grow(s, &s->frames, &s->cap_frames, sizeof *s->frames, w->depth) != 0)
        return -1;
    frame = &s->frames[w->depth];
    frame->node = node;
    frame->array = 0;
    frame->is_object = (uint32_t)is_object;
    frame->context = w->depth == 0 ? 0 : frame[-1].is_object ? frame[-1].context : UNRESOLVED;
    w->depth++;
    return 0;
}

static __attribute__((noinline)) lii_json_bytes skip(walker *w, lii_json_bytes p)
{
    w->s->levels.depth = w->depth;
    return lii_json_pass_value(&w->c, p, &w->s->levels, w->max_depth, LII_JSON_WIDE);
}

/* A value at p whose node is known: a container is entered (*is_open), anything else passed. */
static lii_json_bytes pass_value(walker *w, lii_json_bytes p, const lii_node *node, int *is_open)
{
    lii_json_bytes begin = p;

    *is_open = 0;
    if (p == w->c.end)
        return lii_json_fail(&w->c, p, lii_json_want_value);
    if (*p == '{' || *p == '[') {
        if (w->depth >= w->max_depth)
            return lii_json_fail(&w->c, p, lii_json_too_deep);
        if (push(w, node, *p == '{') != 0)
            return lii_json_fail(&w->c, p, no_memory);
        *is_open = 1;
        return lii_json_pass_space(p + 1, w->c.end, LII_JSON_WIDE);
    }
    p = lii_json_pass_scalar(&w->c, p, LII_JSON_WIDE);
    if (p && atomic_load_explicit(&node->kinds, memory_order_relaxed) & LII_NODE_FIELD)
        note(w, node, begin, p);
    return p;
}

/* Behind a value: close what ends here. At the next member or element, or behind the event when no frame is left. */
static lii_json_bytes pass_after(walker *w, lii_json_bytes p)
{
    while (w->depth > 0) {
        uint32_t is_object = w->s->frames[w->depth - 1].is_object;

        p = lii_json_pass_space(p, w->c.end, LII_JSON_WIDE);
        if (p < w->c.end && *p == ',')
            return lii_json_pass_space(p + 1, w->c.end, LII_JSON_WIDE);
        if (p == w->c.end || *p != (is_object ? '}' : ']'))
            return lii_json_fail(&w->c, p, is_object ? lii_json_want_object_more : lii_json_want_array_more);
        p++;
        w->depth--;
    }
    return p;
}

static lii_json_bytes pass_event(walker *w, lii_json_bytes p)
{
    const lii_node *node = w->s->core->root;
    int is_open;

    p = lii_json_pass_space(p, w->c.end, LII_JSON_WIDE);
    if (p == w->c.end || *p != '{')
        return lii_json_fail(&w->c, p, want_event);
    p = pass_value(w, p, node, &is_open);
    if (p && p < w->c.end && *p == '}')
        p = pass_after(w, p);
    while (p && w->depth > 0) {
        const lii_frame *frame = &w->s->frames[w->depth - 1];

        node = frame->node;
        if (frame->is_object) {
            p = pass_name(w, p, frame->node, &node);
            if (p == NULL)
                return NULL;
        }
        if (node == NULL) {
            p = skip(w, p);
            is_open = 0;
        } else {
            p = pass_value(w, p, node, &is_open);
        }
        if (p && (!is_open || (p < w->c.end && *p == (w->s->frames[w->depth - 1].is_object ? '}' : ']'))))
            p = pass_after(w, p);
        if (w->s->status != LI_OK)
            return NULL;
    }
    return p;
}

static li_status explain(const walker *w, const char *event, li_error *err)
{
    lii_json_error error;
    li_status status = w->c.reason == lii_json_too_deep ? LI_E_DEPTH : LI_E_JSON;

    if (w->s->status != LI_OK)
        return lii_fail(err, w->s->status, LI_DETAIL_NONE, NULL, 0, "%s", li_strerror(w->s->status));
    lii_json_locate(&w->c, (lii_json_bytes)event, &error);
    lii_fail(err, status, w->c.reason == want_event ? LI_DETAIL_EVENT_OBJECT : LI_DETAIL_EVENT_JSON, NULL, 0,
             "not an event at byte %zu (line %u, column %u): %s", error.offset, (unsigned)error.line, (unsigned)error.column,
             error.reason);
    if (err && err->size >= sizeof *err && err->size <= 4096) {
        err->offset = error.offset;
        err->line = error.line;
        err->column = error.column;
    }
    return status;
}

li_status lii_walk_event(lii_scratch *s, const char *event, size_t len, uint32_t max_depth, li_error *err)
{
    const char *text = event ? event : "";
    lii_json_bytes begin = (lii_json_bytes)text;
    walker w;

    if (len >= UINT32_MAX)
        return lii_fail(err, LI_E_TOO_LARGE, LI_DETAIL_NONE, NULL, 0, "an event has less than 4 GiB");
    w.s = s;
    w.c.end = begin + len;
    w.c.bad = begin;
    w.c.reason = "";
    w.depth = 0;
    w.max_depth = max_depth;
    return pass_event(&w, begin) && s->status == LI_OK ? LI_OK : explain(&w, text, err);
}
