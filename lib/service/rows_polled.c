/* rows_polled.c - sources that an event source mapping polls: no triggers, but rows of the same table, so that front ends
 * find all kinds in one place (TRG-193, 209). Their limits yield to those of mappings. */
#include "trigger/trigger.h"

#define BATCH(standard_text, most) \
    { .name = "batchSize", .label = "Batch size", .type = LII_FIELD_INTEGER, .standard = standard_text, .min = 1, .max = most }
#define WINDOW \
    { .name = "window", .label = "Batching window (seconds)", .type = LII_FIELD_INTEGER, .standard = "0", .min = 0, .max = 300 }
#define POSITION(list) \
    { .name = "startingPosition", .label = "Starting position", .type = LII_FIELD_ENUM, .flags = LII_FIELD_REQUIRED, \
      .standard = "\"LATEST\"", .choices = list }
#define FILTERS \
    { .name = "filters", .label = "Filters", .type = LII_FIELD_LIST, .flags = LII_FIELD_JSON_LIST, .max = 5 }
#define FAILURES \
    { .name = "reportBatchItemFailures", .label = "Report batch item failures", .type = LII_FIELD_BOOL, .standard = "false" }
#define ON_FAILURE \
    { .name = "onFailureArn", .label = "On-failure destination", .type = LII_FIELD_ARN, .max = 350 }
#define STREAM_REST                                                                                                     \
    WINDOW,                                                                                                             \
    { .name = "parallelization", .label = "Concurrent batches per shard", .type = LII_FIELD_INTEGER, .standard = "1",   \
      .min = 1, .max = 10 },                                                                                            \
    { .name = "retries", .label = "Retry attempts", .type = LII_FIELD_INTEGER, .standard = "-1", .min = -1, .max = 10000 }, \
    { .name = "maxAge", .label = "Maximum age (seconds)", .type = LII_FIELD_INTEGER, .standard = "-1", .min = -1,      \
      .max = 604800, .help = "-1, or 60 and more" },                                                                    \
    { .name = "bisect", .label = "Split batch on error", .type = LII_FIELD_BOOL, .standard = "false" },                 \
    { .name = "tumbling", .label = "Tumbling window (seconds)", .type = LII_FIELD_INTEGER, .standard = "0", .min = 0,   \
      .max = 900 },                                                                                                     \
    ON_FAILURE, FAILURES, FILTERS
#define SECRET { .name = "secret", .label = "Secret", .type = LII_FIELD_SECRET, .max = 2048 }

static const lii_field sqs_fields[] = {
    { .name = "queue", .label = "Queue", .type = LII_FIELD_ARN, .flags = LII_FIELD_REQUIRED, .max = 1024 },
    BATCH("10", 10000), WINDOW,
    { .name = "maxConcurrency", .label = "Maximum concurrency", .type = LII_FIELD_INTEGER, .min = 2, .max = 1000 },
    FAILURES, FILTERS, { .name = NULL }
};
static const lii_field kinesis_fields[] = {
    { .name = "stream", .label = "Stream or consumer", .type = LII_FIELD_ARN, .flags = LII_FIELD_REQUIRED, .max = 1024 },
    BATCH("100", 10000), POSITION("LATEST|TRIM_HORIZON|AT_TIMESTAMP"),
    { .name = "timestamp", .label = "Timestamp", .type = LII_FIELD_DATE, .show_if = "startingPosition=AT_TIMESTAMP" },
    STREAM_REST, { .name = NULL }
};
static const lii_field dynamodb_fields[] = {
    { .name = "stream", .label = "Table's stream", .type = LII_FIELD_ARN, .flags = LII_FIELD_REQUIRED, .max = 1024 },
    BATCH("100", 10000), POSITION("LATEST|TRIM_HORIZON"), STREAM_REST, { .name = NULL }
};
static const lii_field msk_fields[] = {
    { .name = "cluster", .label = "Cluster", .type = LII_FIELD_ARN, .flags = LII_FIELD_REQUIRED, .max = 1024 },
    { .name = "topic", .label = "Topic", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 249 },
    { .name = "consumerGroup", .label = "Consumer group", .min = 1, .max = 200 },
    BATCH("100", 10000), WINDOW, POSITION("LATEST|TRIM_HORIZON|AT_TIMESTAMP"), SECRET,
    { .name = "minPollers", .label = "Minimum pollers", .type = LII_FIELD_INTEGER, .min = 1, .max = 200 },
    { .name = "maxPollers", .label = "Maximum pollers", .type = LII_FIELD_INTEGER, .min = 1, .max = 2000 },
    ON_FAILURE, FILTERS, { .name = NULL }
};
static const lii_field kafka_fields[] = {
    { .name = "bootstrapServers", .label = "Bootstrap servers", .type = LII_FIELD_LIST, .flags = LII_FIELD_REQUIRED, .min = 1,
      .max = 10 },
    { .name = "topic", .label = "Topic", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 249 },
    { .name = "consumerGroup", .label = "Consumer group", .min = 1, .max = 200 },
    { .name = "auth", .label = "Authentication", .type = LII_FIELD_ENUM, .flags = LII_FIELD_REQUIRED,
      .standard = "\"BASIC_AUTH\"",
      .choices = "BASIC_AUTH|SASL_SCRAM_256_AUTH|SASL_SCRAM_512_AUTH|CLIENT_CERTIFICATE_TLS_AUTH|VPC" },
    SECRET, BATCH("100", 10000), POSITION("LATEST|TRIM_HORIZON|AT_TIMESTAMP"), FILTERS, { .name = NULL }
};
static const lii_field mq_fields[] = {
    { .name = "broker", .label = "Broker", .type = LII_FIELD_ARN, .flags = LII_FIELD_REQUIRED, .max = 1024 },
    { .name = "queue", .label = "Queue", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 1000 },
    { .name = "virtualHost", .label = "Virtual host (RabbitMQ)", .standard = "\"/\"", .min = 1, .max = 200 },
    SECRET, BATCH("100", 10000), WINDOW, FILTERS, { .name = NULL }
};
static const lii_field documentdb_fields[] = {
    { .name = "cluster", .label = "Cluster", .type = LII_FIELD_ARN, .flags = LII_FIELD_REQUIRED, .max = 1024 },
    { .name = "database", .label = "Database", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 63 },
    { .name = "collection", .label = "Collection", .min = 1, .max = 57 },
    { .name = "fullDocument", .label = "Full document", .type = LII_FIELD_ENUM, .standard = "\"Default\"",
      .choices = "Default|UpdateLookup" },
    SECRET, BATCH("100", 10000), POSITION("LATEST|TRIM_HORIZON|AT_TIMESTAMP"), FILTERS, { .name = NULL }
};

#define POLLED(symbol, kind_name, text, form, event_shape)                                                             \
    const lii_trigger_kind symbol = { .name = kind_name, .label = text, .principal = "", .source_arn = "",              \
                                      .type = LI_REQUEST_RESPONSE, .flags = LII_KIND_POLLED, .retries = "the mapping", \
                                      .fields = form, .members = "", .shape = event_shape,                              \
                                      .options_example = "", .example = "" }

POLLED(lii_sqs_kind, "sqs", "SQS", sqs_fields,
       "Records:a! Records.0.messageId:s! Records.0.body:s! Records.0.attributes:o! Records.0.eventSource:s!");
POLLED(lii_kinesis_kind, "kinesis", "Kinesis Data Streams", kinesis_fields,
       "Records:a! Records.0.kinesis.data:s! Records.0.kinesis.sequenceNumber:s! Records.0.eventID:s!");
POLLED(lii_dynamodb_kind, "dynamodb", "DynamoDB Streams", dynamodb_fields,
       "Records:a! Records.0.dynamodb:o! Records.0.eventID:s! Records.0.eventName:s!");
POLLED(lii_msk_kind, "msk", "MSK", msk_fields, "eventSource:s! records:o!");
POLLED(lii_kafka_kind, "kafka", "Self-managed Kafka", kafka_fields, "eventSource:s! records:o!");
POLLED(lii_mq_kind, "mq", "Amazon MQ", mq_fields, "eventSource:s! eventSourceArn:s! messages:a rmqMessagesByQueue:o");
POLLED(lii_documentdb_kind, "documentdb", "DocumentDB change stream", documentdb_fields,
       "eventSource:s! eventSourceArn:s! events:a!");
