//! Lends the provider what is not the host's: the call answers as if denied, and nothing is lost.

wit_bindgen::generate!({
    inline: "
        package test:lending;
        world lending {
            import test:things/things@0.1.0;
            import test:things/lending@0.1.0;
            import virt:io/buffers@0.1.0;
            import virt:io/stand-ins@0.1.0;
        }
    ",
    path: ["../../../wit", "wit"],
    generate_all,
});

use test::things::lending::{self, Lent};
use test::things::things as it;
use virt::io::buffers::{Buffer, Space};
use virt::io::stand_ins;

fn main() {
    let (ours, theirs) = (stand_ins::ready_pollable(), it::wait());
    assert!(!it::is_ready(&ours));
    assert!(!lending::all_ready(&[&theirs, &ours, &theirs]));
    assert_eq!(lending::maybe_ready(Some(&ours)), None);
    assert_eq!(lending::nested_ready(("x", &theirs, &[(1, &ours)])), []);
    assert_eq!(lending::lent_ready(&Lent::Several((1, vec![&theirs, &ours]))), []);
    // What was lent along with it is back.
    assert!(ours.ready() && theirs.ready() && it::is_ready(&theirs));
    let buffer = Buffer::new(&Space::new(u64::MAX), 0, 0);
    assert!(buffer.write(0, &[u64::from_le_bytes(*b"abc     ")], 3));
    let (input, output) = (buffer.read_via_stream(0), buffer.append_via_stream());
    assert_eq!(it::read_from(&input, 3), b"");
    assert_eq!(input.read(3).unwrap(), b"abc");
    assert_eq!(it::write_to(&output, b"def").unwrap_err(), "denied");
    output.write(b"def").unwrap();
    assert_eq!(buffer.len(), 6);
    println!("all hold");
}
