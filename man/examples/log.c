#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>

static void line(void *self, int32_t level, const char *text, size_t text_len)
{
    fprintf(self, "%d %.*s\n", level, (int)text_len, text);
}

static const li_logger_ops ops = { sizeof ops, 1, 0, "stderr", line };

int main(void)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_logger logger = { &ops, NULL };
    li_engine *engine;

    logger.self = stderr;
    options.logger = &logger;
    if (li_engine_new(&engine, &options, NULL) != LI_OK)
        return 1;
    printf("a silent library, but for this logger\n");
    return li_engine_free(engine) == LI_OK ? 0 : 1;
}
