//! The permission gate and the token that it looks at.

mod grants {
    use crate::*;

    fn roles(roles: Value) -> Judgement {
        read_meeting(&with(|s| s["apps"]["items"][0]["roles"] = roles))
    }

    #[test]
    fn role_and_resource_must_fit() {
        for (grants, expected) in [
            (json!([{"id": READ_ALL}]), Pass),
            (json!([{"value": "onlinemeetings.read.all"}]), Pass),
            (json!([{"value": "OnlineMeetings.ReadWrite.All"}]), Pass),
            (json!([{"id": READ_ALL, "value": "OnlineMeetings.Read.All", "resource": GRAPH}]), Pass),
            (json!([{"id": READ_ALL, "value": "OnlineMeetings.Read.All", "resource": OTHER_APP}]), Fail),
            (json!([{"value": "OnlineMeetings.Read.All", "resource": OTHER_APP}]), Fail),
            (json!([{"id": OTHER_APP, "value": "OnlineMeetings.Read.All"}]), Fail),
            (json!([{"value": "User.Read.All"}]), Fail),
            (json!([]), Fail),
            (json!([{}]), Unknown),
            (Value::Null, Unknown),
        ] {
            let it = roles(grants.clone());
            assert_eq!(outcome(&it, Gate::Permission), expected, "{grants}");
            if expected == Fail {
                assert_eq!(certain(&it), ["permission-not-granted"], "{grants}");
            }
            if expected == Unknown {
                assert_eq!(needs(&it, Gate::Permission), "app-roles");
            }
        }
    }

    #[test]
    fn a_scope_of_the_same_name_is_no_role() {
        let it = answer(
            &ask("read-transcript"),
            &with(|s| {
                s["apps"]["items"][0]["roles"] =
                    json!([{"id": TRANSCRIPT_SCOPE, "value": "OnlineMeetingTranscript.Read.All"}])
            }),
        );
        assert_eq!(outcome(&it, Gate::Permission), Fail);
    }

    #[test]
    fn an_app_that_is_not_listed() {
        let it = read_meeting(&with(|s| s["apps"]["items"] = json!([])));
        assert_eq!((outcome(&it, Gate::Permission), certain(&it)), (Fail, vec!["app-unknown-in-tenant"]));
        let it = read_meeting(&with(|s| s["apps"] = json!({"status": "partial", "items": []})));
        assert_eq!((outcome(&it, Gate::Permission), needs(&it, Gate::Permission)), (Unknown, "app-roles"));
        assert_eq!(undecided(&it, "app-unknown-in-tenant"), Some("app-roles"));
    }

    #[test]
    fn what_is_held_tells_the_cause() {
        let create = |app: Value| {
            answer(
                &ask("create-meeting"),
                &with(|s| {
                    for (key, value) in app.as_object().unwrap() {
                        s["apps"]["items"][0][key] = value.clone();
                    }
                }),
            )
        };
        assert_eq!(certain(&create(json!({}))), ["permission-too-narrow"]);
        assert_eq!(certain(&create(json!({"roles": []}))), ["permission-not-granted"]);
        let delegated =
            create(json!({"roles": [], "delegated": [{"scope": "OnlineMeetings.ReadWrite", "consent": "tenant"}]}));
        assert_eq!(certain(&delegated), ["permission-granted-as-delegated"]);
        let unread = create(json!({"roles": [], "delegated": null}));
        assert_eq!(certain(&unread), ["permission-not-granted"]);
        assert_eq!(undecided(&unread, "permission-granted-as-delegated"), Some("delegated-grants"));
        let calls = answer(&ask("place-call"), &healthy());
        assert_eq!((outcome(&calls, Gate::User), certain(&calls)), (Skipped, vec!["calls-permission-missing"]));
    }

    #[test]
    fn an_operation_without_application_permissions() {
        let operation = operation_for("PATCH", "/solutions/virtualEvents/townhalls/t");
        let it = answer(&Question { operation, ..ask("read-meeting") }, &healthy());
        assert_eq!((outcome(&it, Gate::Permission), certain(&it)), (Fail, vec!["application-access-unsupported"]));
        assert_eq!(outcome(&it, Gate::Policy), Skipped);
        // Nothing about the app needs to be known.
        let it = answer(&Question { operation, ..ask("read-meeting") }, &with(|s| s["apps"] = Value::Null));
        assert_eq!(outcome(&it, Gate::Permission), Fail);
    }

    #[test]
    fn where_only_a_consent_in_a_chat_is_accepted_no_role_helps() {
        let operation = operation_for("GET", "/solutions/virtualEvents/webinars/w/registrations/r/sessions");
        let it = answer(&Question { operation, ..ask("read-meeting") }, &with(|s| s["apps"] = Value::Null));
        assert_eq!(outcome(&it, Gate::Permission), Fail);
        assert!(it.scope.unwrap().contains("VirtualEvent.Read.Chat"));
    }

    #[test]
    fn a_disabled_service_principal_is_told_and_fails_nothing() {
        let it = read_meeting(&with(|s| s["apps"]["items"][0]["enabled"] = json!(false)));
        assert_eq!(it.verdict, Verdict::Allowed);
        assert_eq!(confidence(&it, "service-principal-disabled"), Some(Confidence::Likely));
    }

    #[test]
    fn a_permission_that_the_policy_does_not_govern_is_a_note() {
        let it = answer(
            &ask("read-call-record"),
            &with(|s| s["apps"]["items"][0]["roles"] = json!([{"value": "CallRecords.Read.All"}])),
        );
        assert_eq!(it.verdict, Verdict::Allowed);
        assert_eq!(causes(&it), ["permission-not-governed"]);
        assert_eq!(it.findings[0].severity, Severity::Info);
    }

    #[test]
    fn with_a_token_its_roles_decide() {
        let it = answer(
            &with_token("read-meeting", token(&["OnlineMeetings.Read.All"])),
            &with(|s| s["apps"] = Value::Null),
        );
        assert_eq!((outcome(&it, Gate::Token), outcome(&it, Gate::Permission)), (Pass, Pass));
        let it = answer(&with_token("read-meeting", token(&[])), &with(|s| s["apps"] = Value::Null));
        assert_eq!(outcome(&it, Gate::Permission), Fail);
        assert!(certain(&it).is_empty(), "the token may be older than the grant");
        assert_eq!(confidence(&it, "permission-not-granted"), Some(Confidence::Likely));
        let it = answer(&with_token("read-meeting", token(&[])), &with(|s| s["apps"]["items"][0]["roles"] = json!([])));
        assert_eq!(certain(&it), ["permission-not-granted"]);
        let none = Token { roles: None, ..token(&[]) };
        assert_eq!(outcome(&answer(&with_token("read-meeting", none), &healthy()), Gate::Permission), Fail);
    }

    #[test]
    fn a_grant_after_the_token_was_issued() {
        let at = |from: Value, to: &str| {
            let change = json!({"part": "apps", "key": APP, "change": "added", "value": "OnlineMeetings.Read.All", "not_before": from, "not_after": to});
            answer(&with_token("read-meeting", token(&[])), &with(|s| s["history"] = json!([change])))
        };
        // Issued at 09:50.
        let it = at(json!("2026-01-31T09:52:00Z"), "2026-01-31T09:55:00Z");
        assert_eq!(certain(&it), ["token-older-than-grant"]);
        assert!(confidence(&it, "permission-not-granted").is_none());
        let it = at(json!("2026-01-31T09:40:00Z"), "2026-01-31T09:55:00Z");
        assert_eq!(confidence(&it, "token-older-than-grant"), Some(Confidence::Likely));
        let it = at(Value::Null, "2026-01-31T09:40:00Z");
        assert_eq!(confidence(&it, "token-older-than-grant"), Some(Confidence::Possible));
    }
}

mod token_gate {
    use crate::*;

    #[test]
    fn audience() {
        for (audience, expected) in [
            ("https://graph.microsoft.com", Pass),
            ("https://graph.microsoft.com/", Pass),
            (GRAPH, Pass),
            ("https://graph.microsoft.us", Fail),
            ("https://outlook.office.com", Fail),
            ("graph.microsoft.com", Fail),
        ] {
            let token = Token { audience: Some(audience.into()), ..token(&["OnlineMeetings.Read.All"]) };
            let it = answer(&with_token("read-meeting", token.clone()), &healthy());
            assert_eq!(outcome(&it, Gate::Token), expected, "{audience}");
            assert_eq!(certain(&it), if expected == Fail { vec!["token-for-another-audience"] } else { vec![] });
            let us = answer(&with_token("read-meeting", token), &with(|s| s["cloud"] = json!("usgov-l4")));
            assert_eq!(outcome(&us, Gate::Token) == Pass, audience.contains(".us") || audience == GRAPH, "{audience}");
        }
    }

    #[test]
    fn tenant() {
        let other = Token { tenant: Some(id(OTHER_USER)), ..token(&["OnlineMeetings.Read.All"]) };
        let it = answer(&with_token("read-meeting", other.clone()), &healthy());
        assert_eq!(certain(&it), ["token-from-another-tenant"]);
        assert_eq!(it.verdict, Verdict::Denied);
        let it = answer(&with_token("read-meeting", other), &with(|s| s["tenant_id"] = Value::Null));
        assert_eq!(outcome(&it, Gate::Token), Pass);
    }

    #[test]
    fn expiry() {
        let expired = |seconds: i64, at: Option<Moment>| {
            let token = Token { expires_at: Some(seconds), ..token(&["OnlineMeetings.Read.All"]) };
            answer(&Question { at, ..with_token("read-meeting", token) }, &healthy())
        };
        let now = Some(Moment { earliest: NOW, latest: NOW });
        assert_eq!(outcome(&expired(NOW + 1, now), Gate::Token), Pass);
        assert_eq!(certain(&expired(NOW, now)), ["token-expired"]);
        assert!(is_ruled_out(&expired(NOW + 1, now), "token-expired"));
        let wide = Some(Moment { earliest: NOW - 100, latest: NOW + 100 });
        assert_eq!(outcome(&expired(NOW, wide), Gate::Token), Unknown);
        assert_eq!(outcome(&expired(NOW - 100, wide), Gate::Token), Fail);
        assert_eq!(outcome(&expired(NOW + 101, wide), Gate::Token), Pass);
        assert_eq!(outcome(&expired(NOW, None), Gate::Token), Unknown);
        let without = Token { expires_at: None, ..token(&["OnlineMeetings.Read.All"]) };
        assert_eq!(outcome(&answer(&with_token("read-meeting", without), &healthy()), Gate::Token), Pass);
    }

    #[test]
    fn what_is_no_token_is_unknown_and_the_tenant_decides_the_permission() {
        let it = answer(&with_token("read-meeting", Token::default()), &healthy());
        assert_eq!((outcome(&it, Gate::Token), outcome(&it, Gate::Permission)), (Unknown, Pass));
    }

    #[test]
    fn the_app_of_the_token_is_asked_where_the_question_names_none() {
        let question = Question { app_id: None, ..with_token("read-meeting", token(&["OnlineMeetings.Read.All"])) };
        let it = answer(&question, &healthy());
        assert_eq!((it.app_id, it.verdict), (Some(id(APP)), Verdict::Allowed));
    }
}

mod delegated {
    use crate::*;

    fn scopes(scopes: &[&str]) -> Token {
        Token { roles: None, scopes: Some(scopes.iter().map(|it| (*it).to_owned()).collect()), ..token(&[]) }
    }

    #[test]
    fn policy_and_time_are_skipped_and_policy_causes_ruled_out() {
        let state = with(|s| s["direct"]["items"][0]["policy"] = json!("Other"));
        let it = answer(&with_token("read-meeting", scopes(&["OnlineMeetings.Read"])), &state);
        assert!(it.delegated);
        assert_eq!((outcome(&it, Gate::Policy), outcome(&it, Gate::Time)), (Skipped, Skipped));
        assert_eq!((outcome(&it, Gate::Permission), it.verdict), (Pass, Verdict::Allowed));
        assert!(is_ruled_out(&it, "policy-not-granted") && is_ruled_out(&it, "policy-still-propagating"));
        assert_eq!(causes(&it), ["delegated-token"]);
        assert_eq!(it.findings[0].severity, Severity::Info);
    }

    #[test]
    fn scopes_decide_the_permission() {
        let it = answer(&with_token("read-meeting", scopes(&["User.Read"])), &healthy());
        assert_eq!(outcome(&it, Gate::Permission), Fail);
        assert!(certain(&it).contains(&"permission-granted-as-application"), "{:?}", causes(&it));
        let it = answer(
            &with_token("read-meeting", scopes(&["User.Read"])),
            &with(|s| s["apps"]["items"][0]["roles"] = json!([])),
        );
        assert_eq!(confidence(&it, "permission-not-granted"), Some(Confidence::Likely));
        let it = answer(&Question { delegated: true, ..ask("read-meeting") }, &healthy());
        assert_eq!((outcome(&it, Gate::Permission), needs(&it, Gate::Permission)), (Unknown, "token"));
    }

    #[test]
    fn me_is_delegated_and_means_the_user_of_the_token() {
        let operation = operation_for("GET", "/me/onlineMeetings/m");
        assert!(operation.is_some());
        let token = Token { object_id: Some(id(USER)), ..scopes(&["OnlineMeetings.Read"]) };
        let it = answer(&Question { operation, user_id: None, ..with_token("read-meeting", token) }, &healthy());
        assert_eq!((it.user_id, outcome(&it, Gate::Policy), it.verdict), (Some(id(USER)), Skipped, Verdict::Allowed));
    }

    #[test]
    fn an_operation_for_apps_only() {
        let it = answer(&with_token("list-transcripts", scopes(&["OnlineMeetingTranscript.Read.All"])), &healthy());
        assert_eq!((outcome(&it, Gate::Permission), certain(&it)), (Fail, vec!["delegated-token"]));
        let it = answer(&Question { delegated: true, ..ask("list-transcripts") }, &healthy());
        assert_eq!((outcome(&it, Gate::Permission), certain(&it)), (Fail, vec!["delegated-token"]));
    }
}
