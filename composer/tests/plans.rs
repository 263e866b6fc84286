//! Finds the folders in `plans/`, one named test each. A case is a fact about the plan, and has:
//!
//! - `app.wit`: the app, as the world `app`. WASI 0.2.12 is at hand; what else it names is written in nested packages;
//! - `args`: the command line, in one line, without files;
//! - `policy.toml`, if there is one: the policy file that is named besides;
//! - `plan.txt`: the plan;
//! - `imports.txt`: what the composition imports: a stand-in for the app is really composed, and must be valid, function
//!   bodies included, and export what the app exports; and wac must make the same of it as a graph. What is shown of the plan must
//!   say the same, and be drawn well (`drawn/`);
//! - `error.txt`, in place of both: why there is no plan. The folder's name then starts with `error-`.
//!
//! `BLESS=1 cargo test` rewrites what is expected.

mod again;
mod cases;
mod drawn;

use again::is_made_again;
use anyhow::{Context, Result, anyhow, bail, ensure};
use cases::expect;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use virt_compose::cli::Cli;
use virt_compose::component::Component;
use virt_compose::compose::compose;
use virt_compose::plan::{Adapters, Plan, PlanError};
use virt_compose::policy::{Policy, Trace};
use virt_compose::show::Picture;
use virt_compose::wit::Item;
use virt_compose::{adapters, plan};
use wasmparser::{Validator, WasmFeatures};
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve, UnresolvedPackageGroup, WorldId};

fn main() -> Result<()> {
    cases::run("plans", check)
}

fn check(name: &str, folder: &Path) -> Result<()> {
    let fails = name.starts_with("error-");
    let known: &[&str] = if fails { &["error.txt"] } else { &["plan.txt", "imports.txt"] };
    let known = [&["app.wit", "args", "policy.toml"], known].concat();
    for entry in fs::read_dir(folder)? {
        let file = entry?.file_name();
        ensure!(known.iter().any(|known| file == *known), "{file:?} is none of {}", known.join(", "));
    }
    let args = fs::read_to_string(folder.join("args")).context("failed to read `args`")?;
    let mut args: Vec<&str> = args.split_whitespace().collect();
    let file = folder.join("policy.toml");
    if file.exists() {
        args.extend(["--policy", file.to_str().context("paths are text")?]);
    }
    let policy = Cli::policy_of(&args)?;
    let said = policy.to_toml(Path::new("")).context("no policy file says the same")?;
    ensure!(Policy::from_toml(&said, Path::new(""))? == policy, "the policy file says something else:\n{said}");
    let (resolve, world) = app(folder).context("failed to read `app.wit`")?;
    let app = Component::of_world(resolve.clone(), world);
    let adapters = adapters::load()?;
    let adapters = adapters.iter().map(|(name, component)| (*name, component)).collect();
    let plan = match (plan::plan(Some(&app), &policy, &adapters), fails) {
        (Ok(plan), false) => plan,
        (Err(error), true) => return expect(folder, "error.txt", format!("{error}\n")),
        (Ok(plan), true) => bail!("there is a plan:\n{plan}"),
        (Err(error), false) => bail!("there is no plan: {error}"),
    };
    // Composed even where the plan does not stand: an error says more with the plan at hand.
    let planned = expect(folder, "plan.txt", plan.to_string());
    let stand_in = stand_in(resolve, world)?;
    let imported = made(&plan, &app, &stand_in, &policy, &adapters)?;
    // Whatever is planned can be traced.
    let mut traced = policy.clone();
    traced.trace.of = vec![Trace::ALL.to_owned()];
    match plan::plan(Some(&app), &traced, &adapters) {
        Ok(on_top) => drop(made(&on_top, &app, &stand_in, &traced, &adapters).context("with a trace")?),
        // What is said is that there is nothing that it could tell of.
        Err(PlanError::TracesNothing { .. } | PlanError::CannotTrace { .. }) => {}
        Err(error) => bail!("there is no plan with a trace: {error}"),
    }
    planned.and(expect(folder, "imports.txt", imported))
}

/// Composes, checks what comes of it, and says what it imports.
fn made(plan: &Plan, app: &Component, stand_in: &[u8], policy: &Policy, adapters: &Adapters) -> Result<String> {
    // Not all can be written so, and what cannot is said.
    match is_made_again(Some(stand_in), policy) {
        Err(error) if error.to_string().contains("WAC has no way") || plan.is_nothing() => {}
        other => other.context("as a graph")?,
    }
    let composed = compose(plan, Some(stand_in.to_vec()), policy.tree()?).context("failed to compose")?;
    let bytes = composed.artifact.bytes()?;
    Validator::new_with_features(WasmFeatures::all()).validate_all(&bytes).context("the result is invalid")?;
    let result = Component::of(&bytes).context("the result cannot be read")?;
    let besides = plan.exports.iter().map(|(_, track)| track.label()).collect::<Vec<_>>();
    let (mut asked, exported) = (names(&app.exports), names(&result.exports));
    asked.extend(besides.iter().map(String::as_str));
    ensure!(asked == exported, "the app exports {asked:?}, the result {exported:?}");
    // What is shown is what is done.
    let picture = Picture::of(plan, Some(app), policy, adapters)?;
    let (shown, done): (BTreeSet<_>, BTreeSet<_>) =
        (picture.imports.iter().collect(), composed.imports.iter().collect());
    ensure!(shown == done, "it shows the imports {shown:?}, and has {done:?}");
    drawn::check(&picture).context("what is drawn of the plan is not sound")?;
    Ok(composed.imports.iter().map(|name| format!("{name}\n")).collect())
}

/// The world `app`.
fn app(folder: &Path) -> Result<(Resolve, WorldId)> {
    let parse = |path: &Path| {
        let text = fs::read_to_string(path).with_context(|| format!("failed to read `{}`", path.display()))?;
        let parsed = UnresolvedPackageGroup::parse(path, &text);
        parsed.map_err(|(files, error)| anyhow!("{}", error.render(&files)))
    };
    let mut wasi = Vec::new();
    let own = fs::read_to_string(folder.join("app.wit"))?;
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit/deps"))? {
        let path = entry?.path();
        // A case may have a text of its own.
        let text = fs::read_to_string(&path)?;
        let package = text.lines().find(|line| line.starts_with("package ")).unwrap_or_default();
        let is_for_adapters = package == "package wasi:http@0.2.0;";
        if !own.contains(&package.replace(';', " {")) && !is_for_adapters {
            wasi.push(parse(&path)?);
        }
    }
    let mut resolve = Resolve::default();
    let package = resolve.push_groups(parse(&folder.join("app.wit"))?, wasi);
    let package = package.map_err(|error| anyhow!("{}", resolve.render_error(&error.into())))?;
    let world = resolve.select_world(&[package], Some("app"))?;
    Ok((resolve, world))
}

/// A component that imports and exports what a world does, and traps when it is called.
fn stand_in(resolve: Resolve, world: WorldId) -> Result<Vec<u8>> {
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Legacy(LiftLowerAbi::Sync));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    // What wac has put together may import an interface in several versions.
    let encoded = ComponentEncoder::default().merge_imports_based_on_semver(false).module(&module)?.encode();
    encoded.context("there is no stand-in for the app")
}

fn names(items: &[Item]) -> Vec<&str> {
    items.iter().map(|item| item.name.as_str()).collect()
}
