/* test_io.c - files as the library writes them: the system's calls as a table, a table of one's own, and a disk that fails. */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lambdainvoke/lambdainvoke.h>

static char root[64];
static const li_io_ops *os;      /* the system's */
static li_faulty *disk;

static void set_up(void)
{
    snprintf(root, sizeof root, "/tmp/lii-io-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    os = li_io_system()->ops;
    ck_assert_int_eq(li_faulty_new(1, &disk), LI_OK);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

static void remove_root(void)
{
    ck_assert_int_eq(nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static void tear_down(void)
{
    li_faulty_free(disk);
    remove_root();
}

static const char *in_root(const char *name)
{
    static char paths[2][400];
    static int turn;

    turn = !turn;
    snprintf(paths[turn], sizeof paths[turn], "%s/%s", root, name);
    return paths[turn];
}

/* ---- the system's */

START_TEST(test_rel_102_the_systems_calls_give_what_the_system_gives)
{
    int32_t file = os->open(NULL, in_root("a"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct stat st;
    char data[8];

    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(os->pwrite(NULL, file, "hello", 5, 3), 5);
    ck_assert_int_eq(os->fdatasync(NULL, file), 0);
    ck_assert_int_eq(os->pread(NULL, file, data, 8, 3), 5);
    ck_assert_int_eq(memcmp(data, "hello", 5), 0);
    ck_assert_int_eq(os->pread(NULL, file, data, 8, 8), 0);
    ck_assert_int_eq(os->truncate(NULL, file, 4), 0);
    ck_assert_int_eq(fstat(file, &st), 0);
    ck_assert_int_eq(st.st_size, 4);
    ck_assert_int_eq(fcntl(file, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    ck_assert_int_eq(os->close(NULL, file), 0);
    ck_assert_int_eq(os->make_directory(NULL, in_root("d"), 0700), 0);
    ck_assert_int_eq(os->make_directory(NULL, in_root("d"), 0700), -EEXIST);
    ck_assert_int_eq(os->rename(NULL, in_root("a"), in_root("d/b")), 0);
    ck_assert_int_eq(os->sync_directory(NULL, in_root("d")), 0);
    ck_assert_int_eq(os->unlink(NULL, in_root("a")), -ENOENT);
    ck_assert_int_eq(os->unlink(NULL, in_root("d/b")), 0);
    ck_assert_int_eq(os->open(NULL, in_root("a"), O_RDONLY | O_CLOEXEC, 0), -ENOENT);
    ck_assert_int_eq(os->rename(NULL, in_root("a"), in_root("b")), -ENOENT);
    ck_assert_int_eq(os->sync_directory(NULL, in_root("no")), -ENOENT);
    ck_assert_int_eq(os->fdatasync(NULL, -1), -EBADF);
    ck_assert_int_eq(os->close(NULL, -1), -EBADF);
    ck_assert_int_eq(os->pread(NULL, -1, data, 1, 0), -EBADF);
    ck_assert_int_eq(os->pwrite(NULL, -1, data, 1, 0), -EBADF);
    ck_assert_int_eq(os->truncate(NULL, -1, 0), -EBADF);
}
END_TEST

START_TEST(test_rel_102_a_lock_is_of_one_opening_until_that_is_closed)
{
    int32_t first = os->open(NULL, in_root("l"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int32_t second = os->open(NULL, in_root("l"), O_RDWR | O_CLOEXEC, 0);

    ck_assert_int_eq(os->lock(NULL, first), 0);
    ck_assert_int_eq(os->lock(NULL, first), 0);          /* it has it */
    ck_assert_int_eq(os->lock(NULL, second), -EAGAIN);
    ck_assert_int_eq(os->close(NULL, first), 0);
    ck_assert_int_eq(os->lock(NULL, second), 0);
    ck_assert_int_eq(os->close(NULL, second), 0);
    ck_assert_int_eq(os->lock(NULL, second), -EBADF);
}
END_TEST

/* ---- a record's way into a directory */

static void told(void *user, li_status status)
{
    *(li_status *)user = status;
}

static li_record record_of(const char *text)
{
    li_record record;

    memset(&record, 0, sizeof record);
    record.size = sizeof record;
    record.kind = LI_RECORD_DESTINATION;
    record.id.bytes[0] = 0x12;
    record.time_ms = UINT64_C(1700000000000);
    record.function_name.ptr = "thumbnail";
    record.function_name.len = 9;
    record.body.ptr = text;
    record.body.len = strlen(text);
    return record;
}

static li_status put(const li_destination *destination, const char *text)
{
    li_record record = record_of(text);
    li_status answer = LI_E_INTERNAL, status = destination->ops->put(destination->self, &record, told, &answer, NULL);

    return status != LI_OK ? status : answer;
}

static li_destination on_disk(void)
{
    li_destination destination;
    li_io io;

    ck_assert_int_eq(li_faulty_io(disk, NULL, &io), LI_OK);
    ck_assert_int_eq(li_destination_directory_on(&io, root, &destination, NULL), LI_OK);
    return destination;
}

static const char body[] = "{\"version\":\"1.0\",\"condition\":\"RetriesExhausted\"}";
static int n_whole, n_other;

static int count_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    char text[200];
    ssize_t n;
    int fd;

    (void)info;
    (void)where;
    if (kind != FTW_F)
        return 0;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = read(fd, text, sizeof text);
    close(fd);
    if (n == (ssize_t)strlen(body) && memcmp(text, body, (size_t)n) == 0 && strstr(path, ".part") == NULL)
        n_whole++;
    else
        n_other++;
    return 0;
}

static void count_files(void)
{
    n_whole = n_other = 0;
    ck_assert_int_eq(nftw(root, count_one, 8, FTW_PHYS), 0);
}

static const struct {
    const char *method;
    int error, action;
    li_status status;            /* LI_OK: nobody sees it */
} faults[] = {
    { "open", EIO, LI_FAULTY_FAIL, LI_E_IO },
    { "open", EMFILE, LI_FAULTY_FAIL, LI_E_FULL },
    { "open", EINTR, LI_FAULTY_FAIL, LI_OK },
    { "open", EROFS, LI_FAULTY_FAIL, LI_E_DENIED },
    { "make_directory", ENOSPC, LI_FAULTY_FAIL, LI_E_NOSPC },
    { "make_directory", EINTR, LI_FAULTY_FAIL, LI_OK },
    { "make_directory", EIO, LI_FAULTY_UNKNOWN, LI_E_IO },
    { "pwrite", EIO, LI_FAULTY_FAIL, LI_E_IO },
    { "pwrite", ENOSPC, LI_FAULTY_FAIL, LI_E_NOSPC },
    { "pwrite", EDQUOT, LI_FAULTY_FAIL, LI_E_NOSPC },
    { "pwrite", EINTR, LI_FAULTY_FAIL, LI_OK },
    { "pwrite", 0, LI_FAULTY_SHORT, LI_OK },
    { "pwrite", EIO, LI_FAULTY_UNKNOWN, LI_E_IO },
    { "fdatasync", EIO, LI_FAULTY_FAIL, LI_E_IO },
    { "fdatasync", EINTR, LI_FAULTY_FAIL, LI_OK },
    { "fdatasync", ENOSPC, LI_FAULTY_UNKNOWN, LI_E_NOSPC },
    { "close", EIO, LI_FAULTY_FAIL, LI_E_IO },
    { "close", EINTR, LI_FAULTY_FAIL, LI_OK },
    { "rename", EIO, LI_FAULTY_FAIL, LI_E_IO },
    { "rename", ENOSPC, LI_FAULTY_FAIL, LI_E_NOSPC },
    { "rename", EINTR, LI_FAULTY_FAIL, LI_OK },
    { "rename", EIO, LI_FAULTY_UNKNOWN, LI_E_IO },
    { "sync_directory", EIO, LI_FAULTY_FAIL, LI_E_IO },
    { "sync_directory", EINTR, LI_FAULTY_FAIL, LI_OK },
};

/* Each call of that name in turn, for a record that makes its directories. */
START_TEST(test_rel_102_every_call_that_fails_leaves_no_record_or_a_whole_one)
{
    int n, before = n_descriptors();
    uint64_t fired;

    for (n = 0;; n++) {
        li_destination destination = on_disk();
        li_fault_rule rule = LI_FAULT_RULE_INIT;
        li_status status;

        rule.method = li_z(faults[_i].method);
        rule.after = (uint64_t)n;
        rule.action = faults[_i].action;
        rule.system_error = faults[_i].error;
        li_faulty_clear(disk);
        ck_assert_int_eq(li_faulty_add(disk, &rule), LI_OK);
        fired = li_faulty_fired(disk, NULL);
        status = put(&destination, body);
        fired = li_faulty_fired(disk, NULL) - fired;
        count_files();
        ck_assert_int_eq(n_other, 0);
        if (fired && faults[_i].status != LI_OK)
            ck_assert_int_eq(status, faults[_i].status);
        else
            ck_assert_int_eq(status, LI_OK);
        ck_assert_int_le(n_whole, 1);
        if (status == LI_OK)
            ck_assert_int_eq(n_whole, 1);
        /* and the same again, on a disk that is good now */
        li_faulty_clear(disk);
        ck_assert_int_eq(put(&destination, body), LI_OK);
        count_files();
        ck_assert_int_eq(n_whole, 1);
        ck_assert_int_eq(n_other, 0);
        destination.ops->free(destination.self);
        ck_assert_int_eq(n_descriptors(), before);
        remove_root();
        ck_assert_int_eq(mkdir(root, 0700), 0);
        if (!fired)
            break;
    }
    ck_assert_int_gt(n, 0);
}
END_TEST

START_TEST(test_rel_25_a_full_disk_and_no_descriptors_are_tried_again_later)
{
    li_destination destination = on_disk();
    li_fault_rule rule = LI_FAULT_RULE_INIT;

    rule.method = li_z("pwrite");
    rule.system_error = ENOSPC;
    ck_assert_int_eq(li_faulty_add(disk, &rule), LI_OK);
    ck_assert_int_eq(li_status_is_retryable(put(&destination, body)), 1);
    rule.method = li_z("open");
    rule.system_error = ENFILE;
    ck_assert_int_eq(li_faulty_add(disk, &rule), LI_OK);
    ck_assert_int_eq(li_status_is_retryable(put(&destination, body)), 1);
    rule.system_error = EACCES;
    ck_assert_int_eq(li_faulty_add(disk, &rule), LI_OK);
    ck_assert_int_eq(li_status_is_retryable(put(&destination, body)), 0);
    ck_assert_int_eq(put(&destination, body), LI_OK);
    destination.ops->free(destination.self);
}
END_TEST

/* ---- a table of one's own: what is called, in which order */

static char calls[2000];

static void say(const char *what, const char *path)
{
    const char *name = path ? strrchr(path, '/') : NULL;

    if (name && name[1] == '\0')             /* a directory, with its slash */
        name = NULL;
    snprintf(calls + strlen(calls), sizeof calls - strlen(calls), "%s%s ", what, name && strstr(name, ".part") ? "(part)" : "");
}

static int32_t say_open(void *self, const char *path, int32_t flags, uint32_t mode)
{
    (void)self;
    say("open", path);
    return os->open(NULL, path, flags, mode);
}

static int32_t say_close(void *self, int32_t file)
{
    (void)self;
    say("close", NULL);
    return os->close(NULL, file);
}

static int64_t say_pwrite(void *self, int32_t file, const void *data, size_t len, uint64_t at)
{
    (void)self;
    say("pwrite", NULL);
    return os->pwrite(NULL, file, data, len, at);
}

static int32_t say_fdatasync(void *self, int32_t file)
{
    (void)self;
    say("fdatasync", NULL);
    return os->fdatasync(NULL, file);
}

static int32_t say_rename(void *self, const char *from, const char *to)
{
    (void)self;
    say("rename", from);
    return os->rename(NULL, from, to);
}

static int32_t say_sync_directory(void *self, const char *path)
{
    (void)self;
    say("sync_directory", path);
    return os->sync_directory(NULL, path);
}

static void count_end(void *self)
{
    ++*(int *)self;
}

static li_io_ops own_ops(void)
{
    li_io_ops ops = *os;

    ops.open = say_open;
    ops.close = say_close;
    ops.pwrite = say_pwrite;
    ops.fdatasync = say_fdatasync;
    ops.rename = say_rename;
    ops.sync_directory = say_sync_directory;
    ops.free = count_end;
    return ops;
}

START_TEST(test_rel_4_a_record_is_flushed_before_it_has_its_name_and_its_directory_after)
{
    li_io_ops ops = own_ops();
    li_destination destination;
    int ended = 0;
    li_io io;

    io.ops = &ops;
    io.self = &ended;
    ck_assert_int_eq(li_destination_directory_on(&io, root, &destination, NULL), LI_OK);
    memset(&ops, 0, sizeof ops);             /* they were copied */
    ck_assert_int_eq(destination.ops->caps & LI_DESTINATION_DURABLE, LI_DESTINATION_DURABLE);
    ck_assert_int_eq(put(&destination, "1"), LI_OK);
    calls[0] = '\0';
    ck_assert_int_eq(put(&destination, "2"), LI_OK);
    ck_assert_str_eq(calls, "open(part) pwrite fdatasync close rename(part) sync_directory ");
    ck_assert_int_eq(ended, 0);
    destination.ops->free(destination.self);
    ck_assert_int_eq(ended, 1);
}
END_TEST

START_TEST(test_rel_4_new_directories_are_flushed_into_those_they_are_in)
{
    li_io_ops ops = own_ops();
    li_destination destination;
    const char *at;
    int ended = 0, n = 0;
    li_io io;

    io.ops = &ops;
    io.self = &ended;
    ck_assert_int_eq(li_destination_directory_on(&io, root, &destination, NULL), LI_OK);
    calls[0] = '\0';
    ck_assert_int_eq(put(&destination, "1"), LI_OK);
    for (at = calls; (at = strstr(at, "sync_directory")) != NULL; at++)
        n++;
    ck_assert_int_eq(n, 8);      /* aws lambda async FUNCTION YYYY MM DD, and the file's own */
    destination.ops->free(destination.self);
}
END_TEST

START_TEST(test_rel_102_a_table_without_a_method_is_refused)
{
    li_io_ops ops = own_ops();
    li_destination destination = { NULL, NULL };
    li_error err = LI_ERROR_INIT;
    int ended = 0;
    li_io io;

    io.ops = &ops;
    io.self = &ended;
    ops.sync_directory = NULL;
    ck_assert_int_eq(li_destination_directory_on(&io, root, &destination, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_BACKEND_METHOD);
    ck_assert_ptr_null(destination.ops);
    ck_assert_int_eq(ended, 1);              /* taken, also on failure */
    ops = own_ops();
    ck_assert_int_eq(li_destination_directory_on(&io, in_root("no"), &destination, &err), LI_E_NOT_FOUND);
    ck_assert_int_eq(ended, 2);
}
END_TEST

/* ---- rules */

START_TEST(test_rel_102_rules_refuse_cut_short_or_do_and_deny)
{
    li_fault_rule rule = LI_FAULT_RULE_INIT;
    char data[8] = "";
    int32_t file;
    li_io io;

    ck_assert_int_eq(li_faulty_io(NULL, NULL, &io), LI_E_INVALID);
    ck_assert_int_eq(li_faulty_io(disk, NULL, NULL), LI_E_INVALID);
    ck_assert_int_eq(li_faulty_io(disk, NULL, &io), LI_OK);
    rule.method = li_z("open");
    ck_assert_int_eq(li_faulty_add(disk, &rule), LI_OK);
    ck_assert_int_eq(io.ops->open(io.self, in_root("a"), O_RDWR | O_CREAT | O_CLOEXEC, 0600), -EIO);
    ck_assert_int_eq(access(in_root("a"), F_OK), -1);
    rule.action = LI_FAULTY_UNKNOWN;
    rule.system_error = ENFILE;
    ck_assert_int_eq(li_faulty_add(disk, &rule), LI_OK);
    ck_assert_int_eq(io.ops->open(io.self, in_root("a"), O_RDWR | O_CREAT | O_CLOEXEC, 0600), -ENFILE);
    ck_assert_int_eq(access(in_root("a"), F_OK), 0);
    file = io.ops->open(io.self, in_root("a"), O_RDWR | O_CLOEXEC, 0);
    ck_assert_int_ge(file, 0);
    rule.method = li_z("pwrite");
    rule.action = LI_FAULTY_SHORT;
    ck_assert_int_eq(li_faulty_add(disk, &rule), LI_OK);
    ck_assert_int_eq(io.ops->pwrite(io.self, file, "abcd", 4, 0), 2);
    ck_assert_int_eq(io.ops->pwrite(io.self, file, "cd", 2, 2), 2);
    rule.action = LI_FAULTY_UNKNOWN;
    rule.system_error = EIO;
    ck_assert_int_eq(li_faulty_add(disk, &rule), LI_OK);
    ck_assert_int_eq(io.ops->pwrite(io.self, file, "X", 1, 0), -EIO);
    rule.method = li_z("pread");
    rule.action = LI_FAULTY_SHORT;
    ck_assert_int_eq(li_faulty_add(disk, &rule), LI_OK);
    ck_assert_int_eq(io.ops->pread(io.self, file, data, 4, 0), 2);
    ck_assert_int_eq(io.ops->pread(io.self, file, data, 4, 0), 4);
    ck_assert_str_eq(data, "Xbcd");
    rule.method = li_z("unlink");
    rule.action = LI_FAULTY_UNKNOWN;
    ck_assert_int_eq(li_faulty_add(disk, &rule), LI_OK);
    ck_assert_int_eq(io.ops->unlink(io.self, in_root("a")), -EIO);
    ck_assert_int_eq(access(in_root("a"), F_OK), -1);
    rule.method = li_z("close");
    rule.action = LI_FAULTY_FAIL;
    ck_assert_int_eq(li_faulty_add(disk, &rule), LI_OK);
    ck_assert_int_eq(io.ops->close(io.self, file), -EIO);
    ck_assert_int_eq(fcntl(file, F_GETFD), -1);          /* closed all the same */
    ck_assert_uint_eq(li_faulty_calls(disk, "open"), 3);
    ck_assert_uint_eq(li_faulty_fired(disk, "open"), 2);
    rule.system_error = -1;
    ck_assert_int_eq(li_faulty_add(disk, &rule), LI_E_INVALID);
    io.ops->free(io.self);
}
END_TEST

Suite *suite_io(void)
{
    Suite *suite = suite_create("io");
    TCase *tcase = tcase_create("io");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, test_rel_102_the_systems_calls_give_what_the_system_gives);
    tcase_add_test(tcase, test_rel_102_a_lock_is_of_one_opening_until_that_is_closed);
    tcase_add_loop_test(tcase, test_rel_102_every_call_that_fails_leaves_no_record_or_a_whole_one, 0,
                        (int)(sizeof faults / sizeof faults[0]));
    tcase_add_test(tcase, test_rel_25_a_full_disk_and_no_descriptors_are_tried_again_later);
    tcase_add_test(tcase, test_rel_4_a_record_is_flushed_before_it_has_its_name_and_its_directory_after);
    tcase_add_test(tcase, test_rel_4_new_directories_are_flushed_into_those_they_are_in);
    tcase_add_test(tcase, test_rel_102_a_table_without_a_method_is_refused);
    tcase_add_test(tcase, test_rel_102_rules_refuse_cut_short_or_do_and_deny);
    suite_add_tcase(suite, tcase);
    return suite;
}
