/* test_sqlite.c - the queue and store in SQLite: the contracts, and everything that can happen to a file. */
#include "fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lambdainvoke/contract/queue.h>
#include <lambdainvoke/sqlite.h>

#include "contracts.h"

/* A directory of its own for each test, removed at its end. */
typedef struct place {
    char dir[200];
    int n;                       /* of the file in use: a crash copies to the next */
    uint64_t cache_bytes;
} place;

static place here;

static const char *file_of(int n, const char *suffix)
{
    static char path[4][300];
    static int turn;

    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%.200s/%d.db%s", here.dir, n, suffix);
    return path[turn];
}

static void set_up(void)
{
    const char *tmp = getenv("TMPDIR");

    memset(&here, 0, sizeof here);
    here.cache_bytes = 1 << 28;
    snprintf(here.dir, sizeof here.dir, "%.150s/li-sqlite-XXXXXX", tmp ? tmp : "/tmp");
    ck_assert(mkdtemp(here.dir) != NULL);
}

static void remove_dir(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    char name[600];

    while (dir && (entry = readdir(dir)) != NULL) {
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        unlink(name);
    }
    if (dir)
        closedir(dir);
    rmdir(path);
}

static void tear_down(void)
{
    if (here.dir[0])
        remove_dir(here.dir);
}

static void copy_file(const char *from, const char *to)
{
    char block[65536];
    int in = open(from, O_RDONLY), out;
    ssize_t n;

    if (in < 0)
        return;
    out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(out, 0);
    while ((n = read(in, block, sizeof block)) > 0)
        ck_assert_int_eq(write(out, block, (size_t)n), n);
    close(in);
    close(out);
}

static li_status open_file(int n, li_queue *queue, li_store *store, li_error *err)
{
    li_sqlite_options o = LI_SQLITE_OPTIONS_INIT;

    o.path = li_z(file_of(n, ""));
    o.cache_bytes = here.cache_bytes;
    return li_sqlite_open(&o, queue, store, err);
}

/* ---- the contract */

static li_status env_open(void *user, li_queue *queue)
{
    (void)user;
    here.n++;
    return open_file(here.n, queue, NULL, NULL);
}

/* What is on disk at this moment, and what the kernel has of a process that is gone, opened in another place. */
static void freeze(int from, int to)
{
    copy_file(file_of(from, ""), file_of(to, ""));
    copy_file(file_of(from, "-wal"), file_of(to, "-wal"));
    copy_file(file_of(from, "-lock"), file_of(to, "-lock"));
}

static li_status env_crash(void *user, li_queue *queue)
{
    (void)user;
    freeze(here.n, here.n + 1);
    queue->ops->close(queue->self);
    queue->ops->free(queue->self);
    here.n++;
    return open_file(here.n, queue, NULL, NULL);
}

static void env_close(void *user, li_queue *queue)
{
    (void)user;
    queue->ops->free(queue->self);
}

static void keep_contract(uint64_t cache_bytes)
{
    li_contract_queue_env env = { env_open, env_crash, env_close, NULL, 0, 0 };
    verdicts v = { "", "" };
    li_contract c;

    here.cache_bytes = cache_bytes;
    li_contract_init(&c, NULL, note_verdict, &v);
    li_contract_queue(&c, &env);
    ck_assert_str_eq(v.failed, "");
    ck_assert_str_eq(v.not_claimed, "");
    ck_assert_int_eq(c.n_passed, 24);
}

START_TEST(test_rel_4_sqlite_queue_keeps_the_contract)
{
    keep_contract(1 << 28);
}
END_TEST

START_TEST(test_rel_22_sqlite_queue_keeps_the_contract_without_a_cache)
{
    keep_contract(0);
}
END_TEST

Suite *suite_sqlite(void)
{
    Suite *suite = suite_create("sqlite");
    TCase *tcase = tcase_create("contract");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, test_rel_4_sqlite_queue_keeps_the_contract);
    tcase_add_test(tcase, test_rel_22_sqlite_queue_keeps_the_contract_without_a_cache);
    suite_add_tcase(suite, tcase);
    return suite;
}
