/* cognito.c - samples of Cognito: every trigger of user pools, and Sync. */
#include "samples/samples.h"

static const li_sample_parameter sync[] = { REGION };
static const li_sample_parameter pool[] = {
    EXTRA_REGION, EXTRA("user-pool-id", "us-east-1_EXAMPLE"), EXTRA("user-name", "testuser"),
    EXTRA("client-id", "1example23456789"),
};

#define EVENT_OF(version, source, request, response) \
    J({"version": version, "triggerSource": source, "region": "${region}", "userPoolId": "${user-pool-id}", \
       "userName": "${user-name}", "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "${client-id}"}, \
       "request":) request J(, "response":) response J(})
#define EVENT(source, request, response) EVENT_OF("1", source, request, response)
#define ROW(event, text) { "cognito", event, "cognito", WITH(pool), text, { { NULL, { NULL }, 0, 0 } }, LI_SAMPLE_EXTRA, 0 }

#define ATTRIBUTES \
    "userAttributes": {"sub": "a36036a8-9061-424d-a737-56d57dae7bc6", "email": "testuser@example.com", \
                       "email_verified": "true", "cognito:user_status": "CONFIRMED"}
#define METADATA "clientMetadata": {"exampleMetadataKey": "example metadata value"}
#define JX(...) J(__VA_ARGS__)
#define GROUPS \
    "groupConfiguration": {"groupsToOverride": ["group-1"], \
      "iamRolesToOverride": ["arn:aws:iam::123456789012:role/role-1"], "preferredRole": "arn:aws:iam::123456789012:role/role-1"}
#define SESSION "session": [{"challengeName": "PASSWORD_VERIFIER", "challengeResult": true, "challengeMetadata": "metadata"}]

const lii_sample lii_samples_cognito[] = {
    { "cognito", "sync-trigger", "cognito-sync", WITH(sync),
      J({"version": 2, "eventType": "SyncTrigger", "region": "${region}", "identityPoolId": "${region}:identity-pool",
         "identityId": "${region}:identity", "datasetName": "datasetName",
         "datasetRecords": {"SampleKey1": {"oldValue": "oldValue1", "newValue": "newValue1", "op": "replace"},
           "SampleKey2": {"oldValue": "oldValue2", "newValue": "newValue2", "op": "replace"}}}) },
    ROW("pre-sign-up", EVENT("PreSignUp_SignUp", JX({ATTRIBUTES, "validationData": {"k1": "v1"}, METADATA}),
                             J({"autoConfirmUser": false, "autoVerifyEmail": false, "autoVerifyPhone": false}))),
    ROW("post-confirmation", EVENT("PostConfirmation_ConfirmSignUp", JX({ATTRIBUTES, METADATA}), "{}")),
    ROW("pre-authentication", EVENT("PreAuthentication_Authentication", JX({ATTRIBUTES, "validationData": {"k1": "v1"}}), "{}")),
    ROW("post-authentication", EVENT("PostAuthentication_Authentication", JX({"newDeviceUsed": true, ATTRIBUTES, METADATA}), "{}")),
    ROW("custom-message", EVENT("CustomMessage_SignUp",
                                JX({ATTRIBUTES, "codeParameter": "{####}", "usernameParameter": "{username}", METADATA}),
                                J({"smsMessage": null, "emailMessage": null, "emailSubject": null}))),
    ROW("define-auth-challenge", EVENT("DefineAuthChallenge_Authentication",
                                       JX({ATTRIBUTES, SESSION, METADATA, "userNotFound": false}),
                                       J({"challengeName": null, "issueTokens": null, "failAuthentication": null}))),
    ROW("create-auth-challenge", EVENT("CreateAuthChallenge_Authentication",
                                       JX({ATTRIBUTES, "challengeName": "CUSTOM_CHALLENGE", SESSION, METADATA}),
                                       J({"publicChallengeParameters": null, "privateChallengeParameters": null,
                                          "challengeMetadata": null}))),
    ROW("verify-auth-challenge-response", EVENT("VerifyAuthChallengeResponse_Authentication",
                                                JX({ATTRIBUTES, "privateChallengeParameters": {"answer": "5"},
                                                    "challengeAnswer": "5", METADATA}),
                                                J({"answerCorrect": false}))),
    ROW("pre-token-generation", EVENT("TokenGeneration_Authentication", JX({ATTRIBUTES, GROUPS, METADATA}),
                                      J({"claimsOverrideDetails": null}))),
    ROW("pre-token-generation-v2",
        EVENT_OF("2", "TokenGeneration_Authentication",
                 JX({ATTRIBUTES, GROUPS, "scopes": ["aws.cognito.signin.user.admin"], METADATA}),
                 J({"claimsAndScopeOverrideDetails": null}))),
    ROW("pre-token-generation-v3",
        EVENT_OF("3", "TokenGeneration_ClientCredentials",
                 JX({"userAttributes": {}, GROUPS, "scopes": ["example/read"], METADATA}),
                 J({"claimsAndScopeOverrideDetails": null}))),
    ROW("user-migration", EVENT("UserMigration_Authentication",
                                JX({"password": "secret", "validationData": {"k1": "v1"}, METADATA}),
                                J({"userAttributes": null, "finalUserStatus": null, "messageAction": null,
                                   "desiredDeliveryMediums": null, "forceAliasCreation": null}))),
    ROW("custom-sms-sender", EVENT("CustomSMSSender_SignUp",
                                   JX({"type": "customSMSSenderRequestV1", "code": "RU5DUllQVEVE", ATTRIBUTES, METADATA}), "{}")),
    ROW("custom-email-sender", EVENT("CustomEmailSender_SignUp",
                                     JX({"type": "customEmailSenderRequestV1", "code": "RU5DUllQVEVE", ATTRIBUTES, METADATA}),
                                     "{}")),
    ROW("inbound-federation", EVENT("InboundFederation_ExternalProvider",
                                    J({"providerName": "ExampleOIDCProvider", "providerType": "OIDC", "attributes": {
                                         "tokenResponse": {"access_token": "eyExample", "token_type": "Bearer",
                                                           "expires_in": "3600"},
                                         "idToken": {"sub": "user123", "email": "testuser@example.com"},
                                         "userInfo": {"given_name": "Test", "family_name": "User"}}}),
                                    J({"userAttributesToMap": {}}))),
    { .service = NULL }
};
