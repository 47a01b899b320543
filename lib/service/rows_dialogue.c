/* rows_dialogue.c - services in which a person waits for the answer: Alexa, Lex, Connect, Bedrock. Rows alone. */
#include "service/answers.h"

static const lii_kind_code alexa_code = { .answer = lii_alexa_answer };
static const lii_kind_code lexv2_code = { .answer = lii_lexv2_answer };

static const lii_field alexa_fields[] = {
    { .name = "skillIdVerification", .label = "Skill id verification", .type = LII_FIELD_ENUM, .standard = "\"enable\"",
      .choices = "enable|disable" },
    { .name = "skillId", .label = "Skill id", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 256,
      .pattern = "[a-zA-Z0-9._\\-]+", .show_if = "skillIdVerification=enable" },
    { .name = NULL }
};
const lii_trigger_kind lii_alexa_kind = {
    .name = "alexa",
    .label = "Alexa Skills Kit",
    .principal = "alexa-appkit.amazon.com",
    .source_arn = "",
    .type = LI_REQUEST_RESPONSE,
    .flags = LII_KIND_ONE,
    .answer_ms = 8000,
    .retries = "none: the user hears an error",
    .fields = alexa_fields,
    .members = "skillId:s! request:o! session:o context:o",
    .match = "skillId=skillId",
    .event = "{\"version\":\"1.0\",\"session\":\"${=session|{\\\"new\\\":true,\\\"sessionId\\\":\\\"amzn1.echo-api.session.1\\\","
             "\\\"attributes\\\":{},\\\"user\\\":{\\\"userId\\\":\\\"amzn1.ask.account.1\\\"}}}\",\"context\":"
             "\"${=context|{\\\"System\\\":{\\\"user\\\":{\\\"userId\\\":\\\"amzn1.ask.account.1\\\"},\\\"device\\\":"
             "{\\\"supportedInterfaces\\\":{}}}}}\",\"request\":\"${=request}\"}",
    .shape = "version:s! session:o request:o! request.type:s! request.requestId:s request.timestamp:s",
    .response = "version:s! sessionAttributes:o response:o! response.shouldEndSession:b",
    .options_example = "{\"skillId\":\"amzn1.ask.skill.1\"}",
    .example = "{\"skillId\":\"amzn1.ask.skill.1\",\"request\":{\"type\":\"LaunchRequest\",\"requestId\":"
               "\"amzn1.echo-api.request.1\",\"timestamp\":\"2026-01-01T12:15:00Z\",\"locale\":\"en-US\"}}",
    .code = &alexa_code,
};

const lii_trigger_kind lii_alexa_home_kind = {
    .name = "alexa-home",
    .label = "Alexa Smart Home",
    .principal = "alexa-connectedhome.amazon.com",
    .source_arn = "",
    .type = LI_REQUEST_RESPONSE,
    .flags = LII_KIND_ONE,
    .answer_ms = 8000,
    .retries = "none",
    .fields = alexa_fields,
    .members = "skillId:s! directive:o!",
    .match = "skillId=skillId",
    .event = "{\"directive\":\"${=directive}\"}",
    .shape = "directive.header.namespace:s! directive.header.name:s! directive.payload:o!",
    .response = "event.header:o! event.payload:o!",
    .options_example = "{\"skillId\":\"amzn1.ask.skill.1\"}",
    .example = "{\"skillId\":\"amzn1.ask.skill.1\",\"directive\":{\"header\":{\"namespace\":\"Alexa.PowerController\",\"name\":"
               "\"TurnOn\",\"payloadVersion\":\"3\",\"messageId\":\"1\"},\"endpoint\":{\"endpointId\":\"e1\"},\"payload\":{}}}",
};

static const lii_field lex_fields[] = {
    { .name = "bot", .label = "Bot", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 100 },
    { .name = "intent", .label = "Intent", .max = 100, .help = "none: every intent" },
    { .name = NULL }
};
const lii_trigger_kind lii_lex_kind = {
    .name = "lex",
    .label = "Lex V1",
    .principal = "lex.amazonaws.com",
    .source_arn = "arn:${@partition}:lex:${@region}:${@account}:intent:${$intent|*}:*",
    .type = LI_REQUEST_RESPONSE,
    .flags = LII_KIND_ONE,
    .answer_ms = 30000,
    .retries = "none",
    .fields = lex_fields,
    .members = "bot:s! intent:s! slots:o slotDetails:o confirmationStatus:s userId:s inputTranscript:s invocationSource:s "
               "outputDialogMode:s sessionAttributes:o requestAttributes:oz",
    .match = "bot=bot intent=intent",
    .event = "{\"messageVersion\":\"1.0\",\"invocationSource\":\"${invocationSource|FulfillmentCodeHook}\",\"userId\":"
             "\"${userId|user}\",\"sessionAttributes\":\"${=sessionAttributes|{}}\",\"requestAttributes\":"
             "\"${=requestAttributes|null}\",\"bot\":{\"name\":\"${bot}\",\"alias\":\"$LATEST\",\"version\":\"$LATEST\"},"
             "\"outputDialogMode\":\"${outputDialogMode|Text}\",\"currentIntent\":{\"name\":\"${intent}\",\"slots\":"
             "\"${=slots|{}}\",\"slotDetails\":\"${=slotDetails|{}}\",\"confirmationStatus\":\"${confirmationStatus|None}\"},"
             "\"inputTranscript\":\"${inputTranscript|}\"}",
    .shape = "messageVersion:s! invocationSource:s! userId:s! bot.name:s! currentIntent.name:s! currentIntent.slots:o!",
    .response = "sessionAttributes:oz dialogAction:o! dialogAction.type:s!",
    .options_example = "{\"bot\":\"BookHotel\"}",
    .example = "{\"bot\":\"BookHotel\",\"intent\":\"BookHotel\",\"slots\":{\"City\":\"Oslo\"},\"inputTranscript\":\"book a hotel\"}",
};

static const lii_field lexv2_fields[] = {
    { .name = "botId", .label = "Bot id", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 64 },
    { .name = "aliasId", .label = "Alias id", .standard = "\"TSTALIASID\"", .min = 1, .max = 64 },
    { .name = NULL }
};
const lii_trigger_kind lii_lexv2_kind = {
    .name = "lexv2",
    .label = "Lex V2",
    .principal = "lexv2.amazonaws.com",
    .source_arn = "arn:${@partition}:lex:${@region}:${@account}:bot-alias/${$botId}/${$aliasId}",
    .type = LI_REQUEST_RESPONSE,
    .flags = LII_KIND_ONE,
    .answer_ms = 30000,
    .retries = "none",
    .fields = lexv2_fields,
    .members = "botId:s! botName:s aliasId:s aliasName:s localeId:s botVersion:s intent:s! slots:o inputTranscript:s "
               "invocationSource:s inputMode:s sessionAttributes:o requestAttributes:o confirmationState:s intentState:s",
    .match = "botId=botId",
    .event = "{\"messageVersion\":\"1.0\",\"invocationSource\":\"${invocationSource|FulfillmentCodeHook}\",\"inputMode\":"
             "\"${inputMode|Text}\",\"responseContentType\":\"text/plain; charset=utf-8\",\"sessionId\":\"${@id1}\","
             "\"inputTranscript\":\"${inputTranscript|}\",\"bot\":{\"id\":\"${botId}\",\"name\":\"${botName|Bot}\",\"aliasId\":"
             "\"${$aliasId}\",\"aliasName\":\"${aliasName|TestBotAlias}\",\"localeId\":\"${localeId|en_US}\",\"version\":"
             "\"${botVersion|DRAFT}\"},\"interpretations\":[{\"interpretationSource\":\"Lex\",\"nluConfidence\":1.0,\"intent\":"
             "{\"name\":\"${intent}\",\"slots\":\"${=slots|{}}\",\"state\":\"${intentState|ReadyForFulfillment}\","
             "\"confirmationState\":\"${confirmationState|None}\"}}],\"requestAttributes\":\"${=requestAttributes|{}}\","
             "\"sessionState\":{\"activeContexts\":[],\"sessionAttributes\":\"${=sessionAttributes|{}}\",\"runtimeHints\":{},"
             "\"dialogAction\":{\"type\":\"Close\"},\"intent\":{\"name\":\"${intent}\",\"slots\":\"${=slots|{}}\",\"state\":"
             "\"${intentState|ReadyForFulfillment}\",\"confirmationState\":\"${confirmationState|None}\"},"
             "\"originatingRequestId\":\"${@id0}\"},\"transcriptions\":[{\"transcription\":\"${inputTranscript|}\","
             "\"transcriptionConfidence\":1.0,\"resolvedContext\":{\"intent\":\"${intent}\"},\"resolvedSlots\":{}}]}",
    .shape = "messageVersion:s! invocationSource:s! sessionId:s! bot.id:s! interpretations:a! sessionState.intent.name:s!",
    .response = "sessionState:o! sessionState.dialogAction.type:s messages:a requestAttributes:o",
    .options_example = "{\"botId\":\"BOTID\"}",
    .example = "{\"botId\":\"BOTID\",\"intent\":\"BookHotel\",\"inputTranscript\":\"book a hotel\"}",
    .code = &lexv2_code,
};

static const lii_field connect_fields[] = {
    { .name = "instance", .label = "Instance", .type = LII_FIELD_ARN, .flags = LII_FIELD_REQUIRED, .max = 1024 },
    { .name = "timeout", .label = "Time-out (ms)", .type = LII_FIELD_INTEGER, .standard = "8000", .min = 1000, .max = 8000 },
    { .name = NULL }
};
const lii_trigger_kind lii_connect_kind = {
    .name = "connect",
    .label = "Connect",
    .principal = "connect.amazonaws.com",
    .source_arn = "${$instance}",
    .type = LI_REQUEST_RESPONSE,
    .flags = LII_KIND_ONE,
    .answer_ms = 8000,
    .retries = "Connect on throttles and 5xx",
    .fields = connect_fields,
    .members = "instance:s! contactId:s channel:s attributes:o parameters:o customerEndpoint:oz systemEndpoint:oz queue:oz "
               "initiationMethod:s",
    .match = "instance=instance",
    .event = "{\"Name\":\"ContactFlowEvent\",\"Details\":{\"ContactData\":{\"Attributes\":\"${=attributes|{}}\",\"Channel\":"
             "\"${channel|VOICE}\",\"ContactId\":\"${contactId|5ca32fbd-8f92-46af-92a5-6b0f970f0efe}\",\"CustomerEndpoint\":"
             "\"${=customerEndpoint|{\\\"Address\\\":\\\"+11234567890\\\",\\\"Type\\\":\\\"TELEPHONE_NUMBER\\\"}}\","
             "\"InitialContactId\":\"${contactId|5ca32fbd-8f92-46af-92a5-6b0f970f0efe}\",\"InitiationMethod\":"
             "\"${initiationMethod|API}\",\"InstanceARN\":\"${instance}\",\"PreviousContactId\":"
             "\"${contactId|5ca32fbd-8f92-46af-92a5-6b0f970f0efe}\",\"Queue\":\"${=queue|null}\",\"SystemEndpoint\":"
             "\"${=systemEndpoint|null}\",\"MediaStreams\":{\"Customer\":{\"Audio\":null}}},\"Parameters\":\"${=parameters|{}}\"}}",
    .shape = "Name:s! Details.ContactData.ContactId:s! Details.ContactData.Channel:s! Details.Parameters:oz",
    .response = "",
    .options_example = "{\"instance\":\"arn:aws:connect:us-east-1:123456789012:instance/9308c2a1\"}",
    .example = "{\"instance\":\"arn:aws:connect:us-east-1:123456789012:instance/9308c2a1\",\"parameters\":{\"key1\":\"value1\"}}",
};

static const lii_field bedrock_fields[] = {
    { .name = "agent", .label = "Agent", .type = LII_FIELD_ARN, .flags = LII_FIELD_REQUIRED, .max = 1024 },
    { .name = "actionGroup", .label = "Action group", .max = 100, .help = "none: every one" },
    { .name = NULL }
};
const lii_trigger_kind lii_bedrock_kind = {
    .name = "bedrock",
    .label = "Bedrock action group",
    .principal = "bedrock.amazonaws.com",
    .source_arn = "${$agent}",
    .type = LI_REQUEST_RESPONSE,
    .flags = LII_KIND_ONE,
    .retries = "none",
    .fields = bedrock_fields,
    .members = "agent:s! actionGroup:s! function:s apiPath:s httpMethod:s parameters:a requestBody:o inputText:s sessionId:s "
               "sessionAttributes:o promptSessionAttributes:o agentName:s agentId:s agentAlias:s agentVersion:s",
    .match = "agent=agent actionGroup=actionGroup",
    .event = "{\"messageVersion\":\"1.0\",\"agent\":{\"name\":\"${agentName|agent}\",\"id\":\"${agentId|AGENTID001}\",\"alias\":"
             "\"${agentAlias|TSTALIASID}\",\"version\":\"${agentVersion|DRAFT}\"},\"inputText\":\"${inputText|}\",\"sessionId\":"
             "\"${sessionId|session-1}\",\"actionGroup\":\"${actionGroup}\",\"?apiPath\":\"${apiPath}\",\"?httpMethod\":"
             "\"${httpMethod}\",\"?function\":\"${function}\",\"parameters\":\"${=parameters|[]}\",\"?requestBody\":"
             "\"${=requestBody}\",\"sessionAttributes\":\"${=sessionAttributes|{}}\",\"promptSessionAttributes\":"
             "\"${=promptSessionAttributes|{}}\"}",
    .shape = "messageVersion:s! actionGroup:s! sessionId:s! agent:o!",
    .response = "messageVersion:s! response:o! response.actionGroup:s!",
    .options_example = "{\"agent\":\"arn:aws:bedrock:us-east-1:123456789012:agent/AGENTID001\"}",
    .example = "{\"agent\":\"arn:aws:bedrock:us-east-1:123456789012:agent/AGENTID001\",\"actionGroup\":\"orders\",\"apiPath\":"
               "\"/orders\",\"httpMethod\":\"GET\"}",
};
