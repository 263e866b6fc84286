//! Random signatures at run time: an interposer alone, between a host that is made for the test and a caller. Whatever is
//! sent arrives as it was sent, with the other side's handles in it, wherever they are.

use anyhow::{Context as _, Result, anyhow, ensure};
use std::collections::HashSet;
use std::env;
use virt_compose::component::Component;
use virt_compose::interpose::{Interposed, Interposer, Provider, Treatment, Wire, encode};
use virt_compose::names::Track;
use virt_compose_tests::host::engine;
use virt_compose_tests::random::{self, Random, random_value};
use wasmtime::component::{Linker, Resource, ResourceAny, ResourceType, Type, Val};
use wasmtime::{Store, StoreContextMut};
use wit_parser::Resolve;

/// The host's pollable, and ours. Ours has the number of the host's that is inside, plus `OURS`.
struct Hosts;
struct Ours;
const OURS: u32 = 1_000_000;

#[derive(Default)]
struct State {
    random: Option<Random>,
    next: u32,
    lent: HashSet<u32>,
    /// What the host was given and what it gave, in words.
    given: Vec<String>,
    gave: String,
}

/// A value of a type. Handles are new.
fn value(store: &mut StoreContextMut<'_, State>, ty: &Type) -> wasmtime::Result<Val> {
    let mut random = store.data_mut().random.take().expect("nobody else has it");
    let mut handle = |_: &mut Random, is_own| {
        store.data_mut().next += 1;
        let number = store.data().next;
        Ok(Val::Resource(match is_own {
            true => Resource::<Hosts>::new_own(number).try_into_resource_any(&mut *store)?,
            false => Resource::<Ours>::new_own(number + OURS).try_into_resource_any(&mut *store)?,
        }))
    };
    let made = random_value(&mut random, ty, &mut handle);
    store.data_mut().random = Some(random);
    made
}

/// A value in words, in which a handle is its number as the host has it.
fn words(store: &mut StoreContextMut<'_, State>, value: &mut Val) -> wasmtime::Result<String> {
    let mut all = |values: &mut dyn Iterator<Item = &mut Val>| -> wasmtime::Result<String> {
        Ok(values.map(|value| words(store, value)).collect::<wasmtime::Result<Vec<_>>>()?.join(", "))
    };
    Ok(match value {
        Val::Resource(handle) => number(store, handle)?,
        Val::List(values) => format!("[{}]", all(&mut values.iter_mut())?),
        Val::Tuple(values) => format!("({})", all(&mut values.iter_mut())?),
        Val::Record(fields) => format!("{{{}}}", all(&mut fields.iter_mut().map(|(_, value)| value))?),
        Val::Variant(name, payload) => format!("{name}({})", all(&mut payload.as_deref_mut().into_iter())?),
        Val::Option(payload) => format!("option({})", all(&mut payload.as_deref_mut().into_iter())?),
        Val::Result(Ok(payload)) => format!("ok({})", all(&mut payload.as_deref_mut().into_iter())?),
        Val::Result(Err(payload)) => format!("err({})", all(&mut payload.as_deref_mut().into_iter())?),
        other => format!("{other:?}"),
    })
}

/// The number of a handle. Asking takes the handle, so there is a new one after it.
fn number(store: &mut StoreContextMut<'_, State>, handle: &mut ResourceAny) -> wasmtime::Result<String> {
    let number = if handle.ty() == ResourceType::host::<Hosts>() {
        let hosts = handle.try_into_resource::<Hosts>(&mut *store)?;
        if hosts.owned() {
            *handle = Resource::<Hosts>::new_own(hosts.rep()).try_into_resource_any(&mut *store)?;
        }
        hosts.rep()
    } else {
        let ours = handle.try_into_resource::<Ours>(&mut *store)?;
        if ours.owned() {
            *handle = Resource::<Ours>::new_own(ours.rep()).try_into_resource_any(&mut *store)?;
        }
        ours.rep() - OURS
    };
    Ok(format!("#{number}"))
}

/// An interface with random functions. Parameters lend handles, results give them.
fn interface(seed: u64, functions: usize) -> Result<Component> {
    let (mut params, mut results) = (Random::new(seed, &["borrow<pollable>"; 4]), Random::new(!seed, &["pollable"; 4]));
    let mut definitions = Vec::new();
    let text = random::functions(&mut params, &mut results, functions, &mut definitions);
    let text = format!(
        "package test:random@1.0.0;
         interface things {{
           use wasi:io/poll@0.2.0.{{pollable}};
           {}
           {text}
         }}
         world w {{ import things; }}
         package wasi:io@0.2.0 {{ interface poll {{ resource pollable; }} }}",
        definitions.join("\n")
    );
    let mut resolve = Resolve::default();
    let package = resolve.push_str("random.wit", &text)?;
    let world = resolve.select_world(&[package], Some("w"))?;
    Ok(Component::of_world(resolve, world))
}

fn linker(imports: &[(String, Wire)], functions: usize) -> wasmtime::Result<Linker<State>> {
    let (hosts, ours) = (ResourceType::host::<Hosts>(), ResourceType::host::<Ours>());
    let mut linker = Linker::<State>::new(engine());
    for (name, wire) in imports {
        let mut instance = linker.instance(name)?;
        match wire {
            Wire::Host(track) if track.path() == "wasi:io/poll" => {
                instance.resource("pollable", hosts, |_, _| Ok(()))?
            }
            Wire::Host(_) => {
                instance.resource("pollable", hosts, |_, _| Ok(()))?;
                for at in 0..functions {
                    instance.func_new(&format!("call-{at}"), |mut store, ty, params, results| {
                        let given = params.iter().map(|param| words(&mut store, &mut param.clone()));
                        store.data_mut().given = given.collect::<wasmtime::Result<_>>()?;
                        store.data_mut().gave.clear();
                        if let (Some(ty), Some(place)) = (ty.results().next(), results.first_mut()) {
                            *place = value(&mut store, &ty)?;
                            store.data_mut().gave = words(&mut store, place)?;
                        }
                        Ok(())
                    })?;
                }
            }
            Wire::Inside(track) if track.path() == "wasi:io/poll" => {
                instance.resource("pollable", ours, |_, _| Ok(()))?
            }
            Wire::Inside(_) => {
                instance.resource("pollable", ours, |_, _| Ok(()))?;
                instance.resource("host-pollable", hosts, |_, _| Ok(()))?;
                let _ = instance.func_wrap("wrap-pollable", |_, (host,): (Resource<Hosts>,)| {
                    Ok((Resource::<Ours>::new_own(host.rep() + OURS),))
                });
                let _ = instance.func_wrap(
                    "lend-pollable",
                    |mut store: StoreContextMut<'_, State>, (lender,): (Resource<Ours>,)| {
                        let host = lender.rep() - OURS;
                        let is_new = store.data_mut().lent.insert(host);
                        Ok(((host, is_new.then(|| Resource::<Hosts>::new_own(host))),))
                    },
                );
                let _ = instance.func_wrap(
                    "return-pollable",
                    |mut store: StoreContextMut<'_, State>, (lender, host): (Resource<Ours>, Resource<Hosts>)| {
                        wasmtime::ensure!(lender.rep() - OURS == host.rep(), "another's handle comes back");
                        wasmtime::ensure!(store.data_mut().lent.remove(&host.rep()), "it was not lent");
                        Ok(())
                    },
                );
            }
            Wire::HostItem(name) => return Err(wasmtime::Error::msg(format!("`{name}` is of no interface"))),
        }
    }
    Ok(linker)
}

/// `SEED=n` tries others than the one that is always tried.
#[test]
fn random_values_cross_with_the_other_sides_handles() -> Result<()> {
    let seed = env::var("SEED").map_or(Ok(1), |seed| seed.parse())?;
    println!("SEED={seed}");
    let functions = 150;
    let component = interface(seed, functions)?;
    let item = component.imports.iter().find(|item| item.name.starts_with("test:")).context("it is imported")?;
    let built = encode(&Interposer {
        interfaces: vec![Interposed {
            wit: &component.wit,
            item,
            treatments: vec![Treatment::Converted; functions],
            instead: None,
            hooks: None,
        }],
        provider: &|_: &Track| Provider::Host,
        describe: &|_| Vec::new(),
        virtual_io: true,
        trace: None,
        sleeps: false,
        is_public: false,
    })?;
    let failed = |error: wasmtime::Error| anyhow!("SEED={seed}: {error:?}");
    let linker = linker(&built.imports, functions).map_err(failed)?;
    let compiled = wasmtime::component::Component::new(engine(), &built.bytes).map_err(failed)?;
    let mut store = Store::new(engine(), State { random: Some(Random::new(seed, &[])), ..State::default() });
    let instance = linker.instantiate(&mut store, &compiled).map_err(failed)?;
    let exported = instance.get_export_index(&mut store, None, &item.name).context("it is exported")?;
    let mut handles = 0;
    for at in 0..functions * 4 {
        let name = format!("call-{}", at % functions);
        let index =
            instance.get_export_index(&mut store, Some(&exported), &name).context("the function is exported")?;
        let function = instance.get_func(&mut store, index).context("it is a function")?;
        let ty = function.ty(&store);
        let mut context = wasmtime::AsContextMut::as_context_mut(&mut store);
        let params = ty.params().map(|(_, ty)| value(&mut context, &ty)).collect::<wasmtime::Result<Vec<_>>>();
        let mut params = params.map_err(failed)?;
        let sent = params.iter_mut().map(|param| words(&mut context, param)).collect::<wasmtime::Result<Vec<_>>>();
        let sent = sent.map_err(failed)?;
        let mut results = vec![Val::Bool(false); ty.results().len()];
        function
            .call(&mut context, &params, &mut results)
            .map_err(failed)
            .with_context(|| format!("calling {name}"))?;
        let got = results.iter_mut().map(|result| words(&mut context, result)).collect::<wasmtime::Result<String>>();
        let got = got.map_err(failed)?;
        let state = context.data();
        ensure!(state.given == sent, "SEED={seed}, {name}: sent {sent:?}, the host got {:?}", state.given);
        ensure!(state.gave == got, "SEED={seed}, {name}: the host gave {}, the caller got {got}", state.gave);
        ensure!(state.lent.is_empty(), "SEED={seed}, {name}: not returned: {:?}", state.lent);
        handles += sent.concat().matches('#').count() + got.matches('#').count();
    }
    ensure!(handles > 100, "only {handles} handles crossed");
    Ok(())
}
