#include <lambdainvoke/lambdainvoke.h>
#include <lambdainvoke/sample.h>
#include <stdio.h>

static void count(void *user, const li_sample_info *info)
{
    (void)info;
    ++*(int *)user;
}

static void print(void *user, const char *data, size_t len)
{
    (void)user;
    printf("%.*s", (int)len, data);
}

int main(void)
{
    li_error err = LI_ERROR_INIT;
    li_sample_value values[1];
    int n = 0;

    li_event_sample_each(count, &n);
    printf("more than 100: %s\n", n > 100 ? "yes" : "no");

    values[0].name = li_z("cause");
    values[0].value = li_z("a \"quote\"");
    if (li_event_sample(NULL, "stepfunctions", LI_Z, "error", LI_Z, values, 1, print, NULL, &err) != LI_OK)
        printf("%s\n", err.text);
    if (li_event_sample(NULL, "stepfunction", LI_Z, "error", LI_Z, NULL, 0, print, NULL, &err) != LI_OK)
        printf("%s\n", err.text);
    return 0;
}
