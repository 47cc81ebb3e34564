//! The seam for others who need a token: one sign-in, several audiences.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU32;

use graphwhy::tenant::fetch::signin::{Audience, Method, SignInError, Source, Variables};
use graphwhy::tenant::fetch::{Roots, Secret};

use super::*;

const TEAMS: &str = "48ac35b8-9aa8-4d74-927d-1f4a14a0b239/.default";

static SHOWN: AtomicU32 = AtomicU32::new(0);

fn source(stage: &Stage, method: Method, set: &[(&str, &str)], ready: BTreeMap<Audience, Secret>) -> Source {
    let roots = format!("graph = \"{0}/v1.0\"\nlogin = \"{0}/login/\"", stage.server.root());
    let variables: Variables = set.iter().copied().collect();
    Source::choose(method, &Roots::from_toml(&roots, "cloud").unwrap(), None, &variables, ready, |_| {
        SHOWN.fetch_add(1, Ordering::SeqCst);
    })
    .unwrap()
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[test]
fn each_has_its_own_token() {
    let stage = Stage::fair();
    let source = source(&stage, Method::Auto, &app(&[("AZURE_CLIENT_SECRET", SECRET)]), BTreeMap::new());
    wait(async {
        for audience in [Audience::Graph, Audience::TeamsAdmin, Audience::Graph, Audience::TeamsAdmin] {
            source.token(audience).await.unwrap();
        }
    });
    let scopes: Vec<String> = stage.forms().iter().map(|(_, form)| form["scope"].clone()).collect();
    assert_eq!(scopes, [format!("{}/.default", stage.server.root()), TEAMS.to_owned()]);
    let shown = format!("{source:?}");
    assert!(!shown.contains(SECRET) && !shown.contains("eyJ"), "{shown}");
}

#[test]
fn many_reads_wait_for_one_sign_in() {
    let stage = Stage::new(1, Duration::ZERO, |_, _, _, _| {
        std::thread::sleep(Duration::from_millis(100));
        None
    });
    let source = source(&stage, Method::Auto, &app(&[("AZURE_CLIENT_SECRET", SECRET)]), BTreeMap::new());
    wait(futures_util::future::join_all((0..8).map(|_| source.token(Audience::Graph))))
        .into_iter()
        .for_each(|token| drop(token.unwrap()));
    assert_eq!(stage.forms().len(), 1);
}

#[test]
fn a_person_signs_in_once_for_all_of_them() {
    let stage = device(json!({}), |desk, _| {
        let token = desk.issue(TENANT, Duration::from_secs(60));
        Reply::json(200, json!({"expires_in": "60", "access_token": token, "refresh_token": "made-up-refresh-token"}))
    });
    let source = source(&stage, Method::DeviceCode, &app(&[]), BTreeMap::new());
    wait(async {
        source.token(Audience::Graph).await.unwrap();
        source.token(Audience::TeamsAdmin).await.unwrap();
    });
    assert_eq!(SHOWN.load(Ordering::SeqCst), 1);
    let last = stage.forms().pop().unwrap().1;
    assert_eq!(
        (last["grant_type"].as_str(), last["refresh_token"].as_str()),
        ("refresh_token", "made-up-refresh-token")
    );
    assert_eq!(last["scope"], format!("{TEAMS} offline_access"));
}

#[test]
fn a_ready_token_is_for_its_audience_only() {
    let stage = Stage::fair();
    let ready = |audience| BTreeMap::from([(audience, Secret::token("made-up", "test").unwrap())]);
    let graph = source(&stage, Method::Token, &[], ready(Audience::Graph));
    wait(async {
        graph.token(Audience::Graph).await.unwrap();
        let error = graph.token(Audience::TeamsAdmin).await.unwrap_err();
        let help = error.help().contains("GRAPHWHY_TEAMS_TOKEN");
        assert!(matches!(error, SignInError::Contradiction { .. }) && help, "{error}");
        // Nobody renews it.
        assert!(!graph.renew(Audience::Graph, &Secret::new("made-up")).await.unwrap());
    });
    // And goes along with a sign-in for the other.
    let both = source(&stage, Method::Auto, &app(&[("AZURE_CLIENT_SECRET", SECRET)]), ready(Audience::TeamsAdmin));
    wait(async {
        both.token(Audience::TeamsAdmin).await.unwrap();
        assert_eq!(stage.forms().len(), 0);
        both.token(Audience::Graph).await.unwrap();
        assert_eq!(stage.forms().len(), 1);
    });
}
