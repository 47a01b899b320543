#include <lambdainvoke/lambdainvoke.h>
#include <lambdainvoke/pattern.h>
#include <stdio.h>

static int32_t print_id(void *user, uint64_t id)
{
    (void)user;
    printf("rule %llu matches\n", (unsigned long long)id);
    return 0;
}

static int32_t print_finding(void *user, const li_pattern_finding *finding)
{
    (void)user;
    if (finding->verdict != LI_FINDING_HOLDS)
        printf("%.*s is %.*s, wanted %.*s\n", (int)finding->path.len, finding->path.ptr, (int)finding->value.len,
               finding->value.ptr, (int)finding->wanted.len, finding->wanted.ptr);
    return 0;
}

int main(void)
{
    static const char event[] = "{\"source\":\"shop\",\"detail\":{\"total\":120.50,\"user\":\"ann\"}}";
    static const char large[] = "{\"detail\":{\"total\":[{\"numeric\":[\">=\",1000]}]}}";
    li_pattern_error error = LI_PATTERN_ERROR_INIT;
    li_pattern_set *set;
    li_pattern *pattern;
    int32_t is_match = 0;

    if (li_pattern_set_new(NULL, NULL, &set) != LI_OK)
        return 1;
    li_pattern_set_add(set, 1, "{\"source\":[\"shop\"],\"detail\":{\"user\":[{\"prefix\":\"a\"}]}}", LI_Z, NULL);
    li_pattern_set_add(set, 2, "{\"detail\":{\"total\":[{\"numeric\":[\"<\",100]}]}}", LI_Z, NULL);
    if (li_pattern_set_add(set, 3, "{\"detail\":{\"total\":[]}}", LI_Z, &error) == LI_E_VALIDATION)
        printf("%s\n", error.text);
    li_pattern_set_match(set, event, LI_Z, NULL, print_id, NULL);
    li_pattern_set_free(set);

    if (li_pattern_new(NULL, large, LI_Z, NULL, &pattern, NULL) != LI_OK)
        return 1;
    li_pattern_explain(pattern, event, LI_Z, &is_match, NULL, print_finding, NULL);
    li_pattern_free(pattern);
    return 0;
}
