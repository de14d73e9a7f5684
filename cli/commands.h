/* Every command's row; each stands in the file of its name. */
#ifndef LAPSE_CLI_COMMANDS_H
#define LAPSE_CLI_COMMANDS_H

#include "cmd.h"

extern const struct cmd cmd_sync;
extern const struct cmd cmd_expire;
extern const struct cmd cmd_grant;
extern const struct cmd cmd_revoke;
extern const struct cmd cmd_extend;
extern const struct cmd cmd_adopt;
extern const struct cmd cmd_review_open;
extern const struct cmd cmd_review_close;
extern const struct cmd cmd_reclaim;
extern const struct cmd cmd_review_export;
extern const struct cmd cmd_export_changes;
extern const struct cmd cmd_export_events;
extern const struct cmd cmd_export_entitlements;
extern const struct cmd cmd_status;
extern const struct cmd cmd_metrics;
extern const struct cmd cmd_list;
extern const struct cmd cmd_show;
extern const struct cmd cmd_who;
extern const struct cmd cmd_drift;
extern const struct cmd cmd_report;
extern const struct cmd cmd_parked_list;
extern const struct cmd cmd_parked_retry;
extern const struct cmd cmd_parked_abandon;
extern const struct cmd cmd_catalog_list;
extern const struct cmd cmd_catalog_check;
extern const struct cmd cmd_catalog_publish;
extern const struct cmd cmd_snapshot;
extern const struct cmd cmd_verify;
extern const struct cmd cmd_rebuild;
extern const struct cmd cmd_init;
extern const struct cmd cmd_doctor;
extern const struct cmd cmd_completion;
extern const struct cmd cmd_help;
extern const struct cmd cmd_version;

#endif
