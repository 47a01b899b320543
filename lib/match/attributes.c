/* attributes.c - SNS message attributes as the leaves of an event (PAT-116). */
#include "base/error.h"
#include "base/slice.h"
#include "json/scan.h"
#include "match/scratch.h"

static int is_type(li_slice type, const char *name)
{
    size_t len = strlen(name);

    return type.len >= len && memcmp(type.ptr, name, len) == 0 && (type.len == len || type.ptr[len] == '.');
}

static char *keep(lii_scratch *s, const char *raw, size_t len, size_t *out_len)
{
    char *text = s->text + s->text_len;

    *out_len = lii_json_unescape(raw, len, text);
    s->text_len += *out_len;
    return text;
}

static void note_element(lii_scratch *s, const lii_node *node, lii_json_value value)
{
    size_t len;
    char *text;

    switch (value.type) {
    case LII_JSON_STRING:
        text = keep(s, value.ptr + 1, value.len - 2, &len);
        lii_walk_leaf(s, node, LII_LEAF_STRING, text, len, 0);
        break;
    case LII_JSON_NUMBER:
        lii_walk_leaf(s, node, LII_LEAF_NUMBER, value.ptr, value.len, 0);
        break;
    case LII_JSON_TRUE:
        lii_walk_leaf(s, node, LII_LEAF_TRUE, value.ptr, value.len, 0);
        break;
    case LII_JSON_FALSE:
        lii_walk_leaf(s, node, LII_LEAF_FALSE, value.ptr, value.len, 0);
        break;
    default:
        lii_walk_leaf(s, node, LII_LEAF_NULL, value.ptr, value.len, 0);
        break;
    }
}

/* A JSON array of plain values; anything else has no value. */
static void note_array(lii_scratch *s, const lii_node *node, li_slice text)
{
    lii_json_value array, value;
    size_t at = 0;

    if (lii_json_check(text.ptr, text.len, 1, NULL) != 0)
        return;
    array = lii_json_root(text.ptr, text.len);
    if (array.type != LII_JSON_ARRAY)
        return;
    while (lii_json_next(array, &at, NULL, &value))
        note_element(s, node, value);
}

static void note_attribute(lii_scratch *s, const lii_node *node, li_slice type, li_slice value)
{
    if (is_type(type, "String.Array"))
        note_array(s, node, value);
    else if (is_type(type, "String"))
        lii_walk_leaf(s, node, LII_LEAF_STRING, value.ptr ? value.ptr : "", value.len, 0);
    else if (is_type(type, "Number") && lii_json_check(value.ptr, value.len, 1, NULL) == 0 &&
             lii_json_root(value.ptr, value.len).type == LII_JSON_NUMBER) {
        lii_json_value number = lii_json_root(value.ptr, value.len);

        lii_walk_leaf(s, node, LII_LEAF_NUMBER, number.ptr, number.len, 0);
    }
}

li_status lii_walk_attributes(lii_scratch *s, const li_pattern_attribute *attributes, size_t n, li_error *err)
{
    size_t i, total = 0;

    if (attributes == NULL && n > 0)
        return LI_E_INVALID;
    for (i = 0; i < n; i++) {
        li_slice value = lii_measured(attributes[i].value);

        if (value.len >= UINT32_MAX - total)
            return lii_fail(err, LI_E_TOO_LARGE, LI_DETAIL_NONE, NULL, 0, "attributes have less than 4 GiB");
        total += value.len;
    }
    if (lii_scratch_room(s, &s->text, &s->cap_text, total + 1) != 0)
        return LI_E_NOMEM;
    for (i = 0; i < n && s->status == LI_OK; i++) {
        li_slice name = lii_measured(attributes[i].name);
        const lii_node *node = lii_walk_find(s, s->core->root, name.ptr ? name.ptr : "", name.len);

        if (node && atomic_load_explicit(&node->kinds, memory_order_relaxed) & LII_NODE_FIELD)
            note_attribute(s, node, lii_measured(attributes[i].type), lii_measured(attributes[i].value));
    }
    return s->status;
}
