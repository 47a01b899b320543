/* log.h - the library's own words to the embedder. Without a logger it is silent (REL-41). */
#ifndef LAMBDAINVOKE_LOG_H
#define LAMBDAINVOKE_LOG_H

#include <lambdainvoke/status.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { LI_LOG_ERROR = 1, LI_LOG_WARN = 2, LI_LOG_INFO = 3, LI_LOG_DEBUG = 4 };

/* One event is one line: text has no line end; control bytes and invalid UTF-8 come escaped (REL-84).
 * Any thread, many at once; must not call the engine. */
typedef struct li_logger_ops {
    size_t size;
    uint32_t version; /* 1 */
    uint32_t caps;    /* 0 */
    const char *name;
    void (*line)(void *self, int32_t level, const char *text, size_t text_len); /* required */
} li_logger_ops;

typedef struct li_logger {
    const li_logger_ops *ops; /* static; NULL: silent */
    void *self;
} li_logger;

#ifdef __cplusplus
}
#endif
#endif
