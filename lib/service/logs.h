/* logs.h - filter patterns of log events, and the wrapping of what is sent. */
#ifndef LII_SERVICE_LOGS_H
#define LII_SERVICE_LOGS_H

#include "service/services.h"

enum { LII_LOG_FIELDS = 64 };

/* Is it a pattern? LI_E_INVALID with the place of what is wrong. (TRG-70) */
li_status lii_log_pattern_check(li_slice pattern, li_error *err);
/* Does it take the message? Space-delimited patterns give its fields: names and values, up to LII_LOG_FIELDS; else *n is 0. */
int lii_log_pattern_takes(li_slice pattern, li_slice message, li_slice *names, li_slice *values, size_t *n);
/* Is what stands between two % an expression? NULL, or what would be right, and where. (TRG-70) */
const char *lii_log_regex_check(li_slice regex, size_t *at);
/* Is there such a text in the message? 0 for what is no expression. */
int lii_log_regex_takes(li_slice regex, li_slice message);
/* The same of selection patterns of API Gateway, which take the whole text: every ASCII sign, and (.|\n) as the one bracket. A
 * dot takes no end of a line. (TRG-95) */
const char *lii_selection_check(li_slice pattern, size_t *at);
int lii_selection_takes(li_slice pattern, li_slice text);
/* The bytes as a gzip file of stored blocks: any reader takes it, and nothing is needed to write it. */
void lii_gzip_stored(lii_buf *out, const char *data, size_t len);

#endif
