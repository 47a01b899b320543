/* messages.c - samples of SNS, SQS, SES and WorkMail. */
#include "samples/samples.h"

static const li_sample_parameter sns[] = {
    ACCOUNT, PARTITION, REGION, P("topic", "ExampleTopic"), P("subject", "example subject"), P("message", "example message"),
    COUNT("1"),
};
static const li_sample_parameter sqs[] = {
    PARTITION, REGION, ACCOUNT, P("queue-name", "MyQueue"), P("body", "Hello from SQS!"), COUNT("1"),
};
static const li_sample_parameter fifo[] = {
    EXTRA_PARTITION, EXTRA_REGION, EXTRA_ACCOUNT, EXTRA("queue-name", "MyQueue.fifo"), EXTRA("body", "Hello from SQS!"),
    EXTRA("group", "group-1"), COUNT("1"),
};
static const li_sample_parameter ses[] = { REGION, PARTITION, ACCOUNT, P("dns-suffix", "us-east-1.amazonaws.com") };
static const li_sample_parameter workmail[] = {
    P("flow-direction", "INBOUND"), P("mail-from", "from@example.com"), P("sender", "sender@example.com"),
};

/* A FIFO queue has more attributes. */
#define KINDS {"kind": {"stringValue": "greeting", "stringListValues": [], "binaryListValues": [], "dataType": "String"}}, \
              "md5OfMessageAttributes": "55ed4b7836c74ac3476eb038898fee8b"
#define MESSAGE(attributes, ...) \
    J({"messageId": "19dd0b57-b21e-4ac1-bd88-01bbb06${@i}8", "receiptHandle": "MessageReceiptHandle${@i}", "body": "${body}", \
       "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1523232000000", "SenderId": "${account-id}", \
         "ApproximateFirstReceiveTimestamp": "1523232000001" __VA_ARGS__}, "messageAttributes": attributes, \
       "md5OfBody": "${body:md5}", "eventSource": "aws:sqs", \
       "eventSourceARN": "arn:${partition}:sqs:${region}:${account-id}:${queue-name}", "awsRegion": "${region}"})

const lii_sample lii_samples_messages[] = {
    { "sns", "notification", "sns", WITH(sns), J({"Records": "${=records}"}),
      { { "records",
          { J({"EventSource": "aws:sns", "EventVersion": "1.0",
               "EventSubscriptionArn":
                 "arn:${partition}:sns:${region}:${account-id}:${topic}:21be56ed-a058-49f5-8c98-aedd2564c486",
               "Sns": {"Type": "Notification", "MessageId": "95df01b4-ee98-5cb9-9903-4c221d4${@i}",
                 "TopicArn": "arn:${partition}:sns:${region}:${account-id}:${topic}", "Subject": "${subject}",
                 "Message": "${message}", "Timestamp": "2026-01-01T12:15:00.000Z", "SignatureVersion": "1",
                 "Signature": "EXAMPLE", "SigningCertUrl":
                   "https://sns.${region}.${@dns}/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem",
                 "UnsubscribeUrl": "https://sns.${region}.${@dns}/?Action=Unsubscribe",
                 "MessageAttributes": {"Test": {"Type": "String", "Value": "TestString"},
                   "TestBinary": {"Type": "Binary", "Value": "VGVzdEJpbmFyeQ=="}}}}) }, 1, 0 } } },
    { "sqs", "receive-message", "sqs", WITH(sqs), J({"Records": "${=records}"}), { { "records", { MESSAGE({}, ) }, 1, 0 } } },
    { "sqs", "receive-message-fifo", "sqs", WITH(fifo), J({"Records": "${=records}"}),
      { { "records", { MESSAGE(KINDS, , "SequenceNumber": "188496596951287${@i}", "MessageGroupId": "${group}",
                               "MessageDeduplicationId": "deduplication-${@i}") }, 1, 0 } }, LI_SAMPLE_EXTRA, 0 },
    { "ses", "email-receiving", "ses", WITH(ses),
      J({"Records": [{"eventVersion": "1.0", "ses": {"mail": {
           "commonHeaders": {"from": ["Jane Doe <janedoe@example.com>"], "to": ["johndoe@example.com"],
             "returnPath": "janedoe@example.com", "messageId": "<0123456789example.com>",
             "date": "Wed, 7 Oct 2015 12:34:56 -0700", "subject": "Test Subject"},
           "source": "janedoe@example.com", "timestamp": "1970-01-01T00:00:00.000Z", "destination": ["johndoe@example.com"],
           "headers": [{"name": "Return-Path", "value": "<janedoe@example.com>"},
             {"name": "Received",
              "value": "from mailer.example.com by inbound-smtp.${dns-suffix} with SMTP id o3vrnil0e2ic for johndoe@example.com"},
             {"name": "MIME-Version", "value": "1.0"}, {"name": "From", "value": "Jane Doe <janedoe@example.com>"},
             {"name": "Date", "value": "Wed, 7 Oct 2015 12:34:56 -0700"},
             {"name": "Message-ID", "value": "<0123456789example.com>"}, {"name": "Subject", "value": "Test Subject"},
             {"name": "To", "value": "johndoe@example.com"}, {"name": "Content-Type", "value": "text/plain; charset=UTF-8"}],
           "headersTruncated": false, "messageId": "o3vrnil0e2ic28tr"},
         "receipt": {"recipients": ["johndoe@example.com"], "timestamp": "1970-01-01T00:00:00.000Z",
           "spamVerdict": {"status": "PASS"}, "dkimVerdict": {"status": "PASS"}, "dmarcVerdict": {"status": "PASS"},
           "dmarcPolicy": "reject",
           "processingTimeMillis": 574, "action": {"type": "Lambda", "invocationType": "Event",
             "functionArn": "arn:${partition}:lambda:${region}:${account-id}:function:Example"},
           "spfVerdict": {"status": "PASS"}, "virusVerdict": {"status": "PASS"}}}, "eventSource": "aws:ses"}]}) },
    { "workmail", "email", NULL, WITH(workmail),
      J({"summaryVersion": "2018-10-10", "envelope": {"mailFrom": {"address": "${mail-from}"},
           "recipients": [{"address": "recipient1@example.com"}, {"address": "recipient2@example.com"}]},
         "sender": {"address": "${sender}"}, "subject": "Hello from WorkMail!",
         "messageId": "00000000-0000-0000-0000-000000000000", "invocationId": "00000000000000000000000000000000",
         "flowDirection": "${flow-direction}", "truncated": false}) },
    { .service = NULL }
};
