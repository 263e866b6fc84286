//! Interposers on interfaces of nobody's, with handles in every place where WIT lets one be. Provider and users are real
//! components (tests/apps/things); each user asserts for itself.

use anyhow::{Context, Result, ensure};
use virt_compose::cli::Cli;
use virt_compose::component::Component;
use virt_compose::compose::interposers;
use virt_compose::graph::within;
use virt_compose::interpose::Treatment;
use virt_compose::plan::{Source, plan};
use virt_compose_tests::host::{End, Host, Ran, State, run, run_with};
use virt_compose_tests::{compose, guests, imports};
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, plug};
use wasmparser::{CanonicalFunction, Parser, Payload};
use wasmtime::component::{HasSelf, Resource};
use wasmtime_wasi::WasiView;
use wasmtime_wasi::p2::bindings::sync::io::poll::HostPollable;

mod bindings {
    wasmtime::component::bindgen!({
        world: "test:things/host",
        path: ["../wit/deps/io.wit", "../wit/deps/clocks.wit", "../wit/deps/random.wit", "../wit/deps/filesystem.wit",
            "../wit/deps/sockets.wit", "../wit/deps/cli.wit", "apps/things/wit"],
        with: { "wasi:io": wasmtime_wasi::p2::bindings::sync::io },
        imports: { default: trappable },
    });
}

use bindings::test::things::lending::{self, Lent};

type Pollable = Resource<wasmtime_wasi::p2::DynPollable>;

fn is_ready(state: &mut State, it: &Pollable) -> wasmtime::Result<bool> {
    HostPollable::ready(state.ctx().table, Resource::new_borrow(it.rep()))
}

impl lending::Host for State {
    fn all_ready(&mut self, them: Vec<Pollable>) -> wasmtime::Result<bool> {
        them.iter().try_fold(true, |all, it| Ok(all & is_ready(self, it)?))
    }

    fn maybe_ready(&mut self, it: Option<Pollable>) -> wasmtime::Result<Option<bool>> {
        it.map(|it| is_ready(self, &it)).transpose()
    }

    fn nested_ready(
        &mut self,
        (_, first, rest): (String, Pollable, Vec<(u8, Pollable)>),
    ) -> wasmtime::Result<Vec<bool>> {
        std::iter::once(first).chain(rest.into_iter().map(|(_, it)| it)).map(|it| is_ready(self, &it)).collect()
    }

    fn lent_ready(&mut self, it: Lent) -> wasmtime::Result<Vec<bool>> {
        match it {
            Lent::Nothing => Ok(vec![]),
            Lent::One(it) => Ok(vec![is_ready(self, &it)?]),
            Lent::Wide(number) => Ok(vec![number == u64::MAX]),
            Lent::Words(words) => Ok(vec![words == "words"]),
            Lent::Maybe(None) => Ok(vec![false]),
            Lent::Maybe(Some(Err(number))) => Ok(vec![number == 7]),
            Lent::Maybe(Some(Ok(it))) => Ok(vec![is_ready(self, &it)?; 2]),
            Lent::Several((_, them)) => them.iter().map(|it| is_ready(self, it)).collect(),
        }
    }

    fn many(
        &mut self,
        a: u8,
        b: i16,
        c: u32,
        d: i64,
        e: f32,
        f: f64,
        g: char,
        h: bool,
        i: String,
        j: Vec<u16>,
        k: Option<u64>,
        l: Pollable,
        m: (u8, u64),
        n: String,
        o: Vec<(String, Pollable)>,
    ) -> wasmtime::Result<String> {
        let l = is_ready(self, &l)?;
        let o: Vec<_> = o.iter().map(|(name, it)| Ok((name, is_ready(self, it)?))).collect::<wasmtime::Result<_>>()?;
        Ok(format!("{a} {b} {c} {d} {e} {f} {g} {h} {i} {j:?} {k:?} {l} {m:?} {n} {o:?}"))
    }
}

fn run_things(user: Vec<u8>) -> Result<Ran> {
    let host = Host { stdin: "abcdef".to_owned(), failing_stderr: true, ..Host::default() };
    run_with(&plugged(user)?, &host, |linker| lending::add_to_linker::<_, HasSelf<State>>(linker, |state| state))
}

/// Puts the provider behind a user, as somebody would who has both.
fn plugged(user: Vec<u8>) -> Result<Vec<u8>> {
    let mut graph = CompositionGraph::new();
    let provider = Package::from_bytes("test:provider", None, guests::load("rust-provider")?, graph.types_mut())?;
    let provider = graph.register_package(provider)?;
    let user = Package::from_bytes("test:user", None, user, graph.types_mut())?;
    let user = graph.register_package(user)?;
    plug(&mut graph, vec![provider], user)?;
    Ok(graph.encode(EncodeOptions::default())?)
}

fn holds(ran: &Ran, last: &str) -> Result<()> {
    ensure!(ran.end == End::Exit(0), "{:?}, standard error: {}", ran.end, ran.stderr);
    ensure!(ran.stdout.ends_with(last), "it says: {}", ran.stdout);
    Ok(())
}

#[test]
fn handles_arrive_without_interposers() -> Result<()> {
    holds(&run_things(guests::load("rust-things")?)?, "all hold\n")
}

#[test]
fn handles_are_exchanged_wherever_they_are() -> Result<()> {
    let args = ["--with", "stdio", "--stdio=allow", "--stderr=ignore"];
    let composed = compose(&guests::load("rust-things")?, &args)?;
    for interface in ["test:things/things@0.1.0", "test:things/more@0.1.0"] {
        ensure!(composed.report.carried.contains(&interface.to_owned()), "`{interface}` is not carried along");
    }
    holds(&run_things(composed.bytes)?, "all hold\n")
}

#[test]
fn handles_have_numbers_wherever_they_are() -> Result<()> {
    for args in [&["--allow-all", "--trace"][..], &["--with=stdio", "--stdio=allow", "--stderr=ignore", "--trace"]] {
        let composed = compose(&guests::load("rust-things")?, args)?;
        holds(&run_things(composed.bytes)?, "all hold\n").with_context(|| format!("with {args:?}"))?;
    }
    // What is not traced is exchanged all the same, or it would have the host's streams.
    let composed = compose(&guests::load("rust-things")?, &["--allow-all", "--trace=io"])?;
    holds(&run_things(composed.bytes)?, "all hold\n")
}

#[test]
fn what_is_not_the_hosts_cannot_be_lent_and_is_not_lost() -> Result<()> {
    let composed = compose(&guests::load("rust-things-virtual")?, &["--with", "io"])?;
    holds(&run_things(composed.bytes)?, "all hold\n")
}

#[test]
fn handles_cross_between_a_part_and_its_neighbours() -> Result<()> {
    let lends = |linker: &mut _| lending::add_to_linker::<_, HasSelf<State>>(linker, |state| state);
    let host = Host { stdin: "abcdef".to_owned(), failing_stderr: true, ..Host::default() };
    // The user's streams are its own, and the provider's are the host's.
    let args = ["--with=stdio", "--stdio=allow", "--stderr=ignore"];
    let both = plugged(guests::load("rust-things")?)?;
    let changed = within(&both, "component-1", &Cli::policy_of(&args)?)?.bytes;
    holds(&run_with(&changed, &host, lends)?, "all hold\n")?;
    // What the provider gave out would be nobody's.
    let refused = within(&both, "component-0", &Cli::policy_of(&["--with=stdio", "--stdin=text:x"])?);
    let refused = format!("{:#}", refused.expect_err("it exports streams"));
    ensure!(refused.contains("the app exports `free-wait`"), "{refused}");
    Ok(())
}

const SEALED: [&str; 5] = ["--allow-all", "--seal", "test:things", "--seal", "free-count"];

#[test]
fn a_denied_function_says_no_in_its_own_way() -> Result<()> {
    let composed = compose(&guests::load("rust-refused")?, &SEALED)?.bytes;
    let left = imports(&composed)?;
    ensure!(!left.iter().any(|name| name.starts_with("test:things")), "it imports {left:?}");
    holds(&run(&composed, &Host::default())?, "all refuse\n")
}

#[test]
fn a_function_without_a_way_to_say_no_traps_by_name() -> Result<()> {
    let composed = compose(&guests::load("rust-refused")?, &SEALED)?.bytes;
    for function in ["number", "act"] {
        let ran = run(&composed, &Host { args: vec![function.to_owned()], ..Host::default() })?;
        let End::Trap(trap) = ran.end else { anyhow::bail!("`{function}` does not trap: {ran:?}") };
        ensure!(trap.contains(&format!("denied: test:things/refusals@0.1.0#{function}")), "{trap}");
    }
    Ok(())
}

#[test]
fn a_function_of_the_world_can_be_sealed_too() -> Result<()> {
    let composed = compose(&guests::load("rust-refused")?, &["--allow-all", "--seal", "*"])?.bytes;
    let left = imports(&composed)?;
    ensure!(left.is_empty(), "it imports {left:?}");
    let composed = compose(&guests::load("rust-refused")?, &SEALED)?;
    let ran = run(&composed.bytes, &Host { args: vec!["free".to_owned()], ..Host::default() })?;
    let End::Trap(trap) = ran.end else { anyhow::bail!("it does not trap: {ran:?}") };
    ensure!(trap.contains("denied: free-count#free-count"), "{trap}");
    Ok(())
}

#[test]
fn functions_as_they_are_cost_nothing() -> Result<()> {
    let app = Component::of(&guests::load("rust-things")?)?;
    let adapters = virt_compose::adapters::load()?;
    let adapters = adapters.iter().map(|(name, component)| (*name, component)).collect();
    let policy = Cli::policy_of(&["--with", "stdio", "--stdio=allow", "--stderr=ignore"])?;
    let plan = plan(Some(&app), &policy, &adapters)?;
    let (mut passed_on, mut others) = (0, 0);
    for source in &plan.sources {
        if let Source::Interposed(treatments) = source {
            passed_on += treatments.iter().filter(|treatment| **treatment == Treatment::AsIs).count();
            others += treatments.iter().filter(|treatment| **treatment != Treatment::AsIs).count();
        }
    }
    ensure!(passed_on > 0 && others > 0, "{passed_on} passed on, {others} others");
    let mut lifts = 0;
    for built in interposers(&plan)?.values() {
        for payload in Parser::new(0).parse_all(&built.bytes) {
            if let Payload::ComponentCanonicalSection(section) = payload? {
                for function in section {
                    lifts += usize::from(matches!(function?, CanonicalFunction::Lift { .. }));
                }
            }
        }
    }
    ensure!(lifts == others, "{lifts} functions have code, and {others} should");
    Ok(())
}
