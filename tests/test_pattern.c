/* test_pattern.c - event patterns: shape, events, arrays, values (PAT-1 to PAT-30). */
#include "pattern_help.h"

/* ---- 1 Shape */

START_TEST(test_pat_1_a_pattern_is_an_object)
{
    right("{'a':['x']}");
    right(" {'a':['x']} \n");
    wrong("['a']", "top-not-object");
    wrong("", "top-not-object");
    wrong("3", "top-not-object");
    wrong("{'a':['\xff']}", "json-syntax");
}
END_TEST

START_TEST(test_pat_2_members_are_objects_or_lists)
{
    right("{'a':{'b':['x']}}");
    wrong("{'a':'x'}", "bare-value");
    wrong("{'a':null}", "bare-value");
    wrong("{}", "empty-object");
    wrong("{'a':{'b':{}}}", "empty-object");
    wrong("{'a':[]}", "empty-array");
}
END_TEST

START_TEST(test_pat_3_elements_are_values_or_operators)
{
    right("{'a':['x',1,true,false,null,{'exists':true}]}");
    wrong("{'a':['x',['y']]}", "bad-list-member");
}
END_TEST

START_TEST(test_pat_4_an_operator_object_has_one_known_key)
{
    right("{'a':[{'prefix':'x'}]}");
    wrong("{'a':[{}]}", "operator-missing");
    wrong("{'a':[{'Prefix':'x'}]}", "operator-unknown");
    wrong("{'a':[{'prefix':'x','prefix':'x'}]}", "operator-extra-key");
    wrong("{'a':[{'prefix':'x','suffix':'y'}]}", "operator-extra-key");
}
END_TEST

START_TEST(test_pat_5_fields_are_anded_values_are_ored)
{
    yes("{'a':['x','y'],'b':[1]}", "{'a':'y','b':1,'c':{'d':[]}}");
    no("{'a':['x','y'],'b':[1]}", "{'a':'y','b':2}");
    no("{'a':['x','y'],'b':[1]}", "{'a':'z','b':1}");
    no("{'a':['x','y'],'b':[1]}", "{'b':1}");
}
END_TEST

START_TEST(test_pat_6_order_and_repetition_do_not_count)
{
    yes("{'b':[1,1],'a':['y','x','x']}", "{'a':'x','b':1}");
    yes("{'a':['x','x','y'],'b':[1,1]}", "{'b':1,'a':'x'}");
    no("{'b':[1,1],'a':['y','x','x']}", "{'a':'z','b':1}");
}
END_TEST

START_TEST(test_pat_7_names_match_byte_for_byte)
{
    yes("{'\\u0061 b':['x']}", "{'a b':'x'}");
    yes("{'a b':['x']}", "{'\\u0061 b':'x'}");
    yes("{'':['x']}", "{'':'x'}");
    no("{'A':['x']}", "{'a':'x'}");
    no("{'a':['x']}", "{'a ':'x'}");
    no("{'':['x']}", "{'a':'x'}");
}
END_TEST

START_TEST(test_pat_8_a_path_is_names_joined_by_dots)
{
    static const char *const patterns[] = { "{'a.b':['x']}", "{'a':{'b':['x']}}", "{'a\\u002eb':['x']}" };
    int i;

    for (i = 0; i < 3; i++) {
        yes(patterns[i], "{'a.b':'x'}");
        yes(patterns[i], "{'a':{'b':'x'}}");
        yes(patterns[i], "{'a\\u002eb':'x'}");
        no(patterns[i], "{'a':{'b.':'x'}}");
        no(patterns[i], "{'a':'x','b':'x'}");
    }
    yes("{'a.b.c':['x']}", "{'a':{'b.c':'x'}}");
    yes("{'a':{'b.c':['x']}}", "{'a.b':{'c':'x'}}");
    yes("{'a name that is longer than sixteen.bytes':['x']}", "{'a name that is longer than sixteen':{'bytes':'x'}}");
    yes("{'.':['x']}", "{'':{'':'x'}}");
    no("{'.':['x']}", "{'':'x'}");
}
END_TEST

START_TEST(test_pat_9_the_last_of_two_equal_paths_counts)
{
    li_pattern_options strict = LI_PATTERN_OPTIONS_INIT;

    yes("{'a':['x'],'a':['y']}", "{'a':'y'}");
    no("{'a':['x'],'a':['y']}", "{'a':'x'}");
    yes("{'a':{'b':['x']},'a.b':['y']}", "{'a':{'b':'y'}}");
    no("{'a':{'b':['x']},'a.b':['y']}", "{'a':{'b':'x'}}");
    yes("{'a':{'b':['x']},'a':{'c':['y']}}", "{'a':{'b':'x','c':'y'}}");
    no("{'a':{'b':['x']},'a':{'c':['y']}}", "{'a':{'c':'y'}}");
    strict.flags = LI_PATTERN_STRICT_PATHS;
    ck_assert_str_eq(kind_of("{'a':['x'],'a':['y']}", &strict), "duplicate-path");
    ck_assert_str_eq(kind_of("{'a':{'b':['x']},'a.b':['y']}", &strict), "duplicate-path");
    ck_assert_str_eq(kind_of("{'a':{'b':['x']},'a':{'c':['y']}}", &strict), "");
}
END_TEST

START_TEST(test_pat_10_nothing_follows_a_pattern)
{
    wrong("{'a':['x']} x", "json-syntax");
    wrong("{'a':['x']}{}", "json-syntax");
    right("{'a':['x']}\t");
}
END_TEST

/* ---- 2 Events */

static li_status event_error(const char *event, li_error *err)
{
    li_pattern *pattern = compile_as("{'a':['x']}", NULL);
    char *copy = quoted(event);
    int32_t is_match = 7;
    li_status status = li_pattern_match(pattern, copy, LI_Z, &is_match, err);

    ck_assert_int_eq(is_match == 7, status != LI_OK);
    free(copy);
    li_pattern_free(pattern);
    return status;
}

START_TEST(test_pat_11_events_are_objects_and_valid_everywhere)
{
    static const char *const bad[] = {
        "[]", "'x'", "1", "null", "", " ", "{", "{'a'}", "{'a':}", "{'a':'x',}", "{'b':tru}", "{'b':01}", "{'b':[1,]}",
        "{'b':{'c':nul}}", "{'b':'\\x'}", "{'b':'\x01'}", "{'b':'\xc0\xaf'}", "{'b':1.}", "{'b':-}", "{'b':[}", "{'a':'x'",
        "{'a':'x\\", "{'a':['x'}", "{'a':{'b':1]}", "{a:1}", "{'a':'\\u12'}"
    };
    li_error err = LI_ERROR_INIT;
    size_t i;

    for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(event_error(bad[i], &err) == LI_E_JSON, "%s", bad[i]);
    ck_assert_int_eq(event_error("[]", &err), LI_E_JSON);
    ck_assert_int_eq(err.detail, LI_DETAIL_EVENT_OBJECT);
    ck_assert_int_eq(event_error("{'b':\n {'c':nul}}", &err), LI_E_JSON);
    ck_assert_int_eq(err.detail, LI_DETAIL_EVENT_JSON);
    ck_assert_uint_eq(err.offset, 15);
    ck_assert_uint_eq(err.line, 2);
    yes("{'a':['x']}", "{'a':'x'} what follows is not looked at");
    yes("{'a':['x']}", "{'b':[{},[],-0.5e+3],'a':'x'}]");
}
END_TEST

START_TEST(test_pat_12_objects_and_arrays_are_no_values)
{
    no("{'a':[{'exists':true}]}", "{'a':{'b':1}}");
    no("{'a':[{'anything-but':'x'}]}", "{'a':{'b':1}}");
    yes("{'a':[{'exists':true}]}", "{'a':1}");
}
END_TEST

START_TEST(test_pat_13_arrays_are_crossed_without_a_step)
{
    yes("{'a':['x']}", "{'a':['x']}");
    yes("{'a':['x']}", "{'a':['y','x']}");
    yes("{'a':['x']}", "{'a':[['y'],[['x']]]}");
    no("{'a':['x']}", "{'a':[['y'],[['z']]]}");
    yes("{'a':{'b':['x']}}", "{'a':[[{'b':[['x']]}]]}");
}
END_TEST

START_TEST(test_pat_14_one_leaf_and_one_value_suffice)
{
    yes("{'a':['x','y']}", "{'a':['q','y']}");
    no("{'a':['x','y']}", "{'a':['q','r']}");
}
END_TEST

START_TEST(test_pat_15_empty_containers_are_absent)
{
    static const char *const events[] = { "{'a':[]}", "{'a':{}}", "{'a':[[]]}", "{'a':[{}]}", "{ }" };
    int i;

    for (i = 0; i < 5; i++) {
        yes("{'a':[{'exists':false}]}", events[i]);
        no("{'a':[{'exists':true}]}", events[i]);
    }
    no("{'a':[{'exists':false}]}", "{'a':[[],0]}");
}
END_TEST

START_TEST(test_pat_16_values_of_repeated_names_all_count)
{
    yes("{'a':['x']}", "{'a':'x','a':'y'}");
    yes("{'a':['y']}", "{'a':'x','a':'y'}");
    no("{'a':['z']}", "{'a':'x','a':'y'}");
    yes("{'a':{'b':[1],'c':[2]}}", "{'a':{'b':1},'a':{'c':2}}");
}
END_TEST

/* open n times around middle, then close n times. */
static char *nest(const char *begin, const char *open, const char *middle, const char *close, const char *end, int n)
{
    char *text = malloc(strlen(begin) + strlen(middle) + strlen(end) + (size_t)n * (strlen(open) + strlen(close)) + 1);
    int i;

    ck_assert_ptr_nonnull(text);
    strcpy(text, begin);
    for (i = 0; i < n; i++)
        strcat(text, open);
    strcat(text, middle);
    for (i = 0; i < n; i++)
        strcat(text, close);
    return strcat(text, end);
}

START_TEST(test_pat_17_deep_and_long_things_work)
{
    char *arrays = nest("{'a':", "[", "'x'", "]", "}", 200), *pattern = nest("", "{'a':", "['x']", "}", "", 200);
    char *objects = nest("", "{'a':", "'x'", "}", "", 200), *beside = nest("{'q':", "[{'r':", "1", "}]", ",'a':'x'}", 150);
    char *value = nest("{'a':'", "0123456789", "", "", "'}", 500), *same = nest("{'a':['", "0123456789", "", "", "']}", 500);

    yes("{'a':['x']}", arrays);
    yes(pattern, objects);
    no(pattern, arrays);
    yes("{'a':['x']}", beside);
    yes(same, value);
    no("{'a':['0123456789']}", value);
    free(arrays);
    free(pattern);
    free(objects);
    free(beside);
    free(value);
    free(same);
}
END_TEST

/* ---- 3 Arrays */

START_TEST(test_pat_18_fields_below_one_array_lie_in_one_element)
{
    no("{'e':{'f':['1'],'l':['2']}}", "{'e':[{'f':'1','l':'9'},{'f':'8','l':'2'}]}");
    yes("{'e':{'f':['1'],'l':['2']}}", "{'e':[{'f':'1','l':'2'},{'f':'8','l':'2'}]}");
    yes("{'e':{'f':['1'],'l':['2']}}", "{'e':[{'f':'1','l':'9'},{'f':'1','l':'2'}]}");
}
END_TEST

START_TEST(test_pat_19_at_every_level)
{
    static const char pattern[] = "{'e':{'f':['1'],'g':{'h':['2'],'i':['3']}}}";

    yes(pattern, "{'e':[{'f':'0'},{'f':'1','g':[{'h':'2'},{'h':'2','i':'3'}]}]}");
    no(pattern, "{'e':[{'f':'1','g':[{'h':'2'},{'i':'3'}]}]}");
    no(pattern, "{'e':[{'f':'1'},{'f':'0','g':[{'h':'2','i':'3'}]}]}");
    no(pattern, "{'e':[[{'f':'1'}],[{'g':{'h':'2','i':'3'}}]]}");
    yes(pattern, "{'e':[[{'f':'1','g':{'h':'2','i':'3'}}]]}");
}
END_TEST

START_TEST(test_pat_20_different_arrays_are_independent)
{
    yes("{'a':{'b':['1']},'c':{'d':['2']}}", "{'a':[{'b':'0'},{'b':'1'}],'c':[{'d':'2'},{'d':'0'}]}");
    yes("{'e':{'a':{'b':['1']},'c':{'d':['2']}}}", "{'e':[{'a':[{'b':'0'},{'b':'1'}],'c':[{'d':'2'}]}]}");
    no("{'e':{'a':{'b':['1']},'c':{'d':['2']}}}", "{'e':[{'a':[{'b':'1'}]},{'c':[{'d':'2'}]}]}");
}
END_TEST

START_TEST(test_pat_21_plain_elements_put_no_constraint)
{
    yes("{'a':['1'],'b':['2']}", "{'a':['1','9'],'b':['8','2']}");
    yes("{'e':{'a':['1'],'b':['2']}}", "{'e':[{'a':['1','9'],'b':['8','2']}]}");
    no("{'e':{'a':['1'],'b':['2']}}", "{'e':[{'a':['1','9']},{'b':['8','2']}]}");
    yes("{'x':['1'],'x.q':['2']}", "{'x':['1',{'q':'2'}]}");
    no("{'x':['1'],'x.q':['2']}", "{'x':[['1'],[{'q':'2'}]]}");
    yes("{'x':['1'],'x.q':['2']}", "{'x':[['1',{'q':'2'}]]}");
}
END_TEST

START_TEST(test_pat_22_a_later_element_may_be_the_one)
{
    static const char pattern[] = "{'e':{'a':['1'],'b':['2'],'c':{'d':['3'],'f':['4']}}}";

    yes(pattern, "{'e':[{'a':'1','b':'2','c':[{'d':'3'},{'f':'4'}]},{'a':'1'},{'a':'1','b':'2','c':[{'d':'0'},{'d':'3','f':'4'}]}]}");
    no(pattern, "{'e':[{'a':'1','b':'2','c':[{'d':'3'},{'f':'4'}]},{'a':'1'},{'a':'1','b':'0','c':[{'d':'0'},{'d':'3','f':'4'}]}]}");
    /* one name twice: two arrays of one path in one element */
    yes("{'e':{'a':['1'],'b':['2']}}", "{'e':[{'a':'1'}],'e':[{'b':'2'}]}");
    no("{'e':{'a':['1'],'b':['2'],'c':['3']}}", "{'e':[{'a':'1'},{'c':'3'}],'e':[{'b':'2'}]}");
    yes("{'e':{'a':['1'],'b':['2'],'c':['3']}}", "{'e':[{'a':'1'},{'a':'1','c':'3'}],'e':[{'b':'2'}]}");
}
END_TEST

/* n elements, of which only the last has both. */
static char *long_array(int n)
{
    char *text = malloc((size_t)n * 24 + 64), *p = text;
    int i;

    ck_assert_ptr_nonnull(text);
    p += sprintf(p, "{'d':[");
    for (i = 0; i < n; i++)
        p += sprintf(p, i % 2 ? "{'a':'x','b':'0'}," : "{'b':'y','a':'0'},");
    sprintf(p, "{'a':'x','b':'y'}]}");
    return text;
}

START_TEST(test_pat_23_two_fields_below_a_large_array)
{
    char *event = long_array(20000), *end = strrchr(event, ','); /* a cross product would be 10^8 steps */

    yes("{'d':{'a':['x'],'b':['y']}}", event);
    strcpy(end, "}]}");
    no("{'d':{'a':['x'],'b':['y']}}", event);
    free(event);
}
END_TEST

/* ---- 4 Values */

START_TEST(test_pat_24_strings_are_equal_unicode_text)
{
    yes("{'a':['A\\/\\u00e9\\uD83D\\uDE00']}", "{'a':'\\u0041/\xc3\xa9\xf0\x9f\x98\x80'}");
    no("{'a':['\xc3\xa9']}", "{'a':'e\\u0301'}");
    yes("{'a':['x\\u0000y']}", "{'a':'x\\u0000y'}");
    no("{'a':['x\\u0000y']}", "{'a':'x'}");
    no("{'a':['x\\u0000y']}", "{'a':'x\\u0000z'}");
}
END_TEST

START_TEST(test_pat_25_a_lone_surrogate_equals_itself_alone)
{
    yes("{'a':['\\uD800']}", "{'a':'\\ud800'}");
    no("{'a':['\\uD800']}", "{'a':'\\uD801'}");
    no("{'a':['\\uD800']}", "{'a':'?'}");
    no("{'a':['\\uD800']}", "{'a':'\\uFFFD'}");
    no("{'a':[{'prefix':'\\uD83D'}]}", "{'a':'\\uD83D\\uDE00'}");
}
END_TEST

START_TEST(test_pat_26_literals_match_literals_only)
{
    yes("{'a':[true]}", "{'a':true}");
    no("{'a':[true]}", "{'a':'true'}");
    no("{'a':[true]}", "{'a':false}");
    no("{'a':[true]}", "{'a':1}");
    yes("{'a':[null]}", "{'a':null}");
    no("{'a':[null]}", "{'a':''}");
    no("{'a':[null]}", "{}");
    no("{'a':[false]}", "{'a':[]}");
}
END_TEST

START_TEST(test_pat_27_the_empty_string_is_itself)
{
    yes("{'a':['']}", "{'a':''}");
    no("{'a':['']}", "{'a':null}");
    no("{'a':['']}", "{}");
    no("{'a':['']}", "{'a':[]}");
}
END_TEST

START_TEST(test_pat_28_digits_are_no_numbers)
{
    no("{'a':['3']}", "{'a':3}");
    no("{'a':[3]}", "{'a':'3'}");
    no("{'a':[{'numeric':['=',3]}]}", "{'a':'3'}");
}
END_TEST

START_TEST(test_pat_29_numbers_are_equal_by_value)
{
    static const char *const threes[] = { "3", "3.0", "3e0", "30e-1", "300E-2", "0.003e3" };
    static const char *const zeros[] = { "0", "-0", "-0.0", "0e5" };
    char pattern[64], event[64];
    int i, j;

    for (i = 0; i < 6; i++)
        for (j = 0; j < 6; j++) {
            sprintf(pattern, "{'a':[%s]}", threes[i]);
            sprintf(event, "{'a':%s}", threes[j]);
            yes(pattern, event);
        }
    for (i = 0; i < 4; i++)
        for (j = 0; j < 4; j++) {
            sprintf(pattern, "{'a':[%s]}", zeros[i]);
            sprintf(event, "{'a':%s}", zeros[j]);
            yes(pattern, event);
        }
    no("{'a':[3]}", "{'a':3.0000000001}");
    no("{'a':[3]}", "{'a':-3}");
}
END_TEST

START_TEST(test_pat_30_addresses_are_compared_as_such)
{
    yes("{'a':['10.0.0.33']}", "{'a':'010.000.000.033'}");
    yes("{'a':['::1']}", "{'a':'0:0:0:0:0:0:0:1'}");
    yes("{'a':['FE80::A']}", "{'a':'fe80::a'}");
    yes("{'a':['1.2.3.999']}", "{'a':'1.2.3.999'}");
    no("{'a':['1.2.3.999']}", "{'a':'01.2.3.999'}");
    yes("{'a':['a:b']}", "{'a':'a:b'}");
    no("{'a':[{'exactly':'10.0.0.33'}]}", "{'a':'010.000.000.033'}");
    yes("{'a':[{'anything-but':'10.0.0.33'}]}", "{'a':'010.000.000.033'}");
    no("{'a':['10.0.0.33']}", "{'a':'10.0.0.34'}");
}
END_TEST

Suite *suite_pattern(void)
{
    Suite *suite = suite_create("pattern");
    TCase *tc = tcase_create("shape");

    tcase_add_test(tc, test_pat_1_a_pattern_is_an_object);
    tcase_add_test(tc, test_pat_2_members_are_objects_or_lists);
    tcase_add_test(tc, test_pat_3_elements_are_values_or_operators);
    tcase_add_test(tc, test_pat_4_an_operator_object_has_one_known_key);
    tcase_add_test(tc, test_pat_5_fields_are_anded_values_are_ored);
    tcase_add_test(tc, test_pat_6_order_and_repetition_do_not_count);
    tcase_add_test(tc, test_pat_7_names_match_byte_for_byte);
    tcase_add_test(tc, test_pat_8_a_path_is_names_joined_by_dots);
    tcase_add_test(tc, test_pat_9_the_last_of_two_equal_paths_counts);
    tcase_add_test(tc, test_pat_10_nothing_follows_a_pattern);
    suite_add_tcase(suite, tc);
    tc = tcase_create("event");
    tcase_add_test(tc, test_pat_11_events_are_objects_and_valid_everywhere);
    tcase_add_test(tc, test_pat_12_objects_and_arrays_are_no_values);
    tcase_add_test(tc, test_pat_13_arrays_are_crossed_without_a_step);
    tcase_add_test(tc, test_pat_14_one_leaf_and_one_value_suffice);
    tcase_add_test(tc, test_pat_15_empty_containers_are_absent);
    tcase_add_test(tc, test_pat_16_values_of_repeated_names_all_count);
    tcase_add_test(tc, test_pat_17_deep_and_long_things_work);
    suite_add_tcase(suite, tc);
    tc = tcase_create("arrays");
    tcase_add_test(tc, test_pat_18_fields_below_one_array_lie_in_one_element);
    tcase_add_test(tc, test_pat_19_at_every_level);
    tcase_add_test(tc, test_pat_20_different_arrays_are_independent);
    tcase_add_test(tc, test_pat_21_plain_elements_put_no_constraint);
    tcase_add_test(tc, test_pat_22_a_later_element_may_be_the_one);
    tcase_add_test(tc, test_pat_23_two_fields_below_a_large_array);
    suite_add_tcase(suite, tc);
    tc = tcase_create("values");
    tcase_add_test(tc, test_pat_24_strings_are_equal_unicode_text);
    tcase_add_test(tc, test_pat_25_a_lone_surrogate_equals_itself_alone);
    tcase_add_test(tc, test_pat_26_literals_match_literals_only);
    tcase_add_test(tc, test_pat_27_the_empty_string_is_itself);
    tcase_add_test(tc, test_pat_28_digits_are_no_numbers);
    tcase_add_test(tc, test_pat_29_numbers_are_equal_by_value);
    tcase_add_test(tc, test_pat_30_addresses_are_compared_as_such);
    suite_add_tcase(suite, tc);
    return suite;
}
