/* streams.c - samples of Kinesis, DynamoDB Streams, Firehose transforms and Kinesis Analytics. */
#include "samples/samples.h"

static const li_sample_parameter kinesis[] = {
    REGION, PARTITION, P("sequence", "49545115243490985018280067714973144582180062593244200961"),
    P("data", "Hello, this is a test 123."), P("partition-key", "partitionKey-03"), COUNT("1"), EXTRA_ACCOUNT,
    EXTRA("stream", "lambda-stream"),
};
static const li_sample_parameter kinesis_window[] = {
    EXTRA_REGION, EXTRA_PARTITION, EXTRA_ACCOUNT, EXTRA("sequence", "49545115243490985018280067714973144582180062593244200961"),
    EXTRA("data", "Hello, this is a test 123."), EXTRA("partition-key", "partitionKey-03"), EXTRA("stream", "lambda-stream"),
    COUNT("1"),
};
static const li_sample_parameter dynamodb[] = {
    ACCOUNT, PARTITION, REGION, P("table", "ExampleTableWithStream"), COUNT("3"),
};
static const li_sample_parameter dynamodb_window[] = {
    EXTRA_ACCOUNT, EXTRA_PARTITION, EXTRA_REGION, EXTRA("table", "ExampleTableWithStream"), COUNT("3"),
};
static const li_sample_parameter firehose[] = {
    PARTITION, REGION, P("data", "SGVsbG8sIHRoaXMgaXMgYSB0ZXN0IDEyMy4="), EXTRA_ACCOUNT,
};
static const li_sample_parameter apache[] = {
    REGION,
    P("data", "NjQuMjQyLjg4LjEwIC0gLSBbMDcvTWFyLzIwMDQ6MTY6MTA6MDIgLTA4MDBdICJHRVQgL21haWxtYW4vbGlzdGluZm8vaHNkaXZpc2lvbiBIVFRQLzEu"
              "MSIgMjAwIDYyOTE=="),
    EXTRA_PARTITION, EXTRA_ACCOUNT,
};
static const li_sample_parameter logs[] = { REGION, PARTITION, ACCOUNT };
static const li_sample_parameter source[] = {
    PARTITION, REGION, P("partition-key", "partitionKey-03"), P("data", "SGVsbG8sIHRoaXMgaXMgYSB0ZXN0IDEyMy4="),
    P("sequence", "49545115243490985018280067714973144582180062593244200961"), EXTRA_ACCOUNT,
};
static const li_sample_parameter syslog[] = {
    REGION, P("data", "SGVsbG8sIHRoaXMgaXMgYSB0ZXN0IDEyMy4="), EXTRA_PARTITION, EXTRA_ACCOUNT,
};

#define ANALYTICS_PARAMETERS PARTITION, REGION, ACCOUNT, P("application", "example-application"), P("stream", "example-stream")
static const li_sample_parameter analytics[] = { ANALYTICS_PARAMETERS, P("data", "This is a test from Kinesis Analytics") };
static const li_sample_parameter compressed[] = {
    ANALYTICS_PARAMETERS,
    P("data", "H4sIAAAAAAAA/6vmUspLzE1VslLKTsxNzFHS4VJKTEkpSi0uBgol5SRmKHHVAgDd1tysJAAAAA=="),
};
static const li_sample_parameter vehicles[] = {
    ANALYTICS_PARAMETERS,
    P("data", "{\"ROWTIME_TIMESTAMP\":\"2017-12-15 01:09:50.000\",\"VEHICLEID\":\"5\",\"VEHICLECOUNT\":18}"),
};
static const li_sample_parameter kpl[] = { ANALYTICS_PARAMETERS };
static const li_sample_parameter output[] = {
    EXTRA_PARTITION, EXTRA_REGION, EXTRA_ACCOUNT, EXTRA("application", "example-application"),
    EXTRA("data", "This is a test from Kinesis Analytics"),
};

/* ---- Kinesis and DynamoDB */

#define KINESIS_RECORD \
    { "records", \
      { J({"kinesis": {"partitionKey": "${partition-key}", "kinesisSchemaVersion": "1.0", "data": "${data:base64}", \
             "sequenceNumber": "${sequence+}", "approximateArrivalTimestamp": 1428537600.0}, \
           "eventSource": "aws:kinesis", "eventID": "shardId-000000000000:${sequence+}", \
           "invokeIdentityArn": "arn:${partition}:iam::${account-id}:role/lambda-role", "eventVersion": "1.0", \
           "eventName": "aws:kinesis:record", \
           "eventSourceARN": "arn:${partition}:kinesis:${region}:${account-id}:stream/${stream}", "awsRegion": "${region}"}) }, \
      1, 0 }

#define CHANGE(id, name, ...) \
    J({"eventID": id, "eventName": name, "eventVersion": "1.1", "eventSource": "aws:dynamodb", "awsRegion": "${region}", \
       "dynamodb": {"ApproximateCreationDateTime": 1428537600.0, "Keys": {"Id": {"N": "101"}}, __VA_ARGS__ \
         "SequenceNumber": "44215845000000000174504${@i}", "SizeBytes": 26, "StreamViewType": "NEW_AND_OLD_IMAGES"}, \
       "eventSourceARN": \
         "arn:${partition}:dynamodb:${region}:${account-id}:table/${table}/stream/2026-01-01T00:00:00.000"})
#define CHANGES \
    { "records", \
      { CHANGE("c4ca4238a0b923820dcc509a6f7${@i}", "INSERT", \
               "NewImage": {"Message": {"S": "New item!"}, "Id": {"N": "101"}},), \
        CHANGE("c81e728d9d4c2f636f067f89cc1${@i}", "MODIFY", \
               "NewImage": {"Message": {"S": "This item has changed"}, "Id": {"N": "101"}}, \
               "OldImage": {"Message": {"S": "New item!"}, "Id": {"N": "101"}},), \
        CHANGE("eccbc87e4b5ce2fe28308fd9f2a${@i}", "REMOVE", \
               "OldImage": {"Message": {"S": "This item has changed"}, "Id": {"N": "101"}},) }, \
      1, 0 }

#define WINDOW \
    J("window": {"start": "2026-01-01T12:15:00Z", "end": "2026-01-01T12:17:00Z"}, "state": {"1": "282", "2": "715"}, \
      "shardId": "shardId-000000000000",)
#define WINDOW_ENDS J("isFinalInvokeForWindow": false, "isWindowTerminatedEarly": false})

/* ---- Firehose and Analytics */

/* Two records as the Kinesis Producer Library packs them into one. */
#define PACKED \
    "84mawgoPcGFydGl0aW9uS2V5LTAzGh4IABoaSGVsbG8sIHRoaXMgaXMgcmVjb3JkIG9uZS4aHggAGhpIZWxsbywgdGhpcyBpcyByZWNvcmQgdHdvLgydDaqRuGvcHggcaWQ9gP4="

#define TRANSFORM(stream) \
    J({"invocationId": "9fd4db6f-8b9f-4f2a-8d3c-0123456789ab", \
       "deliveryStreamArn": "arn:${partition}:firehose:${region}:${account-id}:deliverystream/example", \
       "region": "${region}", "records": [{"recordId": "49546986683135544286507457936321625675700192471156785154", \
         "approximateArrivalTimestamp": 1495072949453, "data":) "\"" stream "\"" J(}]})

#define ANALYTICS(data) \
    J({"invocationId": "00540a87-5050-496a-84e4-e7d92bbaf5e2", \
       "applicationArn": "arn:${partition}:kinesisanalytics:${region}:${account-id}:application/${application}", \
       "streamArn": "arn:${partition}:kinesis:${region}:${account-id}:stream/${stream}", \
       "records": [{"recordId": "49572672223665514422805246926656954630972486059535892482", "data": data, \
         "kinesisStreamRecordMetadata": {"shardId": "shardId-000000000003", "partitionKey": "7400791606", \
           "approximateArrivalTimestamp": 1520280173, \
           "sequenceNumber": "49572672223665514422805246926656954630972486059535892482"}}]})

const lii_sample lii_samples_streams[] = {
    { "dynamodb", "update", "dynamodb", WITH(dynamodb), J({"Records": "${=records}"}), { CHANGES } },
    { "dynamodb", "time-window", "dynamodb", WITH(dynamodb_window),
      J({"Records": "${=records}",) WINDOW
      J("eventSourceARN": "arn:${partition}:dynamodb:${region}:${account-id}:table/${table}/stream/2026-01-01T00:00:00.000",)
      WINDOW_ENDS, { CHANGES }, LI_SAMPLE_EXTRA, 0 },
    { "kinesis", "get-records", "kinesis", WITH(kinesis), J({"Records": "${=records}"}), { KINESIS_RECORD } },
    { "kinesis", "time-window", "kinesis", WITH(kinesis_window),
      J({"Records": "${=records}",) WINDOW
      J("eventSourceARN": "arn:${partition}:kinesis:${region}:${account-id}:stream/${stream}",)
      WINDOW_ENDS, { KINESIS_RECORD }, LI_SAMPLE_EXTRA, 0 },
    { "kinesis", "kinesis-firehose", "firehose", WITH(firehose), TRANSFORM("${data}") },
    { "kinesis", "apachelog", "firehose", WITH(apache), TRANSFORM("${data}") },
    { "kinesis", "syslog", "firehose", WITH(syslog), TRANSFORM("${data}") },
    { "kinesis", "cloudwatch-logs-processor", "firehose", WITH(logs),
      TRANSFORM("H4sIAAAAAAAC/6VQTWuEMBT8KxJ6VDTRjas3oXYptBTUm8gSzXMR/KqJ3ZbF/97ntrYU2lNDDmFmMjPvXUgHSokTZG8jkJDc"
                "Rll0fIzTNDrExCTDuYcJYcpcb8f9feBQhnA7nA7TMI/I2OKs7FZ0pRQ2vIpubOFDkOoJRIcK5jBuO3S9+c1DlMVpVjhfhqKs"
                "JNT4Rc2lqqZm1M3Q3zWthkmRMCefnlZ9hUhx9Y5foNcrfSGNxAiX7xzX557LKaeMoflW9rv2by+M1Q0uQGMGCanPfcYD31mP"
                "uS0G7dMsSjIjgecZpfcyNCou6kBU3PJLTi1KgVuB8KgVuLCXIGQJONJi/q+d+1c7+rNdHifJU1IYdTMpbWjUGxu5FMs76yiU"
                "aeEBAAA=") },
    { "kinesis", "streams-as-source", "firehose", WITH(source),
      J({"invocationId": "9fd4db6f-8b9f-4f2a-8d3c-0123456789ab",
         "deliveryStreamArn": "arn:${partition}:firehose:${region}:${account-id}:deliverystream/example",
         "sourceKinesisStreamArn": "arn:${partition}:kinesis:${region}:${account-id}:stream/example", "region": "${region}",
         "records": [{"recordId": "49546986683135544286507457936321625675700192471156785154",
           "approximateArrivalTimestamp": 1495072949453, "data": "${data}",
           "kinesisRecordMetadata": {"shardId": "shardId-000000000000", "partitionKey": "${partition-key}",
             "approximateArrivalTimestamp": 1495072949453, "sequenceNumber": "${sequence}", "subsequenceNumber": 0}}]}) },
    { "kinesis", "analytics", "analytics", WITH(analytics), ANALYTICS("${data:base64}") },
    { "kinesis", "analytics-compressed", "analytics", WITH(compressed), ANALYTICS("${data}") },
    { "kinesis", "analytics-dynamodb", "analytics", WITH(vehicles), ANALYTICS("${data:base64}") },
    { "kinesis", "analytics-kpl", "analytics", WITH(kpl),
      ANALYTICS(PACKED) },
    { "kinesis", "analytics-output", "analytics", WITH(output), .flags = LI_SAMPLE_EXTRA,
      .text = J({"invocationId": "00540a87-5050-496a-84e4-e7d92bbaf5e2",
         "applicationArn": "arn:${partition}:kinesisanalytics:${region}:${account-id}:application/${application}",
         "records": [{"recordId": "49572672223665514422805246926656954630972486059535892482",
           "lambdaDeliveryRecordMetadata": {"retryHint": 0}, "data": "${data:base64}"}]}) },
    { .service = NULL }
};
