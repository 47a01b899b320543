/* test_pattern_event.c - how events are read: wherever something stands in a block, what is right passes and what is not is said as
 * the check of payloads says it; each make of the pass finds the same tokens. */
#include "json/scan.h"
#define LII_WIDE_PLAIN 1
#include "match/index_pass.h"
#include "pattern_help.h"

Suite *suite_pattern_event(void);

/* Something of everything, over some blocks. */
static const char document[] =
    "{\"version\":\"0\",\"names\":[\"\",\"a\",\"a longer one, of more bytes than sixteen, with \\\"quotes\\\" and \\\\ in it\"],"
    "\"deep\":{\"er\":[[[{}],[]],{\"x\":{\"y\":-0.5e+3}}]},\"numbers\":[0,-1,12.5,1e9,-0.25,100,1234567890123456789012345],"
    "\"words\":[true,false,null],\"\\u0061\\/b\":\"\\ud83d\\ude00\",\"lettr\xC3\xA9s\":\"\xE2\x82\xAC\xF0\x9F\x98\x80\xC3\xBC\","
    "\"spaced\" :\t{ \"k\"\r\n:  1 , \"l\" : [ 2 , \"x\" , { } ] },\"one more with . in it\":\"}{][,:\",\"a.b\":{\"c\":[\"end\"]}}";

enum { N_DOCUMENT = sizeof document - 1, MOST = N_DOCUMENT + 64 };

static li_pattern *any_event(void)
{
    return compile_as("{'deep':{'er':{'x':{'y':[{'exists':true}]}}},'spaced':{'l':[3]},'words':[true]}", NULL);
}

/* A match says what the check says; behind the event may be anything. The text stands so many blanks from its beginning, in a
 * block of exactly its size. */
static void agree(const li_pattern *pattern, const char *text, size_t len, size_t n_before)
{
    char *exact = malloc(n_before + len);
    li_error err = LI_ERROR_INIT;
    lii_json_error error;
    li_status status;
    int32_t is_match;

    ck_assert_ptr_nonnull(exact);
    memset(exact, ' ', n_before);
    memcpy(exact + n_before, text, len);
    status = li_pattern_match(pattern, exact, n_before + len, &is_match, &err);
    if (lii_json_check_bytewise(exact, n_before + len, 512, &error) == 0 || strcmp(error.reason, "nothing may follow the value") == 0)
        ck_assert_msg(status == LI_OK || err.detail == LI_DETAIL_EVENT_OBJECT, "%.*s: %s", (int)len, text, err.text);
    else
        ck_assert_msg(status == LI_E_JSON && (err.offset == error.offset || err.detail == LI_DETAIL_EVENT_OBJECT),
                      "%.*s: %s, not at %zu: %s", (int)len, text, err.text, error.offset, error.reason);
    free(exact);
}

START_TEST(test_pat_11_an_event_is_read_wherever_it_begins)
{
    li_pattern *pattern = any_event();
    size_t n;

    for (n = 0; n < 130; n++)
        agree(pattern, document, N_DOCUMENT, n);
    li_pattern_free(pattern);
}
END_TEST

START_TEST(test_pat_11_every_cut_of_an_event_is_refused_where_it_ends)
{
    li_pattern *pattern = any_event();
    size_t n;

    for (n = 0; n < N_DOCUMENT; n++)
        agree(pattern, document, n, n * 7 % 64);
    li_pattern_free(pattern);
}
END_TEST

static const char others[] = "\"\\{}[]:, \t\n\x01\x1a\x0c" "019-+.eEtfnu/xa\x7f\x80\xbf\xc3\xe2\xed\xf0\xf4\xff";

/* A byte replaced, left out, or put in: the check and the match agree. _i: which of the three. */
START_TEST(test_pat_11_every_change_of_an_event_is_judged_as_a_payload_is)
{
    li_pattern *pattern = any_event();
    char text[MOST];
    size_t at, k, n_others = sizeof others - 1, shift = 0;

    for (at = 0; at < N_DOCUMENT; at++)
        for (k = 0; k < (_i == 1 ? 1 : n_others); k++) {
            size_t keeps = at + (_i == 2 ? 0 : 1), len = at;

            memcpy(text, document, at);
            if (_i != 1)
                text[len++] = others[k];
            memcpy(text + len, document + keeps, N_DOCUMENT - keeps);
            agree(pattern, text, len + N_DOCUMENT - keeps, shift++ % 64);
        }
    li_pattern_free(pattern);
}
END_TEST

/* ---- the makes of the pass */

static int pass_plain(lii_index *x, const unsigned char *text, size_t len)
{
    return lii_index_pass_text(x, text, len);
}

static void compare_passes(const unsigned char *text, size_t len)
{
    static uint32_t places[2][MOST + 2 * LII_INDEX_ROOM];
    lii_index a = { places[0], 0, MOST + 2 * LII_INDEX_ROOM, NULL }, b = { places[1], 0, MOST + 2 * LII_INDEX_ROOM, NULL };
    lii_index_pass *makes[3] = { lii_index_pass_any };
    int i, n = 1, is_right = pass_plain(&a, text, len);

#if defined __x86_64__
    if (lii_index_has_avx2())
        makes[n++] = lii_index_pass_avx2;
    if (lii_index_has_avx512())
        makes[n++] = lii_index_pass_avx512;
#endif
    for (i = 0; i < n; i++) {
        ck_assert_int_eq(makes[i](&b, text, len), is_right);
        if (is_right) {
            ck_assert_uint_eq(b.n, a.n);
            ck_assert_mem_eq(b.at, a.at, (a.n + LII_INDEX_ENDS) * sizeof *a.at);
        }
    }
}

START_TEST(test_pat_124_each_make_of_the_pass_finds_the_same_tokens)
{
    unsigned char text[MOST];
    size_t at, k, n_before;

    for (at = 0; at < N_DOCUMENT; at++)
        for (k = 0; k < sizeof others - 1; k += 3) {
            n_before = (at + k) % 64;
            memset(text, ' ', n_before);
            memcpy(text + n_before, document, N_DOCUMENT);
            if (others[k] != 0x1a && others[k] != 0x0c) /* where they are not right, the makes see them as different things */
                text[n_before + at] = (unsigned char)others[k];
            compare_passes(text, n_before + N_DOCUMENT);
        }
}
END_TEST

/* As many brackets as there are bytes, and more and more of them. */
START_TEST(test_pat_11_an_event_of_brackets_has_room)
{
    li_pattern *pattern = compile_as("{'b':['x']}", NULL);
    static char text[20000];
    int32_t is_match;
    size_t i, n;
    char *p;

    for (n = 10; n < 5000; n *= 3) {
        p = text + sprintf(text, "{\"a\":[");
        for (i = 0; i < n; i++)
            p += sprintf(p, "%s[]", i ? "," : "");
        sprintf(p, "],\"b\":\"x\"}");
        ck_assert_int_eq(li_pattern_match(pattern, text, LI_Z, &is_match, NULL), LI_OK);
        ck_assert_int_eq(is_match, 1);
    }
    li_pattern_free(pattern);
}
END_TEST

START_TEST(test_pat_11_what_follows_an_event_may_be_no_json)
{
    static const char *const behind[] = { "\"", "}", "\"\\", "\xFF", "{", "\"\x01\"", "                                \"" };
    li_pattern *pattern = compile_as("{'a':['x']}", NULL);
    char text[256];
    int32_t is_match;
    size_t i, n;

    for (i = 0; i < sizeof behind / sizeof behind[0]; i++)
        for (n = 0; n < 70; n++) {
            snprintf(text, sizeof text, "{\"a\":\"x\"}%*s%s", (int)n, "", behind[i]);
            ck_assert_int_eq(li_pattern_match(pattern, text, LI_Z, &is_match, NULL), LI_OK);
            ck_assert_int_eq(is_match, 1);
        }
    li_pattern_free(pattern);
}
END_TEST

/* Levels around the number that one word has bits for, of both kinds. */
START_TEST(test_pat_11_levels_are_told_apart_however_deep)
{
    li_pattern *pattern = compile_as("{'b':['x']}", NULL);
    char text[4096], *p;
    size_t depth, i, wrong;
    int32_t is_match;
    li_status status;

    for (depth = 1; depth < 140; depth += depth > 58 && depth < 70 ? 1 : 9)
        for (wrong = 0; wrong <= depth; wrong += 1 + depth / 8) {
            p = text + sprintf(text, "{\"a\":");
            for (i = 0; i < depth; i++)
                p += sprintf(p, "%s", i % 3 ? "[" : "{\"k\":");
            p += sprintf(p, "1");
            for (i = depth; i-- > 0;)
                p += sprintf(p, "%s", (i % 3 != 0) == (i + 1 != wrong) ? "]" : "}");
            sprintf(p, ",\"b\":\"x\"}");
            status = li_pattern_match(pattern, text, LI_Z, &is_match, NULL);
            ck_assert_msg(status == (wrong ? LI_E_JSON : LI_OK), "%zu levels, %zu wrong: %s", depth, wrong, text);
        }
    li_pattern_free(pattern);
}
END_TEST

Suite *suite_pattern_event(void)
{
    Suite *suite = suite_create("pattern_event");
    TCase *read = tcase_create("read"), *passes = tcase_create("passes");

    suite_add_tcase(suite, read);
    tcase_add_test(read, test_pat_11_an_event_is_read_wherever_it_begins);
    tcase_add_test(read, test_pat_11_every_cut_of_an_event_is_refused_where_it_ends);
    tcase_add_loop_test(read, test_pat_11_every_change_of_an_event_is_judged_as_a_payload_is, 0, 3);
    tcase_add_test(read, test_pat_11_an_event_of_brackets_has_room);
    tcase_add_test(read, test_pat_11_what_follows_an_event_may_be_no_json);
    tcase_add_test(read, test_pat_11_levels_are_told_apart_however_deep);
    suite_add_tcase(suite, passes);
    tcase_add_test(passes, test_pat_124_each_make_of_the_pass_finds_the_same_tokens);
    return suite;
}
