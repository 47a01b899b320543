#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>

static int32_t thumbnail(li_invocation *invocation, void *environment, void *user)
{
    (void)environment, (void)user;
    printf("%s is called\n", li_invocation_get_function_name(invocation));
    return LI_DONE;
}

int main(void)
{
    li_function_spec function = LI_FUNCTION_SPEC_INIT;
    li_trigger_spec trigger = LI_TRIGGER_SPEC_INIT;
    li_s3_occurrence occurrence = LI_S3_OCCURRENCE_INIT;
    li_member members[2];
    li_engine *engine;
    uint64_t n;

    function.name = li_z("thumbnail");
    function.handler = thumbnail;
    trigger.kind = li_z("s3");
    trigger.function = li_z("thumbnail");
    trigger.options = li_z("{\"bucket\":\"photos\",\"events\":[\"s3:ObjectCreated:*\"],\"suffix\":\".jpg\"}");
    if (li_engine_new(&engine, NULL, NULL) != LI_OK || li_function_register(engine, &function, NULL, NULL) != LI_OK ||
        li_trigger_add(engine, &trigger, NULL, NULL) != LI_OK)
        return 1;
    occurrence.bucket = li_z("photos");
    occurrence.key = li_z("cat.jpg");
    li_s3_occur(engine, &occurrence, &n, NULL);
    printf("%llu trigger matches cat.jpg\n", (unsigned long long)n);
    occurrence.key = li_z("notes.txt");
    li_s3_occur(engine, &occurrence, &n, NULL);
    printf("%llu triggers match notes.txt\n", (unsigned long long)n);
    members[0] = li_member_text("bucket", "photos");     /* any kind, member by member */
    members[1] = li_member_text("key", "dog \"rex\".jpg");
    li_trigger_occur_with(engine, "s3", LI_Z, members, 2, NULL, NULL, &n, NULL);
    printf("%llu trigger matches the dog\n", (unsigned long long)n);
    li_engine_run_until_idle(engine, NULL);
    return li_engine_free(engine) == LI_OK ? 0 : 1;
}
