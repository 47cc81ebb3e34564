//! Services that fail, dawdle, lead astray or refuse.

use super::*;

#[test]
fn bad_weather_loses_nothing() {
    let step = AtomicUsize::new(0);
    let fault = move |request: &Request, tenant: &Tenant, root: &str| {
        if !request.target.contains("/users?") || !request.target.contains("skiptoken=1500") {
            return None;
        }
        let whole = || tenant.answer(request, root);
        Some(match step.fetch_add(1, Ordering::SeqCst) {
            0 => error(429, "TooManyRequests", "slow down").header("Retry-After", "1.5"),
            1 => Reply::html(503, "<html>busy</html>"),
            2 => whole().way(Way::ResetAfter(5000)),
            3 => whole().way(Way::Trickle(Duration::from_millis(5))),
            4 => whole().way(Way::CutAfter(7000)),
            5 => Reply::html(200, "<html><body>Sign in to the hotel</body></html>"),
            _ => return None,
        })
    };
    let mut tenant = Tenant::new(2100, 1, 0);
    tenant.page = 500;
    let stage = stage(tenant, Box::new(fault));
    let fetched = stage.read(|it| it.limits.attempts = 7);
    all_users(&fetched.snapshot, &stage.tenant);
    assert_eq!((fetched.traffic.throttled, fetched.traffic.repeated), (1, 6));
    let own = |it: &&Request| it.target.contains("/users?") && it.target.contains("skiptoken=1500");
    let tries: Vec<Instant> = stage.server.requests().iter().filter(own).map(|it| it.at).collect();
    assert_eq!(tries.len(), 7);
    assert!(tries[1] - tries[0] >= Duration::from_millis(1500), "{:?}", tries[1] - tries[0]);
}

/// A wait that nobody can read is none that was asked for: the own backoff goes on, and nothing is lost.
#[test]
fn an_unreadable_wait_is_no_reason_to_give_up() {
    for wait in ["1e9999", "inf", "soon"] {
        let step = AtomicUsize::new(0);
        let fault = move |request: &Request, _: &Tenant, _: &str| {
            let busy = request.target.contains("/users?") && step.fetch_add(1, Ordering::SeqCst) == 0;
            busy.then(|| error(429, "TooManyRequests", "slow down").header("Retry-After", wait))
        };
        let stage = stage(Tenant::new(10, 1, 0), Box::new(fault));
        let fetched = stage.read(|_| {});
        all_users(&fetched.snapshot, &stage.tenant);
        assert_eq!((fetched.traffic.throttled, fetched.traffic.repeated), (1, 1), "{wait}");
    }
}

#[test]
fn a_page_that_never_comes_leaves_the_part_partial() {
    let is_bad = |request: &Request| request.target.contains("/users?") && request.target.contains("skiptoken=1000");
    let fault =
        move |request: &Request, _: &Tenant, _: &str| is_bad(request).then(|| Reply::html(200, "<html>no</html>"));
    let mut tenant = Tenant::new(2100, 2, 1);
    tenant.page = 500;
    let stage = stage(tenant, Box::new(fault));
    let fetched = stage.read(|it| it.teams = Some(policies(&[0], &[0, 1])));
    let users = &fetched.snapshot.users;
    assert_eq!((users.status, users.items.len()), (Status::Partial, 1000));
    let reason = users.reason.as_ref().unwrap();
    assert_eq!(reason.kind, "failed");
    assert!(reason.detail.as_ref().unwrap().contains("without whole JSON (text/html)"), "{reason:?}");
    let tries = stage.server.requests().iter().filter(|it| is_bad(it)).count();
    assert_eq!(tries, 7);
    assert!(fetched.snapshot.groups.items.iter().all(|group| group.members.is_complete()));
    assert!(fetched.parts.iter().any(|part| part.part == "users" && part.failed));
}

#[test]
fn tokens_stay_with_their_host() {
    let elsewhere = Server::start(Duration::ZERO, Arc::new(|_: &Request| Reply::json(200, json!({"value": []}))));
    let evil = elsewhere.root();
    let fault = move |request: &Request, tenant: &Tenant, root: &str| {
        if request.target.starts_with("/v1.0/users?") {
            let reply = tenant.answer(request, root);
            return Some(Reply {
                body: reply.body.replace(&format!("{root}/v1.0/users"), &format!("{evil}/v1.0/users")),
                ..reply
            });
        }
        let redirected = request.target.starts_with("/v1.0/admin/teams/userConfigurations");
        redirected.then(|| Reply::json(302, "{}").header("Location", format!("{evil}{}", request.target)))
    };
    let mut tenant = Tenant::new(30, 2, 1);
    tenant.page = 10;
    let stage = stage(tenant, Box::new(fault));
    let fetched = stage.read(|it| it.teams = Some(policies(&[0], &[0, 1])));
    assert_eq!(elsewhere.requests().len(), 0);
    let snapshot = &fetched.snapshot;
    assert_eq!((snapshot.users.status, snapshot.users.items.len()), (Status::Partial, 10));
    let detail = snapshot.users.reason.as_ref().unwrap().detail.as_ref().unwrap();
    assert!(detail.contains("a next link was not followed: it points to `http://127.0.0.1:"), "{detail}");
    let detail = snapshot.effective.reason.as_ref().unwrap().detail.as_ref().unwrap();
    assert!(detail.contains("a redirect was not followed"), "{detail}");
    assert!(snapshot.groups.items.iter().all(|group| group.members.is_complete()));
    assert!(snapshot.apps.items[0].roles.is_some());
}

#[test]
fn redirects_on_the_same_host_are_followed() {
    let fault = |request: &Request, _: &Tenant, _: &str| {
        let target = request.target.strip_prefix("/v1.0/users?")?;
        (!target.contains("moved"))
            .then(|| {
                Reply::json(307, "{}")
                    .header("Location", "/v1.0/moved".replace("moved", &format!("users?{target}&$skiptoken=0")))
            })
            .filter(|_| !target.contains("$skiptoken"))
    };
    let stage = stage(Tenant::new(5, 1, 0), Box::new(fault));
    all_users(&stage.read(|_| {}).snapshot, &stage.tenant);
}

#[test]
fn lists_that_lead_back_end() {
    let fault = |request: &Request, tenant: &Tenant, root: &str| {
        request.target.contains("/users?").then(|| {
            let reply = tenant.answer(request, root);
            Reply { body: reply.body.replace("skiptoken=30", "skiptoken=10"), ..reply }
        })
    };
    let mut tenant = Tenant::new(50, 1, 0);
    tenant.page = 10;
    let stage = stage(tenant, Box::new(fault));
    let fetched = stage.read(|_| {});
    let users = &fetched.snapshot.users;
    assert_eq!((users.status, users.items.len()), (Status::Partial, 30));
    assert!(users.reason.as_ref().unwrap().detail.as_ref().unwrap().contains("leads back"));
    assert_eq!(stage.count("/users?"), 3);
}

#[test]
fn failing_parts_of_a_batch_are_asked_again() {
    let count = AtomicUsize::new(0);
    let fault = move |request: &Request, tenant: &Tenant, root: &str| {
        if !request.target.ends_with("/$batch") {
            return None;
        }
        let part = |_: usize, _: &str| {
            // Two of five, whichever they are.
            match count.fetch_add(1, Ordering::SeqCst) % 5 {
                1 => Some(error(429, "TooManyRequests", "slow down").header("Retry-After", "0.25")),
                3 => Some(error(503, "ServiceUnavailable", "later")),
                _ => None,
            }
        };
        Some(tenant.batch(&request.body, root, &part))
    };
    let mut tenant = Tenant::new(60, 30, 12);
    tenant.groups.values_mut().for_each(|(_, nested)| nested.clear());
    let stage = stage(tenant, Box::new(fault));
    let apps: Vec<usize> = (0..12).collect();
    let groups: Vec<usize> = (0..30).collect();
    let fetched = stage.read(|it| it.teams = Some(policies(&apps, &groups)));
    let snapshot = &fetched.snapshot;
    all_users(snapshot, &stage.tenant);
    assert_eq!(snapshot.apps.items.len(), 12);
    for app in &snapshot.apps.items {
        assert_eq!((app.roles.as_ref().map(Vec::len), app.delegated.as_ref().map(Vec::len)), (Some(2), Some(2)));
    }
    for (n, group) in snapshot.groups.items.iter().enumerate() {
        assert!(group.members.is_complete());
        assert_eq!(group.members.items, [uuid(&user_id(n)), uuid(&user_id(n + 30))]);
    }
    assert!(fetched.traffic.throttled > 5 && fetched.traffic.repeated > fetched.traffic.throttled);
    // Patience is per part: what succeeded is not asked again, what failed not before its time.
    let batches: Vec<Request> =
        stage.server.requests().into_iter().filter(|it| it.target.ends_with("$batch")).collect();
    let mut asked: BTreeMap<String, Vec<Instant>> = BTreeMap::new();
    for batch in &batches {
        let body: serde_json::Value = serde_json::from_str(&batch.body).unwrap();
        for item in body["requests"].as_array().unwrap() {
            asked.entry(item["url"].as_str().unwrap().to_owned()).or_default().push(batch.at);
        }
    }
    assert!(asked.values().any(|times| times.len() == 1));
    assert!(batches.len() < 20, "{} batches", batches.len());
}

#[test]
fn a_service_in_a_mood_is_read_whole() {
    // Odd pages, addresses that tell nothing, answers out of order, and parts that ask for patience in fractions.
    let count = AtomicUsize::new(0);
    let fault = move |request: &Request, tenant: &Tenant, root: &str| {
        let part = |at: usize, _: &str| {
            let slow = || error(429, "TooManyRequests", "slow down").header("Retry-After", format!("0.{}", at % 3 + 1));
            (count.fetch_add(1, Ordering::SeqCst) % 7 == 2).then(slow)
        };
        request.target.ends_with("/$batch").then(|| tenant.batch(&request.body, root, &part))
    };
    let mut tenant = Tenant::new(130, 5, 6);
    tenant.odd = true;
    let stage = stage(tenant, Box::new(fault));
    let groups: Vec<usize> = (0..5).collect();
    for users in [
        Users::All,
        Users::Group(uuid(&group_id(2))),
        Users::Named((0..130).map(|n| if n % 2 == 0 { user_id(n) } else { graph::upn(n) }).collect()),
    ] {
        let fetched = stage.read(|it| {
            it.teams = Some(policies(&[0, 1, 2, 3, 4, 5], &groups));
            it.users = users.clone();
        });
        let snapshot = &fetched.snapshot;
        let expected = if matches!(users, Users::Group(_)) { 26 } else { 130 };
        assert_eq!(snapshot.users.items.len(), expected, "{:?}", snapshot.users.reason);
        for (n, group) in snapshot.groups.items.iter().enumerate() {
            let members: Vec<Uuid> = (0..130).filter(|user| user % 5 == n).map(|user| uuid(&user_id(user))).collect();
            assert_eq!((group.members.status, &group.members.items), (Status::Complete, &members));
            assert_eq!(group.nested, [uuid(&group_id(n + 1000))]);
        }
        assert!(snapshot.apps.items.iter().all(|app| app.roles.as_ref().is_some_and(|roles| roles.len() == 2)));
        assert!(fetched.traffic.throttled > 0);
    }
}

#[test]
fn members_without_a_type_are_asked_for_by_type() {
    let mut tenant = Tenant::new(40, 3, 0);
    (tenant.typed, tenant.page) = (false, 5);
    let stage = fair(tenant);
    let fetched = stage.read(|it| it.teams = Some(policies(&[], &[0, 1, 2])));
    for (n, group) in fetched.snapshot.groups.items.iter().enumerate() {
        let members: Vec<Uuid> = (0..40).filter(|user| user % 3 == n).map(|user| uuid(&user_id(user))).collect();
        assert_eq!((group.members.status, &group.members.items), (Status::Complete, &members));
        assert_eq!(group.nested, [uuid(&group_id(n + 1000))]);
    }
    // Where it does not answer that either, nobody is taken for a user.
    let mut tenant = Tenant::new(6, 1, 0);
    tenant.typed = false;
    let no_casts = |request: &Request, tenant: &Tenant, root: &str| {
        let bad = |target: &str| target.contains("/microsoft.graph.").then(|| error(400, "BadRequest", "no casts"));
        if request.target.ends_with("/$batch") {
            return Some(tenant.batch(&request.body, root, &|_, target| bad(target)));
        }
        bad(&request.target)
    };
    let stage = self::stage(tenant, Box::new(no_casts));
    let fetched = stage.read(|it| it.teams = Some(policies(&[], &[0])));
    let group = &fetched.snapshot.groups.items[0];
    assert_eq!((group.members.status, group.members.items.len(), group.nested.len()), (Status::Missing, 0, 0));
    assert!(group.members.reason.as_ref().unwrap().detail.as_ref().unwrap().contains("no casts"));
}

#[test]
fn a_page_that_is_too_large_is_asked_for_as_the_service_likes() {
    let fault = |request: &Request, _: &Tenant, _: &str| {
        let is_large = request.target.contains("userConfigurations") && request.target.contains("$top");
        is_large.then(|| error(400, "BadRequest", "$top is too large"))
    };
    let mut tenant = Tenant::new(230, 1, 0);
    let own = json!({"policyType": "ApplicationAccessPolicy", "policyAssignment": {"displayName": "Meetings", "assignmentType": "direct"}});
    tenant.configurations = Some(BTreeMap::from([(1, own)]));
    let stage = stage(tenant, Box::new(fault));
    let fetched = stage.read(|_| {});
    let effective = &fetched.snapshot.effective;
    assert_eq!((effective.items.len(), effective.status), (230, Status::Partial));
    assert_eq!(effective.reason.as_ref().map(|reason| &*reason.kind), Some("not-read"));
    assert_eq!(stage.count("userConfigurations"), 4);
    assert!(fetched.parts.iter().all(|part| !part.failed));
}

#[test]
fn pages_without_anything_end() {
    let fault = |request: &Request, _: &Tenant, root: &str| {
        let n: usize = request.target.rsplit_once("skiptoken=").map_or(0, |(_, n)| n.parse().unwrap());
        let next = format!("{root}/v1.0/users?$skiptoken={}", n + 1);
        let page = || Reply::json(200, json!({"value": [], "@odata.nextLink": next}));
        request.target.contains("/users?").then(page)
    };
    let stage = stage(Tenant::new(50, 1, 0), Box::new(fault));
    let fetched = stage.read(|_| {});
    assert_eq!(fetched.snapshot.users.status, Status::Missing);
    assert!(fetched.snapshot.users.reason.unwrap().detail.unwrap().contains("pages after each other were empty"));
    assert_eq!(stage.count("/users?"), 50);
}

#[test]
fn answers_that_a_batch_lacks_are_asked_for_again() {
    let first = AtomicUsize::new(0);
    let fault = move |request: &Request, tenant: &Tenant, root: &str| {
        if !request.target.ends_with("/$batch") || first.fetch_add(1, Ordering::SeqCst) > 0 {
            return None;
        }
        let reply = tenant.batch(&request.body, root, &|_, _| None);
        let mut body: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        let responses = body["responses"].as_array_mut().unwrap();
        // One is missing, one has an id that nobody asked for, one answers twice with different things.
        responses.remove(2);
        responses[0]["id"] = json!("999");
        let mut twice = responses[1].clone();
        twice["body"] = json!({"value": [{"id": user_id(7), "@odata.type": "#microsoft.graph.user"}]});
        responses.push(twice);
        Some(Reply { body: body.to_string(), ..reply })
    };
    let stage = stage(Tenant::new(40, 8, 0), Box::new(fault));
    let groups: Vec<usize> = (0..8).collect();
    let fetched = stage.read(|it| it.teams = Some(policies(&[], &groups)));
    for (n, group) in fetched.snapshot.groups.items.iter().enumerate() {
        let expected: Vec<Uuid> = (0..40).filter(|user| user % 8 == n).map(|user| uuid(&user_id(user))).collect();
        assert_eq!((group.members.is_complete(), &group.members.items), (true, &expected));
    }
}

#[test]
fn a_service_without_batch_is_asked_one_by_one() {
    let fault = |request: &Request, _: &Tenant, _: &str| {
        request.target.ends_with("/$batch").then(|| error(405, "Request_BadRequest", "not allowed"))
    };
    let stage = stage(Tenant::new(6, 3, 2), Box::new(fault));
    let fetched = stage.read(|it| it.teams = Some(policies(&[0, 1], &[0, 1, 2])));
    assert!(fetched.snapshot.groups.items.iter().all(|group| group.members.is_complete()));
    assert_eq!(fetched.snapshot.apps.items.len(), 2);
    assert!(fetched.parts.iter().all(|part| !part.failed));
}

#[test]
fn what_is_forbidden_is_named_and_the_rest_is_there() {
    let fault = |request: &Request, tenant: &Tenant, root: &str| {
        let no = || error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");
        if request.target.ends_with("/$batch") {
            let part = |_: usize, target: &str| target.contains("/members").then(no);
            return Some(tenant.batch(&request.body, root, &part));
        }
        request.target.contains("userConfigurations").then(no)
    };
    let stage = stage(Tenant::new(12, 3, 2), Box::new(fault));
    let fetched = stage.read(|it| it.teams = Some(policies(&[0, 1], &[0, 1, 2])));
    let snapshot = &fetched.snapshot;
    all_users(snapshot, &stage.tenant);
    assert!(snapshot.apps.items.iter().all(|app| app.roles.is_some()));
    for (reason, needs) in [
        (&snapshot.groups.items[0].members.reason, "Graph permission GroupMember.ReadBasic.All"),
        (&snapshot.effective.reason, "Graph permission TeamsUserConfiguration.Read.All"),
    ] {
        let reason = reason.as_ref().unwrap();
        assert_eq!((reason.kind.as_str(), reason.needs.as_deref()), ("forbidden", Some(needs)));
        assert!(reason.detail.as_ref().unwrap().contains("Authorization_RequestDenied"));
    }
    assert_eq!(snapshot.groups.items[0].members.status, Status::Missing);
    let failed: Vec<&str> = fetched.parts.iter().filter(|it| it.failed).map(|it| it.part).collect();
    assert_eq!(failed, ["groups.members", "effective"]);
}

#[test]
fn the_budget_holds() {
    let fault = |request: &Request, _: &Tenant, _: &str| {
        request
            .target
            .contains("/users?")
            .then(|| error(429, "TooManyRequests", "slow down").header("Retry-After", "0"))
    };
    let stage = stage(Tenant::new(12, 2, 1), Box::new(fault));
    let start = Instant::now();
    let fetched = stage.read(|it| {
        it.teams = Some(policies(&[0], &[0, 1]));
        it.limits.budget = Duration::from_secs(2);
    });
    assert!(start.elapsed() < Duration::from_millis(3500), "{:?}", start.elapsed());
    assert_eq!(fetched.snapshot.users.status, Status::Missing);
    assert!(fetched.snapshot.users.reason.is_some());
    assert!(stage.count("/users?") < 150, "{}", stage.count("/users?"));
    assert!(fetched.snapshot.groups.items.iter().all(|group| group.members.is_complete()));

    // Waiting that cannot end in time is not begun.
    let long = |request: &Request, _: &Tenant, _: &str| {
        request
            .target
            .contains("/users?")
            .then(|| error(429, "TooManyRequests", "slow down").header("Retry-After", "3600"))
    };
    let stage = self::stage(Tenant::new(12, 2, 1), Box::new(long));
    let start = Instant::now();
    let fetched = stage.read(|it| it.limits.budget = Duration::from_secs(30));
    assert!(start.elapsed() < Duration::from_secs(5));
    let reason = fetched.snapshot.users.reason.unwrap();
    assert!(reason.detail.unwrap().contains("would exceed the time budget of 30 s"));
}

#[test]
fn times_are_the_services() {
    let ahead = jiff::SignedDuration::from_hours(3);
    let first = AtomicUsize::new(0);
    let fault = move |request: &Request, tenant: &Tenant, root: &str| {
        let now = jiff::Timestamp::now() + ahead;
        let date = |at: jiff::Timestamp| at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let reply = match first.fetch_add(1, Ordering::SeqCst) {
            0 => error(429, "TooManyRequests", "slow down")
                .header("Retry-After", date(now + jiff::SignedDuration::from_secs(2))),
            _ => tenant.answer(request, root),
        };
        Some(reply.header("Date", date(now)))
    };
    let stage = stage(Tenant::new(12, 1, 0), Box::new(fault));
    let start = Instant::now();
    let fetched = stage.read(|_| {});
    // By this machine's clock the date is hours away; by the service's two seconds.
    assert!((1..20).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    let skew = fetched.skew.unwrap().as_secs();
    assert!((10_795..10_805).contains(&skew), "{skew}");
    let read_at = fetched.snapshot.users.read_at.unwrap();
    let off = read_at.duration_since(jiff::Timestamp::now() + ahead).as_secs().abs();
    assert!(off < 20, "{off}");
    assert!(fetched.snapshot.taken_at.unwrap() >= read_at);
}

#[test]
fn a_refused_token_ends_the_run() {
    let stage = fair(Tenant::new(12, 2, 1));
    let error = stage
        .fetch(|it| {
            it.sign_in = Secret::token("wrong-token", "test").unwrap().into();
            it.teams = Some(policies(&[0], &[0, 1]));
        })
        .unwrap_err();
    assert!(
        matches!(&error, FetchError::Refused { message } if message.contains("InvalidAuthenticationToken")),
        "{error:?}"
    );
    assert!(!format!("{error} {error:?}").contains("wrong-token"));
    assert!(stage.server.requests().len() <= 4);
}

#[test]
fn nothing_there_is_an_error_and_soon() {
    let stage = fair(Tenant::new(1, 1, 0));
    let start = Instant::now();
    let result = stage.fetch(|it| it.roots = Roots::from_toml("graph = \"http://127.0.0.1:1\"", "c").unwrap());
    assert!(matches!(result, Err(FetchError::Unreachable { .. })), "{result:?}");
    assert!(start.elapsed() < Duration::from_secs(10));
}

/// An answer that came by halves, or through somebody's hands, is no list.
#[test]
fn a_success_of_another_kind_is_no_answer() {
    for status in [202, 203, 204, 206] {
        let odd = move |request: &Request, _: &Tenant, _: &str| {
            request.target.starts_with("/v1.0/users?").then(|| Reply::json(status, "{\"value\":[]}"))
        };
        let fetched = stage(Tenant::new(5, 0, 0), Box::new(odd)).read(|_| {});
        let users = &fetched.snapshot.users;
        assert_eq!((users.status, users.items.len()), (Status::Missing, 0), "{status}");
        let reason = users.reason.as_ref().unwrap();
        assert_eq!(reason.kind, "failed");
        assert!(reason.detail.as_deref().is_some_and(|it| it.contains(&status.to_string())), "{reason:?}");
    }
}
