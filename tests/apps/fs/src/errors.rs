//! Failing changes nothing, and every function fails alike.

use crate::facts;
use crate::help::*;
use crate::wasi::filesystem::types::{Descriptor, NewTimestamp};

facts![
    what_fails_changes_nothing,
    what_is_missing_is_missing_to_every_function,
    what_is_there_is_there_to_every_function,
    a_stream_that_fails_says_why,
    failing_ten_thousand_times_costs_nothing,
];

fn what_fails_changes_nothing(work: &Descriptor) {
    work.dir("d").put("f", b"x");
    work.put("g", b"y");
    work.symlink_at("d", "l").unwrap();
    for path in ["g/x", "nope/x", "../x", "/x", "", "l/f/x"] {
        for (function, result) in work.each_with(path, "g") {
            assert!(result.is_err(), "{function} `{path}`");
        }
    }
    assert_eq!(work.names(), ["d", "g", "l"]);
    assert_eq!((work.content("d/f"), work.content("g")), (b"x".to_vec(), b"y".to_vec()));
    assert_eq!((work.link_count("g"), work.link_count("d/f")), (1, 1));
}

fn what_is_missing_is_missing_to_every_function(work: &Descriptor) {
    for flags in [FOLLOW, NO_FOLLOW] {
        fails(work.stat_at(flags, "nope"), E::NoEntry);
        fails(work.metadata_hash_at(flags, "nope"), E::NoEntry);
        fails(work.set_times_at(flags, "nope", NewTimestamp::Now, NewTimestamp::Now), E::NoEntry);
        fails(work.open_at(flags, "nope", NONE, READ), E::NoEntry);
    }
    fails(work.readlink_at("nope"), E::NoEntry);
    fails(work.unlink_file_at("nope"), E::NoEntry);
    fails(work.remove_directory_at("nope"), E::NoEntry);
    fails(work.rename("nope", "new"), E::NoEntry);
    fails(work.link("nope", "new"), E::NoEntry);
}

fn what_is_there_is_there_to_every_function(work: &Descriptor) {
    work.put("f", b"x");
    fails(work.create_directory_at("f"), E::Exist);
    fails(work.symlink_at("x", "f"), E::Exist);
    fails(work.link("f", "f"), E::Exist);
    fails(work.open_at(FOLLOW, "f", EXCLUSIVE, BOTH), E::Exist);
    assert_eq!((work.names(), work.link_count("f")), (vec!["f".to_owned()], 1));
}

fn a_stream_that_fails_says_why(work: &Descriptor) {
    use crate::wasi::filesystem::types::filesystem_error_code;
    use crate::wasi::io::streams::StreamError;
    let file = work.put("f", b"abc");
    let stream = file.write_via_stream(u64::MAX - 10).unwrap();
    match stream.blocking_write_and_flush(b"x") {
        Err(StreamError::LastOperationFailed(error)) => {
            assert!(!error.to_debug_string().is_empty());
            let code = filesystem_error_code(&error).unwrap();
            assert!([E::Invalid, E::FileTooLarge, E::InsufficientSpace, E::Overflow].contains(&code), "{code:?}");
        }
        other => panic!("it is {other:?}"),
    }
    // A stream that failed stays closed.
    assert!(is_closed(stream.check_write()));
    assert_eq!(file.bytes(), b"abc");
}

fn failing_ten_thousand_times_costs_nothing(work: &Descriptor) {
    let file = work.put("f", b"x");
    for _ in 0..2_000 {
        fails(work.open("nope"), E::NoEntry);
        fails(work.open_at(FOLLOW, "f", EXCLUSIVE, BOTH), E::Exist);
        fails(work.create_directory_at("f/x"), E::NotDirectory);
        fails(work.rename("f", "nope/x"), E::NoEntry);
        fails(file.read_directory(), E::NotDirectory);
    }
    assert_eq!(work.names(), ["f"]);
}
