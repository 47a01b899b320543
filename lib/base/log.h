/* log.h - one line to the embedder's logger, escaped. */
#ifndef LII_BASE_LOG_H
#define LII_BASE_LOG_H

#include <lambdainvoke/log.h>

/* logger may be NULL or empty. */
void lii_log(const li_logger *logger, int32_t level, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
