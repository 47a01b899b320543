/* report.h - pure: what a function's answer says of the items of its batch (ReportBatchItemFailures, ESM-180). */
#ifndef LII_SOURCE_REPORT_H
#define LII_SOURCE_REPORT_H

#include <lambdainvoke/source.h>

/* failed[i] is set to 1 for each item that failed. Returns how many; n when the whole batch did. */
size_t lii_report_read(const char *answer, size_t len, const li_item *const *items, size_t n, unsigned char *failed);

#endif
