/* scan.c - values, members and texts found on the raw bytes of a valid JSON text. */
#include "json/scan.h"

#include <string.h>

#include "base/slice.h"
#include "json/plain.h"

typedef const unsigned char *bytes;

static bytes skip_space(bytes p, bytes end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

/* p is behind the opening quote; returns behind the closing one. */
static bytes skip_string(bytes p, bytes end)
{
    while ((p = lii_json_skip_plain(p, end)) < end) {
        if (*p == '"')
            return p + 1;
        p += *p == '\\' && end - p > 1 ? 2 : 1;
    }
    return end;
}

static bytes skip_container(bytes p, bytes end)
{
    size_t depth = 0;

    while (p < end) {
        switch (*p++) {
        case '"':
            p = skip_string(p, end);
            break;
        case '{':
        case '[':
            depth++;
            break;
        case '}':
        case ']':
            if (--depth == 0)
                return p;
            break;
        default:
            break;
        }
    }
    return end;
}

static bytes skip_word(bytes p, bytes end)
{
    while (p < end && *p > ' ' && *p != ',' && *p != ']' && *p != '}' && *p != ':')
        p++;
    return p;
}

static int32_t type_of(unsigned char first)
{
    switch (first) {
    case '{':
        return LII_JSON_OBJECT;
    case '[':
        return LII_JSON_ARRAY;
    case '"':
        return LII_JSON_STRING;
    case 't':
        return LII_JSON_TRUE;
    case 'f':
        return LII_JSON_FALSE;
    case 'n':
        return LII_JSON_NULL;
    default:
        return first == '-' || (first >= '0' && first <= '9') ? LII_JSON_NUMBER : LII_JSON_NONE;
    }
}

static lii_json_value none(void)
{
    lii_json_value value;

    memset(&value, 0, sizeof value);
    return value;
}

/* The value that begins at p, up to its last byte. */
static lii_json_value value_at(bytes p, bytes end)
{
    lii_json_value value = none();
    bytes stop;

    if (p >= end)
        return value;
    value.type = type_of(*p);
    if (value.type == LII_JSON_NONE)
        return value;
    if (value.type == LII_JSON_STRING)
        stop = skip_string(p + 1, end);
    else if (value.type == LII_JSON_OBJECT || value.type == LII_JSON_ARRAY)
        stop = skip_container(p, end);
    else
        stop = skip_word(p, end);
    value.ptr = (const char *)p;
    value.len = (size_t)(stop - p);
    return value;
}

lii_json_value lii_json_root(const char *text, size_t len)
{
    bytes begin = (bytes)(text ? text : "");
    bytes end = begin + lii_len(text, len);

    return value_at(skip_space(begin, end), end);
}

int lii_json_next(lii_json_value container, size_t *at, lii_json_value *key, lii_json_value *value)
{
    bytes begin = (bytes)container.ptr, end, p;
    lii_json_value name = none(), found;

    if (container.type != LII_JSON_OBJECT && container.type != LII_JSON_ARRAY)
        return 0;
    if (*at >= container.len)
        return 0;
    end = begin + container.len;
    p = skip_space(begin + (*at == 0 ? 1 : *at), end);
    if (p < end && *p == ',')
        p = skip_space(p + 1, end);
    if (container.type == LII_JSON_OBJECT && p < end && *p == '"') {
        name = value_at(p, end);
        p = skip_space(p + name.len, end);
        p = skip_space(p < end ? p + 1 : p, end); /* the colon */
    }
    found = value_at(p, end);
    *at = found.type == LII_JSON_NONE ? container.len : (size_t)(p - begin) + found.len;
    if (found.type == LII_JSON_NONE)
        return 0;
    if (key)
        *key = name;
    if (value)
        *value = found;
    return 1;
}

lii_json_value lii_json_get(lii_json_value object, const char *name, size_t name_len)
{
    lii_json_value key, value, found = none();
    size_t at = 0, len = lii_len(name, name_len);

    if (object.type != LII_JSON_OBJECT)
        return found;
    while (lii_json_next(object, &at, &key, &value))
        if (lii_json_text_is(key, name, len))
            found = value;
    return found;
}

static uint32_t hex4(bytes p)
{
    uint32_t code = 0;
    int i;

    for (i = 0; i < 4; i++) {
        unsigned char c = p[i];

        code = code << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return code;
}

/* The code point of the escape at p (the u of it); *next is behind it, both halves of a surrogate pair taken. A lone half
 * is given as it is. */
static uint32_t read_unicode(bytes p, bytes end, bytes *next)
{
    uint32_t code, low;

    if (end - p < 5) {
        *next = end;
        return 0xFFFD;
    }
    code = hex4(p + 1);
    *next = p + 5;
    if (code < 0xD800 || code > 0xDFFF)
        return code;
    if (code < 0xDC00 && end - p >= 11 && p[5] == '\\' && p[6] == 'u') {
        low = hex4(p + 7);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            *next = p + 11;
            return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        }
    }
    return code;
}

static size_t encode(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

/* What an escape means: p is behind the backslash. */
static size_t read_escape(bytes p, bytes end, bytes *next, int keeps_lone, char out[4])
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    const char *found;

    if (p < end && *p == 'u') {
        uint32_t code = read_unicode(p, end, next);

        return encode(!keeps_lone && code >= 0xD800 && code <= 0xDFFF ? 0xFFFD : code, out);
    }
    *next = p < end ? p + 1 : p;
    if (p == end)
        return 0;
    found = strchr(from, *p);
    out[0] = found && *p ? to[found - from] : (char)*p;
    return 1;
}

/* A string without its quotes; an empty range for anything else. */
static void inside(lii_json_value string, bytes *p, bytes *end)
{
    *p = *end = (bytes)"";
    if (string.type != LII_JSON_STRING || string.len < 2)
        return;
    *p = (bytes)string.ptr + 1;
    *end = *p + string.len - 2;
}

/* The next piece of the string's text: a run of bytes as they are, or one escape in few. NULL at the end. */
static const char *next_piece(bytes *p, bytes end, int keeps_lone, char few[4], size_t *len)
{
    bytes begin = *p, slash;

    if (begin == end)
        return NULL;
    if (*begin == '\\') {
        *len = read_escape(begin + 1, end, p, keeps_lone, few);
        return few;
    }
    slash = memchr(begin, '\\', (size_t)(end - begin));
    *p = slash ? slash : end;
    *len = (size_t)(*p - begin);
    return (const char *)begin;
}

size_t lii_json_text(lii_json_value string, char *out, size_t out_size)
{
    bytes p, end;
    const char *piece;
    char few[4];
    size_t needed = 0, len;

    inside(string, &p, &end);
    while ((piece = next_piece(&p, end, 0, few, &len)) != NULL) {
        if (needed < out_size)
            memcpy(out + needed, piece, len < out_size - needed ? len : out_size - needed);
        needed += len;
    }
    return needed;
}

size_t lii_json_unescape(const char *raw, size_t len, char *out)
{
    bytes p = (bytes)raw, end = p + len;
    const char *piece;
    char few[4];
    size_t n = 0, piece_len;

    while ((piece = next_piece(&p, end, 1, few, &piece_len)) != NULL) {
        memcpy(out + n, piece, piece_len);
        n += piece_len;
    }
    return n;
}

int lii_json_text_is(lii_json_value string, const char *text, size_t text_len)
{
    bytes p, end;
    const char *piece;
    char few[4];
    size_t at = 0, len, whole = lii_len(text, text_len);

    if (string.type != LII_JSON_STRING)
        return 0;
    inside(string, &p, &end);
    while ((piece = next_piece(&p, end, 0, few, &len)) != NULL) {
        if (len > whole - at || memcmp(text + at, piece, len) != 0)
            return 0;
        at += len;
    }
    return at == whole;
}

int lii_json_i64(lii_json_value number, int64_t *out)
{
    uint64_t n = 0, limit = INT64_MAX;
    size_t i = 0;
    int is_negative;

    if (number.type != LII_JSON_NUMBER)
        return -1;
    is_negative = number.ptr[0] == '-';
    limit += (uint64_t)is_negative;
    for (i = (size_t)is_negative; i < number.len; i++) {
        uint64_t digit = (uint64_t)(unsigned char)number.ptr[i] - '0';

        if (digit > 9 || n > (limit - digit) / 10)
            return -1;
        n = n * 10 + digit;
    }
    if (is_negative)
        *out = n == 0 ? 0 : -(int64_t)(n - 1) - 1;
    else
        *out = (int64_t)n;
    return 0;
}
