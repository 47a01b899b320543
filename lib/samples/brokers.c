/* brokers.c - samples of Kafka (MSK, self-managed), Amazon MQ and DocumentDB. */
#include "samples/samples.h"

static const li_sample_parameter msk[] = {
    EXTRA_PARTITION, EXTRA_REGION, EXTRA_ACCOUNT, EXTRA("cluster", "demo"), EXTRA("topic", "mytopic"),
    EXTRA("value", "Hello, this is a test."), COUNT("1"),
};
static const li_sample_parameter kafka[] = {
    EXTRA("bootstrap-servers", "b-1.demo.example.net:9092,b-2.demo.example.net:9092"), EXTRA("topic", "mytopic"),
    EXTRA("value", "Hello, this is a test."), COUNT("1"),
};
static const li_sample_parameter mq[] = {
    EXTRA_PARTITION, EXTRA_REGION, EXTRA_ACCOUNT, EXTRA("broker", "test"), EXTRA("queue", "testQueue"),
    EXTRA("data", "Hello, this is a test."), COUNT("1"),
};
static const li_sample_parameter docdb[] = {
    EXTRA_PARTITION, EXTRA_REGION, EXTRA_ACCOUNT, EXTRA("cluster", "docdb-1"), EXTRA("database", "test_database"),
    EXTRA("collection", "test_collection"), COUNT("1"),
};

#define KAFKA_RECORD \
    { "records", \
      { J({"topic": "${topic}", "partition": 0, "offset": 15, "timestamp": 1545084650987, "timestampType": "CREATE_TIME", \
           "key": "YWJjREVGMTIzNA==", "value": "${value:base64}", \
           "headers": [{"headerKey": [104, 101, 97, 100, 101, 114, 86, 97, 108, 117, 101]}]}) }, 1, 0 }

const lii_sample lii_samples_brokers[] = {
    { "msk", "records", "msk", WITH(msk),
      J({"eventSource": "aws:kafka", "eventSourceArn":
           "arn:${partition}:kafka:${region}:${account-id}:cluster/${cluster}/6b6e7c9e-0000-4000-8000-000000000000-1",
         "bootstrapServers": "b-1.${cluster}.a1b2c3.c2.kafka.${region}.${@dns}:9092", "records": {"${topic}-0": "${=records}"}}),
      { KAFKA_RECORD }, LI_SAMPLE_EXTRA, 0 },
    { "kafka", "records", "kafka", WITH(kafka),
      J({"eventSource": "SelfManagedKafka", "bootstrapServers": "${bootstrap-servers}", "records": {"${topic}-0": "${=records}"}}),
      { KAFKA_RECORD }, LI_SAMPLE_EXTRA, 0 },
    { "mq", "activemq", "mq", WITH(mq),
      J({"eventSource": "aws:mq", "eventSourceArn":
           "arn:${partition}:mq:${region}:${account-id}:broker:${broker}:b-9bcfa592-423a-4942-879d-eb284b418fc8",
         "messages": "${=messages}"}),
      { { "messages",
          { J({"messageID": "ID:b-9bcfa592.mq.${region}.${@dns}-37557-1234520418293-4:1:1:1:${@i}",
               "messageType": "jms/text-message", "deliveryMode": 1, "replyTo": null, "type": null, "expiration": 60000,
               "priority": 1, "correlationID": "myJMSCoID", "redelivered": false,
               "destination": {"physicalName": "${queue}"}, "data": "${data:base64}", "timestamp": 1598827811958,
               "brokerInTime": 1598827811958, "brokerOutTime": 1598827811959, "properties": {"testKey": "testValue"}}) },
          1, 0 } }, LI_SAMPLE_EXTRA, 0 },
    { "mq", "rabbitmq", "mq", WITH(mq),
      J({"eventSource": "aws:rmq", "eventSourceArn":
           "arn:${partition}:mq:${region}:${account-id}:broker:${broker}:b-9bcfa592-423a-4942-879d-eb284b418fc8",
         "rmqMessagesByQueue": {"${queue}::/": "${=messages}"}}),
      { { "messages",
          { J({"basicProperties": {"contentType": "text/plain", "contentEncoding": null,
                 "headers": {"header1": {"bytes": [118, 97, 108, 117, 101, 49]}, "numberInHeader": 10}, "deliveryMode": 1,
                 "priority": 34, "correlationId": null, "replyTo": null, "expiration": "60000", "messageId": null,
                 "timestamp": "Jan 1, 2026, 12:15:00 PM", "type": null, "userId": "AIDACKCEVSQ6C2EXAMPLE", "appId": null,
                 "clusterId": null, "bodySize": 80}, "redelivered": false, "data": "${data:base64}"}) },
          1, 0 } }, LI_SAMPLE_EXTRA, 0 },
    { "documentdb", "change", "documentdb", WITH(docdb),
      J({"eventSourceArn": "arn:${partition}:rds:${region}:${account-id}:cluster:${cluster}", "events": "${=events}",
         "eventSource": "aws:docdb"}),
      { { "events",
          { J({"event": {"_id": {"_data": "0163eeb6e700000009010000000900${@i}e1"},
               "clusterTime": {"$timestamp": {"t": 1767269700, "i": 9}},
               "documentKey": {"_id": {"$oid": "63eeb6e7d418cd98afb${@i}"}},
               "fullDocument": {"_id": {"$oid": "63eeb6e7d418cd98afb${@i}"}, "anyField": "sampleValue"},
               "ns": {"db": "${database}", "coll": "${collection}"}, "operationType": "insert"}}) },
          1, 0 } }, LI_SAMPLE_EXTRA, 0 },
    { .service = NULL }
};
