//! Calls what is denied, and asserts that each function says no in its own way. With an argument, calls what cannot.

wit_bindgen::generate!({
    world: "test:things/refused",
    path: ["../../../wit/deps/io.wit", "../../../wit/deps/clocks.wit", "../../../wit/deps/random.wit",
        "../../../wit/deps/filesystem.wit", "../../../wit/deps/sockets.wit", "../../../wit/deps/cli.wit", "wit"],
    generate_all,
});

use test::things::refusals::{self as it, Cased, Listed, Marks, Thing, Worded};

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("number") => println!("{}", it::number()),
        Some("act") => it::act(),
        Some("free") => println!("{}", free_count(&["x".to_string()])),
        _ => refusals(),
    }
}

fn refusals() {
    assert_eq!(it::listed_error().unwrap_err(), Listed::AccessDenied);
    assert!(matches!(it::cased_error(), Err(Cased::NotPermitted)));
    assert!(matches!(it::worded_error(), Err(Worded::Upstream(words)) if words == "denied"));
    let filed = it::filed_error().unwrap_err();
    assert_eq!((filed.code, filed.message.as_str()), (0, "denied"));
    assert_eq!(it::unit_error(), Err(()));
    assert_eq!(it::text_error().unwrap_err(), "denied");
    assert!(it::optional().is_none());
    assert!(it::listing().is_empty());
    assert_eq!(it::marked(), Marks::empty());
    assert!(!it::is_there());
    assert_eq!(it::count(), 0);
    assert_eq!(it::pair(), (false, vec![]));
    // A thing can be made, and does nothing.
    let thing = Thing::new("name");
    assert_eq!((thing.size(), thing.name().as_str()), (0, ""));
    assert_eq!(thing.child().child().size(), 0);
    assert_eq!(thing.rename("x").unwrap_err(), Listed::AccessDenied);
    assert_eq!(Thing::take(Thing::new("x")).unwrap_err(), Listed::AccessDenied);
    for _ in 0..2000 {
        let names = vec![vec!["a".to_string(); 10]; 10];
        let owned: Vec<_> = (0..10).map(|_| Thing::new("owned")).collect();
        let refused = it::takes_much(&names, Thing::new("own"), owned, Some(&thing), &[&thing, &thing]);
        assert_eq!(refused.unwrap_err(), Listed::AccessDenied);
    }
    println!("all refuse");
}
