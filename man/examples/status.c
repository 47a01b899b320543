#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>

int main(void)
{
    li_error err = LI_ERROR_INIT;
    li_id id;
    li_engine *engine;
    li_status status;

    if (li_engine_new(&engine, NULL, NULL) != LI_OK)
        return 1;
    status = li_invoke_event(engine, "nobody", LI_Z, "{}", LI_Z, NULL, &id, &err);
    printf("%s: %s\n", li_status_name(status), li_strerror(status));
    printf("%s\n", li_detail_text(err.detail));
    printf("%s\n", err.text);
    printf("worth another try: %s\n", li_status_is_retryable(status) ? "yes" : "no");
    return li_engine_free(engine) == LI_OK ? 0 : 1;
}
