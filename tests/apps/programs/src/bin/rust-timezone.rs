//! Prints the time zone of now and of 1970, and what the clock said.

wit_bindgen::generate!({
    inline: "
        package test:timezone;
        world timezone {
            import wasi:clocks/wall-clock@0.2.12;
            @unstable(feature = clocks-timezone)
            import wasi:clocks/timezone@0.2.12;
        }
    ",
    path: ["../../../wit/deps/io.wit", "../../../wit/deps/clocks.wit"],
    features: ["clocks-timezone"],
    generate_all,
});

use wasi::clocks::timezone::{display, utc_offset};
use wasi::clocks::wall_clock::{Datetime, now};

fn main() {
    for (name, when) in [("now", now()), ("1970", Datetime { seconds: 0, nanoseconds: 0 })] {
        println!("{name} is {}.{:09}", when.seconds, when.nanoseconds);
        println!("{name} offset {}", utc_offset(when));
        println!("{name} display {:?}", display(when));
    }
}
