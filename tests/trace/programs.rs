//! Real programs: what is written down is what reached the host, call by call, which wasmtime tells of itself.

use crate::host::{Call, during};
use crate::tokens::{Token, split, tokens};
use anyhow::{Context, Result, ensure};
use std::collections::HashMap;
use std::fs;
use virt_compose_tests::host::{Dir, Host, run};
use virt_compose_tests::{compose, guests};

/// A line of a trace.
struct Line<'t> {
    module: &'t str,
    /// `descriptor.read`.
    function: &'t str,
    arguments: Vec<&'t str>,
    result: Option<&'t str>,
}

impl<'t> Line<'t> {
    fn of(line: &'t str) -> Result<Self> {
        let (name, rest) = line.split_once('(').with_context(|| format!("`{line}` is no call"))?;
        let (interface, function) = name.split_once('#').with_context(|| format!("`{line}` has no interface"))?;
        let (arguments, rest) = split(rest);
        let module = interface.rsplit('/').next().unwrap_or_default();
        Ok(Self { module, function, arguments, result: rest.strip_prefix(" = ") })
    }
}

/// The name that a trace has for a function.
fn name_of(call: &Call) -> String {
    match call.function.strip_prefix("[constructor]") {
        Some(resource) => format!("{resource}.constructor"),
        None => call.function.split_once(']').map_or(&*call.function, |(_, name)| name).to_owned(),
    }
}

/// What wasmtime says of values with lists.
const UNTOLD: &str = "\"...\"";

/// The host's handles, by their numbers in the trace.
#[derive(Default)]
struct Handles(HashMap<u32, u32>);

impl Handles {
    /// Whether a value is what the host says that it is. Handles in results are new.
    fn agree(&mut self, ours: &[Token], theirs: &[Token], is_result: bool) -> bool {
        let same = |(ours, theirs): (&Token, &Token)| match (ours, theirs) {
            (Token::Handle(ours), Token::Handle(theirs)) if is_result => {
                self.0.insert(*ours, *theirs);
                true
            }
            // A list of them has come untold.
            (Token::Handle(ours), Token::Handle(theirs)) => self.0.entry(*ours).or_insert(*theirs) == theirs,
            (ours, theirs) => ours == theirs,
        };
        ours.len() == theirs.len() && ours.iter().zip(theirs).all(same)
    }

    fn forget(&mut self, dropped: &Token) {
        if let Token::Handle(number) = dropped {
            self.0.remove(number);
        }
    }

    fn check(&mut self, line: &Line, call: &Call) -> Result<()> {
        // Standard error is standard output: see below.
        let apart = |name: &str| name.replace("stderr", "stdout");
        ensure!(apart(line.module) == apart(&call.module), "another interface");
        ensure!(apart(line.function) == apart(&name_of(call)), "another function");
        ensure!(line.arguments.len() == call.arguments.len(), "another number of arguments");
        for (ours, theirs) in line.arguments.iter().zip(&call.arguments) {
            ensure!(
                theirs == UNTOLD || self.agree(&tokens(ours), &tokens(theirs), false),
                "`{ours}` is not `{theirs}`"
            );
        }
        let theirs = call.result.as_deref().unwrap_or_default();
        if theirs.starts_with("Err(Exited with") && line.result.is_none() {
            return Ok(());
        }
        let (mut ours, told) = (tokens(line.result.unwrap_or_default()), tokens(theirs));
        // Of the error inside the host says the words, and not the number.
        if theirs.contains("LastOperationFailed(") {
            ensure!(matches!(ours.pop(), Some(Token::Handle(_))), "there is an error inside");
        }
        // What can fail in the host may be what WIT has no error for.
        let is_inside = told.len() > ours.len() && told[0] == Token::Name("ok".to_owned());
        let told = if is_inside { &told[1..] } else { &told[..] };
        ensure!(theirs == UNTOLD || self.agree(&ours, told, true), "{:?} is not `{theirs}`", line.result);
        Ok(())
    }
}

/// The calls that are not those of the trace itself, which writes to a standard error of its own, before all else.
fn of_program(calls: Vec<Call>) -> Vec<Call> {
    let own = calls.first().and_then(|call| call.result.clone()).map_or_else(Vec::new, |stream| tokens(&stream));
    let own = own.into_iter().find(|token| matches!(token, Token::Handle(_)));
    let is_own = |call: &Call| {
        let first = call.arguments.first().and_then(|argument| tokens(argument).into_iter().next());
        call.module == "streams" && first == own
    };
    calls.into_iter().skip(1).filter(|call| !is_own(call)).collect()
}

/// Runs a program with all that it calls written down, and compares.
#[track_caller]
fn agrees(guest: &str, args: &[&str], mut host: Host, at_least: usize) -> Result<()> {
    let app = guests::load(guest)?;
    let folder = tempfile::tempdir()?;
    for name in ["tmp", "data", "work"] {
        fs::create_dir(folder.path().join(name))?;
    }
    host.dirs.push(Dir { guest: "/".to_owned(), path: folder.path().to_owned(), read_only: false });
    host.args = args.iter().map(|arg| (*arg).to_owned()).collect();
    // What the program writes to standard error itself would stand between.
    let apart = ["--with=stdio", "--stdio=allow", "--stderr=stdout", "--trace"];
    let traced = compose(&app, &apart).or_else(|_| compose(&app, &["--allow-all", "--trace"]))?;
    let (ran, calls) = during(|| run(&traced.bytes, &host));
    let ran = ran?;
    let calls = of_program(calls);
    let mut left = calls.iter();
    let mut handles = Handles::default();
    for line in ran.stderr.lines() {
        let told = Line::of(line)?;
        if told.function.ends_with(".drop") {
            tokens(told.arguments[0]).iter().for_each(|dropped| handles.forget(dropped));
            continue;
        }
        let call = left.next().with_context(|| format!("the host saw nothing of `{line}`"))?;
        let checked = handles.check(&told, call);
        checked.with_context(|| format!("written down is `{line}`, and the host saw {call:?}"))?;
    }
    let untold = left.next();
    ensure!(untold.is_none(), "nothing is written down of {untold:?}");
    ensure!(calls.len() >= at_least, "only {} calls", calls.len());
    Ok(())
}

#[test]
fn of_a_rust_program_that_makes_files() -> Result<()> {
    agrees("rust-tempfile", &[], Host::default(), 100)
}

#[test]
fn of_a_rust_program_that_prints() -> Result<()> {
    agrees("rust-hello", &["a", "b"], Host::default(), 10)
}

#[test]
fn of_a_c_program_with_files() -> Result<()> {
    agrees("c-files", &[], Host::default(), 300)
}

#[test]
fn of_a_database_in_c() -> Result<()> {
    agrees("sqlite-tour", &[], Host::default(), 1000)
}

#[test]
fn of_a_rust_program_with_sockets() -> Result<()> {
    agrees("rust-net", &["alone"], Host { sockets: true, ..Host::default() }, 100)
}

#[test]
fn of_a_rust_program_that_sends_a_request() -> Result<()> {
    agrees("rust-fetch", &["POST", "https://api.test/users", "body"], Host::default(), 40)
}

#[test]
fn of_a_rust_program_that_looks_at_clocks() -> Result<()> {
    agrees("rust-clock", &[], Host::default(), 10)
}

#[test]
fn of_a_c_program_of_the_oldest_version() -> Result<()> {
    agrees("c-tour@24", &[], Host::default(), 10)
}

#[test]
fn of_a_program_in_javascript() -> Result<()> {
    agrees("js-tour", &[], Host::default(), 10)
}

#[test]
fn of_cpython() -> Result<()> {
    // It is not committed.
    if !guests::is_at_hand("python-tour") {
        return Ok(());
    }
    agrees("python-tour", &[], Host::default(), 10)
}
