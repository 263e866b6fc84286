//! What was there before the program came. `tests/fs.rs` (`populate`) makes it:
//!
//! ```text
//! hello.txt          "hello, world\n"
//! empty              nothing
//! big                100,000 bytes, `pattern`
//! deep/              a/b/c/leaf "leaf", a/b/side "side", a/top "top"
//! many/              000 to 199, each its own number
//! hollow/            nothing
//! link               -> hello.txt
//! deep/up            -> ../hello.txt
//! into               -> deep/a
//! dangling           -> nope
//! loop               -> loop
//! naïve 名前          "named"
//! ```

use crate::facts;
use crate::help::*;
use crate::wasi::filesystem::types::{Datetime, Descriptor, DescriptorType, NewTimestamp};

facts![
    everything_is_there,
    files_are_read,
    files_are_read_through_streams,
    links_are_followed,
    sizes_and_types_are_told,
    identity_is_that_of_the_object,
    a_file_is_overwritten_in_the_middle,
    a_file_is_overwritten_through_a_link,
    a_descriptor_opened_before_sees_the_change,
    a_stream_opened_before_sees_the_change,
    a_file_is_appended_to,
    a_file_is_appended_to_through_a_stream,
    a_file_is_cut_and_grows_again,
    a_file_is_truncated_by_opening,
    a_file_is_written_far_out,
    a_file_is_renamed_and_then_changed,
    a_file_is_changed_and_then_renamed,
    a_file_is_replaced,
    a_file_is_removed,
    a_removed_file_is_made_again,
    a_removed_file_lives_on_for_who_has_it_open,
    a_removed_directory_made_again_is_empty,
    a_directory_is_renamed_with_all_in_it,
    a_renamed_directory_leaves_its_name_free,
    an_open_directory_goes_on_when_it_is_renamed,
    a_directory_is_not_removed_while_it_is_full,
    a_full_directory_is_not_replaced,
    an_empty_directory_is_replaced,
    a_listing_mixes_old_and_new,
    a_listing_is_sane_while_entries_go,
    a_large_directory_is_emptied,
    a_hard_link_to_a_file_shares_its_bytes,
    a_link_is_removed_and_made_a_file,
    a_new_link_leads_to_an_old_file,
    times_are_set_and_bytes_stay,
    a_file_is_spliced_into_a_new_one,
    a_tree_is_removed,
    a_file_moves_into_a_new_directory_and_back,
    exclusive_creation_sees_what_is_there,
    a_name_outside_ascii_is_changed,
];

const ALL: [&str; 11] =
    ["big", "dangling", "deep", "empty", "hello.txt", "hollow", "into", "link", "loop", "many", "naïve 名前"];
const HELLO: &[u8] = b"hello, world\n";

fn everything_is_there(work: &Descriptor) {
    assert_eq!(work.names(), ALL);
    assert_eq!(work.open("deep").unwrap().names(), ["a", "up"]);
    assert_eq!(work.open("deep/a").unwrap().names(), ["b", "top"]);
    assert_eq!(work.open("deep/a/b/c").unwrap().names(), ["leaf"]);
    assert_eq!(work.open("many").unwrap().names(), (0..200).map(|at| format!("{at:03}")).collect::<Vec<_>>());
    assert_eq!(work.open("hollow").unwrap().names(), [""; 0]);
}

fn files_are_read(work: &Descriptor) {
    assert_eq!(work.content("hello.txt"), HELLO);
    assert_eq!(work.content("empty"), b"");
    assert_eq!(work.content("deep/a/b/c/leaf"), b"leaf");
    assert_eq!(work.content("naïve 名前"), b"named");
    let big = work.open("big").unwrap();
    assert!(big.bytes() == pattern(100_000));
    assert!(big.part(77_777, 10_000) == pattern(100_000)[77_777..87_777]);
    assert_eq!(big.read(10, 100_000).unwrap(), (vec![], true));
    for at in 0..200 {
        assert_eq!(work.content(&format!("many/{at:03}")), at.to_string().as_bytes());
    }
}

fn files_are_read_through_streams(work: &Descriptor) {
    let big = work.open("big").unwrap();
    assert!(big.read_via_stream(0).unwrap().drain() == pattern(100_000));
    assert!(big.read_via_stream(99_000).unwrap().drain() == pattern(100_000)[99_000..]);
    assert_eq!(work.open("hello.txt").unwrap().read_via_stream(7).unwrap().drain(), b"world\n");
    assert!(is_closed(work.open("empty").unwrap().read_via_stream(0).unwrap().blocking_read(1)));
    std::fs::read_to_string("/work/deep/up").unwrap();
}

fn links_are_followed(work: &Descriptor) {
    assert_eq!(work.content("link"), HELLO);
    assert_eq!(work.content("deep/up"), HELLO);
    assert_eq!(work.content("into/b/c/leaf"), b"leaf");
    assert_eq!(work.content("into/../up"), HELLO);
    for (path, target) in
        [("link", "hello.txt"), ("deep/up", "../hello.txt"), ("into", "deep/a"), ("dangling", "nope"), ("loop", "loop")]
    {
        assert_eq!(work.readlink_at(path).unwrap(), target);
        assert_eq!(work.stat_at(NO_FOLLOW, path).unwrap().size, target.len() as u64);
    }
    fails(work.open("dangling"), E::NoEntry);
    fails(work.open("loop"), E::Loop);
    fails(work.open_at(NO_FOLLOW, "link", NONE, READ), E::Loop);
    fails(work.open("deep").unwrap().open("up"), E::NotPermitted);
}

fn sizes_and_types_are_told(work: &Descriptor) {
    let stat = work.stat_at(NO_FOLLOW, "big").unwrap();
    assert_eq!((stat.type_, stat.size, stat.link_count), (DescriptorType::RegularFile, 100_000, 1));
    assert!(stat.data_modification_timestamp.unwrap().seconds > 0);
    for entry in work.entries() {
        let expected = match &*entry.name {
            "deep" | "many" | "hollow" => DescriptorType::Directory,
            "link" | "into" | "dangling" | "loop" => DescriptorType::SymbolicLink,
            _ => DescriptorType::RegularFile,
        };
        assert_eq!((entry.type_, work.kind(&entry.name)), (expected, expected), "{}", entry.name);
    }
}

fn identity_is_that_of_the_object(work: &Descriptor) {
    let hello = work.open("hello.txt").unwrap();
    assert!(work.open("link").unwrap().is_same_object(&hello));
    assert!(!work.open("empty").unwrap().is_same_object(&hello));
    assert!(work.open("into").unwrap().is_same_object(&work.open("deep/a").unwrap()));
    assert_eq!(hello.metadata_hash().unwrap(), work.metadata_hash_at(FOLLOW, "deep/up").unwrap());
    assert_ne!(hello.metadata_hash().unwrap(), work.metadata_hash_at(FOLLOW, "empty").unwrap());
    // It is the same object when it is written to for the first time.
    work.file("hello.txt").fill(b"H", 0);
    assert!(work.open("hello.txt").unwrap().is_same_object(&hello));
}

fn a_file_is_overwritten_in_the_middle(work: &Descriptor) {
    let mut expected = pattern(100_000);
    let big = work.file("big");
    for (at, text) in [(0, "start"), (50_000, "middle"), (8_190, "edge"), (99_997, "end")] {
        big.fill(text.as_bytes(), at as u64);
        expected[at..at + text.len()].copy_from_slice(text.as_bytes());
    }
    assert!(big.bytes() == expected);
    assert!(work.content("big") == expected);
}

fn a_file_is_overwritten_through_a_link(work: &Descriptor) {
    work.open_at(FOLLOW, "link", NONE, BOTH).unwrap().fill(b"J", 0);
    assert_eq!(work.content("hello.txt"), b"jello, world\n".map(|byte| if byte == b'j' { b'J' } else { byte }));
    work.put("deep/up", b"short");
    assert_eq!(work.content("hello.txt"), b"short");
    assert_eq!(work.kind("link"), DescriptorType::SymbolicLink);
}

fn a_descriptor_opened_before_sees_the_change(work: &Descriptor) {
    let before = work.open("hello.txt").unwrap();
    assert_eq!(before.part(0, 5), b"hello");
    work.file("hello.txt").fill(b"HELLO", 0);
    assert_eq!(before.bytes(), b"HELLO, world\n");
    work.file("hello.txt").set_size(2).unwrap();
    assert_eq!((before.size(), before.bytes()), (2, b"HE".to_vec()));
}

fn a_stream_opened_before_sees_the_change(work: &Descriptor) {
    let stream = work.open("hello.txt").unwrap().read_via_stream(0).unwrap();
    assert_eq!(stream.blocking_read(2).unwrap(), b"he");
    work.file("hello.txt").fill(b"WORLD", 7);
    assert_eq!(stream.drain(), b"llo, WORLD\n");
}

fn a_file_is_appended_to(work: &Descriptor) {
    let file = work.file("big");
    file.fill(b"tail", 100_000);
    assert_eq!((file.size(), file.part(99_999, 10)), (100_004, [&pattern(100_000)[99_999..], b"tail"].concat()));
}

fn a_file_is_appended_to_through_a_stream(work: &Descriptor) {
    let file = work.file("hello.txt");
    let into = file.append_via_stream().unwrap();
    into.send(b"again\n").unwrap();
    work.file("hello.txt").append_via_stream().unwrap().send(b"and again\n").unwrap();
    assert_eq!(work.content("hello.txt"), b"hello, world\nagain\nand again\n");
}

fn a_file_is_cut_and_grows_again(work: &Descriptor) {
    let file = work.file("big");
    file.set_size(10_000).unwrap();
    file.set_size(100_000).unwrap();
    let bytes = file.bytes();
    assert!(bytes[..10_000] == pattern(10_000) && bytes[10_000..] == [0; 90_000]);
    let hello = work.file("hello.txt");
    hello.set_size(5).unwrap();
    hello.fill(b"!", 7);
    assert_eq!(work.content("hello.txt"), b"hello\0\0!");
}

fn a_file_is_truncated_by_opening(work: &Descriptor) {
    let before = work.open("big").unwrap();
    work.open_at(FOLLOW, "big", TRUNCATE, WRITE).unwrap().fill(b"new", 1);
    assert_eq!(before.bytes(), b"\0new");
    std::fs::write("/work/hello.txt", "rewritten").unwrap();
    assert_eq!(work.content("hello.txt"), b"rewritten");
}

fn a_file_is_written_far_out(work: &Descriptor) {
    let file = work.file("hello.txt");
    file.fill(b"far", 5 << 30);
    assert_eq!(file.size(), (5 << 30) + 3);
    assert_eq!(file.part(0, 15), b"hello, world\n\0\0");
    assert_eq!(file.part((5 << 30) - 1, 10), b"\0far");
}

fn a_file_is_renamed_and_then_changed(work: &Descriptor) {
    work.rename("hello.txt", "deep/moved").unwrap();
    fails(work.open("hello.txt"), E::NoEntry);
    fails(work.open("link"), E::NoEntry);
    assert_eq!(work.content("deep/moved"), HELLO);
    work.file("deep/moved").fill(b"H", 0);
    assert_eq!(work.content("deep/moved"), b"Hello, world\n");
    assert!(!work.names().contains(&"hello.txt".to_owned()));
}

fn a_file_is_changed_and_then_renamed(work: &Descriptor) {
    let file = work.file("big");
    file.fill(b"changed", 50_000);
    work.rename("big", "hollow/large").unwrap();
    assert_eq!(work.open("hollow/large").unwrap().part(50_000, 7), b"changed");
    file.fill(b"again", 60_000);
    assert_eq!(work.open("hollow/large").unwrap().part(60_000, 5), b"again");
}

fn a_file_is_replaced(work: &Descriptor) {
    let old = work.open("hello.txt").unwrap();
    work.put("new", b"new");
    work.rename("new", "hello.txt").unwrap();
    work.rename("empty", "big").unwrap();
    assert_eq!((work.content("link"), old.bytes(), work.content("big")), (b"new".to_vec(), HELLO.to_vec(), vec![]));
    assert!(!work.has("empty") && !work.has("new"));
}

fn a_file_is_removed(work: &Descriptor) {
    work.unlink_file_at("hello.txt").unwrap();
    work.unlink_file_at("deep/a/b/c/leaf").unwrap();
    fails(work.unlink_file_at("hello.txt"), E::NoEntry);
    fails(work.stat_at(NO_FOLLOW, "hello.txt"), E::NoEntry);
    fails(work.open("link"), E::NoEntry);
    assert_eq!(work.names().len(), ALL.len() - 1);
    work.remove_directory_at("deep/a/b/c").unwrap();
    assert_eq!(work.open("into/b").unwrap().names(), ["side"]);
}

fn a_removed_file_is_made_again(work: &Descriptor) {
    work.unlink_file_at("hello.txt").unwrap();
    let new = work.open_at(FOLLOW, "hello.txt", EXCLUSIVE, BOTH).unwrap();
    assert_eq!((new.size(), new.bytes()), (0, vec![]));
    new.fill(b"x", 3);
    assert_eq!(work.content("link"), b"\0\0\0x");
    assert_eq!(work.names(), ALL);
    work.unlink_file_at("hello.txt").unwrap();
    work.create_directory_at("hello.txt").unwrap();
    assert_eq!(work.kind("hello.txt"), DescriptorType::Directory);
}

fn a_removed_file_lives_on_for_who_has_it_open(work: &Descriptor) {
    let (read, write) = (work.open("hello.txt").unwrap(), work.file("hello.txt"));
    work.unlink_file_at("hello.txt").unwrap();
    assert_eq!((read.bytes(), read.stat().unwrap().link_count), (HELLO.to_vec(), 0));
    write.fill(b"HELLO", 0);
    assert_eq!(read.bytes(), b"HELLO, world\n");
    work.put("hello.txt", b"another");
    assert_eq!(read.bytes(), b"HELLO, world\n");
}

fn a_removed_directory_made_again_is_empty(work: &Descriptor) {
    for path in ["deep/a/b/c/leaf", "deep/a/b/side", "deep/a/top", "deep/up"] {
        work.unlink_file_at(path).unwrap();
    }
    for path in ["deep/a/b/c", "deep/a/b", "deep/a", "deep"] {
        work.remove_directory_at(path).unwrap();
    }
    let new = work.dir("deep");
    assert_eq!(new.names(), [""; 0]);
    new.create_directory_at("a").unwrap();
    fails(work.open("deep/a/top"), E::NoEntry);
    assert_eq!(work.open("into").unwrap().names(), [""; 0]);
    work.remove_directory_at("hollow").unwrap();
    work.rename("deep", "hollow").unwrap();
    assert_eq!(work.open("hollow").unwrap().names(), ["a"]);
}

fn a_directory_is_renamed_with_all_in_it(work: &Descriptor) {
    work.rename("deep", "shallow").unwrap();
    assert_eq!(work.content("shallow/a/b/c/leaf"), b"leaf");
    assert_eq!(work.content("shallow/up"), HELLO);
    fails(work.open("deep"), E::NoEntry);
    fails(work.open("into"), E::NoEntry);
    work.file("shallow/a/top").fill(b"T", 0);
    work.rename("shallow/a", "hollow/a").unwrap();
    assert_eq!((work.content("hollow/a/top"), work.content("hollow/a/b/side")), (b"Top".to_vec(), b"side".to_vec()));
    assert_eq!(work.open("shallow").unwrap().names(), ["up"]);
    fails(work.rename("hollow", "hollow/a/b/x"), E::Invalid);
}

fn a_renamed_directory_leaves_its_name_free(work: &Descriptor) {
    work.rename("deep", "moved").unwrap();
    work.dir("deep").put("a", b"a file now");
    assert_eq!(work.open("deep").unwrap().names(), ["a"]);
    assert_eq!(work.content("into"), b"a file now");
    assert_eq!(work.content("moved/a/b/c/leaf"), b"leaf");
    work.unlink_file_at("deep/a").unwrap();
    work.remove_directory_at("deep").unwrap();
    work.rename("moved", "deep").unwrap();
    assert_eq!(work.content("into/b/c/leaf"), b"leaf");
}

fn an_open_directory_goes_on_when_it_is_renamed(work: &Descriptor) {
    let dir = work.open_at(FOLLOW, "deep/a", DIRECTORY, CHANGE).unwrap();
    work.rename("deep", "hollow/deep").unwrap();
    assert_eq!(dir.content("b/c/leaf"), b"leaf");
    dir.put("new", b"x");
    dir.unlink_file_at("top").unwrap();
    assert_eq!(work.open("hollow/deep/a").unwrap().names(), ["b", "new"]);
}

fn a_directory_is_not_removed_while_it_is_full(work: &Descriptor) {
    fails_with_any(work.remove_directory_at("deep"), &[E::NotEmpty, E::Exist]);
    fails_with_any(work.remove_directory_at("many"), &[E::NotEmpty, E::Exist]);
    fails(work.remove_directory_at("into"), E::NotDirectory);
    fails(work.unlink_file_at("hollow"), E::IsDirectory);
    let hollow = work.open_at(FOLLOW, "hollow", DIRECTORY, CHANGE).unwrap();
    work.remove_directory_at("hollow").unwrap();
    fails(hollow.create_directory_at("x"), E::NoEntry);
    assert!(!work.has("hollow"));
}

fn a_full_directory_is_not_replaced(work: &Descriptor) {
    fails_with_any(work.rename("hollow", "many"), &[E::NotEmpty, E::Exist]);
    fails(work.rename("hello.txt", "hollow"), E::IsDirectory);
    fails(work.rename("hollow", "hello.txt"), E::NotDirectory);
    assert_eq!(work.names(), ALL);
}

fn an_empty_directory_is_replaced(work: &Descriptor) {
    work.rename("many", "hollow").unwrap();
    assert_eq!(work.content("hollow/123"), b"123");
    assert_eq!(work.open("hollow").unwrap().names().len(), 200);
    assert!(!work.has("many"));
}

fn a_listing_mixes_old_and_new(work: &Descriptor) {
    let many = work.open_at(FOLLOW, "many", DIRECTORY, CHANGE).unwrap();
    let mut expected: Vec<String> = (0..200).map(|at| format!("{at:03}")).collect();
    for at in (0..200).step_by(3) {
        many.unlink_file_at(&format!("{at:03}")).unwrap();
    }
    for at in (0..200).step_by(6) {
        many.put(&format!("{at:03}"), b"again");
    }
    for at in (1..200).step_by(3) {
        many.rename(&format!("{at:03}"), &format!("new{at:03}")).unwrap();
    }
    expected.retain(|name| match name.parse::<usize>().unwrap() {
        at if at % 3 == 0 => at % 6 == 0,
        at => at % 3 == 2,
    });
    expected.extend((1..200).step_by(3).map(|at| format!("new{at:03}")));
    expected.sort();
    assert_eq!(many.names(), expected);
    assert_eq!((many.content("006"), many.content("new007")), (b"again".to_vec(), b"7".to_vec()));
}

fn a_listing_is_sane_while_entries_go(work: &Descriptor) {
    let many = work.open_at(FOLLOW, "many", DIRECTORY, CHANGE).unwrap();
    let stream = many.read_directory().unwrap();
    let mut listed = vec![stream.read_directory_entry().unwrap().unwrap().name];
    for at in (0..200).step_by(2) {
        many.unlink_file_at(&format!("{at:03}")).unwrap();
        many.put(&format!("new{at}"), b"x");
    }
    while let Some(entry) = stream.read_directory_entry().unwrap() {
        listed.push(entry.name);
    }
    for at in (1..200).step_by(2) {
        assert_eq!(listed.iter().filter(|name| **name == format!("{at:03}")).count(), 1, "{at}");
    }
}

fn a_large_directory_is_emptied(work: &Descriptor) {
    let many = work.open_at(FOLLOW, "many", DIRECTORY, CHANGE).unwrap();
    let stream = many.read_directory().unwrap();
    while let Some(entry) = stream.read_directory_entry().unwrap() {
        many.unlink_file_at(&entry.name).unwrap();
    }
    assert_eq!(many.names(), [""; 0]);
    work.remove_directory_at("many").unwrap();
    assert!(!work.has("many"));
}

fn a_hard_link_to_a_file_shares_its_bytes(work: &Descriptor) {
    work.link("hello.txt", "hollow/same").unwrap();
    assert_eq!((work.link_count("hello.txt"), work.link_count("hollow/same")), (2, 2));
    work.file("hollow/same").fill(b"H", 0);
    assert_eq!(work.content("hello.txt"), b"Hello, world\n");
    assert!(work.open("hello.txt").unwrap().is_same_object(&work.open("hollow/same").unwrap()));
    work.unlink_file_at("hello.txt").unwrap();
    assert_eq!((work.content("hollow/same"), work.link_count("hollow/same")), (b"Hello, world\n".to_vec(), 1));
    fails(work.link("deep", "other"), E::NotPermitted);
}

fn a_link_is_removed_and_made_a_file(work: &Descriptor) {
    work.unlink_file_at("link").unwrap();
    work.put("link", b"a file");
    assert_eq!((work.content("link"), work.content("hello.txt")), (b"a file".to_vec(), HELLO.to_vec()));
    work.rename("dangling", "deep/dangling").unwrap();
    assert_eq!(work.readlink_at("deep/dangling").unwrap(), "nope");
    work.put("deep/nope", b"found");
    assert_eq!(work.content("deep/dangling"), b"found");
}

fn a_new_link_leads_to_an_old_file(work: &Descriptor) {
    work.symlink_at("deep/a/b", "short").unwrap();
    assert_eq!(work.content("short/c/leaf"), b"leaf");
    work.put("dangling", b"made through a link");
    assert_eq!(work.content("nope"), b"made through a link");
    fails(work.symlink_at("x", "hello.txt"), E::Exist);
    work.unlink_file_at("loop").unwrap();
    work.symlink_at("into/top", "loop").unwrap();
    assert_eq!(work.content("loop"), b"top");
}

fn times_are_set_and_bytes_stay(work: &Descriptor) {
    let time = Datetime { seconds: 1_000_000_000, nanoseconds: 0 };
    let set = NewTimestamp::Timestamp(time);
    let modified = |flags, path| work.stat_at(flags, path).unwrap().data_modification_timestamp.unwrap();
    for path in ["hello.txt", "deep", "deep/a/b/c/leaf"] {
        work.set_times_at(FOLLOW, path, NewTimestamp::NoChange, set).unwrap();
        assert_eq!(modified(FOLLOW, path), time, "{path}");
    }
    work.set_times_at(NO_FOLLOW, "link", set, set).unwrap();
    work.open("empty").unwrap().set_times(set, set).unwrap();
    assert_eq!((modified(NO_FOLLOW, "link"), modified(FOLLOW, "empty")), (time, time));
    assert_eq!((work.content("hello.txt"), work.content("deep/a/b/c/leaf")), (HELLO.to_vec(), b"leaf".to_vec()));
}

fn a_file_is_spliced_into_a_new_one(work: &Descriptor) {
    let from = work.open("big").unwrap().read_via_stream(0).unwrap();
    let to = work.put("copy", b"");
    let into = to.write_via_stream(0).unwrap();
    while into.blocking_splice(&from, 30_000).is_ok() {}
    assert!(to.bytes() == pattern(100_000));
    std::fs::copy("/work/hello.txt", "/work/hello.copy").unwrap();
    assert_eq!(work.content("hello.copy"), HELLO);
}

fn a_tree_is_removed(work: &Descriptor) {
    for path in ["/work/deep", "/work/many", "/work/hollow"] {
        std::fs::remove_dir_all(path).unwrap();
    }
    for path in ["big", "empty", "hello.txt", "link", "into", "dangling", "loop", "naïve 名前"] {
        work.unlink_file_at(path).unwrap();
    }
    assert_eq!(work.names(), [""; 0]);
    std::fs::create_dir_all("/work/deep/a/b").unwrap();
    assert_eq!(work.open("deep/a").unwrap().names(), ["b"]);
}

fn a_file_moves_into_a_new_directory_and_back(work: &Descriptor) {
    work.dir("new").create_directory_at("sub").unwrap();
    work.rename("hello.txt", "new/sub/hello").unwrap();
    work.rename("deep/a", "new/a").unwrap();
    assert_eq!((work.content("new/sub/hello"), work.content("new/a/top")), (HELLO.to_vec(), b"top".to_vec()));
    work.rename("new/sub/hello", "hello.txt").unwrap();
    work.rename("new/a", "deep/a").unwrap();
    assert_eq!((work.content("link"), work.content("into/b/side")), (HELLO.to_vec(), b"side".to_vec()));
    work.remove_directory_at("new/sub").unwrap();
    work.remove_directory_at("new").unwrap();
    assert_eq!(work.names(), ALL);
}

fn exclusive_creation_sees_what_is_there(work: &Descriptor) {
    for path in ["hello.txt", "deep", "link", "dangling", "many/000", "into/top"] {
        fails(work.open_at(FOLLOW, path, EXCLUSIVE, BOTH), E::Exist);
        fails(work.create_directory_at(path), E::Exist);
    }
    work.open_at(FOLLOW, "many/new", EXCLUSIVE, BOTH).unwrap();
    fails(work.open_at(FOLLOW, "many/new", EXCLUSIVE, BOTH), E::Exist);
    fails(work.create_directory_at("hello.txt/x"), E::NotDirectory);
}

fn a_name_outside_ascii_is_changed(work: &Descriptor) {
    work.file("naïve 名前").fill(b"N", 0);
    work.rename("naïve 名前", "deep/名前").unwrap();
    assert_eq!(work.content("deep/名前"), b"Named");
    assert!(work.open("deep").unwrap().names().contains(&"名前".to_owned()));
}
