//! Sockets that are left to the host stay as they are, in each of the ways in `ways.rs`; under rules, what is allowed
//! does, and what is not never comes as far as the host. All peers are on loopback.

mod edges;
mod functions;
mod loopback;
mod programs;
mod script;
mod serving;
mod table;
mod ways;

use anyhow::Result;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> Result<()> {
    let mut trials = Vec::new();
    trials.extend(programs::trials());
    trials.extend(serving::trials());
    trials.extend(functions::trials());
    trials.extend(edges::trials());
    trials.extend(loopback::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn trial(name: String, check: impl FnOnce() -> Result<()> + Send + 'static) -> Trial {
    Trial::test(name, move || check().map_err(|error| Failed::from(format!("{error:?}"))))
}
