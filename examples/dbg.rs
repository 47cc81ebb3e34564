fn main() {
    let catalogue = graphwhy::knowledge::Catalogue::builtin();
    for line in std::fs::read_to_string("/work/shared/corpus/errors.jsonl").unwrap().lines() {
        let v: serde_json::Value = serde_json::from_str(line).unwrap();
        let src = graphwhy::source::Source::from_text("x", v["input"].as_str().unwrap().to_owned());
        let inc = graphwhy::input::incidents(&src, &catalogue);
        println!(
            "## {} {} accept={:?}",
            v["id"],
            v["kind"],
            v["accept"].as_array().unwrap().iter().take(2).collect::<Vec<_>>()
        );
        for i in inc {
            println!(
                "   {:?} sym={:?}",
                i.span,
                i.symptoms.iter().map(|s| (s.symptom.to_string(), src.slice(s.span).to_string())).collect::<Vec<_>>()
            );
            let f = i.facts;
            println!(
                "      st={:?} code={:?} inner={:?} msg={:?} app={:?} uid={:?} user={:?} org={:?} m={:?} p={:?} op={:?} rid={:?} date={:?} tk={:?} roles={:?} mtg={:?} named={:?}",
                f.status.map(|f| f.value),
                f.code.map(|f| f.value),
                f.inner_code.map(|f| f.value),
                f.message.map(|f| f.value),
                f.app_id.map(|f| f.value),
                f.user_id.map(|f| f.value),
                f.user.map(|f| f.value),
                f.organizer_id.map(|f| f.value),
                f.method.map(|f| f.value),
                f.path.map(|f| f.value),
                f.operation.and_then(|o| o.name),
                f.request_id.map(|f| f.value),
                f.date.map(|f| f.value),
                f.token_kind.map(|f| f.value),
                f.roles.map(|f| f.value),
                f.meeting.map(|f| f.value.form),
                f.named
            );
        }
    }
}
