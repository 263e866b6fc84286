//! How names in paths are resolved.

use crate::facts;
use crate::help::*;
use crate::wasi::filesystem::types::{Descriptor, DescriptorType};

facts![
    a_dot_is_the_directory_itself,
    a_dot_between_names_is_nothing,
    repeated_slashes_are_one,
    dot_dot_goes_back,
    dot_dot_of_what_is_missing_is_missing,
    a_file_has_nothing_below_it,
    dot_dot_is_refused_at_the_root,
    dot_dot_is_refused_in_an_opened_directory,
    a_path_may_come_to_the_root_and_go_on,
    an_absolute_path_is_refused,
    a_path_that_leaves_and_comes_back_is_refused,
    an_empty_path_is_missing,
    a_trailing_slash_is_fine_on_a_directory,
    a_trailing_slash_needs_a_directory,
    a_trailing_slash_on_what_is_missing_is_missing,
    a_name_has_up_to_255_bytes,
    a_name_of_256_bytes_is_too_long,
    bytes_of_a_name_are_counted_and_not_characters,
    names_are_any_characters,
    case_and_composition_of_characters_matter,
    a_zero_in_a_name_is_invalid,
    what_is_below_a_missing_directory_is_missing,
];

fn a_dot_is_the_directory_itself(work: &Descriptor) {
    for path in [".", "./", "./.", "././/."] {
        assert_eq!(work.stat_at(FOLLOW, path).unwrap().type_, DescriptorType::Directory, "{path}");
        assert_eq!(work.stat_at(NO_FOLLOW, path).unwrap().type_, DescriptorType::Directory, "{path}");
        assert!(work.open(path).unwrap().is_same_object(work), "{path}");
    }
}

fn a_dot_between_names_is_nothing(work: &Descriptor) {
    work.dir("d").put("f", b"x");
    for path in ["./d/f", "d/./f", "././d/././f", "d/.//./f"] {
        assert_eq!(work.content(path), b"x", "{path}");
    }
    work.put("./d/./g", b"y");
    assert_eq!(work.content("d/g"), b"y");
}

fn repeated_slashes_are_one(work: &Descriptor) {
    work.dir("d").put("f", b"x");
    assert_eq!(work.content("d//f"), b"x");
    assert_eq!(work.content("d////f"), b"x");
    work.create_directory_at("d//e").unwrap();
    work.rename("d///f", "d//e//f").unwrap();
    assert_eq!(work.content("d/e/f"), b"x");
}

fn dot_dot_goes_back(work: &Descriptor) {
    work.dir("d").dir("e").put("f", b"low");
    work.put("f", b"high");
    for path in ["d/../f", "d/e/../../f", "d/e/.././../f", "d/../d/e/../e/../../f"] {
        assert_eq!(work.content(path), b"high", "{path}");
    }
    assert_eq!(work.content("d/e/../e/f"), b"low");
    assert!(work.open("d/..").unwrap().is_same_object(work));
    assert!(work.open("d/e/../..").unwrap().is_same_object(work));
}

fn dot_dot_of_what_is_missing_is_missing(work: &Descriptor) {
    work.put("f", b"x");
    fails(work.stat_at(FOLLOW, "nope/../f"), E::NoEntry);
    fails(work.open("nope/../f"), E::NoEntry);
    fails(work.open_at(FOLLOW, "nope/../new", CREATE, BOTH), E::NoEntry);
    fails(work.create_directory_at("nope/../new"), E::NoEntry);
    assert_eq!(work.names(), ["f"]);
}

fn a_file_has_nothing_below_it(work: &Descriptor) {
    work.put("f", b"x");
    work.put("g", b"y");
    for path in ["f/x", "f/./x", "f/../g", "f/x/y", "f//x"] {
        work.all_fail(path, "g", E::NotDirectory);
    }
    for path in ["f/.", "f/.."] {
        fails(work.stat_at(FOLLOW, path), E::NotDirectory);
        fails(work.open(path), E::NotDirectory);
        fails(work.create_directory_at(path), E::NotDirectory);
        fails(work.unlink_file_at(path), E::NotDirectory);
        fails(work.remove_directory_at(path), E::NotDirectory);
    }
    assert_eq!(work.names(), ["f", "g"]);
}

fn dot_dot_is_refused_at_the_root(work: &Descriptor) {
    work.create_directory_at("d").unwrap();
    work.put("f", b"x");
    for path in ["../x", "./../x", "d/../../x", "d/.././../x", "../work/f"] {
        work.all_fail(path, "f", E::NotPermitted);
    }
    for path in ["..", "../", "../.", "../..", "d/../.."] {
        work.all_fail(path, "f", E::NotPermitted);
    }
}

fn dot_dot_is_refused_in_an_opened_directory(work: &Descriptor) {
    let dir = work.dir("d");
    dir.put("f", b"x");
    work.put("g", b"y");
    dir.all_fail("../g", "f", E::NotPermitted);
    dir.all_fail("../d/f", "f", E::NotPermitted);
    fails(dir.open(".."), E::NotPermitted);
}

fn a_path_may_come_to_the_root_and_go_on(work: &Descriptor) {
    work.create_directory_at("d").unwrap();
    work.put("d/../f", b"x");
    assert_eq!(work.content("f"), b"x");
    work.create_directory_at("d/../e").unwrap();
    work.rename("e/../f", "d/../e/g").unwrap();
    work.link("e/../e/g", "d/../h").unwrap();
    work.unlink_file_at("d/../e/g").unwrap();
    assert_eq!(work.names(), ["d", "e", "h"]);
}

fn an_absolute_path_is_refused(work: &Descriptor) {
    work.put("f", b"x");
    for path in ["/f", "/work/f", "/work", "//f", "/./f", "/nope/x"] {
        work.all_fail(path, "f", E::NotPermitted);
    }
    work.dir("d").all_fail("/f", "f", E::NotPermitted);
}

fn a_path_that_leaves_and_comes_back_is_refused(work: &Descriptor) {
    work.dir("d").put("f", b"x");
    fails(work.open("../work/d/f"), E::NotPermitted);
    fails(work.open("d/../../work/d/f"), E::NotPermitted);
    fails(work.open("d").unwrap().open("../d/f"), E::NotPermitted);
}

fn an_empty_path_is_missing(work: &Descriptor) {
    work.put("f", b"x");
    work.all_fail("", "f", E::NoEntry);
    assert_eq!(work.names(), ["f"]);
}

fn a_trailing_slash_is_fine_on_a_directory(work: &Descriptor) {
    let dir = work.dir("d");
    for path in ["d/", "d//", "d/.", "d/./", "d/.//"] {
        assert_eq!(work.stat_at(FOLLOW, path).unwrap().type_, DescriptorType::Directory, "{path}");
        assert!(work.open(path).unwrap().is_same_object(&dir), "{path}");
        assert!(work.open_at(NO_FOLLOW, path, DIRECTORY, READ).unwrap().is_same_object(&dir), "{path}");
    }
}

fn a_trailing_slash_needs_a_directory(work: &Descriptor) {
    work.put("f", b"x");
    work.symlink_at("f", "l").unwrap();
    for path in ["f/", "f//", "l/"] {
        fails(work.stat_at(FOLLOW, path), E::NotDirectory);
        fails(work.metadata_hash_at(FOLLOW, path), E::NotDirectory);
        fails(work.open(path), E::NotDirectory);
        fails(work.unlink_file_at(path), E::NotDirectory);
        fails(work.readlink_at(path), E::NotDirectory);
    }
    assert_eq!(work.content("f"), b"x");
}

fn a_trailing_slash_on_what_is_missing_is_missing(work: &Descriptor) {
    fails(work.stat_at(FOLLOW, "nope/"), E::NoEntry);
    fails(work.open("nope/"), E::NoEntry);
    fails(work.unlink_file_at("nope/"), E::NoEntry);
    fails(work.readlink_at("nope/"), E::NoEntry);
    fails(work.rename("nope/", "new"), E::NoEntry);
    assert_eq!(work.names(), [""; 0]);
}

fn a_name_has_up_to_255_bytes(work: &Descriptor) {
    let (file, dir, link) = ("f".repeat(255), "d".repeat(255), "l".repeat(255));
    work.put(&file, b"x");
    work.dir(&dir).put(&file, b"y");
    work.symlink_at(&file, &link).unwrap();
    assert_eq!(work.names(), [&*dir, &*file, &*link]);
    assert_eq!(work.content(&link), b"x");
    assert_eq!(work.content(&format!("{dir}/{file}")), b"y");
    work.rename(&file, &"r".repeat(255)).unwrap();
}

fn a_name_of_256_bytes_is_too_long(work: &Descriptor) {
    work.dir("d").put("f", b"x");
    work.all_fail(&"n".repeat(256), "d/f", E::NameTooLong);
    work.all_fail(&format!("d/{}", "n".repeat(256)), "d/f", E::NameTooLong);
    fails(work.create_directory_at(&format!("{}/x", "n".repeat(256))), E::NameTooLong);
    assert_eq!(work.names(), ["d"]);
}

fn bytes_of_a_name_are_counted_and_not_characters(work: &Descriptor) {
    work.put(&"ü".repeat(127), b"x");
    fails(work.create_directory_at(&"ü".repeat(128)), E::NameTooLong);
    fails(work.create_directory_at(&"世".repeat(86)), E::NameTooLong);
    work.create_directory_at(&"世".repeat(85)).unwrap();
}

fn names_are_any_characters(work: &Descriptor) {
    let mut names = [
        " ",
        "a b",
        "a\nb",
        "\t",
        "\u{1}",
        "...",
        "..a",
        ".a",
        "a.",
        "-rf",
        "*",
        "a:b",
        "a\\b",
        "\"",
        "'",
        "ü",
        "世界",
        "𝄞",
        "\u{202e}",
        "\u{10ffff}",
        "con",
    ];
    for name in names {
        work.put(name, name.as_bytes());
    }
    names.sort();
    assert_eq!(work.names(), names);
    for name in names {
        assert_eq!(work.content(name), name.as_bytes());
        work.unlink_file_at(name).unwrap();
        work.dir(name).symlink_at(name, name).unwrap();
        assert_eq!(work.readlink_at(&format!("{name}/{name}")).unwrap(), name);
    }
}

fn case_and_composition_of_characters_matter(work: &Descriptor) {
    let names = ["A", "a", "e\u{301}", "\u{e9}"];
    for name in names {
        work.open_at(FOLLOW, name, EXCLUSIVE, BOTH).unwrap().fill(name.as_bytes(), 0);
    }
    assert_eq!(work.names(), names);
    assert_eq!(work.content("e\u{301}"), "e\u{301}".as_bytes());
}

fn a_zero_in_a_name_is_invalid(work: &Descriptor) {
    work.put("f", b"x");
    for path in ["f\0", "\0", "a\0b", "d/\0x"] {
        fails(work.stat_at(FOLLOW, path), E::Invalid);
        fails(work.open_at(FOLLOW, path, CREATE, BOTH), E::Invalid);
    }
    fails(work.create_directory_at("a\0b"), E::Invalid);
    fails(work.unlink_file_at("f\0"), E::Invalid);
    fails(work.symlink_at("a\0b", "l"), E::Invalid);
    assert_eq!(work.names(), ["f"]);
}

fn what_is_below_a_missing_directory_is_missing(work: &Descriptor) {
    work.put("f", b"x");
    work.all_fail("nope/x", "f", E::NoEntry);
    work.all_fail("nope/x/y", "f", E::NoEntry);
    assert_eq!(work.names(), ["f"]);
}
