/* walk.c - over the tokens of an event: validate everything, follow the names that patterns name, note the values there. When
 * something is wrong the code that checks payloads says where. */
#include "base/error.h"
#include "base/slice.h"
#include "match/scratch.h"

#define UNRESOLVED UINT32_MAX

typedef const uint32_t *place;    /* of a token, in the index */

typedef struct walker {
    const unsigned char *text, *end;
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

    if (s->text_len == 0 && lii_scratch_room(s, &s->text, &s->cap_text, (size_t)(w->end - w->text)) != 0)
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

static inline int is_odd_name(const walker *w, const unsigned char *name, size_t len)
{
    if (LII_JSON_WIDE && len <= 16 && w->end - name >= 16)
        return ((lii_json_equal16(name, '.') | lii_json_equal16(name, '\\')) & ((1u << len) - 1)) != 0;
    return memchr(name, '.', len) || memchr(name, '\\', len);
}

/* Where the string ends that is the last token before that place: only blanks are between. */
static inline const unsigned char *string_end(const walker *w, uint32_t next)
{
    const unsigned char *p = w->text + next - 1;

    while (*p != '"')
        p--;
    return p;
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

/* A string, number or word at a place: the next place, or NULL. */
static inline place pass_scalar(const walker *w, place i)
{
    const unsigned char *p = w->text + *i;

    return *p == '"' || lii_json_is_scalar(p, w->end, LII_JSON_WIDE) ? i + 1 : NULL;
}

/* One that has been passed. */
static void note(walker *w, const lii_node *node, place i)
{
    const unsigned char *begin = w->text + i[0], *end = begin;
    const char *text = (const char *)begin;
    uint8_t type = type_of(*begin);
    size_t len;
    char *copy;

    if (i[1] <= i[0])
        return; /* the text ends here, too early */
    if (type != LII_LEAF_STRING) {
        while (end < w->end && !lii_json_is_end[*end])
            end++;
        lii_walk_leaf(w->s, node, type, text, (size_t)(end - begin), resolve(w));
        return;
    }
    text++;
    len = (size_t)((const char *)string_end(w, i[1]) - text);
    if (memchr(text, '\\', len)) {
        copy = text_room(w, len);
        if (copy == NULL)
            return;
        len = lii_json_unescape(text, len, copy);
        text = copy;
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

/* A value of no interest: it is right, and behind it is the place; or NULL. The innermost levels are in a register. */
static __attribute__((noinline)) place skip(walker *w, place i)
{
    const unsigned char *text = w->text;
    uint64_t levels = 0, *outer = w->s->levels.bits;
    uint32_t depth = 0, most = w->max_depth - w->depth;

    for (;;) {
        unsigned char c = text[*i++];

        if ((c | 0x20) == '{') {
            if (depth == most)
                return NULL;
            if (depth % 64 == 0)
                outer[depth / 64] = levels;
            levels = levels << 1 | (c == '{');
            depth++;
            if (text[*i] != c + 2) { /* } and ] are that far from { and [ */
                if (c == '[')
                    continue;
                if (text[i[0]] != '"' || text[i[1]] != ':')
                    return NULL;
                i += 2;
                continue;
            }
        } else if (c != '"' && !lii_json_is_scalar(&text[i[-1]], w->end, LII_JSON_WIDE)) {
            return NULL;
        }
        for (;;) {
            if (depth == 0)
                return i;
            c = text[*i++];
            if (c == ',') {
                if (!(levels & 1))
                    break;
                if (text[i[0]] != '"' || text[i[1]] != ':')
                    return NULL;
                i += 2;
                break;
            }
            if (c != (levels & 1 ? '}' : ']'))
                return NULL;
            depth--;
            levels = depth % 64 ? levels >> 1 : outer[depth / 64];
        }
    }
}

/* Behind a value: close what ends here. At the next member or element, or behind the event when no frame is left. */
static place pass_after(walker *w, place i)
{
    unsigned char c;

    while (w->depth > 0) {
        c = w->text[*i++];
        if (c == ',')
            return i;
        if (c != (w->s->frames[w->depth - 1].is_object ? '}' : ']'))
            return NULL;
        w->depth--;
    }
    return i;
}

/* A container is entered: at its first member or element, or behind what ends with it. */
static place enter(walker *w, place i, const lii_node *node)
{
    unsigned char c = w->text[*i];

    if (w->depth >= w->max_depth || push(w, node, c == '{') != 0)
        return NULL;
    i++;
    return w->text[*i] == c + 2 ? pass_after(w, i) : i;
}

/* In an object, at a member: to the value of the first whose name is a child of *node, which it becomes; or to the end of the
 * object, and *node is NULL. */
static place find_member(walker *w, place i, const lii_node **node)
{
    const lii_node *in = *node;
    uint64_t children = atomic_load_explicit(&in->children, memory_order_relaxed);
    const unsigned char *text = w->text, *name;
    size_t len;

    for (*node = NULL;; i++) {
        if (text[i[0]] != '"' || text[i[1]] != ':')
            return NULL;
        name = text + i[0] + 1;
        len = (size_t)(string_end(w, i[1]) - name);
        if (is_odd_name(w, name, len))
            *node = find_odd_name(w, in, (const char *)name, len);
        else if (children & lii_child_bit((const char *)name, len))
            *node = child_of(w->s, in, (const char *)name, len);
        i += 2;
        if (*node)
            return i;
        i = text[*i] == '"' ? i + 1 : skip(w, i);
        if (i == NULL || text[*i] != ',')
            return i;
    }
}

/* 1; 0 when something is wrong. What is behind the event is not looked at. */
static int pass_event(walker *w, const lii_index *x)
{
    place i = enter(w, x->at, w->s->core->root);

    while (i && w->depth > 0 && w->s->status == LI_OK) {
        const lii_frame *frame = &w->s->frames[w->depth - 1];
        const lii_node *node = frame->node;

        if (frame->is_object && (i = find_member(w, i, &node)) == NULL)
            return 0;
        if (node == NULL) {
            i = pass_after(w, i);
        } else if ((w->text[*i] | 0x20) == '{') {
            i = enter(w, i, node);
        } else {
            if ((i = pass_scalar(w, i)) == NULL)
                return 0;
            if (atomic_load_explicit(&node->kinds, memory_order_relaxed) & LII_NODE_FIELD)
                note(w, node, i - 1);
            i = pass_after(w, i);
        }
    }
    return i != NULL && w->s->status == LI_OK;
}

static const char want_event[] = "an event is a JSON object";

/* Not an event: where that is seen first, and why. */
static li_status explain(const walker *w, const lii_json_cursor *c, const char *event, li_error *err)
{
    lii_json_error error;
    li_status status = c->reason == lii_json_too_deep ? LI_E_DEPTH : LI_E_JSON;

    if (w->s->status != LI_OK)
        return lii_fail(err, w->s->status, LI_DETAIL_NONE, NULL, 0, "%s", li_strerror(w->s->status));
    lii_json_locate(c, (lii_json_bytes)event, &error);
    lii_fail(err, status, c->reason == want_event ? LI_DETAIL_EVENT_OBJECT : LI_DETAIL_EVENT_JSON, NULL, 0,
             "not an event at byte %zu (line %u, column %u): %s", error.offset, (unsigned)error.line, (unsigned)error.column,
             error.reason);
    if (err && err->size >= sizeof *err && err->size <= 4096) {
        err->offset = error.offset;
        err->line = error.line;
        err->column = error.column;
    }
    return status;
}

/* Where the event ends, read without an index; NULL, and c has place and reason. */
static __attribute__((noinline)) lii_json_bytes find_end(walker *w, lii_json_cursor *c)
{
    c->end = w->end;
    c->bad = w->text;
    if (w->text == w->end || *w->text != '{')
        return lii_json_fail(c, w->text, want_event);
    w->s->levels.depth = 0;
    return lii_json_pass_value(c, w->text, &w->s->levels, w->max_depth, 0);
}

/* 1, 0, or -1 without memory. */
static int index_and_pass(walker *w)
{
    int found = lii_index_read(&w->s->index, w->s->allocator, (const char *)w->text, (size_t)(w->end - w->text));

    if (found < 0)
        w->s->status = LI_E_NOMEM;
    return found > 0 && pass_event(w, &w->s->index);
}

li_status lii_walk_event(lii_scratch *s, const char *event, size_t len, uint32_t max_depth, li_error *err)
{
    const char *text = event ? event : "";
    lii_json_bytes begin = (lii_json_bytes)text;
    lii_json_cursor c;
    walker w;

    if (len >= UINT32_MAX)
        return lii_fail(err, LI_E_TOO_LARGE, LI_DETAIL_NONE, NULL, 0, "an event has less than 4 GiB");
    w.s = s;
    w.end = begin + len;
    w.text = lii_json_pass_space(begin, w.end, LII_JSON_WIDE);
    w.depth = 0;
    w.max_depth = max_depth;
    if (w.text < w.end && *w.text == '{' && index_and_pass(&w))
        return LI_OK;
    c.reason = NULL;
    if (s->status == LI_OK) {
        w.end = find_end(&w, &c);
        if (w.end != NULL && index_and_pass(&w)) /* what follows it was no JSON */
            return LI_OK;
    }
    return explain(&w, &c, text, err);
}
