/* types.h - what every other header needs: visibility, slices, units, the version.
 *
 * Text and bytes are a pointer and a length; LI_Z as the length means "ends in NUL, measure it". A payload may
 * hold NULs and never needs to end in one. Nothing here allocates or locks. */
#ifndef LAMBDAINVOKE_TYPES_H
#define LAMBDAINVOKE_TYPES_H

#include <stddef.h>
#include <stdint.h>

#define LI_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

#define LI_VERSION_TEXT "0.1.0"
#define LI_VERSION_NUMBER 100 /* major * 10000 + minor * 100 + patch */

#define LI_Z ((size_t)-1) /* as a length: measure the text up to its NUL */

#define LI_US_NS UINT64_C(1000)
#define LI_MS_NS UINT64_C(1000000)
#define LI_SECOND_NS UINT64_C(1000000000)
#define LI_MINUTE_NS (UINT64_C(60) * LI_SECOND_NS)
#define LI_HOUR_NS (UINT64_C(60) * LI_MINUTE_NS)
#define LI_NEVER UINT64_MAX /* as a deadline: none */

#define LI_ID_TEXT_SIZE 37 /* a request id as text: UUID, 36 characters and a NUL */

/* A range of bytes that somebody else owns. As a member of an options struct, {NULL, 0} means "not given". */
typedef struct li_slice {
    const char *ptr;
    size_t len; /* bytes, or LI_Z */
} li_slice;

/* A request id: 16 bytes, the same over all attempts of one event. */
typedef struct li_id {
    uint8_t bytes[16];
} li_id;

/* The text as a slice that measures itself: options.name = li_z("thumbnail"). */
static inline li_slice li_z(const char *text)
{
    li_slice slice;

    slice.ptr = text;
    slice.len = text ? LI_Z : 0;
    return slice;
}

/* Handles. Each is made and ended by the functions of its own header. */
typedef struct li_engine li_engine;
typedef struct li_function li_function;
typedef struct li_invocation li_invocation;
typedef struct li_init li_init;
typedef struct li_clock li_clock;
typedef struct li_local_queue li_local_queue;
typedef struct li_trigger li_trigger;
typedef struct li_mapping li_mapping;

/* The version of the library that runs, which can differ from LI_VERSION_TEXT of the headers.
 * Returns: static text. Threads: any. Since 0.1. */
LI_API const char *li_version(void);
LI_API int32_t li_version_number(void);

/* Write an id as UUID text, or read one.
 *   id     borrowed        text   36 characters (and, written, a NUL)
 * Errors:  LI_E_INVALID the text is not a UUID; *id is untouched.
 * Threads: any; pure. Since 0.1. */
LI_API void li_id_format(const li_id *id, char text[LI_ID_TEXT_SIZE]);
LI_API int32_t li_id_parse(const char *text, size_t text_len, li_id *id);

#ifdef __cplusplus
}
#endif
#endif
