/* test_destination.c - destinations without an engine: callback, directory, local queue, function. */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lambdainvoke/lambdainvoke.h>

#include "base/alloc.h"
#include "destination/function.h"
#include "destination/local.h"
#include "queue/local.h"

Suite *suite_destination(void);

static const char id_text[] = "12345678-9abc-4def-8123-456789abcdef";

/* 2024-02-29T23:59:58.999Z */
#define TIME_MS UINT64_C(1709251198999)

static li_record record_of(const char *body)
{
    li_record record;

    memset(&record, 0, sizeof record);
    record.size = sizeof record;
    record.kind = LI_RECORD_DESTINATION;
    record.is_success = 1;
    ck_assert_int_eq(li_id_parse(id_text, LI_Z, &record.id), LI_OK);
    record.time_ms = TIME_MS;
    record.target.ptr = "arn:aws:s3:::bucket";
    record.target.len = strlen(record.target.ptr);
    record.function_name.ptr = "thumbnail and what follows it";
    record.function_name.len = 9;
    record.body.ptr = body;
    record.body.len = strlen(body);
    return record;
}

/* How often done was called, and with what last. */
typedef struct answer {
    int n;
    li_status status;
} answer;

static void on_done(void *user, li_status status)
{
    answer *a = user;

    a->n++;
    a->status = status;
}

/* What done says; put says LI_OK and done is called once. */
static li_status deliver(const li_destination *destination, const li_record *record)
{
    answer a = { 0, 99 };

    ck_assert_int_eq(destination->ops->put(destination->self, record, on_done, &a, NULL), LI_OK);
    ck_assert_int_eq(a.n, 1);
    return a.status;
}

static void end(const li_destination *destination)
{
    if (destination->ops->free)
        destination->ops->free(destination->self);
}

/* ---- callback */

typedef struct called {
    const li_record *record;
    li_status answer;
    int n;
} called;

static li_status call(void *user, const li_record *record)
{
    called *c = user;

    c->record = record;
    c->n++;
    return c->answer;
}

START_TEST(test_inv_231_a_callback_sees_the_record_and_its_answer_is_the_answer)
{
    called c = { NULL, LI_OK, 0 };
    li_destination destination = { NULL, NULL };
    li_record record = record_of("{}");

    ck_assert_int_eq(li_destination_callback_new(NULL, &c, &destination), LI_E_INVALID);
    ck_assert_ptr_null(destination.ops);
    ck_assert_int_eq(li_destination_callback_new(call, &c, &destination), LI_OK);
    ck_assert_int_eq(deliver(&destination, &record), LI_OK);
    ck_assert_ptr_eq(c.record, &record);
    c.answer = LI_E_FULL;
    ck_assert_int_eq(deliver(&destination, &record), LI_E_FULL);
    c.answer = LI_E_DENIED;
    ck_assert_int_eq(deliver(&destination, &record), LI_E_DENIED);
    ck_assert_int_eq(c.n, 3);
    end(&destination);
}
END_TEST

/* ---- directory */

typedef struct place {
    char root[64];
    li_destination destination;
} place;

static void place_new(place *p)
{
    snprintf(p->root, sizeof p->root, "/tmp/lii-destination-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(p->root));
    ck_assert_int_eq(li_destination_directory_new(p->root, &p->destination, NULL), LI_OK);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

static void place_free(place *p)
{
    end(&p->destination);
    ck_assert_int_eq(nftw(p->root, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* The bytes of a file below the root, as text; "" when there is none. */
static const char *content(const place *p, const char *key)
{
    static char text[256];
    char path[512];
    ssize_t n = 0;
    int fd;

    snprintf(path, sizeof path, "%s/%s", p->root, key);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        n = read(fd, text, sizeof text - 1);
        close(fd);
    }
    text[n > 0 ? n : 0] = '\0';
    return text;
}

static int n_files(const place *p, const char *directory)
{
    char path[512];
    struct dirent *entry;
    DIR *d;
    int n = 0;

    snprintf(path, sizeof path, "%s/%s", p->root, directory);
    d = opendir(path);
    while (d != NULL && (entry = readdir(d)) != NULL)
        n += entry->d_name[0] != '.';
    if (d != NULL)
        closedir(d);
    return n;
}

static const char day[] = "aws/lambda/async/thumbnail/2024/02/29";
static const char key[] =
    "aws/lambda/async/thumbnail/2024/02/29/2024-02-29T23.59.58-12345678-9abc-4def-8123-456789abcdef";

START_TEST(test_inv_235_a_record_is_a_file_at_its_key)
{
    li_record record = record_of("{\"version\":\"1.0\"}");
    place p;

    place_new(&p);
    ck_assert_int_eq(deliver(&p.destination, &record), LI_OK);
    ck_assert_str_eq(content(&p, key), "{\"version\":\"1.0\"}");
    ck_assert_int_eq(n_files(&p, day), 1);
    place_free(&p);
}
END_TEST

START_TEST(test_rel_7_a_repeated_delivery_writes_the_same_file_again)
{
    li_record record = record_of("first");
    place p;

    place_new(&p);
    ck_assert_int_eq(deliver(&p.destination, &record), LI_OK);
    record = record_of("2nd");
    ck_assert_int_eq(deliver(&p.destination, &record), LI_OK);
    ck_assert_str_eq(content(&p, key), "2nd");
    ck_assert_int_eq(n_files(&p, day), 1);
    record.id.bytes[15] ^= 1;
    ck_assert_int_eq(deliver(&p.destination, &record), LI_OK);
    ck_assert_int_eq(n_files(&p, day), 2);
    record.time_ms += 1000;                  /* the last millisecond of the day */
    ck_assert_int_eq(deliver(&p.destination, &record), LI_OK);
    ck_assert_int_eq(n_files(&p, day), 3);
    record.time_ms += 1;
    ck_assert_int_eq(deliver(&p.destination, &record), LI_OK);
    ck_assert_int_eq(n_files(&p, day), 3);
    ck_assert_int_eq(n_files(&p, "aws/lambda/async/thumbnail/2024/03/01"), 1);
    place_free(&p);
}
END_TEST

START_TEST(test_inv_209_a_dead_letter_and_a_record_of_one_event_are_two_files)
{
    li_record record = record_of("record"), letter = record_of("letter");
    place p;

    place_new(&p);
    letter.kind = LI_RECORD_DEAD_LETTER;
    ck_assert_int_eq(deliver(&p.destination, &record), LI_OK);
    ck_assert_int_eq(deliver(&p.destination, &letter), LI_OK);
    ck_assert_str_eq(content(&p, key), "record");
    ck_assert_int_eq(n_files(&p, day), 2);
    ck_assert_int_eq(deliver(&p.destination, &letter), LI_OK);
    ck_assert_int_eq(n_files(&p, day), 2);
    place_free(&p);
}
END_TEST

START_TEST(test_a_directory_that_is_none_is_refused)
{
    li_destination destination = { NULL, NULL };
    li_error err = LI_ERROR_INIT;

    ck_assert_int_eq(li_destination_directory_new("/nowhere/at/all", &destination, &err), LI_E_NOT_FOUND);
    ck_assert_str_eq(err.subject, "/nowhere/at/all");
    ck_assert_int_eq(li_destination_directory_new("/dev/null", &destination, NULL), LI_E_NOT_FOUND);
    ck_assert_int_eq(li_destination_directory_new(NULL, &destination, NULL), LI_E_NOT_FOUND);
    ck_assert_ptr_null(destination.ops);
}
END_TEST

START_TEST(test_rel_25_a_file_that_does_not_fit_is_no_space_and_leaves_nothing)
{
    struct rlimit none = { 4, 4 };
    li_record record = record_of("more than four bytes");
    place p;

    place_new(&p);
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
    ck_assert_int_eq(deliver(&p.destination, &record), LI_E_NOSPC);
    ck_assert_int_eq(n_files(&p, day), 0);
    record = record_of("four");
    ck_assert_int_eq(deliver(&p.destination, &record), LI_OK);
    ck_assert_str_eq(content(&p, key), "four");
    place_free(&p);
}
END_TEST

START_TEST(test_inv_236_a_file_in_the_way_of_a_directory_is_an_error_for_good)
{
    li_record record = record_of("{}");
    char path[128];
    li_status status;
    place p;
    int fd;

    place_new(&p);
    snprintf(path, sizeof path, "%s/aws", p.root);
    fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    close(fd);
    status = deliver(&p.destination, &record);
    ck_assert_int_lt(status, 0);
    ck_assert_int_eq(li_status_is_retryable(status), 0);
    place_free(&p);
}
END_TEST

/* ---- local queue */

static uint64_t now_ms(void *owner)
{
    (void)owner;
    return 1000;
}

static void new_id(void *owner, li_id *id)
{
    ++*(uint8_t *)owner;
    memset(id, *(uint8_t *)owner, sizeof *id);
}

START_TEST(test_inv_237_a_dead_letter_reaches_a_local_queue_with_its_attributes_and_a_record_without)
{
    static const li_record_attribute attribute = { { "ErrorCode", 9 }, { "Number", 6 }, { "200", 3 } };
    li_local_queue_options options = LI_LOCAL_QUEUE_OPTIONS_INIT;
    li_destination destination = { NULL, NULL };
    li_record record = record_of("letter");
    li_local_message m = { 0 };
    li_local_queue *queue;
    uint8_t ids = 0;
    static const unsigned char mark = 1;
    lii_local_host host = { &lii_malloc_allocator, now_ms, new_id, &ids, &mark };

    options.name = li_z("q");
    options.max_messages = 2;
    ck_assert_int_eq(lii_local_queue_create(&host, &options, NULL, &queue, NULL), LI_OK);
    ck_assert_int_eq(lii_destination_local_new(queue, &destination), LI_OK);
    record.kind = LI_RECORD_DEAD_LETTER;
    record.attributes = &attribute;
    record.n_attributes = 1;
    ck_assert_int_eq(deliver(&destination, &record), LI_OK);
    record = record_of("record");
    ck_assert_int_eq(deliver(&destination, &record), LI_OK);
    ck_assert_int_eq(deliver(&destination, &record), LI_E_FULL);
    m.size = sizeof m;
    ck_assert_int_eq(li_local_queue_peek(queue, 0, &m), LI_OK);
    ck_assert_str_eq(m.body, "letter");
    ck_assert_uint_eq(m.n_attributes, 1);
    ck_assert_str_eq(m.attributes[0].value.ptr, "200");
    ck_assert_int_eq(li_local_queue_peek(queue, 1, &m), LI_OK);
    ck_assert_str_eq(m.body, "record");
    ck_assert_uint_eq(m.n_attributes, 0);
    end(&destination);
    lii_local_queue_destroy(queue);
}
END_TEST

/* ---- function */

typedef struct submitted {
    char arn[64];
    char payload[64];
    li_status answer;
    li_destination_done done;
    void *user;
} submitted;

static li_status submit(void *owner, const char *arn, size_t arn_len, const char *payload, size_t payload_len,
                        li_slice trace, li_destination_done done, void *user)
{
    submitted *s = owner;

    ck_assert_uint_eq(trace.len, 6);
    ck_assert_mem_eq(trace.ptr, "Root=1", 6);
    snprintf(s->arn, sizeof s->arn, "%.*s", (int)arn_len, arn);
    snprintf(s->payload, sizeof s->payload, "%.*s", (int)payload_len, payload);
    s->done = done;
    s->user = user;
    return s->answer;
}

START_TEST(test_inv_231_a_function_gets_the_body_and_answers_when_its_queue_does)
{
    char arn[] = "arn:aws:lambda:us-east-1:0:function:next and more";
    li_destination destination = { NULL, NULL };
    li_record record = record_of("{\"a\":1}");
    answer a = { 0, 99 };
    submitted s;

    memset(&s, 0, sizeof s);
    record.trace = li_z("Root=1");
    record.trace.len = 6;
    ck_assert_int_eq(lii_destination_function_new(submit, &s, arn, strlen(arn) - 9, &destination), LI_OK);
    memset(arn, 'x', sizeof arn - 1);
    ck_assert_int_eq(destination.ops->put(destination.self, &record, on_done, &a, NULL), LI_OK);
    ck_assert_str_eq(s.arn, "arn:aws:lambda:us-east-1:0:function:next");
    ck_assert_str_eq(s.payload, "{\"a\":1}");
    ck_assert_int_eq(a.n, 0);
    s.done(s.user, LI_E_UNKNOWN);
    ck_assert_int_eq(a.n, 1);
    ck_assert_int_eq(a.status, LI_E_UNKNOWN);
    s.answer = LI_E_FULL;
    ck_assert_int_eq(destination.ops->put(destination.self, &record, on_done, &a, NULL), LI_E_FULL);
    ck_assert_int_eq(a.n, 1);
    end(&destination);
}
END_TEST

Suite *suite_destination(void)
{
    Suite *suite = suite_create("destination");
    TCase *calls = tcase_create("calls"), *directory = tcase_create("directory");

    tcase_add_test(calls, test_inv_231_a_callback_sees_the_record_and_its_answer_is_the_answer);
    tcase_add_test(calls, test_inv_237_a_dead_letter_reaches_a_local_queue_with_its_attributes_and_a_record_without);
    tcase_add_test(calls, test_inv_231_a_function_gets_the_body_and_answers_when_its_queue_does);
    suite_add_tcase(suite, calls);
    tcase_add_test(directory, test_inv_235_a_record_is_a_file_at_its_key);
    tcase_add_test(directory, test_rel_7_a_repeated_delivery_writes_the_same_file_again);
    tcase_add_test(directory, test_inv_209_a_dead_letter_and_a_record_of_one_event_are_two_files);
    tcase_add_test(directory, test_a_directory_that_is_none_is_refused);
    tcase_add_test(directory, test_rel_25_a_file_that_does_not_fit_is_no_space_and_leaves_nothing);
    tcase_add_test(directory, test_inv_236_a_file_in_the_way_of_a_directory_is_an_error_for_good);
    suite_add_tcase(suite, directory);
    return suite;
}
