/* settings.h - what outlives the process of functions, versions, aliases and event invoke configs. */
#ifndef LII_ENGINE_SETTINGS_H
#define LII_ENGINE_SETTINGS_H

#include "engine/engine.h"

/* Around an operation that changes settings: one at a time when there is a store. */
void lii_settings_begin(li_engine *engine);
void lii_settings_end(li_engine *engine);

typedef struct lii_function_row {
    const lii_code *code;
    const char *revision;
    int64_t reserved;
    uint64_t modified_ms;
    uint64_t n_published;
    uint64_t generation;
    int32_t is_paused;
    int32_t allows_loop;
} lii_function_row;

/* Before the change itself, when nothing else can fail. They open engine.lock while the store writes, and do nothing when no
 * store was given. After an error nothing is to be changed. */
void lii_function_row_locked(const li_function *function, lii_function_row *row); /* as it is */
li_status lii_settings_function_locked(li_function *function, const lii_function_row *row, li_error *err);
li_status lii_settings_version_locked(li_function *function, const lii_code *code, uint64_t number, const char *revision,
                                      uint64_t modified_ms, li_error *err); /* code NULL: it goes */
li_status lii_settings_alias_locked(li_function *function, const lii_alias *alias, int is_removal, li_error *err);
li_status lii_settings_config_locked(li_function *function, const char *qualifier, const lii_event_config *config,
                                     li_error *err); /* config NULL: it goes */
li_status lii_settings_provisioned_locked(li_function *function, const char *qualifier, uint64_t n,
                                          li_error *err); /* n 0: it goes */
li_status lii_settings_remove_locked(li_function *function, li_error *err);
void lii_settings_forget_locked(li_function *function);

/* restore.c: at open, before the queue's lanes are known, and after. */
li_status lii_settings_restore(li_engine *engine, li_error *err);
void lii_settings_restored(li_engine *engine);
li_status lii_provisioned_restore_locked(lii_version *version, const char *qualifier, uint64_t n, uint64_t modified_ms);
void lii_lane_tombstone_locked(lii_lane *lane); /* of what was removed in a life before */

#endif
