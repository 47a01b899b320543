/* test_pattern_operators.c - numbers, operators, $or, the oddities, dialects, limits and errors (PAT-40 to PAT-124). */
#include "pattern_help.h"

/* ---- 5 Numbers */

START_TEST(test_pat_40_numbers_that_binary64_holds)
{
    static const char *const held[] = { "0.1", "301.8", "1e308", "9007199254740992", "123456789012", "1.7976931348623157e308",
                                        "0.30000000000000004", "1e23", "2.2250738585072014e-308", "-1e-300" };
    static const char *const lost[] = { "1e400", "1e-400", "9007199254740993", "12345678901234567891", "3.0000000000000001",
                                        "0.1000000000000000055511151231257827", "-1e400", "1e99999999999999999999" };
    char pattern[128];
    size_t i;

    for (i = 0; i < sizeof held / sizeof held[0]; i++) {
        sprintf(pattern, "{'a':[{'anything-but':%s}]}", held[i]);
        right(pattern);
    }
    for (i = 0; i < sizeof lost / sizeof lost[0]; i++) {
        sprintf(pattern, "{'a':[{'anything-but':%s}]}", lost[i]);
        wrong(pattern, "number-not-binary64");
    }
}
END_TEST

START_TEST(test_pat_41_other_numbers_match_by_spelling)
{
    yes("{'a':[9007199254740993]}", "{'a':9007199254740993}");
    no("{'a':[9007199254740993]}", "{'a':9007199254740992}");
    no("{'a':[9007199254740993]}", "{'a':9007199254740993.0}");
    no("{'a':[9007199254740992]}", "{'a':9007199254740993}");
    yes("{'a':[1E400]}", "{'a':1E400}");
    no("{'a':[1E400]}", "{'a':1e400}");
}
END_TEST

START_TEST(test_pat_42_operators_take_exact_numbers_only)
{
    wrong("{'a':[{'numeric':['<',1e309]}]}", "number-not-binary64");
    wrong("{'a':[{'anything-but':[1,9007199254740993]}]}", "number-not-binary64");
    right("{'a':[{'numeric':['<',1e308]}]}");
}
END_TEST

START_TEST(test_pat_43_other_event_numbers_are_in_no_range)
{
    no("{'a':[{'numeric':['>',0]}]}", "{'a':9007199254740993}");
    yes("{'a':[{'numeric':['>',0]}]}", "{'a':9007199254740992}");
    yes("{'a':[{'anything-but':9007199254740992}]}", "{'a':9007199254740993}");
    no("{'a':[{'anything-but':9007199254740992}]}", "{'a':9007199254740992}");
}
END_TEST

START_TEST(test_pat_44_numeric_equality_is_by_value)
{
    yes("{'a':[{'numeric':['=',3]}]}", "{'a':30e-1}");
    no("{'a':[{'numeric':['=',3]}]}", "{'a':'3'}");
    no("{'a':[{'numeric':['=',3]}]}", "{'a':3.1}");
}
END_TEST

START_TEST(test_pat_45_forms_of_numeric)
{
    right("{'a':[{'numeric':['>',1,'<=',5]}]}");
    right("{'a':[{'numeric':['>=',1,'<',5]}]}");
    wrong("{'a':[{'numeric':['<',5,'>',1]}]}", "numeric-too-many");
    wrong("{'a':[{'numeric':['>',1,'>',5]}]}", "numeric-operator");
    wrong("{'a':[{'numeric':['>',1,'=',5]}]}", "numeric-operator");
}
END_TEST

START_TEST(test_pat_46_a_range_is_not_empty)
{
    wrong("{'a':[{'numeric':['>=',5,'<=',5]}]}", "numeric-empty-range");
    wrong("{'a':[{'numeric':['>',1.0,'<',1]}]}", "numeric-empty-range");
    right("{'a':[{'numeric':['>=',5,'<=',5.1]}]}");
    no("{'a':[{'numeric':['>',1,'<',1.0000000000000002]}]}", "{'a':1}");
    no("{'a':[{'numeric':['>',1,'<',1.0000000000000002]}]}", "{'a':1.0000000000000002}");
}
END_TEST

START_TEST(test_pat_47_shapes_of_numeric)
{
    wrong("{'a':[{'numeric':5}]}", "numeric-shape");
    wrong("{'a':[{'numeric':[]}]}", "numeric-shape");
    wrong("{'a':[{'numeric':[5]}]}", "numeric-shape");
    wrong("{'a':[{'numeric':['!=',5]}]}", "numeric-operator");
    wrong("{'a':[{'numeric':['=']}]}", "numeric-bound");
    wrong("{'a':[{'numeric':['>',1,'<']}]}", "numeric-bound");
    wrong("{'a':[{'numeric':['=','5']}]}", "numeric-bound");
    wrong("{'a':[{'numeric':['>',1,'<',5,6]}]}", "numeric-too-many");
    wrong("{'a':[{'numeric':['=',5,6]}]}", "numeric-too-many");
}
END_TEST

START_TEST(test_pat_48_ends_of_ranges_are_exact)
{
    yes("{'a':[{'numeric':['>=',1,'<',2]}]}", "{'a':1}");
    no("{'a':[{'numeric':['>',1,'<',2]}]}", "{'a':1}");
    yes("{'a':[{'numeric':['>',1,'<',2]}]}", "{'a':1.0000000000000002}");
    no("{'a':[{'numeric':['>=',1,'<',2]}]}", "{'a':2}");
    yes("{'a':[{'numeric':['>=',1,'<=',2]}]}", "{'a':2.0}");
    no("{'a':[{'numeric':['<',0]}]}", "{'a':-0.0}");
    yes("{'a':[{'numeric':['<=',0]}]}", "{'a':-0.0}");
    yes("{'a':[{'numeric':['>',1e308]}]}", "{'a':1.7976931348623157e308}");
    yes("{'a':[{'numeric':['<',-1e308]}]}", "{'a':-1.7976931348623157e308}");
    yes("{'a':[{'numeric':['>',-5,'<',5]}]}", "{'a':0}");
}
END_TEST

/* ---- 6 Operators */

START_TEST(test_pat_50_exists_looks_at_leaves)
{
    no("{'a':[{'exists':true}]}", "{'a':{'b':1}}");
    yes("{'a':[{'exists':false}]}", "{'a':{'b':1}}");
    yes("{'a':[{'exists':true}]}", "{'a':null}");
    yes("{'a':[{'exists':true}]}", "{'a':''}");
    no("{'a':[{'exists':false}]}", "{'a':0}");
}
END_TEST

START_TEST(test_pat_51_absent_with_its_parents)
{
    static const char *const events[] = { "{}", "{'a':1}", "{'a':null}", "{'a':[]}", "{'a':{'c':1}}" };
    int i;

    for (i = 0; i < 5; i++)
        yes("{'a':{'b':[{'exists':false}]}}", events[i]);
    no("{'a':{'b':[{'exists':false}]}}", "{'a':{'b':1}}");
}
END_TEST

START_TEST(test_pat_52_absent_or_a_value)
{
    yes("{'a':[{'exists':false},'x']}", "{}");
    yes("{'a':[{'exists':false},'x']}", "{'a':'x'}");
    no("{'a':[{'exists':false},'x']}", "{'a':'y'}");
    yes("{'a':[null,{'exists':false}]}", "{'a':null}");
    yes("{'a':[{'exists':false},'x'],'b':[{'exists':false},'y']}", "{'b':'y'}");
    no("{'a':[{'exists':false},'x'],'b':[{'exists':false},'y']}", "{'b':'z'}");
}
END_TEST

START_TEST(test_pat_53_exists_takes_a_boolean)
{
    wrong("{'a':[{'exists':1}]}", "exists-operand");
    wrong("{'a':[{'exists':'true'}]}", "exists-operand");
    wrong("{'a':[{'exists':null}]}", "exists-operand");
    right("{'a':[{'exists':false}]}");
}
END_TEST

START_TEST(test_pat_54_an_empty_affix_is_any_string)
{
    static const char *const patterns[] = { "{'a':[{'prefix':''}]}", "{'a':[{'suffix':''}]}",
                                            "{'a':[{'prefix':{'equals-ignore-case':''}}]}",
                                            "{'a':[{'suffix':{'equals-ignore-case':''}}]}", "{'a':[{'wildcard':'*'}]}" };
    int i;

    for (i = 0; i < 5; i++) {
        yes(patterns[i], "{'a':''}");
        yes(patterns[i], "{'a':'x'}");
        no(patterns[i], "{'a':1}");
        no(patterns[i], "{'a':null}");
        no(patterns[i], "{}");
    }
}
END_TEST

START_TEST(test_pat_55_affixes_are_bytes_of_strings)
{
    yes("{'a':[{'prefix':'\\u0061/'}]}", "{'a':'a\\/b'}");
    no("{'a':[{'prefix':'1'}]}", "{'a':12}");
    no("{'a':[{'prefix':'tr'}]}", "{'a':true}");
    yes("{'a':[{'suffix':'.jpg'}]}", "{'a':'.jpg'}");
    no("{'a':[{'suffix':'.jpg'}]}", "{'a':'jpg'}");
    no("{'a':[{'prefix':'ab'}]}", "{'a':'a'}");
    no("{'a':[{'prefix':'ab'}]}", "{'a':'Ab'}");
}
END_TEST

START_TEST(test_pat_56_letters_without_case)
{
    yes("{'a':[{'equals-ignore-case':'\xc3\x89" "COLE'}]}", "{'a':'\xc3\xa9" "cole'}");
    yes("{'a':[{'equals-ignore-case':'stra\xc3\x9f" "e'}]}", "{'a':'STRASSE'}");
    no("{'a':[{'equals-ignore-case':'strasse'}]}", "{'a':'stra\xc3\x9f" "e'}");
    yes("{'a':[{'equals-ignore-case':'\xef\xac\x80'}]}", "{'a':'FF'}");
    no("{'a':[{'equals-ignore-case':'\xef\xac\x80'}]}", "{'a':'ff'}");
    no("{'a':[{'equals-ignore-case':'K'}]}", "{'a':'\\u212a'}");
    yes("{'a':[{'equals-ignore-case':'\\u212a'}]}", "{'a':'k'}");
    no("{'a':[{'equals-ignore-case':'i'}]}", "{'a':'\\u0130'}");
    yes("{'a':[{'equals-ignore-case':'\\u0130'}]}", "{'a':'i\\u0307'}");
    no("{'a':[{'equals-ignore-case':'['}]}", "{'a':'{'}");
    no("{'a':[{'equals-ignore-case':'@'}]}", "{'a':'`'}");
    yes("{'a':[{'prefix':{'equals-ignore-case':'\xc3\xa9" "C'}}]}", "{'a':'\xc3\x89" "cole'}");
    yes("{'a':[{'suffix':{'equals-ignore-case':'.JPG'}}]}", "{'a':'x.jpG'}");
    no("{'a':[{'suffix':{'equals-ignore-case':'.JPG'}}]}", "{'a':'x.jpGx'}");
}
END_TEST

START_TEST(test_pat_57_the_operand_is_expanded_not_the_event)
{
    yes("{'a':[{'equals-ignore-case':'\xc3\x9f'}]}", "{'a':'SS'}");
    no("{'a':[{'equals-ignore-case':'SS'}]}", "{'a':'\xc3\x9f'}");
    no("{'a':[{'equals-ignore-case':'\xc3\x9f'}]}", "{'a':'Ss'}");
}
END_TEST

START_TEST(test_pat_58_a_star_is_any_run)
{
    yes("{'a':[{'wildcard':'a*c'}]}", "{'a':'a/b/c'}");
    yes("{'a':[{'wildcard':'a*c'}]}", "{'a':'ac'}");
    no("{'a':[{'wildcard':'a*c'}]}", "{'a':'acd'}");
    no("{'a':[{'wildcard':'a*c'}]}", "{'a':'xac'}");
    yes("{'a':[{'wildcard':'a?.[b*'}]}", "{'a':'a?.[bx'}");
    no("{'a':[{'wildcard':'a?*'}]}", "{'a':'abc'}");
}
END_TEST

START_TEST(test_pat_59_escapes_of_wildcards)
{
    yes("{'a':[{'wildcard':'a\\\\*b'}]}", "{'a':'a*b'}");
    no("{'a':[{'wildcard':'a\\\\*b'}]}", "{'a':'axb'}");
    yes("{'a':[{'wildcard':'a\\\\\\\\*'}]}", "{'a':'a\\\\b'}");
    yes("{'a':[{'wildcard':'\\\\**'}]}", "{'a':'*x'}");
    no("{'a':[{'wildcard':'\\\\**'}]}", "{'a':'x'}");
    wrong("{'a':[{'wildcard':'\\\\x'}]}", "wildcard-escape");
    wrong("{'a':[{'wildcard':'x\\\\'}]}", "wildcard-escape");
    wrong("{'a':[{'wildcard':'**'}]}", "wildcard-consecutive");
}
END_TEST

START_TEST(test_pat_60_stars_anywhere)
{
    yes("{'a':[{'wildcard':'*aab'}]}", "{'a':'aaab'}");
    no("{'a':[{'wildcard':'a*a'}]}", "{'a':'a'}");
    yes("{'a':[{'wildcard':'a*a'}]}", "{'a':'aa'}");
    yes("{'a':[{'wildcard':'*x*y*'}]}", "{'a':'yxay'}");
    no("{'a':[{'wildcard':'*x*y*'}]}", "{'a':'yx'}");
    yes("{'a':[{'wildcard':'*ab*ab*'}]}", "{'a':'aabab'}");
    no("{'a':[{'wildcard':'*ab*b'}]}", "{'a':'ab'}");
    yes("{'a':[{'wildcard':'*some-long-literal*end'}]}", "{'a':'xx some-long-literal yy end'}");
    no("{'a':[{'wildcard':'*some-long-literal*end'}]}", "{'a':'xx some-long-litera yy end'}");
}
END_TEST

START_TEST(test_pat_61_without_a_star_it_is_equality)
{
    yes("{'a':[{'wildcard':'x'}]}", "{'a':'x'}");
    no("{'a':[{'wildcard':'x'}]}", "{'a':'xy'}");
    yes("{'a':[{'wildcard':''}]}", "{'a':''}");
    no("{'a':[{'wildcard':''}]}", "{'a':'x'}");
}
END_TEST

START_TEST(test_pat_62_operands_are_strings)
{
    static const char *const names[] = { "prefix", "suffix", "equals-ignore-case", "wildcard", "exactly", "cidr" };
    static const char *const operands[] = { "1", "null", "true", "['x']" };
    char pattern[64];
    int i, j;

    for (i = 0; i < 6; i++)
        for (j = 0; j < 4; j++) {
            sprintf(pattern, "{'a':[{'%s':%s}]}", names[i], operands[j]);
            wrong(pattern, "operand-type");
        }
}
END_TEST

START_TEST(test_pat_70_what_an_address_is)
{
    yes("{'a':[{'cidr':'10.0.0.0/8'}]}", "{'a':'010.1.002.3'}");
    no("{'a':[{'cidr':'10.0.0.0/8'}]}", "{'a':'10.1.2.256'}");
    no("{'a':[{'cidr':'10.0.0.0/8'}]}", "{'a':'10.1.2'}");
    no("{'a':[{'cidr':'10.0.0.0/8'}]}", "{'a':'10.1.2.3 '}");
    no("{'a':[{'cidr':'::/1'}]}", "{'a':'::ffff:10.0.0.1'}");
    no("{'a':[{'cidr':'::/1'}]}", "{'a':'::1%eth0'}");
    yes("{'a':[{'cidr':'::/1'}]}", "{'a':'1:2:3:4:5:6:7::'}");
    no("{'a':[{'cidr':'::/1'}]}", "{'a':'1:2:3:4:5:6:7:8::'}");
    no("{'a':[{'cidr':'::/1'}]}", "{'a':':1'}");
}
END_TEST

START_TEST(test_pat_71_first_bits_agree)
{
    yes("{'a':[{'cidr':'10.0.0.77/24'}]}", "{'a':'10.0.0.0'}");
    yes("{'a':[{'cidr':'10.0.0.77/24'}]}", "{'a':'10.0.0.255'}");
    no("{'a':[{'cidr':'10.0.0.77/24'}]}", "{'a':'10.0.1.0'}");
    yes("{'a':[{'cidr':'10.0.0.128/25'}]}", "{'a':'10.0.0.129'}");
    no("{'a':[{'cidr':'10.0.0.128/25'}]}", "{'a':'10.0.0.127'}");
    yes("{'a':[{'cidr':'fe80::/10'}]}", "{'a':'febf::1'}");
    no("{'a':[{'cidr':'fe80::/10'}]}", "{'a':'fec0::1'}");
    yes("{'a':[{'cidr':'1::/127'}]}", "{'a':'1::1'}");
    no("{'a':[{'cidr':'1::/127'}]}", "{'a':'1::2'}");
    no("{'a':[{'cidr':'0.0.0.0/0'}]}", "{'a':0}");
    no("{'a':[{'cidr':'0.0.0.0/0'}]}", "{'a':null}");
}
END_TEST

START_TEST(test_pat_72_masks)
{
    right("{'a':[{'cidr':'10.0.0.0/0'}]}");
    right("{'a':[{'cidr':'10.0.0.0/31'}]}");
    wrong("{'a':[{'cidr':'10.0.0.0/32'}]}", "cidr-mask");
    right("{'a':[{'cidr':'::/127'}]}");
    wrong("{'a':[{'cidr':'::/128'}]}", "cidr-mask");
    wrong("{'a':[{'cidr':'10.0.0.0/-1'}]}", "cidr-mask");
    wrong("{'a':[{'cidr':'10.0.0.0'}]}", "cidr-shape");
    wrong("{'a':[{'cidr':'10.0.0.0/8/8'}]}", "cidr-shape");
    wrong("{'a':[{'cidr':'10.0.0.0/x'}]}", "cidr-shape");
    wrong("{'a':[{'cidr':'host/8'}]}", "cidr-address");
}
END_TEST

START_TEST(test_pat_80_anything_but_needs_a_value)
{
    no("{'a':[{'anything-but':'x'}]}", "{}");
    no("{'a':[{'anything-but':'x'}]}", "{'a':[]}");
    no("{'a':[{'anything-but':'x'}]}", "{'a':{'b':'y'}}");
    yes("{'a':[{'anything-but':'x'},{'exists':false}]}", "{}");
    no("{'a':[{'anything-but':'x'},{'exists':false}]}", "{'a':'x'}");
}
END_TEST

START_TEST(test_pat_81_values_of_another_type_are_not_excluded)
{
    yes("{'a':[{'anything-but':'x'}]}", "{'a':1}");
    yes("{'a':[{'anything-but':'x'}]}", "{'a':null}");
    yes("{'a':[{'anything-but':100}]}", "{'a':'100'}");
    yes("{'a':[{'anything-but':{'prefix':'tr'}}]}", "{'a':true}");
    yes("{'a':[{'anything-but':{'wildcard':'*'}}]}", "{'a':5}");
    no("{'a':[{'anything-but':{'wildcard':'*'}}]}", "{'a':'5'}");
}
END_TEST

START_TEST(test_pat_82_one_value_that_is_not_excluded)
{
    yes("{'a':[{'anything-but':'x'}]}", "{'a':['x','y']}");
    no("{'a':[{'anything-but':'x'}]}", "{'a':['x','x']}");
}
END_TEST

START_TEST(test_pat_83_numbers_are_excluded_by_value)
{
    no("{'a':[{'anything-but':100}]}", "{'a':1e2}");
    no("{'a':[{'anything-but':[1,100]}]}", "{'a':100.0}");
    no("{'a':[{'anything-but':0}]}", "{'a':-0.0}");
    yes("{'a':[{'anything-but':100}]}", "{'a':100.5}");
}
END_TEST

START_TEST(test_pat_84_lists_of_anything_but)
{
    no("{'a':[{'anything-but':['x','y']}]}", "{'a':'y'}");
    yes("{'a':[{'anything-but':['x','y']}]}", "{'a':'z'}");
    wrong("{'a':[{'anything-but':['x',1]}]}", "anything-but-mixed");
    wrong("{'a':[{'anything-but':[]}]}", "empty-list");
    wrong("{'a':[{'anything-but':null}]}", "anything-but-operand");
    wrong("{'a':[{'anything-but':['x',null]}]}", "anything-but-operand");
    wrong("{'a':[{'anything-but':[['x']]}]}", "anything-but-operand");
    wrong("{'a':[{'anything-but':[{'prefix':'x'}]}]}", "anything-but-operand");
    wrong("{'a':[{'anything-but':{'prefix':{'equals-ignore-case':'x'}}}]}", "anything-but-operand");
}
END_TEST

START_TEST(test_pat_85_operators_below_anything_but)
{
    no("{'a':[{'anything-but':{'prefix':['x','y']}}]}", "{'a':'yz'}");
    yes("{'a':[{'anything-but':{'prefix':['x','y']}}]}", "{'a':'zy'}");
    no("{'a':[{'anything-but':{'suffix':'.jpg'}}]}", "{'a':'x.jpg'}");
    yes("{'a':[{'anything-but':{'suffix':'.jpg'}}]}", "{'a':'x.png'}");
    no("{'a':[{'anything-but':{'equals-ignore-case':['x','Y']}}]}", "{'a':'y'}");
    yes("{'a':[{'anything-but':{'equals-ignore-case':['x','Y']}}]}", "{'a':'yy'}");
    no("{'a':[{'anything-but':{'wildcard':['a*','*b']}}]}", "{'a':'xb'}");
    yes("{'a':[{'anything-but':{'wildcard':['a*','*b']}}]}", "{'a':'xc'}");
    wrong("{'a':[{'anything-but':{'exists':true}}]}", "anything-but-operator");
    wrong("{'a':[{'anything-but':{'numeric':['=',1]}}]}", "anything-but-operator");
    wrong("{'a':[{'anything-but':{'prefix':''}}]}", "anything-but-empty-affix");
    wrong("{'a':[{'anything-but':{'suffix':['x','']}}]}", "anything-but-empty-affix");
}
END_TEST

START_TEST(test_pat_86_an_empty_list_below_an_operator)
{
    wrong("{'a':[{'anything-but':{'prefix':[]}}]}", "empty-list");
    wrong("{'a':[{'anything-but':{'wildcard':[]}}]}", "empty-list");
    right("{'a':[{'anything-but':{'wildcard':['x']}}]}");
}
END_TEST

/* ---- 7 $or */

START_TEST(test_pat_90_a_branch_and_all_siblings)
{
    yes("{'$or':[{'a':['x']},{'b':['y']}],'c':['z']}", "{'b':'y','c':'z'}");
    no("{'$or':[{'a':['x']},{'b':['y']}],'c':['z']}", "{'b':'y'}");
    no("{'$or':[{'a':['x']},{'b':['y']}],'c':['z']}", "{'c':'z'}");
}
END_TEST

START_TEST(test_pat_91_branches_are_relative_and_nest)
{
    yes("{'d':{'$or':[{'a':{'q':['x']}},{'$or':[{'b':['y']},{'c':['z']}]}]}}", "{'d':{'c':'z'}}");
    no("{'d':{'$or':[{'a':{'q':['x']}},{'$or':[{'b':['y']},{'c':['z']}]}]}}", "{'c':'z'}");
    yes("{'$or':[{'a':[1]},{'b':[1]}],'d':{'$or':[{'a':[2]},{'b':[2]}]}}", "{'b':1,'d':{'a':2}}");
    no("{'$or':[{'a':[1]},{'b':[1]}],'d':{'$or':[{'a':[2]},{'b':[2]}]}}", "{'b':1,'d':{'a':3}}");
    no("{'$or':[{'a':[1]},{'b':[1]}],'$or':[{'c':[2]},{'d':[2]}]}", "{'a':1,'b':1}");
    yes("{'$or':[{'a':[1]},{'b':[1]}],'$or':[{'c':[2]},{'d':[2]}]}", "{'b':1,'c':2}");
}
END_TEST

START_TEST(test_pat_92_what_or_takes)
{
    wrong("{'$or':[{'a':['x']}]}", "or-too-few");
    wrong("{'$or':[]}", "or-too-few");
    wrong("{'$or':[{'a':['x']},1]}", "or-member");
    wrong("{'$or':[{'a':['x']},{}]}", "empty-object");
    wrong("{'$or':'x'}", "or-not-array");
    right("{'$or':[{'a':['x']},{'b':['x']}]}");
}
END_TEST

START_TEST(test_pat_93_reserved_names)
{
    static const char *const names[] = {
        "exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr", "=", "<",
        "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case", "date-after", "date-on-or-after", "date-before",
        "date-on-or-before", "in-date-range", "ip-address-in-range", "ip-address-not-in-range"
    };
    char pattern[128];
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        sprintf(pattern, "{'$or':[{'a':{'%s':['x']}},{'b':['x']}]}", names[i]);
        wrong(pattern, "or-reserved-name");
        sprintf(pattern, "{'%s':['x'],'$or':[{'a':['x']},{'b':['x']}]}", names[i]);
        right(pattern);
    }
}
END_TEST

START_TEST(test_pat_94_or_is_read_from_top_to_bottom)
{
    static const char before[] = "{'a':['x'],'$or':[{'a':['y']},{'b':['z']}]}";
    static const char after[] = "{'$or':[{'a':['y']},{'b':['z']}],'a':['x']}";

    yes(before, "{'a':'y'}");
    yes(before, "{'a':'x','b':'z'}");
    no(before, "{'a':'x'}");
    no(before, "{'b':'z'}");
    yes(after, "{'a':'x'}");
    no(after, "{'a':'y'}");
    no(after, "{'a':'y','b':'z'}");
}
END_TEST

START_TEST(test_pat_95_or_and_arrays)
{
    yes("{'e':{'a':['1'],'$or':[{'b':['2']},{'c':['3']}]}}", "{'e':[{'a':'0','b':'2'},{'a':'1','c':'3'}]}");
    no("{'e':{'a':['1'],'$or':[{'b':['2']},{'c':['3']}]}}", "{'e':[{'a':'1'},{'b':'2','c':'3'}]}");
    wrong("{'a':[{'$or':[{'b':['x']},{'c':['x']}]}]}", "operator-unknown");
}
END_TEST

START_TEST(test_pat_96_combinations_are_limited)
{
    li_pattern_options options = LI_PATTERN_OPTIONS_INIT;
    static const char eight[] = "{'$or':[{'a':[1]},{'b':[1]}],'$or':[{'c':[1]},{'d':[1]}],'$or':[{'e':[1]},{'f':[1]}]}";

    options.max_combinations = 8;
    ck_assert_str_eq(kind_of(eight, &options), "");
    options.max_combinations = 7;
    ck_assert_str_eq(kind_of(eight, &options), "too-complex");
    yes(eight, "{'a':1,'d':1,'e':1}");
    no(eight, "{'a':1,'b':1,'e':1}");
}
END_TEST

/* ---- 8 Where the reference is odd */

START_TEST(test_pat_100_or_as_a_name_needs_the_legacy_flag)
{
    li_pattern_options legacy = LI_PATTERN_OPTIONS_INIT;
    li_pattern *pattern;

    wrong("{'$or':['x','y']}", "or-member");
    wrong("{'$or':{'a':['x']}}", "or-not-array");
    legacy.flags = LI_PATTERN_LEGACY_OR;
    pattern = compile_as("{'$or':['x','y']}", &legacy);
    ck_assert_int_eq(verdict_of(pattern, "{'$or':'y'}"), 1);
    ck_assert_int_eq(verdict_of(pattern, "{'$or':'z'}"), 0);
    li_pattern_free(pattern);
    pattern = compile_as("{'$or':{'a':['x']}}", &legacy);
    ck_assert_int_eq(verdict_of(pattern, "{'$or':{'a':'x'}}"), 1);
    li_pattern_free(pattern);
    pattern = compile_as("{'$or':[{'a':['x']},{'b':['x']}]}", &legacy);
    ck_assert_int_eq(verdict_of(pattern, "{'b':'x'}"), 1);
    li_pattern_free(pattern);
}
END_TEST

START_TEST(test_pat_101_a_quote_is_no_prefix_of_nothing)
{
    no("{'a':[{'prefix':'\\u0022'}]}", "{'a':''}");
    no("{'a':[{'suffix':'\\u0022'}]}", "{'a':''}");
    yes("{'a':[{'prefix':'\\u0022'}]}", "{'a':'\\u0022x'}");
}
END_TEST

START_TEST(test_pat_102_addresses_of_the_other_family_do_not_match)
{
    no("{'a':[{'cidr':'0.0.0.0/1'}]}", "{'a':'::1'}");
    no("{'a':[{'cidr':'::/8'}]}", "{'a':'0.2.3.4'}");
    no("{'a':['1.1.1.1']}", "{'a':'101:101::'}");
    yes("{'a':[{'cidr':'::/8'}]}", "{'a':'::1'}");
}
END_TEST

START_TEST(test_pat_103_a_number_is_in_no_network)
{
    no("{'a':[{'cidr':'0.0.0.0/0'}]}", "{'a':5}");
    no("{'a':[{'cidr':'::/0'}]}", "{'a':5}");
    yes("{'a':[{'cidr':'0.0.0.0/0'}]}", "{'a':'5.5.5.5'}");
}
END_TEST

START_TEST(test_pat_104_astral_letters_have_case)
{
    yes("{'a':[{'equals-ignore-case':'\xf0\x90\x90\x80'}]}", "{'a':'\xf0\x90\x90\x80'}");
    yes("{'a':[{'equals-ignore-case':'\xf0\x90\x90\x80'}]}", "{'a':'\xf0\x90\x90\xa8'}");
    no("{'a':[{'equals-ignore-case':'\xf0\x90\x90\x80'}]}", "{'a':'\xf0\x90\x90\xa9'}");
}
END_TEST

START_TEST(test_pat_105_absent_means_absent_from_all_elements)
{
    no("{'x':{'a':['1'],'b':[{'exists':false}]}}", "{'x':[{'a':'1'},{'a':'2','b':1}]}");
    no("{'x':{'b':['1'],'a':[{'exists':false}]}}", "{'x':[{'b':'1'},{'b':'2','a':1}]}");
    yes("{'x':{'a':['1'],'b':[{'exists':false}]}}", "{'x':[{'a':'1'},{'a':'2'}]}");
}
END_TEST

static int32_t note_id(void *user, uint64_t id)
{
    *(uint64_t *)user |= UINT64_C(1) << id;
    return 0;
}

/* Which of up to n patterns match, added in that order or the other. */
static uint64_t matching(const char *const *patterns, size_t n, int is_backwards, const char *event)
{
    char *copy = quoted(event);
    uint64_t found = 0;
    li_pattern_set *set;
    size_t i;

    ck_assert_int_eq(li_pattern_set_new(NULL, NULL, &set), LI_OK);
    for (i = 0; i < n; i++) {
        size_t at = is_backwards ? n - 1 - i : i;
        char *text = quoted(patterns[at]);

        ck_assert_int_eq(li_pattern_set_add(set, at, text, LI_Z, NULL), LI_OK);
        free(text);
    }
    ck_assert_int_eq(li_pattern_set_match(set, copy, LI_Z, NULL, note_id, &found), LI_OK);
    li_pattern_set_free(set);
    free(copy);
    return found;
}

START_TEST(test_pat_106_other_rules_and_their_order_do_not_count)
{
    static const char *const patterns[] = { "{'a':[{'wildcard':'*a'}]}", "{'a':[{'equals-ignore-case':'Q'}]}",
                                            "{'a':[{'anything-but':'q'}]}" };
    int i;

    for (i = 0; i < 2; i++) {
        ck_assert_uint_eq(matching(patterns, 3, i, "{'a':'zz'}"), 4);
        ck_assert_uint_eq(matching(patterns, 3, i, "{'a':'q'}"), 2);
        ck_assert_uint_eq(matching(patterns, 3, i, "{'a':'za'}"), 5);
    }
}
END_TEST

START_TEST(test_pat_107_an_empty_name_inside)
{
    static const char *const patterns[] = { "{'a':{'':['x']}}", "{'a':['x']}", "{'':['x']}" };

    ck_assert_uint_eq(matching(patterns, 1, 0, "{'a':{'':'x'}}"), 1);
    ck_assert_uint_eq(matching(patterns, 3, 0, "{'a':{'':'x'}}"), 1);
    ck_assert_uint_eq(matching(patterns, 3, 0, "{'a':'x'}"), 2);
    ck_assert_uint_eq(matching(patterns, 3, 1, "{'':'x'}"), 4);
}
END_TEST

START_TEST(test_pat_108_numbers_beyond_binary64_go_by_text)
{
    no("{'a':[9007199254740992]}", "{'a':9007199254740993}");
    no("{'a':[{'numeric':['=',9007199254740992]}]}", "{'a':9007199254740993}");
    yes("{'a':[{'numeric':['=',9007199254740992]}]}", "{'a':9007199254740992.0}");
}
END_TEST

/* ---- 9 Dialects */

static const char *kind_in(const char *pattern, int32_t dialect)
{
    li_pattern_options options = LI_PATTERN_OPTIONS_INIT;

    options.dialect = dialect;
    return kind_of(pattern, &options);
}

START_TEST(test_pat_110_the_bus_takes_every_operator)
{
    ck_assert_str_eq(kind_in("{'a':[{'exactly':'x'},{'wildcard':'*'},{'cidr':'::/0'}]}", LI_DIALECT_EVENTBRIDGE), "");
    ck_assert_str_eq(kind_in("{'a':[{'anything-but':{'wildcard':'*'}}]}", LI_DIALECT_EVENTBRIDGE), "");
    ck_assert_str_eq(kind_in("{'a':[{'regex':'x'}]}", LI_DIALECT_EVENTBRIDGE), "operator-unknown");
}
END_TEST

START_TEST(test_pat_111_mapping_filters)
{
    ck_assert_str_eq(kind_in("null", LI_DIALECT_MAPPING), "top-not-object");
    ck_assert_str_eq(kind_in("'x'", LI_DIALECT_MAPPING), "top-not-object");
    ck_assert_str_eq(kind_in("{'eventSource':'aws:sqs'}", LI_DIALECT_MAPPING), "bare-value");
    ck_assert_str_eq(kind_in("{'eventSource':[]}", LI_DIALECT_MAPPING), "empty-array");
    ck_assert_str_eq(kind_in("{'body':{'a':[{'wildcard':'*'},{'cidr':'::/0'}]}}", LI_DIALECT_MAPPING), "");
}
END_TEST

START_TEST(test_pat_113_how_a_pattern_names_the_data)
{
    li_pattern *pattern = compile_as("{'body':{'a':['x']},'k':['y']}", NULL);

    ck_assert_int_eq(li_pattern_get_member(pattern, "body", LI_Z), LI_PATTERN_MEMBER_OBJECT);
    ck_assert_int_eq(li_pattern_get_member(pattern, "k", LI_Z), LI_PATTERN_MEMBER_LIST);
    ck_assert_int_eq(li_pattern_get_member(pattern, "a", LI_Z), LI_PATTERN_MEMBER_NONE);
    ck_assert_int_eq(li_pattern_get_member(NULL, "a", LI_Z), LI_PATTERN_MEMBER_NONE);
    li_pattern_free(pattern);
}
END_TEST

START_TEST(test_pat_115_what_pipes_lack)
{
    static const char *const nested[] = { "prefix", "suffix", "equals-ignore-case", "wildcard" };
    char pattern[64];
    int i;

    ck_assert_str_eq(kind_in("{'a':[{'wildcard':'*'}]}", LI_DIALECT_PIPES), "operator-unknown");
    ck_assert_str_eq(kind_in("{'a':[{'anything-but':['x']},{'prefix':'x'},{'suffix':'y'}]}", LI_DIALECT_PIPES), "");
    for (i = 0; i < 4; i++) {
        sprintf(pattern, "{'a':[{'anything-but':{'%s':'x'}}]}", nested[i]);
        ck_assert_str_eq(kind_in(pattern, LI_DIALECT_PIPES), "anything-but-operator");
        ck_assert_str_eq(kind_in(pattern, LI_DIALECT_MAPPING), "");
    }
}
END_TEST

static int with_attribute(const char *policy, const char *name, const char *type, const char *value)
{
    li_pattern_options options = LI_PATTERN_OPTIONS_INIT;
    li_pattern_attribute attribute;
    char *text = quoted(value);
    int32_t is_match = -1;
    li_pattern *pattern;

    options.dialect = LI_DIALECT_SNS_ATTRIBUTES;
    pattern = compile_as(policy, &options);
    attribute.name = li_z(name);
    attribute.type = li_z(type);
    attribute.value = li_z(text);
    ck_assert_int_eq(li_pattern_match_attributes(pattern, &attribute, name ? 1 : 0, &is_match, NULL), LI_OK);
    li_pattern_free(pattern);
    free(text);
    return is_match;
}

START_TEST(test_pat_116_policies_over_attributes)
{
    ck_assert_int_eq(with_attribute("{'c':['red']}", "c", "String", "red"), 1);
    ck_assert_int_eq(with_attribute("{'c':['red']}", "c", "String", "blue"), 0);
    ck_assert_int_eq(with_attribute("{'c':['red']}", "c", "String.colour", "red"), 1);
    ck_assert_int_eq(with_attribute("{'c':['red']}", "c", "Binary", "red"), 0);
    ck_assert_int_eq(with_attribute("{'c':[{'exists':false}]}", "c", "Binary", "red"), 1);
    ck_assert_int_eq(with_attribute("{'c':[{'numeric':['>',5]}]}", "c", "Number", "6"), 1);
    ck_assert_int_eq(with_attribute("{'c':[{'numeric':['>',5]}]}", "c", "Number", "4"), 0);
    ck_assert_int_eq(with_attribute("{'c':[{'numeric':['>',5]}]}", "c", "String", "6"), 0);
    ck_assert_int_eq(with_attribute("{'c':[6]}", "c", "Number", "6.0"), 1);
    ck_assert_int_eq(with_attribute("{'c':['b']}", "c", "String.Array", "['a','b']"), 1);
    ck_assert_int_eq(with_attribute("{'c':['b']}", "c", "String.Array", "['a','c']"), 0);
    ck_assert_int_eq(with_attribute("{'c':[true]}", "c", "String.Array", "['a',true]"), 1);
    ck_assert_int_eq(with_attribute("{'c':['a']}", "c", "String.Array", "['a'"), 0);
    ck_assert_int_eq(with_attribute("{'c':['a']}", "c", "String.Array", "'a'"), 0);
    ck_assert_int_eq(with_attribute("{'c':[{'exists':false}]}", NULL, "", ""), 1);
    ck_assert_int_eq(with_attribute("{'c':[{'exists':true}]}", NULL, "", ""), 0);
    ck_assert_str_eq(kind_in("{'a':{'b':['x']}}", LI_DIALECT_SNS_ATTRIBUTES), "nested");
    ck_assert_str_eq(kind_in("{'$or':[{'a':['x']},{'b':['x']}]}", LI_DIALECT_SNS_ATTRIBUTES), "");
}
END_TEST

START_TEST(test_trg_42_attributes_are_anded)
{
    li_pattern_options options = LI_PATTERN_OPTIONS_INIT;
    li_pattern_attribute attributes[2];
    int32_t is_match = -1;
    li_pattern *pattern;

    options.dialect = LI_DIALECT_SNS_ATTRIBUTES;
    pattern = compile_as("{'c':['red'],'n':[{'anything-but':[1,2]}]}", &options);
    attributes[0].name = li_z("c");
    attributes[0].type = li_z("String");
    attributes[0].value = li_z("red");
    attributes[1].name = li_z("n");
    attributes[1].type = li_z("Number");
    attributes[1].value = li_z("3");
    ck_assert_int_eq(li_pattern_match_attributes(pattern, attributes, 2, &is_match, NULL), LI_OK);
    ck_assert_int_eq(is_match, 1);
    attributes[1].value = li_z("2");
    ck_assert_int_eq(li_pattern_match_attributes(pattern, attributes, 2, &is_match, NULL), LI_OK);
    ck_assert_int_eq(is_match, 0);
    ck_assert_int_eq(li_pattern_match_attributes(pattern, attributes, 1, &is_match, NULL), LI_OK);
    ck_assert_int_eq(is_match, 0);
    li_pattern_free(pattern);
    pattern = compile_as("{'c':['red']}", NULL);
    ck_assert_int_eq(li_pattern_match_attributes(pattern, attributes, 2, &is_match, NULL), LI_E_INVALID);
    li_pattern_free(pattern);
}
END_TEST

START_TEST(test_pat_117_policies_over_the_body)
{
    li_pattern_options options = LI_PATTERN_OPTIONS_INIT;
    li_pattern *pattern;

    options.dialect = LI_DIALECT_SNS_BODY;
    pattern = compile_as("{'a':{'b':['x']}}", &options);
    ck_assert_int_eq(verdict_of(pattern, "{'a':[{'b':'x'}]}"), 1);
    ck_assert_int_eq(verdict_of(pattern, "{'a.b':'x'}"), 1);
    ck_assert_int_eq(verdict_of(pattern, "{'a':'x'}"), 0);
    li_pattern_free(pattern);
}
END_TEST

START_TEST(test_pat_118_limits_of_policies)
{
    ck_assert_str_eq(kind_in("{'a':[1],'b':[1],'c':[1],'d':[1],'e':[1]}", LI_DIALECT_SNS_ATTRIBUTES), "");
    ck_assert_str_eq(kind_in("{'a':[1],'b':[1],'c':[1],'d':[1],'e':[1],'f':[1]}", LI_DIALECT_SNS_ATTRIBUTES), "too-many-keys");
    ck_assert_str_eq(kind_in("{'a':{'a':[1],'b':[1],'c':[1],'d':[1],'e':[1],'f':[1]}}", LI_DIALECT_SNS_BODY), "");
    ck_assert_str_eq(kind_in("{'a':[1,2,3,4,5],'b':[1,2,3,4,5],'c':[1,2,3,4,5,6]}", LI_DIALECT_SNS_ATTRIBUTES), "");
    ck_assert_str_eq(kind_in("{'a':[1,2,3,4,5],'b':[1,2,3,4,5],'c':[1,2,3,4,5,6,7]}", LI_DIALECT_SNS_ATTRIBUTES), "too-complex");
    ck_assert_str_eq(kind_in("{'a':[1,2,3,4,5],'b':{'b':[1,2,3,4,5]},'c':[1,2,3]}", LI_DIALECT_SNS_BODY), "");
    ck_assert_str_eq(kind_in("{'a':[1,2,3,4,5],'b':{'b':[1,2,3,4,5]},'c':[1,2,3,4]}", LI_DIALECT_SNS_BODY), "too-complex");
}
END_TEST

START_TEST(test_pat_119_operators_of_policies)
{
    ck_assert_str_eq(kind_in("{'a':[{'anything-but':{'suffix':'x'}}]}", LI_DIALECT_SNS_BODY), "anything-but-operator");
    ck_assert_str_eq(kind_in("{'a':[{'anything-but':{'exists':true}}]}", LI_DIALECT_SNS_BODY), "anything-but-operator");
    ck_assert_str_eq(kind_in("{'a':[{'anything-but':{'prefix':'x'}}]}", LI_DIALECT_SNS_BODY), "");
    ck_assert_str_eq(kind_in("{'a':[{'suffix':'x'},{'cidr':'::/0'},{'equals-ignore-case':'y'}]}", LI_DIALECT_SNS_BODY), "");
}
END_TEST

START_TEST(test_pat_120_an_empty_policy_takes_everything)
{
    ck_assert_int_eq(with_attribute("{}", NULL, "", ""), 1);
    ck_assert_int_eq(with_attribute("{}", "c", "String", "x"), 1);
    ck_assert_str_eq(kind_in("{}", LI_DIALECT_SNS_BODY), "");
    ck_assert_str_eq(kind_in("{}", LI_DIALECT_EVENTBRIDGE), "empty-object");
}
END_TEST

Suite *suite_pattern_operators(void)
{
    Suite *suite = suite_create("pattern_operators");
    TCase *tc = tcase_create("numbers");

    tcase_add_test(tc, test_pat_40_numbers_that_binary64_holds);
    tcase_add_test(tc, test_pat_41_other_numbers_match_by_spelling);
    tcase_add_test(tc, test_pat_42_operators_take_exact_numbers_only);
    tcase_add_test(tc, test_pat_43_other_event_numbers_are_in_no_range);
    tcase_add_test(tc, test_pat_44_numeric_equality_is_by_value);
    tcase_add_test(tc, test_pat_45_forms_of_numeric);
    tcase_add_test(tc, test_pat_46_a_range_is_not_empty);
    tcase_add_test(tc, test_pat_47_shapes_of_numeric);
    tcase_add_test(tc, test_pat_48_ends_of_ranges_are_exact);
    suite_add_tcase(suite, tc);
    tc = tcase_create("operators");
    tcase_add_test(tc, test_pat_50_exists_looks_at_leaves);
    tcase_add_test(tc, test_pat_51_absent_with_its_parents);
    tcase_add_test(tc, test_pat_52_absent_or_a_value);
    tcase_add_test(tc, test_pat_53_exists_takes_a_boolean);
    tcase_add_test(tc, test_pat_54_an_empty_affix_is_any_string);
    tcase_add_test(tc, test_pat_55_affixes_are_bytes_of_strings);
    tcase_add_test(tc, test_pat_56_letters_without_case);
    tcase_add_test(tc, test_pat_57_the_operand_is_expanded_not_the_event);
    tcase_add_test(tc, test_pat_58_a_star_is_any_run);
    tcase_add_test(tc, test_pat_59_escapes_of_wildcards);
    tcase_add_test(tc, test_pat_60_stars_anywhere);
    tcase_add_test(tc, test_pat_61_without_a_star_it_is_equality);
    tcase_add_test(tc, test_pat_62_operands_are_strings);
    tcase_add_test(tc, test_pat_70_what_an_address_is);
    tcase_add_test(tc, test_pat_71_first_bits_agree);
    tcase_add_test(tc, test_pat_72_masks);
    tcase_add_test(tc, test_pat_80_anything_but_needs_a_value);
    tcase_add_test(tc, test_pat_81_values_of_another_type_are_not_excluded);
    tcase_add_test(tc, test_pat_82_one_value_that_is_not_excluded);
    tcase_add_test(tc, test_pat_83_numbers_are_excluded_by_value);
    tcase_add_test(tc, test_pat_84_lists_of_anything_but);
    tcase_add_test(tc, test_pat_85_operators_below_anything_but);
    tcase_add_test(tc, test_pat_86_an_empty_list_below_an_operator);
    suite_add_tcase(suite, tc);
    tc = tcase_create("or");
    tcase_add_test(tc, test_pat_90_a_branch_and_all_siblings);
    tcase_add_test(tc, test_pat_91_branches_are_relative_and_nest);
    tcase_add_test(tc, test_pat_92_what_or_takes);
    tcase_add_test(tc, test_pat_93_reserved_names);
    tcase_add_test(tc, test_pat_94_or_is_read_from_top_to_bottom);
    tcase_add_test(tc, test_pat_95_or_and_arrays);
    tcase_add_test(tc, test_pat_96_combinations_are_limited);
    suite_add_tcase(suite, tc);
    tc = tcase_create("oddities");
    tcase_add_test(tc, test_pat_100_or_as_a_name_needs_the_legacy_flag);
    tcase_add_test(tc, test_pat_101_a_quote_is_no_prefix_of_nothing);
    tcase_add_test(tc, test_pat_102_addresses_of_the_other_family_do_not_match);
    tcase_add_test(tc, test_pat_103_a_number_is_in_no_network);
    tcase_add_test(tc, test_pat_104_astral_letters_have_case);
    tcase_add_test(tc, test_pat_105_absent_means_absent_from_all_elements);
    tcase_add_test(tc, test_pat_106_other_rules_and_their_order_do_not_count);
    tcase_add_test(tc, test_pat_107_an_empty_name_inside);
    tcase_add_test(tc, test_pat_108_numbers_beyond_binary64_go_by_text);
    suite_add_tcase(suite, tc);
    tc = tcase_create("dialects");
    tcase_add_test(tc, test_pat_110_the_bus_takes_every_operator);
    tcase_add_test(tc, test_pat_111_mapping_filters);
    tcase_add_test(tc, test_pat_113_how_a_pattern_names_the_data);
    tcase_add_test(tc, test_pat_115_what_pipes_lack);
    tcase_add_test(tc, test_pat_116_policies_over_attributes);
    tcase_add_test(tc, test_trg_42_attributes_are_anded);
    tcase_add_test(tc, test_pat_117_policies_over_the_body);
    tcase_add_test(tc, test_pat_118_limits_of_policies);
    tcase_add_test(tc, test_pat_119_operators_of_policies);
    tcase_add_test(tc, test_pat_120_an_empty_policy_takes_everything);
    suite_add_tcase(suite, tc);
    return suite;
}
