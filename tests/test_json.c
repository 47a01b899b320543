/* test_json.c - JSON: what is accepted, where the first wrong byte is, members found without a tree, text written. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <lambdainvoke/lambdainvoke.h>

#include "base/random.h"
#include "json/scan.h"
#include "json/write.h"

Suite *suite_json(void);

#define LONG "0123456789abcdefghijklmnopqrstuvwxyz"

/* Both ways of checking, on a block of exactly that size, so that a sanitizer sees a read behind it. */
static int check(const char *text, size_t len, lii_json_error *error)
{
    lii_json_error wide, narrow;
    char *exact = malloc(len ? len : 1);
    int a, b;

    if (exact == NULL)
        ck_abort();
    if (len > 0)
        memcpy(exact, text, len);
    memset(&wide, 0, sizeof wide);
    memset(&narrow, 0, sizeof narrow);
    a = lii_json_check(exact, len, LII_JSON_DEPTH, &wide);
    b = lii_json_check_bytewise(exact, len, LII_JSON_DEPTH, &narrow);
    free(exact);
    if (a != b || wide.offset != narrow.offset || wide.line != narrow.line || wide.column != narrow.column)
        ck_abort_msg("%.*s: %d at %zu, bytewise %d at %zu", (int)len, text, a, wide.offset, b, narrow.offset);
    if (error)
        *error = wide;
    return a;
}

static const char *const good[] = {
    "{}", "[]", "0", "-0", "\"\"", "true", "false", "null", " \t\r\n[ ] \n", "[[]   ]", "[{},[],{}]", "{\"\":0}",
    "[1,2 , 3]", "{\"a\":1,\"a\":2}", "{\"a\" : {\"b\":[1,{\"c\":null}]} , \"d\":[]}", "[-1.5E+10,0e0,0.0,1e-9,10]",
    "1E400", "-1e-99999", "18446744073709551616", "[9007199254740993,-9223372036854775808]",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\uFFFF\\uabCD\"", "\"\\ud800\"", "\"\\udc00\\ud800x\"", "\"\\ud83d\\ude00\"",
    "\"\x7f\"", "\"\xC2\x80\xDF\xBF\"", "\"\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF\"",
    "\"\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\"", "\"" LONG LONG "\"", "\"" LONG "\\n" LONG "\\\\\"",
    "{\"" LONG "\":\"" LONG "\xE2\x82\xAC" LONG "\\u20ac\"}", "{\n                                  \"a\": 1\n}"
};

START_TEST(test_rel_95_valid_texts_pass)
{
    ck_assert_int_eq(check(good[_i], strlen(good[_i]), NULL), 0);
}
END_TEST

typedef struct bad_text {
    const char *text;
    size_t offset;
} bad_text;

static const bad_text bad[] = {
    { "", 0 }, { " \n", 2 }, { "\xEF\xBB\xBF{}", 0 }, { "x", 0 }, { "'a'", 0 }, { "+1", 0 }, { ".5", 0 }, { "NaN", 0 },
    { "Infinity", 0 }, { "-Infinity", 1 }, { "-", 1 }, { "- 1", 1 }, { "01", 1 }, { "-01", 2 }, { "1.", 2 },
    { "1.e5", 2 }, { "1e", 2 }, { "1e+", 3 }, { "1e+-1", 3 }, { "0x10", 1 }, { "1_000", 1 }, { "1 2", 2 }, { "tru", 3 },
    { "True", 0 }, { "truE", 3 }, { "truex", 4 }, { "nul]", 3 }, { "fals", 4 },
    { "[", 1 }, { "[1", 2 }, { "[1,", 3 }, { "[1,]", 3 }, { "[,1]", 1 }, { "[1 2]", 3 }, { "[1}", 2 }, { "]", 0 },
    { "[]]", 2 }, { "[1:2]", 2 }, { "[1,,2]", 3 }, { "[] []", 3 }, { "[1//c\n]", 2 }, { "[/**/]", 1 }, { "[\f]", 1 },
    { "[\xC2\xA0]", 1 }, { "{", 1 }, { "{]", 1 }, { "{,}", 1 }, { "{1:2}", 1 }, { "{a:1}", 1 }, { "{\"a\"}", 4 },
    { "{\"a\" 1}", 5 }, { "{\"a\":}", 5 }, { "{\"a\":1,}", 7 }, { "{\"a\":1 \"b\":2}", 7 }, { "{\"a\":1]", 6 },
    { "{\"a\"::1}", 5 }, { "{\"a\":1;", 6 }, { "{\"a\":[1}", 7 }, { "{}}", 2 },
    { "\"", 1 }, { "\"abc", 4 }, { "\"\\", 2 }, { "\"\\\"", 3 }, { "\"\\x\"", 2 }, { "\"\\U0041\"", 2 },
    { "\"\\u\"", 3 }, { "\"\\u12\"", 5 }, { "\"\\u123", 6 }, { "\"\\u12G4\"", 5 }, { "\"\\u 123\"", 3 },
    { "\"\t\"", 1 }, { "\"\n\"", 1 }, { "\"\x1f\"", 1 }, { "\"a\" \"b\"", 4 }, { "\"" LONG "\x01\"", 37 },
    { "\"" LONG "\\q\"", 38 }, { "\"" LONG, 37 },
    { "\"\x80\"", 1 }, { "\"\xBF\"", 1 }, { "\"\xC0\xAF\"", 1 }, { "\"\xC1\xBF\"", 1 }, { "\"\xC3\"", 2 },
    { "\"\xC3(\"", 2 }, { "\"\xE0\x80\x80\"", 2 }, { "\"\xE0\x9F\xBF\"", 2 }, { "\"\xE2\x82\"", 3 },
    { "\"\xED\xA0\x80\"", 2 }, { "\"\xF0\x80\x80\x80\"", 2 }, { "\"\xF0\x8F\xBF\xBF\"", 2 },
    { "\"\xF4\x90\x80\x80\"", 2 }, { "\"\xF5\x80\x80\x80\"", 1 }, { "\"\xFF\"", 1 }, { "\"\xF0\x90\x80\"", 4 },
    { "\"" LONG "\xE2(\"", 38 }, { "\"\xF0\x90", 3 }
};

START_TEST(test_rel_95_the_first_byte_that_cannot_stand_there_is_named)
{
    lii_json_error error;

    ck_assert_int_eq(check(bad[_i].text, strlen(bad[_i].text), &error), -1);
    ck_assert_msg(error.offset == bad[_i].offset, "%s: %zu, not %zu", bad[_i].text, error.offset, bad[_i].offset);
    ck_assert_uint_gt(strlen(error.reason), 0);
}
END_TEST

START_TEST(test_rel_95_a_nul_is_a_byte_like_any_other)
{
    lii_json_error error;

    ck_assert_int_eq(check("[1]\0", 4, &error), -1);
    ck_assert_uint_eq(error.offset, 3);
    ck_assert_int_eq(check("\"\0\"", 3, &error), -1);
    ck_assert_uint_eq(error.offset, 1);
    ck_assert_int_eq(lii_json_check(NULL, 0, LII_JSON_DEPTH, NULL), -1);
}
END_TEST

static const char document[] =
    "{\"Records\": [{\"key\": \"" LONG "/\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80.jpg\", \"size\": -12.50e+3,\n"
    "  \"tags\": [true, false, null, {}, []],\t\"esc\": \"\\\"quoted\\\" \\\\ \\u00e9\\ud83d\\ude00 " LONG "\"}]}";

START_TEST(test_rel_95_every_cut_of_a_document_is_refused_at_its_end)
{
    size_t len = sizeof document - 1, n;
    lii_json_error error;

    ck_assert_int_eq(check(document, len, NULL), 0);
    for (n = 0; n < len; n++) {
        ck_assert_int_eq(check(document, n, &error), -1);
        ck_assert_uint_eq(error.offset, n);
    }
}
END_TEST

/* What follows the change can be right or wrong, but the bytes before it stay right, and both ways agree. */
START_TEST(test_rel_95_every_changed_byte_is_judged_no_earlier_than_there)
{
    char text[sizeof document];
    size_t len = sizeof document - 1, i;
    lii_json_error error;
    int byte, n_refused = 0;

    for (i = 0; i < len; i++) {
        memcpy(text, document, sizeof text);
        for (byte = 0; byte < 256; byte += byte < 128 ? 1 : 5) {
            text[i] = (char)byte;
            if (check(text, len, &error) == 0)
                continue;
            n_refused++;
            if (error.offset < i || error.offset > len)
                ck_abort_msg("byte %zu made %d: refused at %zu", i, byte, error.offset);
        }
    }
    ck_assert_int_gt(n_refused, 1000);
}
END_TEST

/* A string accepts a control byte nowhere, whatever its place in a block. */
START_TEST(test_rel_95_each_place_of_a_block_is_looked_at)
{
    static const char *const specials[] = { "\x1f", "\x80", "\\q", "\\u00g0", "\xC3\x28", "\n" };
    char text[128];
    size_t at, i;
    lii_json_error error;

    for (i = 0; i < sizeof specials / sizeof specials[0]; i++)
        for (at = 1; at < 80; at++) {
            memset(text, 'a', sizeof text);
            text[0] = text[100] = '"';
            ck_assert_int_eq(check(text, 101, NULL), 0);
            memcpy(text + at, specials[i], strlen(specials[i]));
            ck_assert_int_eq(check(text, 101, &error), -1);
            ck_assert_uint_ge(error.offset, at);
            ck_assert_uint_lt(error.offset, at + 6);
            memcpy(text + at, "\\\"\\\\\\u00e9", 10);
            ck_assert_int_eq(check(text, 101, NULL), 0);
        }
}
END_TEST

START_TEST(test_rel_95_random_bytes_are_judged_alike_both_ways)
{
    static const char alphabet[] = "{}[]\",:\\u0e1-+.trufalsn \n\xC3\xA9\x80\x01";
    lii_random random;
    char text[48];
    int i, n_good = 0;
    size_t j, len;

    lii_random_seed(&random, 5);
    for (i = 0; i < 30000; i++) {
        len = (size_t)(lii_random_u64(&random) % sizeof text);
        for (j = 0; j < len; j++)
            text[j] = alphabet[lii_random_u64(&random) % (sizeof alphabet - 1)];
        if (i & 1 && len > 2)
            text[0] = text[len - 1] = '"';
        n_good += check(text, len, NULL) == 0;
    }
    ck_assert_int_gt(n_good, 10);
}
END_TEST

static const char *const short_documents[] = {
    "{\"a\": 1}", "{\"a\":10}", "[[[[]]]]", "{\"id\":42}", "[true, 1]", "{\"a\":1,\"bb\":[2]}", "{\"a\":1,\"bbb\":[2]}",
    "{\"key1\":\"value1\"}", "{\"x\":-1.5,\"y\":[0.25, 0]}", "{\"a\":{},\"b\":[],\"c\":\"\",\"\":null}",
    "[{\"order\":1001,\"sent\":false},{\"order\":1002,\"sent\":true}]", "[\"0123456789abcdefghijklmnopqrstuvwxyz {}[],:\", 12345.75]",
    "{\"name\":\"0123456789abcdefghijklmnopqrstuvwxyz\",\"n\":[1,2,3]  }", "{\"a\":\"0123456789abcdefghijklmnopqrstuvwxyz\",\"b\":\"1234567890\"}"
};

/* Each byte made every other, each cut: what the masks of a short text say is what the bytes say. */
START_TEST(test_rel_95_short_documents_are_judged_alike_both_ways)
{
    const char *given = short_documents[_i];
    size_t len = strlen(given), i;
    char text[80];
    int byte;

    ck_assert_uint_ge(len, LII_JSON_SHORT_MIN);
    ck_assert_int_eq(check(given, len, NULL), 0);
    for (i = 0; i < len; i++) {
        ck_assert_int_eq(check(given, i, NULL), -1);
        memcpy(text, given, len);
        for (byte = 0; byte < 256; byte++) {
            text[i] = (char)byte;
            check(text, len, NULL);
        }
    }
}
END_TEST

START_TEST(test_rel_95_tokens_in_any_order_are_judged_alike_both_ways)
{
    static const char *const tokens[] = { "{", "}", "[", "]", ",", ":", "\"\"", "\"a\"", "\"b\":", "1", "-1", "0.5", "01", "1.", "-",
                                          "true", "null", "fals", " ", "\"a\":1", ",\"c\":", "{}", "[]", "[1]", "\"" };
    lii_random random;
    size_t len, k;
    char text[96];
    int i, n_good = 0, n_known = 0;

    lii_random_seed(&random, 7);
    for (i = 0; i < 60000; i++) {
        text[0] = lii_random_u64(&random) % 2 ? '{' : '[';
        for (len = 1, k = lii_random_u64(&random) % 12; k > 0 && len < 60; k--) {
            const char *token = tokens[lii_random_u64(&random) % (sizeof tokens / sizeof tokens[0])];

            memcpy(text + len, token, strlen(token));
            len += strlen(token);
        }
        text[len++] = text[0] == '{' ? '}' : ']';
        if (check(text, len, NULL) != 0)
            continue;
        n_good++;
        n_known += len >= LII_JSON_SHORT_MIN && len <= LII_JSON_SHORT_MAX && lii_json_is_short(text, len);
    }
    ck_assert_int_gt(n_good, 200);
#ifdef __SSE2__
    ck_assert_int_gt(n_known, 50);
#else
    ck_assert_int_eq(n_known, 0);
#endif
}
END_TEST

START_TEST(test_rel_96_a_short_text_has_the_depth_that_is_asked_for)
{
    ck_assert_int_eq(lii_json_check("[[[[1]]]]", 9, 4, NULL), 0);
    ck_assert_int_eq(lii_json_check("[[[[1]]]]", 9, 3, NULL), -1);
    ck_assert_int_eq(lii_json_check("[[[[1]]]]", 9, 9, NULL), 0);
}
END_TEST

static size_t nest(char *text, size_t depth, int mixed)
{
    size_t n = 0, i;

    for (i = 0; i < depth; i++)
        if (mixed && i % 3 == 1) {
            memcpy(text + n, "{\"k\":", 5);
            n += 5;
        } else
            text[n++] = '[';
    if (mixed)
        text[n++] = '1';
    while (i-- > 0)
        text[n++] = mixed && i % 3 == 1 ? '}' : ']';
    return n;
}

START_TEST(test_rel_96_depth_1000_passes_and_1001_does_not)
{
    static char text[8192];
    lii_json_error error;

    ck_assert_int_eq(check(text, nest(text, 1000, 0), NULL), 0);
    ck_assert_int_eq(check(text, nest(text, 1000, 1), NULL), 0);
    ck_assert_int_eq(check(text, nest(text, 1001, 0), &error), -1);
    ck_assert_uint_eq(error.offset, 1000);
    ck_assert_int_eq(check(text, nest(text, 1001, 1), NULL), -1);
    ck_assert_int_eq(lii_json_check("[[]]", 4, 2, NULL), 0);
    ck_assert_int_eq(lii_json_check("[[]]", 4, 1, NULL), -1);
    ck_assert_int_eq(lii_json_check("{}", 2, 0, NULL), -1);
    ck_assert_int_eq(lii_json_check("1", 1, 0, NULL), 0);
    ck_assert_int_eq(lii_json_check(text, nest(text, 1001, 0), UINT32_MAX, NULL), -1);
}
END_TEST

START_TEST(test_an_error_has_line_and_column_in_bytes)
{
    static const char text[] = "{\r\n \"a\": \"\xC3\xA9\",\n\t\"b\": x}";
    li_error err = LI_ERROR_INIT;

    ck_assert_int_eq(lii_json_validate(text, LI_Z, &err), LI_E_JSON);
    ck_assert_int_eq(err.detail, LI_DETAIL_PAYLOAD_JSON);
    ck_assert_uint_eq(err.line, 3);
    ck_assert_uint_eq(err.column, 7);
    ck_assert_uint_eq(err.offset, strlen(text) - 2);
    ck_assert_ptr_nonnull(strstr(err.text, "byte 21"));
    ck_assert_int_eq(lii_json_validate("{}", 2, &err), LI_OK);
    ck_assert_int_eq(err.status, LI_E_JSON);
    ck_assert_int_eq(lii_json_validate("{", 1, NULL), LI_E_JSON);
}
END_TEST

static lii_json_value root(const char *text)
{
    ck_assert_int_eq(check(text, strlen(text), NULL), 0);
    return lii_json_root(text, strlen(text));
}

static void expect_raw(lii_json_value value, int32_t type, const char *raw)
{
    ck_assert_int_eq(value.type, type);
    ck_assert_uint_eq(value.len, strlen(raw));
    ck_assert_mem_eq(value.ptr, raw, value.len);
}

START_TEST(test_inv_104_members_are_found_as_their_raw_bytes)
{
    lii_json_value o = root(" {\"a\" : [1, \"]\\\"}\", {\"a\":7}] , \"b\":{ } ,\"\\u0063\":-1.50, \"a\":true,\"\":\"e\"} ");

    expect_raw(lii_json_get(o, "a", 1), LII_JSON_TRUE, "true");
    expect_raw(lii_json_get(o, "b", LI_Z), LII_JSON_OBJECT, "{ }");
    expect_raw(lii_json_get(o, "c", 1), LII_JSON_NUMBER, "-1.50");
    expect_raw(lii_json_get(o, "", 0), LII_JSON_STRING, "\"e\"");
    ck_assert_int_eq(lii_json_get(o, "d", 1).type, LII_JSON_NONE);
    ck_assert_int_eq(lii_json_get(root("[1]"), "a", 1).type, LII_JSON_NONE);
    ck_assert_int_eq(lii_json_get(lii_json_get(o, "d", 1), "x", 1).type, LII_JSON_NONE);
}
END_TEST

START_TEST(test_a_walk_gives_each_member_and_element_once)
{
    lii_json_value o = root("{\"x\":[ null ,false,\"\\\\\",[[],[]]],\"y\" : 2}"), key, value, inner;
    size_t at = 0, in = 0;

    ck_assert_int_eq(lii_json_next(o, &at, &key, &value), 1);
    expect_raw(key, LII_JSON_STRING, "\"x\"");
    ck_assert_int_eq(lii_json_next(value, &in, &key, &inner), 1);
    expect_raw(inner, LII_JSON_NULL, "null");
    ck_assert_int_eq(key.type, LII_JSON_NONE);
    ck_assert_int_eq(lii_json_next(value, &in, NULL, &inner), 1);
    expect_raw(inner, LII_JSON_FALSE, "false");
    ck_assert_int_eq(lii_json_next(value, &in, NULL, &inner), 1);
    expect_raw(inner, LII_JSON_STRING, "\"\\\\\"");
    ck_assert_int_eq(lii_json_next(value, &in, NULL, &inner), 1);
    expect_raw(inner, LII_JSON_ARRAY, "[[],[]]");
    ck_assert_int_eq(lii_json_next(value, &in, NULL, &inner), 0);
    ck_assert_int_eq(lii_json_next(value, &in, NULL, &inner), 0);
    ck_assert_int_eq(lii_json_next(o, &at, &key, &value), 1);
    expect_raw(key, LII_JSON_STRING, "\"y\"");
    expect_raw(value, LII_JSON_NUMBER, "2");
    ck_assert_int_eq(lii_json_next(o, &at, &key, &value), 0);
    at = 0;
    ck_assert_int_eq(lii_json_next(root("{ }"), &at, &key, &value), 0);
}
END_TEST

START_TEST(test_text_is_unescaped_and_lone_surrogates_are_replaced)
{
    static const char want[] = "a\"\\/\b\f\n\r\t\xC3\xA9\xF0\x9F\x98\x80|\xEF\xBF\xBD|\xEF\xBF\xBDx";
    lii_json_value s = root("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\ude00|\\ud83d|\\ude00x\"");
    char out[64];

    ck_assert_uint_eq(lii_json_text(s, out, sizeof out), sizeof want - 1);
    ck_assert_mem_eq(out, want, sizeof want - 1);
    ck_assert_int_eq(lii_json_text_is(s, want, LI_Z), 1);
    ck_assert_int_eq(lii_json_text_is(s, want, sizeof want - 2), 0);
    memset(out, '#', sizeof out);
    ck_assert_uint_eq(lii_json_text(s, out, 3), sizeof want - 1);
    ck_assert_mem_eq(out, "a\"\\#", 4);
    ck_assert_uint_eq(lii_json_text(root("1"), out, sizeof out), 0);
    ck_assert_uint_eq(lii_json_text(root("\"\\ud83d\\u0041\""), out, sizeof out), 4);
    ck_assert_mem_eq(out, "\xEF\xBF\xBD" "A", 4);
}
END_TEST

START_TEST(test_integers_are_read_up_to_both_ends)
{
    int64_t n = 77;

    ck_assert_int_eq(lii_json_i64(root("9223372036854775807"), &n), 0);
    ck_assert(n == INT64_MAX);
    ck_assert_int_eq(lii_json_i64(root("-9223372036854775808"), &n), 0);
    ck_assert(n == INT64_MIN);
    ck_assert_int_eq(lii_json_i64(root("-0"), &n), 0);
    ck_assert_int_eq(n, 0);
    ck_assert_int_eq(lii_json_i64(root("9223372036854775808"), &n), -1);
    ck_assert_int_eq(lii_json_i64(root("-9223372036854775809"), &n), -1);
    ck_assert_int_eq(lii_json_i64(root("1.0"), &n), -1);
    ck_assert_int_eq(lii_json_i64(root("1e3"), &n), -1);
    ck_assert_int_eq(lii_json_i64(root("\"1\""), &n), -1);
    ck_assert_int_eq(n, 0);
}
END_TEST

START_TEST(test_the_writer_keeps_commas_right)
{
    lii_json_writer w;
    lii_buf buf;

    lii_buf_init(&buf, NULL);
    lii_json_begin(&w, &buf);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "a", "x\"y", 3);
    lii_json_key(&w, "b");
    lii_json_open(&w, '[');
    lii_json_int(&w, -1);
    lii_json_open(&w, '{');
    lii_json_close(&w, '}');
    lii_json_bool(&w, 1);
    lii_json_null(&w);
    lii_json_raw(&w, "{ \"kept\" : 1.0 }", LI_Z);
    lii_json_close(&w, ']');
    lii_json_member_u64(&w, "c", UINT64_MAX);
    lii_json_key_text(&w, "\xC3\xA9\n", 3);
    lii_json_bool(&w, 0);
    lii_json_close(&w, '}');
    lii_buf_add_byte(&buf, '\0');
    ck_assert_str_eq(buf.data, "{\"a\":\"x\\\"y\",\"b\":[-1,{},true,null,{ \"kept\" : 1.0 }],"
                               "\"c\":18446744073709551615,\"\xC3\xA9\\n\":false}");
    lii_buf_fini(&buf);
}
END_TEST

START_TEST(test_any_bytes_are_written_as_a_valid_string)
{
    static const char odd[] = "\xC3(\xF0\x9F\x98|\xED\xA0\x80|\xFF" "\x01\x7f/\\\b";
    lii_random random;
    lii_json_writer w;
    lii_buf buf;
    char text[64], back[256];
    size_t i, j, len;

    lii_buf_init(&buf, NULL);
    lii_json_escape(&buf, odd, sizeof odd - 1);
    lii_buf_add_byte(&buf, '\0');
    ck_assert_str_eq(buf.data,
                     "\xEF\xBF\xBD(\xEF\xBF\xBD|\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD|\xEF\xBF\xBD\\u0001\x7f/\\\\\\b");
    lii_random_seed(&random, 11);
    for (i = 0; i < 5000; i++) {
        len = (size_t)(lii_random_u64(&random) % sizeof text);
        for (j = 0; j < len; j++)
            text[j] = (char)(lii_random_u64(&random) & (i & 1 ? 0x7F : 0xFF));
        lii_buf_clear(&buf);
        lii_json_begin(&w, &buf);
        lii_json_string(&w, text, len);
        ck_assert_int_eq(check(buf.data, buf.len, NULL), 0);
        if (i & 1) {
            ck_assert_uint_eq(lii_json_text(lii_json_root(buf.data, buf.len), back, sizeof back), len);
            ck_assert_int_eq(memcmp(back, text, len), 0);
        }
    }
    lii_buf_fini(&buf);
}
END_TEST

Suite *suite_json(void)
{
    Suite *suite = suite_create("json");
    TCase *check_case = tcase_create("check"), *walk = tcase_create("walk"), *write = tcase_create("write");

    tcase_add_loop_test(check_case, test_rel_95_valid_texts_pass, 0, sizeof good / sizeof good[0]);
    tcase_add_loop_test(check_case, test_rel_95_the_first_byte_that_cannot_stand_there_is_named, 0,
                        sizeof bad / sizeof bad[0]);
    tcase_add_test(check_case, test_rel_95_a_nul_is_a_byte_like_any_other);
    tcase_add_test(check_case, test_rel_95_every_cut_of_a_document_is_refused_at_its_end);
    tcase_add_test(check_case, test_rel_95_every_changed_byte_is_judged_no_earlier_than_there);
    tcase_add_test(check_case, test_rel_95_each_place_of_a_block_is_looked_at);
    tcase_add_test(check_case, test_rel_95_random_bytes_are_judged_alike_both_ways);
    tcase_add_loop_test(check_case, test_rel_95_short_documents_are_judged_alike_both_ways, 0,
                        (int)(sizeof short_documents / sizeof short_documents[0]));
    tcase_add_test(check_case, test_rel_95_tokens_in_any_order_are_judged_alike_both_ways);
    tcase_add_test(check_case, test_rel_96_a_short_text_has_the_depth_that_is_asked_for);
    tcase_add_test(check_case, test_rel_96_depth_1000_passes_and_1001_does_not);
    tcase_add_test(check_case, test_an_error_has_line_and_column_in_bytes);
    tcase_add_test(walk, test_inv_104_members_are_found_as_their_raw_bytes);
    tcase_add_test(walk, test_a_walk_gives_each_member_and_element_once);
    tcase_add_test(walk, test_text_is_unescaped_and_lone_surrogates_are_replaced);
    tcase_add_test(walk, test_integers_are_read_up_to_both_ends);
    tcase_add_test(write, test_the_writer_keeps_commas_right);
    tcase_add_test(write, test_any_bytes_are_written_as_a_valid_string);
    suite_add_tcase(suite, check_case);
    suite_add_tcase(suite, walk);
    suite_add_tcase(suite, write);
    return suite;
}
