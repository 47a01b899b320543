/* test_trigger_logs.c - log groups and IoT rules: what their patterns and statements take, and what is sent. */
#include "trigger_help.h"

#include <math.h>

#include "base/base64.h"
#include "service/logs.h"
#include "service/number.h"

static keeper kept;
static world w;
static told got;

static void set_up(void)
{
    keeper_new(&w, &kept);
}

static void tear_down(void)
{
    world_free(&w);
}

/* ---- filter patterns */

#define NAME_OF_70 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggg"

static const struct {
    const char *pattern, *message;
    int takes;
} filters[] = {
    { "", "anything", 1 },
    { "ERROR", "an ERROR here", 1 },
    { "ERROR", "an error here", 0 },
    { "ERROR disk", "disk: ERROR", 1 },
    { "ERROR disk", "ERROR", 0 },
    { "?ERROR ?WARN", "a WARN", 1 },
    { "?ERROR ?WARN", "fine", 0 },
    { "ERROR -disk", "ERROR in memory", 1 },
    { "ERROR -disk", "ERROR on disk", 0 },
    { "\"on disk\"", "ERROR on disk", 1 },
    { "\"on disk\"", "on the disk", 0 },
    { "{ $.a = \"x\" }", "{\"a\":\"x\"}", 1 },
    { "{ $.a = \"x\" }", "{\"a\":\"y\"}", 0 },
    { "{ $.a = \"x\" }", "no json", 0 },
    { "{ $.a = x* }", "{\"a\":\"xyz\"}", 1 },
    { "{ $.a = \"*y*\" }", "{\"a\":\"xyz\"}", 1 },
    { "{ $.a != x }", "{\"a\":\"y\"}", 1 },
    { "{ $.a != x }", "{\"b\":1}", 0 },
    { "{ $.n >= 3 }", "{\"n\":3}", 1 },
    { "{ $.n > 3 }", "{\"n\":3}", 0 },
    { "{ $.n < 3.5 }", "{\"n\":3}", 1 },
    { "{ $.n <= 2 }", "{\"n\":3}", 0 },
    { "{ $.n = 3 }", "{\"n\":3.0}", 1 },
    { "{ $.n = 0.10 }", "{\"n\":0.1}", 1 },
    { "{ $.n = 25e-1 }", "{\"n\":2.5}", 1 },
    { "{ $.n < -2.25 }", "{\"n\":-2.5}", 1 },
    { "{ $.n < -2.25 }", "{\"n\":-2.25}", 0 },
    { "{ $." NAME_OF_70 " = 1 }", "{\"" NAME_OF_70 "\":1}", 1 },
    { "{ $." NAME_OF_70 " = 1 }", "{\"" NAME_OF_70 "x\":1}", 0 },
    { "{ $.a.b[1].c = 7 }", "{\"a\":{\"b\":[0,{\"c\":7}]}}", 1 },
    { "{ $.a IS NULL }", "{\"a\":null}", 1 },
    { "{ $.a IS NULL }", "{}", 0 },
    { "{ $.a IS TRUE }", "{\"a\":true}", 1 },
    { "{ $.a IS FALSE }", "{\"a\":true}", 0 },
    { "{ $.a NOT EXISTS }", "{\"b\":1}", 1 },
    { "{ $.a NOT EXISTS }", "{\"a\":1}", 0 },
    { "{ $.a = 1 && $.b = 2 || $.c = 3 }", "{\"c\":3}", 1 },
    { "{ $.a = 1 && ($.b = 2 || $.c = 3) }", "{\"c\":3}", 0 },
    { "{ $.a = 1 && ($.b = 2 || $.c = 3) }", "{\"a\":1,\"c\":3}", 1 },
    { "[ip, user, status = 4*, size]", "1.2.3.4 me 404 10", 1 },
    { "[ip, user, status = 4*, size]", "1.2.3.4 me 200 10", 0 },
    { "[ip, user, status = 4*, size]", "1.2.3.4 me 404", 0 },
    { "[ip, user, time, request, status >= 400, ...]", "1.2.3.4 me [now ish] \"GET / HTTP/1.0\" 500 10 more", 1 },
    { "[..., size > 5]", "a b c 6", 1 },
    { "[..., size > 5]", "a b c 5", 0 },
    { "%AUTHORIZED%", "[ERROR 401] UNAUTHORIZED REQUEST", 1 },
    { "%AUTHORIZED%", "authorized", 0 },
    { "%^[hc]at%", "cat and", 1 },
    { "%^[hc]at%", "a cat", 0 },
    { "%[hc]at$%", "a hat", 1 },
    { "%[hc]at$%", "a hat.", 0 },
    { "%^$|^a$%", "a", 1 },
    { "%^$|^a$%", "b", 0 },
    { "%^$|^b$%", "", 1 },
    { "%^a?$%", "", 1 },
    { "%^a?$%", "b", 0 },
    { "%colou?r%", "the color", 1 },
    { "%colou?r%", "the colouur", 0 },
    { "%gray|grey%", "a grey one", 1 },
    { "%^gray|grey$%", "is grey", 1 },
    { "%^gray|grey$%", "is gray", 0 },
    { "%^a{3,5}$%", "aa", 0 },
    { "%^a{3,5}$%", "aaa", 1 },
    { "%^a{3,5}$%", "aaaaa", 1 },
    { "%^a{3,5}$%", "aaaaaa", 0 },
    { "%^a{2}b{0,1}c{1,}$%", "aaccc", 1 },
    { "%^a{2}b{0,1}c{1,}$%", "aabbc", 0 },
    { "%^ab*c+$%", "ac", 1 },
    { "%^ab*c+$%", "abbb", 0 },
    { "%10\\.10\\.0\\.1%", "from 10.10.0.1", 1 },
    { "%10\\.10\\.0\\.1%", "from 10x10.0.1", 0 },
    { "%\\d{1,3}\\.\\d{1,3}%", "v 10.4", 1 },
    { "%^\\D\\s\\S\\w\\W$%", "a b_!", 1 },
    { "%^\\D\\s\\S\\w\\W$%", "1 b_!", 0 },
    { "%^\\x41.[^a-c\\]]$%", "A?d", 1 },
    { "%^\\x41.[^a-c\\]]$%", "A?]", 0 },
    { "%[a-]%", "-", 1 },
    { "%5\\%%", "at 5%", 1 },
    { "?%err% ?%warn%", "a warning", 1 },
    { "-%err%", "an error", 0 },
    { "\"%err%\"", "an error", 0 },
    { "{ $.a = %^x.z$% }", "{\"a\":\"xyz\"}", 1 },
    { "{ $.a = %^x.z$% && $.b != %[0-9]%}", "{\"a\":\"xyz\",\"b\":7}", 0 },
    { "[ip = %127\\.0\\.0\\.[1-9]%, b, c = %^[,\\]]$%, ...]", "127.0.0.1 x , y", 1 },
    { "[ip = %127\\.0\\.0\\.[1-9]%, b]", "127.0.0.0 x", 0 },
};

START_TEST(test_trg_70_a_filter_pattern_takes_what_it_says)
{
    li_slice names[LII_LOG_FIELDS], values[LII_LOG_FIELDS], pattern = lii_slice(filters[_i].pattern, LI_Z);
    li_error err = LI_ERROR_INIT;
    size_t n;

    ck_assert_msg(lii_log_pattern_check(pattern, &err) == LI_OK, "%s: %s", filters[_i].pattern, err.text);
    ck_assert_msg(lii_log_pattern_takes(pattern, lii_slice(filters[_i].message, LI_Z), names, values, &n) == filters[_i].takes,
                  "%s on %s", filters[_i].pattern, filters[_i].message);
}
END_TEST

static const struct {
    const char *pattern;
    int offset;
} broken[] = { { "{ $.a = }", 8 },    { "{ a = 1 }", 2 },     { "{ $.a = 1", 9 }, { "{ $.a ~ 1 }", 6 }, { "{ $.a IS MAYBE }", 9 },
               { "{ $.a = 1 } x", 12 }, { "\"open", 5 },        { "[a, b", 5 },    { "{ ($.a = 1 }", 11 }, { "%open", 5 },         { "%a!%", 2 },
               { "%(a)%", 1 },          { "%a b%", 2 },         { "%%", 1 },        { "%a|%", 3 },        { "%*%", 1 },
               { "%[a%", 3 },           { "%[b-a]%", 5 },       { "%\\q%", 3 },     { "%\\x4g%", 3 },    { "%a{2%", 4 },
               { "%a{3,2}%", 6 },       { "%a{257}%", 7 },      { "%a$b%", 3 },     { "%\xC3\xA9%", 1 },  { "%a^%", 2 },
               { "{ $.a > %x% }", 12 }, { "{ $.a = %x% || $.b = %y% || $.c = %z% }", 38 } };

/* The time grows with the text alone, where an expression goes back on its steps with the powers of its length. */
START_TEST(test_trg_70_an_expression_takes_bounded_time)
{
    static char message[60000];
    char pattern[400] = "%";
    int i;

    for (i = 0; i < 30; i++)
        strcat(pattern, "a*a?");
    strcat(pattern, "b$%");
    memset(message, 'a', sizeof message - 1);
    ck_assert_int_eq(lii_log_pattern_check(lii_slice(pattern, LI_Z), NULL), LI_OK);
    ck_assert_int_eq(lii_log_regex_takes(lii_slice(pattern + 1, strlen(pattern) - 2), lii_slice(message, LI_Z)), 0);
    message[sizeof message - 2] = 'b';
    ck_assert_int_eq(lii_log_regex_takes(lii_slice(pattern + 1, strlen(pattern) - 2), lii_slice(message, LI_Z)), 1);
}
END_TEST

START_TEST(test_trg_70_a_broken_pattern_is_refused_with_its_place)
{
    li_error err = LI_ERROR_INIT;
    char place[32];

    ck_assert_int_eq(lii_log_pattern_check(lii_slice(broken[_i].pattern, LI_Z), &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_FILTER_PATTERN);
    snprintf(place, sizeof place, "at byte %d:", broken[_i].offset);
    ck_assert_msg(strstr(err.text, place) != NULL, "%s: %s", broken[_i].pattern, err.text);
}
END_TEST

/* The document inside awslogs.data, of one stored block a time. */
static const char *unwrap(void)
{
    static char raw[65536], text[65536];
    const char *data = at(kept.event, "awslogs/data");
    size_t n = lii_base64_read(data, strlen(data), raw), i = 10, to = 0;
    int is_last = 0;

    ck_assert_uint_ne(n, SIZE_MAX);
    ck_assert(memcmp(raw, "\x1f\x8b\x08", 3) == 0);
    while (!is_last) {
        size_t len = (unsigned char)raw[i + 1] | (size_t)(unsigned char)raw[i + 2] << 8;

        is_last = raw[i] & 1;
        memcpy(text + to, raw + i + 5, len);
        to += len;
        i += 5 + len;
    }
    ck_assert_uint_eq(i + 8, n);
    ck_assert_uint_eq((unsigned char)raw[n - 4] | (size_t)(unsigned char)raw[n - 3] << 8, to & 0xFFFF);
    text[to] = '\0';
    return text;
}

#define GROUP "{\"logGroup\":\"/g\",\"filterName\":\"f\""

START_TEST(test_trg_69_the_events_that_a_filter_takes_come_in_one_gzip_document)
{
    const char *text;

    add_trigger(&w, "logs", "keeper", "a", GROUP ",\"filterPattern\":\"[level, n > 1]\"}");
    ck_assert_uint_eq(happen(&w, "logs", "{\"logGroup\":\"/g\",\"logStream\":\"s\",\"logEvents\":[{\"message\":\"info 1\"},{\"id\":\"7\","
                                         "\"timestamp\":5,\"message\":\"warn 2\"},{\"message\":\"info 3\"}]}"), 1);
    text = unwrap();
    check_at(text, "messageType", "DATA_MESSAGE");
    check_at(text, "owner", "000000000000");
    check_at(text, "logGroup", "/g");
    check_at(text, "logStream", "s");
    check_at(text, "subscriptionFilters", "[\"f\"]");
    check_at(text, "logEvents/0", "{\"id\":\"7\",\"timestamp\":5,\"message\":\"warn 2\",\"extractedFields\":{\"level\":\"warn\",\"n\":\"2\"}}");
    check_at(text, "logEvents/1/message", "info 3");
    check_at(text, "logEvents/2", "(absent)");
    ck_assert_uint_eq(happen(&w, "logs", "{\"logGroup\":\"/g\",\"logStream\":\"s\",\"logEvents\":[{\"message\":\"info 1\"}]}"), 0);
}
END_TEST

START_TEST(test_trg_68_a_group_has_at_most_two_filters)
{
    li_error err = LI_ERROR_INIT;

    add_trigger(&w, "logs", "keeper", "a", GROUP "}");
    add_trigger(&w, "logs", "keeper", "b", GROUP "}");
    ck_assert_int_eq(try_trigger(&w, "logs", "keeper", "c", GROUP "}", &err), LI_E_FULL);
    ck_assert_int_eq(try_trigger(&w, "logs", "keeper", "d", "{\"logGroup\":\"/h\",\"filterName\":\"a:b\"}", &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, "filterName");
    ck_assert_int_eq(try_trigger(&w, "logs", "keeper", "d", "{\"logGroup\":\"h h\",\"filterName\":\"a\"}", &err), LI_E_INVALID);
    ck_assert_str_eq(err.subject, "logGroup");
}
END_TEST

static void keep_warning(void *user, const li_trigger_info *info)
{
    *(const char **)user = info->warning;
}

START_TEST(test_trg_72_a_function_that_reads_its_own_log_is_warned_of)
{
    const char *warning = NULL;

    add_trigger(&w, "logs", "keeper:$LATEST", "own", "{\"logGroup\":\"/aws/lambda/keeper\",\"filterName\":\"f\"}");
    add_trigger(&w, "logs", "keeper", "other", "{\"logGroup\":\"/aws/lambda/keeper2\",\"filterName\":\"f\"}");
    ck_assert_int_eq(li_trigger_get(w.engine, "own", LI_Z, keep_warning, &warning, NULL), LI_OK);
    ck_assert_ptr_nonnull(warning);
    check_contains(warning, "own");
    ck_assert_int_eq(li_trigger_get(w.engine, "other", LI_Z, keep_warning, &warning, NULL), LI_OK);
    ck_assert_ptr_null(warning);
}
END_TEST

START_TEST(test_trg_71_a_filter_whose_function_is_gone_is_off_for_ten_minutes)
{
    static const char *const line = "{\"logGroup\":\"/g\",\"logStream\":\"s\",\"logEvents\":[{\"message\":\"m\"}]}";

    add_trigger(&w, "logs", "keeper", "a", GROUP "}");
    ck_assert_int_eq(li_function_remove(w.engine, "keeper", LI_Z, NULL), LI_OK);
    ask(&w, "logs", line, &got);
    ck_assert_uint_eq(got.n_matched, 1);
    ck_assert_uint_eq(got.n_refused, 1);
    add_function(w.engine, "keeper", keep_event, &kept);
    advance_s(&w, 599);
    ck_assert_uint_eq(happen(&w, "logs", line), 0);
    advance_s(&w, 1);
    ck_assert_uint_eq(happen(&w, "logs", line), 1);
    ck_assert_int_eq(kept.runs, 1);
}
END_TEST

/* ---- IoT rules */

static const struct {
    const char *sql, *event;     /* NULL: not selected */
} rules[] = {
    { "SELECT * FROM 'sensors/+/state'", "{\"temperature\":21.50,\"room\":{\"name\":\"kitchen\"},\"on\":true}" },
    { "SELECT * FROM 'sensors/#'", "{\"temperature\":21.50,\"room\":{\"name\":\"kitchen\"},\"on\":true}" },
    { "SELECT * FROM 'sensors/+'", NULL },
    { "SELECT * FROM 'other/#'", NULL },
    { "select temperature, room.name, topic(2) as id from 'sensors/+/state' where temperature > 20 and on = true",
      "{\"temperature\":21.50,\"name\":\"kitchen\",\"id\":\"r1\"}" },
    { "SELECT temperature AS t, clientid() AS c, timestamp() AS at FROM '#'", "{\"t\":21.50,\"c\":\"c1\",\"at\":1767225600000}" },
    { "SELECT missing, on FROM '#'", "{\"on\":true}" },
    { "SELECT * FROM '#' WHERE temperature >= 22", NULL },
    { "SELECT * FROM '#' WHERE NOT temperature >= 22 AND room.name = 'kitchen'", "{\"temperature\":21.50,\"room\":{\"name\":\"kitchen\"},\"on\":true}" },
    { "SELECT * FROM '#' WHERE (temperature < 0 OR temperature <> 5) AND topic(3) = 'state'",
      "{\"temperature\":21.50,\"room\":{\"name\":\"kitchen\"},\"on\":true}" },
    { "SELECT * FROM '#' WHERE missing = 1", NULL },
    { "SELECT on FROM '#' WHERE NOT NOT temperature = 21.5", "{\"on\":true}" },
    { "SELECT on FROM '#' WHERE NOT NOT NOT temperature = 21.5", NULL },
    { "SELECT on FROM '#' WHERE temperature = 2.15e1 AND temperature > -0.5", "{\"on\":true}" },
    { "SELECT topic() AS t, 'x' AS x, -1.5 AS n FROM '#'", "{\"t\":\"sensors/r1/state\",\"x\":\"x\",\"n\":-1.5}" },
};

START_TEST(test_trg_84_85_a_rule_selects_and_the_event_is_the_selection)
{
    char options[600];

    snprintf(options, sizeof options, "{\"ruleName\":\"r\",\"sql\":\"%s\"}", rules[_i].sql);
    add_trigger(&w, "iot", "keeper", "r", options);
    ck_assert_msg(happen(&w, "iot", "{\"topic\":\"sensors/r1/state\",\"clientId\":\"c1\",\"payload\":{\"temperature\":21.50,\"room\":"
                                    "{\"name\":\"kitchen\"},\"on\":true}}") == (rules[_i].event != NULL), "%s", rules[_i].sql);
    if (rules[_i].event)
        ck_assert_str_eq(kept.event, rules[_i].event);
}
END_TEST

static const char *const wrong_rules[] = { "INSERT INTO x", "SELECT FROM 'a'", "SELECT * FROM a", "SELECT * FROM 'a' WHERE",
                                           "SELECT * FROM 'a' ORDER BY x", "SELECT upper(a) FROM 'a'", "SELECT 1 FROM 'a' WHERE a = 'x",
                                           "SELECT topic(1) FROM 'a'" };

START_TEST(test_trg_85_a_statement_that_is_not_understood_is_refused_with_its_place)
{
    li_error err = LI_ERROR_INIT;
    char options[300];

    snprintf(options, sizeof options, "{\"ruleName\":\"r\",\"sql\":\"%s\"}", wrong_rules[_i]);
    ck_assert_msg(try_trigger(&w, "iot", "keeper", "r", options, &err) == LI_E_INVALID, "%s", wrong_rules[_i]);
    ck_assert_int_eq(err.detail, LI_DETAIL_IOT_SQL);
    check_contains(err.text, "at byte ");
}
END_TEST

/* As deep as the statement is long. */
START_TEST(test_trg_85_a_thousand_nots_are_read_without_going_deep)
{
    char sql[4096] = "SELECT on FROM '#' WHERE ", options[4300];
    int i;

    for (i = 0; i < 1000; i++)
        strcat(sql, "NOT ");
    strcat(sql, "temperature > 20");
    snprintf(options, sizeof options, "{\"ruleName\":\"r\",\"sql\":\"%s\"}", sql);
    add_trigger(&w, "iot", "keeper", "r", options);
    ck_assert_uint_eq(happen(&w, "iot", "{\"topic\":\"t\",\"payload\":{\"temperature\":21,\"on\":1}}"), 1);
    ck_assert_uint_eq(happen(&w, "iot", "{\"topic\":\"t\",\"payload\":{\"temperature\":20,\"on\":1}}"), 0);
}
END_TEST

static const struct {
    const char *text;
    int is_number;
    double number;
} numbers[] = {
    { "0", 1, 0 },        { "-0.25", 1, -0.25 }, { "+5", 1, 5 },   { ".5", 1, 0.5 },     { "5.", 1, 5 },      { "1e3", 1, 1000 },
    { "1.25E+2", 1, 125 }, { "25e-1", 1, 2.5 },  { "", 0, 0 },     { "-", 0, 0 },        { ".", 0, 0 },       { "1,5", 0, 0 },
    { "1e", 0, 0 },       { "1e+", 0, 0 },       { "0x10", 0, 0 }, { "1 ", 0, 0 },       { " 1", 0, 0 },      { "--1", 0, 0 },
    { "inf", 0, 0 },      { "nan", 0, 0 },       { "1.2.3", 0, 0 }, { "1e99999999999", 1, INFINITY },
    { "000000000000000000000000000000000000000000000000000000000000007", 1, 7 },
    { "0000000000000000000000000000000000000000000000000000000000000007", 0, 0 },
};

START_TEST(test_trg_70_a_number_is_read_whole_and_without_a_locale)
{
    double number = -1;

    ck_assert_msg(lii_number_read(lii_slice(numbers[_i].text, LI_Z), &number) == numbers[_i].is_number, "%s", numbers[_i].text);
    if (numbers[_i].is_number)
        ck_assert_msg(memcmp(&number, &numbers[_i].number, sizeof number) == 0, "%s is %g", numbers[_i].text, number);
}
END_TEST

Suite *suite_trigger_logs(void)
{
    Suite *s = suite_create("trigger_logs");
    TCase *c = tcase_create("logs");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_loop_test(c, test_trg_70_a_filter_pattern_takes_what_it_says, 0, (int)(sizeof filters / sizeof *filters));
    tcase_add_loop_test(c, test_trg_70_a_number_is_read_whole_and_without_a_locale, 0, (int)(sizeof numbers / sizeof *numbers));
    tcase_add_test(c, test_trg_70_an_expression_takes_bounded_time);
    tcase_add_loop_test(c, test_trg_70_a_broken_pattern_is_refused_with_its_place, 0, (int)(sizeof broken / sizeof *broken));
    tcase_add_test(c, test_trg_69_the_events_that_a_filter_takes_come_in_one_gzip_document);
    tcase_add_test(c, test_trg_68_a_group_has_at_most_two_filters);
    tcase_add_test(c, test_trg_72_a_function_that_reads_its_own_log_is_warned_of);
    tcase_add_test(c, test_trg_71_a_filter_whose_function_is_gone_is_off_for_ten_minutes);
    suite_add_tcase(s, c);
    c = tcase_create("iot");
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_loop_test(c, test_trg_84_85_a_rule_selects_and_the_event_is_the_selection, 0, (int)(sizeof rules / sizeof *rules));
    tcase_add_loop_test(c, test_trg_85_a_statement_that_is_not_understood_is_refused_with_its_place, 0,
                        (int)(sizeof wrong_rules / sizeof *wrong_rules));
    tcase_add_test(c, test_trg_85_a_thousand_nots_are_read_without_going_deep);
    suite_add_tcase(s, c);
    return s;
}
