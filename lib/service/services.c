/* services.c - the kinds of this part, a row each; a new service adds one line here. */
#include <lambdainvoke/services.h>

#include "service/iam.h"
#include "service/services.h"

extern const lii_trigger_kind lii_alarm_kind;
extern const lii_trigger_kind lii_alb_kind;
extern const lii_trigger_kind lii_alexa_kind;
extern const lii_trigger_kind lii_alexa_home_kind;
extern const lii_trigger_kind lii_analytics_kind;
extern const lii_trigger_kind lii_authorizer_kind;
extern const lii_trigger_kind lii_apigw_http_kind;
extern const lii_trigger_kind lii_apigw_rest_kind;
extern const lii_trigger_kind lii_ws_kind;
extern const lii_trigger_kind lii_appsync_kind;
extern const lii_trigger_kind lii_bedrock_kind;
extern const lii_trigger_kind lii_cfn_kind;
extern const lii_trigger_kind lii_codecommit_kind;
extern const lii_trigger_kind lii_codepipeline_kind;
extern const lii_trigger_kind lii_cognito_kind;
extern const lii_trigger_kind lii_cognito_sync_kind;
extern const lii_trigger_kind lii_config_kind;
extern const lii_trigger_kind lii_connect_kind;
extern const lii_trigger_kind lii_documentdb_kind;
extern const lii_trigger_kind lii_dynamodb_kind;
extern const lii_trigger_kind lii_edge_kind;
extern const lii_trigger_kind lii_events_kind;
extern const lii_trigger_kind lii_firehose_kind;
extern const lii_trigger_kind lii_iot_kind;
extern const lii_trigger_kind lii_iot_authorizer_kind;
extern const lii_trigger_kind lii_iotevents_kind;
extern const lii_trigger_kind lii_kafka_kind;
extern const lii_trigger_kind lii_kinesis_kind;
extern const lii_trigger_kind lii_lattice_kind;
extern const lii_trigger_kind lii_lex_kind;
extern const lii_trigger_kind lii_lexv2_kind;
extern const lii_trigger_kind lii_logs_kind;
extern const lii_trigger_kind lii_mq_kind;
extern const lii_trigger_kind lii_msk_kind;
extern const lii_trigger_kind lii_pipes_kind;
extern const lii_trigger_kind lii_rds_kind;
extern const lii_trigger_kind lii_s3batch_kind;
extern const lii_trigger_kind lii_s3ol_kind;
extern const lii_trigger_kind lii_scheduler_kind;
extern const lii_trigger_kind lii_secrets_kind;
extern const lii_trigger_kind lii_ses_kind;
extern const lii_trigger_kind lii_sfn_kind;
extern const lii_trigger_kind lii_sns_kind;
extern const lii_trigger_kind lii_sqs_kind;

static const lii_trigger_kind *const rows[] = {
    &lii_alarm_kind,
    &lii_alb_kind,
    &lii_alexa_kind,
    &lii_alexa_home_kind,
    &lii_analytics_kind,
    &lii_authorizer_kind,
    &lii_apigw_http_kind,
    &lii_apigw_rest_kind,
    &lii_ws_kind,
    &lii_appsync_kind,
    &lii_bedrock_kind,
    &lii_cfn_kind,
    &lii_codecommit_kind,
    &lii_codepipeline_kind,
    &lii_cognito_kind,
    &lii_cognito_sync_kind,
    &lii_config_kind,
    &lii_connect_kind,
    &lii_documentdb_kind,
    &lii_dynamodb_kind,
    &lii_edge_kind,
    &lii_events_kind,
    &lii_firehose_kind,
    &lii_iot_kind,
    &lii_iot_authorizer_kind,
    &lii_iotevents_kind,
    &lii_kafka_kind,
    &lii_kinesis_kind,
    &lii_lattice_kind,
    &lii_lex_kind,
    &lii_lexv2_kind,
    &lii_logs_kind,
    &lii_mq_kind,
    &lii_msk_kind,
    &lii_pipes_kind,
    &lii_rds_kind,
    &lii_s3batch_kind,
    &lii_s3ol_kind,
    &lii_scheduler_kind,
    &lii_secrets_kind,
    &lii_ses_kind,
    &lii_sfn_kind,
    &lii_sns_kind,
    &lii_sqs_kind,
};

static const li_trigger_kinds kinds = { LI_VERSION_NUMBER, sizeof(lii_trigger_seam), sizeof(lii_trigger_kind),
                                        sizeof rows / sizeof *rows, rows, lii_services_attach, lii_role_allows };

const li_trigger_kinds *li_services_kinds(void)
{
    return &kinds;
}
