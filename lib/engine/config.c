/* config.c - read and change settings by name. */
#include "engine/engine.h"
#include "engine/settings.h"

/* Texts apart from the numbers, found by their place: a pointer would cost its row a relocation, which is larger. */
static const struct texts {
#define MEMBERS(field, name, standard, lowest, highest, help) char name_of_##field[sizeof(name)], help_of_##field[sizeof(help)];
    LII_CONFIG_MAP(MEMBERS)
#undef MEMBERS
} texts = {
#define TEXTS(field, name, standard, lowest, highest, help) name, help,
    LII_CONFIG_MAP(TEXTS)
#undef TEXTS
};

static const struct row {
    int64_t standard, lowest, highest;
    uint16_t field, name, help, name_len;
} rows[] = {
#define ROW(field, name, standard, lowest, highest, help)                                                     \
    { standard, lowest, highest, offsetof(lii_config, field), offsetof(struct texts, name_of_##field),        \
      offsetof(struct texts, help_of_##field), sizeof(name) - 1 },
    LII_CONFIG_MAP(ROW)
#undef ROW
};

enum { N_ROWS = sizeof rows / sizeof rows[0] };

static atomic_llong *field(lii_config *config, const struct row *row)
{
    return (atomic_llong *)(void *)((char *)config + row->field);
}

static const char *text_at(uint16_t place)
{
    return (const char *)&texts + place;
}

static const struct row *find(const char *name)
{
    size_t i, len = name ? strlen(name) : 0;

    for (i = 0; len > 0 && i < N_ROWS; i++)
        if (rows[i].name_len == len && memcmp(text_at(rows[i].name), name, len) == 0)
            return &rows[i];
    return NULL;
}

void lii_config_init(lii_config *config)
{
    size_t i;

    for (i = 0; i < N_ROWS; i++)
        atomic_init(field(config, &rows[i]), rows[i].standard);
}

li_status li_config_get(li_engine *engine, const char *name, int64_t *value)
{
    const struct row *row = find(name);

    if (lii_is_forked(engine))
        return LI_E_FORKED;
    if (!row)
        return LI_E_NOT_FOUND;
    *value = atomic_load(field(&engine->config, row));
    return LI_OK;
}

/* INV-301: a change may not leave less than limits.min_unreserved beside what is reserved and provisioned. One that leaves more than
 * there is now is taken, and so is any while nothing is promised to anybody. */
static li_status pool_check_locked(const li_engine *engine, const struct row *row, int64_t value, li_error *err)
{
    int64_t account = LII_CONFIG(engine, account_concurrency), least = LII_CONFIG(engine, min_unreserved);
    int64_t promised = engine->locked.reserved_sum + (int64_t)engine->locked.unreserved_provisioned;
    int is_less = 0;

    if (row->field == offsetof(lii_config, account_concurrency)) {
        is_less = value < account;
        account = value;
    } else if (row->field == offsetof(lii_config, min_unreserved)) {
        is_less = value > least;
        least = value;
    }
    if (!is_less || promised == 0 || account - promised >= least)
        return LI_OK;
    return lii_fail(err, LI_E_BUSY, LI_DETAIL_RESERVED_MINIMUM, text_at(row->name), LI_Z,
                    "%s of %lld would leave %lld beside the %lld that are reserved or provisioned; limits.min_unreserved is %lld",
                    text_at(row->name), (long long)value, (long long)(account - promised), (long long)promised, (long long)least);
}

static li_status set(li_engine *engine, const struct row *row, int64_t value, li_error *err)
{
    const char *name = text_at(row->name);
    li_status status, refusal;
    int64_t used = lii_limit_used(engine, name, &refusal);

    if (refusal != LI_OK && value < used)
        return lii_fail(err, LI_E_BUSY, LI_DETAIL_LIMIT_IN_USE, name, LI_Z, "%s cannot be %lld while %lld are in use", name,
                        (long long)value, (long long)used);
    pthread_mutex_lock(&engine->lock);
    status = pool_check_locked(engine, row, value, err);
    if (status == LI_OK) {
        atomic_store(field(&engine->config, row), value);
        lii_detour_set(engine, LII_DETOUR_STEPS, LII_CONFIG(engine, journal_steps) != 0);
        lii_detour_set(engine, LII_DETOUR_RATE, LII_CONFIG(engine, request_rate) != 0);
        lii_detour_set(engine, LII_DETOUR_RECORDS, LII_CONFIG(engine, outcome_records) != 0);
        /* the queue reads its limits from its host table */
        engine->queue_host.max_events = (uint64_t)LII_CONFIG(engine, queued_events);
        engine->queue_host.max_bytes = (uint64_t)LII_CONFIG(engine, queued_bytes);
    }
    pthread_mutex_unlock(&engine->lock);
    return status;
}

li_status li_config_set(li_engine *engine, const char *name, int64_t value, li_error *err)
{
    const struct row *row = find(name);
    li_status status;

    if (lii_is_shut(engine))
        return lii_shut(engine, err);
    if (!row)
        return lii_fail(err, LI_E_NOT_FOUND, LI_DETAIL_LIMIT_NAME, name, LI_Z, "there is no setting \"%s\"",
                        name ? name : "(null)");
    if (value < row->lowest || value > row->highest)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_LIMIT_RANGE, name, LI_Z,
                        "%s is %lld to %lld, not %lld", name, (long long)row->lowest, (long long)row->highest,
                        (long long)value);
    lii_settings_begin(engine);          /* what was checked against the old value is there when it is written */
    status = set(engine, row, value, err);
    lii_settings_end(engine);
    return status;
}

void li_config_each(li_engine *engine, void (*each)(void *user, const li_config_row *row), void *user)
{
    size_t i;

    if (lii_is_forked(engine))
        return;
    for (i = 0; i < N_ROWS; i++) {
        li_config_row row = { sizeof row, text_at(rows[i].name), text_at(rows[i].help), rows[i].standard, rows[i].lowest,
                              rows[i].highest, atomic_load(field(&engine->config, &rows[i])), 0, 0, 0 };

        row.used = lii_limit_used(engine, row.name, &row.status);
        each(user, &row);
    }
}
