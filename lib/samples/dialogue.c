/* dialogue.c - samples of services that talk with people: Alexa, Lex, Connect, Bedrock agents. */
#include "samples/samples.h"

static const li_sample_parameter alexa[] = {
    P("session-id", "123456789012"), P("user-id", "testUser"), P("application-id", "987654321"), P("request-id", "1234"),
};
static const li_sample_parameter connect[] = {
    REGION, PARTITION, ACCOUNT, P("contact-id", "5ca32fbd-8f92-46af-92a5-6b0f970f0efe"), P("phone-number", "+11234567890"),
};
static const li_sample_parameter bedrock[] = {
    EXTRA("action-group", "orders"), EXTRA("input-text", "Where is my order?"), EXTRA("session-id", "123456789012"),
};

/* is_new, then the members of the request. */
#define ALEXA(is_new, ...) \
    J({"version": "1.0", "session": {"new": is_new, "sessionId": "amzn1.echo-api.session.${session-id}", "attributes": {}, \
       "user": {"userId": "amzn1.ask.account.${user-id}"}, "application": {"applicationId": "amzn1.ask.skill.${application-id}"}}, \
       "context": {"System": {"application": {"applicationId": "amzn1.ask.skill.${application-id}"}, \
         "user": {"userId": "amzn1.ask.account.${user-id}"}, "device": {"deviceId": "amzn1.ask.device.EXAMPLE", \
         "supportedInterfaces": {"AudioPlayer": {}}}}, \
         "AudioPlayer": {"offsetInMilliseconds": 0, "playerActivity": "IDLE"}}, \
       "request": {"requestId": "amzn1.echo-api.request.${request-id}", "timestamp": "2026-01-01T12:15:00Z", \
         "locale": "en-US", __VA_ARGS__}})
#define INTENT(name, ...) \
    ALEXA(false, "type": "IntentRequest", "intent": {"name": name, "confirmationStatus": "NONE", "slots": __VA_ARGS__}, \
          "dialogState": "COMPLETED")
#define SLOT(slot, given) {slot: {"name": slot, "value": given, "confirmationStatus": "NONE"}}

#define POWER(name) \
    J({"directive": {"header": {"namespace": "Alexa.PowerController", "name": name, "payloadVersion": "3", \
       "messageId": "1bd5d003-31b9-476f-ad03-71d471922820", "correlationToken": "EXAMPLE"}, \
       "endpoint": {"scope": {"type": "BearerToken", "token": "EXAMPLE"}, "endpointId": "endpoint-001", "cookie": {}}, \
       "payload": {}}})

/* Lex V1: bot, intent, what was said, slots; details may be any object. */
#define LEX(bot_name, intent, said, ...) \
    J({"messageVersion": "1.0", "invocationSource": "DialogCodeHook", "userId": "John", "sessionAttributes": {}, \
       "requestAttributes": null, "bot": {"name": bot_name, "alias": "$LATEST", "version": "$LATEST"}, \
       "outputDialogMode": "Text", "currentIntent": {"name": intent, "slots": __VA_ARGS__, "slotDetails": {}, \
         "confirmationStatus": "None"}, "inputTranscript": said})

#define LEX_SLOT(given) {"shape": "Scalar", "value": {"originalValue": given, "interpretedValue": given, "resolvedValues": [given]}}
#define LEX2(bot_name, intent_name, said, elicited, ...) \
    J({"sessionId": "123456789012345", "inputTranscript": said, "interpretations": [{"intent": {"slots": __VA_ARGS__, \
         "confirmationState": "None", "name": intent_name, "state": "InProgress"}, "nluConfidence": 0.86, \
         "interpretationSource": "Lex"}], "bot": {"name": bot_name, "version": "DRAFT", "localeId": "en_US", \
         "id": "ABCDEFGHIJ", "aliasId": "TSTALIASID", "aliasName": "TestBotAlias"}, \
       "responseContentType": "text/plain; charset=utf-8", \
       "proposedNextState": {"prompt": {"attempt": "Initial"}, "intent": {"slots": __VA_ARGS__, "confirmationState": "None", \
         "name": intent_name, "state": "InProgress"}, "dialogAction": {"type": "ElicitSlot", "slotToElicit": elicited}}, \
       "sessionState": {"activeContexts": [], "sessionAttributes": {}, "runtimeHints": {"slotHints": {}}, \
         "originatingRequestId": "ec6f2fa3-3c5e-4a4c-8d3d-0123456789ab", "intent": {"slots": __VA_ARGS__, \
         "confirmationState": "None", "name": intent_name, "state": "InProgress"}}, \
       "messageVersion": "1.0", "invocationSource": "DialogCodeHook", "inputMode": "Text", "requestAttributes": {}, \
       "transcriptions": [{"transcription": said, "transcriptionConfidence": 1.0, \
         "resolvedContext": {"intent": intent_name}, "resolvedSlots": {}}]})

const lii_sample lii_samples_dialogue[] = {
    { "alexa-skills-kit", "start-session", "alexa", WITH(alexa), ALEXA(true, "type": "LaunchRequest") },
    { "alexa-skills-kit", "end-session", "alexa", WITH(alexa),
      ALEXA(false, "type": "SessionEndedRequest", "reason": "USER_INITIATED") },
    { "alexa-skills-kit", "intent-answer", "alexa", WITH(alexa), INTENT("AnswerIntent", SLOT("Item", "2")) },
    { "alexa-skills-kit", "intent-getnewfact", "alexa", WITH(alexa), INTENT("GetNewFactIntent", {}) },
    { "alexa-skills-kit", "intent-mycoloris", "alexa", WITH(alexa), INTENT("MyColorIsIntent", SLOT("Color", "blue")) },
    { "alexa-skills-kit", "intent-recipe", "alexa", WITH(alexa), INTENT("RecipeIntent", SLOT("Item", "snow golem")) },
    { "alexa-smart-home", "smart-home-control-turn-off-request", "alexa-home", .text = POWER("TurnOff") },
    { "alexa-smart-home", "smart-home-control-turn-on-request", "alexa-home", .text = POWER("TurnOn") },
    { "alexa-smart-home", "smart-home-discovery-request", "alexa-home",
      .text = J({"directive": {"header": {"namespace": "Alexa.Discovery", "name": "Discover", "payloadVersion": "3",
         "messageId": "1bd5d003-31b9-476f-ad03-71d471922820"},
         "payload": {"scope": {"type": "BearerToken", "token": "EXAMPLE"}}}}) },
    { "lex", "book-car", "lex",
      .text = LEX("BookTrip", "BookCar", "book a car", {"PickUpCity": "Chicago", "PickUpDate": "2030-11-08",
                  "ReturnDate": "2030-11-11", "CarType": "economy", "DriverAge": "21"}) },
    { "lex", "book-hotel", "lex",
      .text = LEX("BookTrip", "BookHotel", "book a hotel", {"Location": "Chicago", "CheckInDate": "2030-11-08",
                  "Nights": "4", "RoomType": "queen"}) },
    { "lex", "make-appointment", "lex",
      .text = LEX("MakeAppointment", "MakeAppointment", "make an appointment", {"AppointmentType": "root canal",
                  "Date": "2030-11-08", "Time": "10:00"}) },
    { "lex", "order-flowers", "lex",
      .text = LEX("OrderFlowers", "OrderFlowers", "I would like to order flowers", {"FlowerType": "lilies",
                  "PickupDate": "2030-11-08", "PickupTime": "10:00"}) },
    { "lex-v2", "banking-bot", "lexv2",
      .text = LEX2("BankingBot", "CheckBalance", "check my balance", "dateofBirth",
                   {"accountType": LEX_SLOT("Checking"), "dateofBirth": null}) },
    { "lex-v2", "book-car", "lexv2",
      .text = LEX2("BookTrip", "BookCar", "book a car", "PickUpDate",
                   {"PickUpCity": LEX_SLOT("Chicago"), "PickUpDate": null, "ReturnDate": null, "DriverAge": null, "CarType": null}) },
    { "lex-v2", "book-hotel", "lexv2",
      .text = LEX2("BookTrip", "BookHotel", "book a hotel", "CheckInDate",
                   {"Location": LEX_SLOT("Chicago"), "CheckInDate": null, "Nights": null, "RoomType": null}) },
    { "connect", "contact-flow-event", "connect", WITH(connect),
      J({"Name": "ContactFlowEvent", "Details": {"ContactData": {"Attributes": {}, "Channel": "VOICE",
           "ContactId": "${contact-id}", "CustomerEndpoint": {"Address": "${phone-number}", "Type": "TELEPHONE_NUMBER"},
           "InitialContactId": "${contact-id}", "InitiationMethod": "API",
           "InstanceARN": "arn:${partition}:connect:${region}:${account-id}:instance/9308c2a1-9bc6-4cea-8290-6c0b4a6d38fa",
           "PreviousContactId": "${contact-id}", "Queue": null, "SystemEndpoint": {"Address": "+15005550006",
           "Type": "TELEPHONE_NUMBER"}, "MediaStreams": {"Customer": {"Audio": {
             "StreamARN": "arn:${partition}:kinesisvideo:${region}:${account-id}:stream/connect-audio/1767269700000",
             "StartTimestamp": "1767269700000", "StartFragmentNumber": "91343852333181432392682062622220590765191907586"}}}}, "Parameters": {"key1": "value1"}}}) },
    { "bedrock", "agent-action", "bedrock", WITH(bedrock), .flags = LI_SAMPLE_EXTRA,
      .text = J({"messageVersion": "1.0", "agent": {"name": "example-agent", "id": "AGENTID001", "alias": "TSTALIASID",
           "version": "DRAFT"}, "inputText": "${input-text}", "sessionId": "${session-id}", "actionGroup": "${action-group}",
         "apiPath": "/orders/{id}", "httpMethod": "GET", "parameters": [{"name": "id", "type": "string", "value": "o-1"}],
         "sessionAttributes": {}, "promptSessionAttributes": {}}) },
    { .service = NULL }
};
