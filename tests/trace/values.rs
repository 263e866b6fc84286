//! Random signatures: a trace alone, between a host that is made for the test and a caller. What is written down is what wasmtime's
//! own WAVE says of the values, and whatever is sent arrives.

use crate::wave::{Text, each_handle, text};
use anyhow::{Context as _, Result, anyhow, ensure};
use std::collections::BTreeMap;
use std::env;
use virt_compose::adapters;
use virt_compose::component::Component;
use virt_compose::interpose::{Interposed, Interposer, Provider, Tracing, Treatment, Wire, encode};
use virt_compose_tests::host::engine;
use virt_compose_tests::random::{self, Random, random_value};
use wasmtime::component::{Instance, Linker, Resource, ResourceAny, ResourceType, Val};
use wasmtime::{AsContextMut, Store, StoreContextMut};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{ResourceTable, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wit_parser::Resolve;

/// What the host has handles of.
struct Thing;

struct State {
    random: Option<Random>,
    /// The number of the last thing.
    last: u32,
    /// Those that are dropped.
    dropped: Vec<u32>,
    /// What the host was given and gave: the values, and the things in them.
    seen: Vec<Text>,
    /// The adapter that writes.
    adapter: Option<Instance>,
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// How much of a list is written down.
const SIZE: u32 = 2;

/// An interface with random functions, which lend things, take them for good, and give some.
fn interface(seed: u64, functions: usize) -> Result<Component> {
    let (mut params, mut results) =
        (Random::new(seed, &["borrow<thing>", "borrow<thing>", "thing"]), Random::new(!seed, &["thing"; 4]));
    let mut definitions = Vec::new();
    let text = random::functions(&mut params, &mut results, functions, &mut definitions);
    let text = format!(
        "package test:random@1.0.0;
         interface things {{
           resource thing;
           {}
           enum word {{ true, false, none, some, ok, err, inf, nan, plain }}
           flags words {{ true, none, ok, plain }}
           make: func() -> thing;
           said: func(it: word, them: words) -> list<word>;
           bytes: func(it: list<u8>) -> list<u8>;
           {text}
         }}
         world w {{ import things; }}",
        definitions.join("\n")
    );
    let mut resolve = Resolve::default();
    let package = resolve.push_str("random.wit", &text)?;
    let world = resolve.select_world(&[package], Some("w"))?;
    Ok(Component::of_world(resolve, world))
}

/// The number of a thing as the host has it. Asking takes an owned handle, so there is a new one after it.
fn number(store: &mut StoreContextMut<'_, State>, handle: &mut ResourceAny) -> wasmtime::Result<u32> {
    let thing = handle.try_into_resource::<Thing>(&mut *store)?;
    if thing.owned() {
        *handle = Resource::<Thing>::new_own(thing.rep()).try_into_resource_any(&mut *store)?;
    }
    Ok(thing.rep())
}

fn make(store: &mut StoreContextMut<'_, State>) -> wasmtime::Result<Val> {
    store.data_mut().last += 1;
    let thing = Resource::<Thing>::new_own(store.data().last);
    Ok(Val::Resource(thing.try_into_resource_any(store)?))
}

/// The host's functions: each gives what it likes.
fn add_host(linker: &mut Linker<State>, name: &str, functions: usize) -> wasmtime::Result<()> {
    let mut instance = linker.instance(name)?;
    instance.resource("thing", ResourceType::host::<Thing>(), |mut store, number| {
        store.data_mut().dropped.push(number);
        Ok(())
    })?;
    let names = (0..functions).map(|at| format!("call-{at}")).chain(["make", "said", "bytes"].map(str::to_owned));
    for name in names {
        instance.func_new(&name, |mut store, ty, params, results| {
            let mut seen = Vec::new();
            let mut context = store.as_context_mut();
            for (val, (_, ty)) in params.iter().zip(ty.params()) {
                seen.push(text(&mut val.clone(), &ty, SIZE, &mut |handle| number(&mut context, handle))?);
            }
            if let (Some(ty), Some(place)) = (ty.results().next(), results.first_mut()) {
                let mut random = context.data_mut().random.take().expect("nobody else has it");
                let made = random_value(&mut random, &ty, &mut |_, _| make(&mut context));
                context.data_mut().random = Some(random);
                *place = made?;
                seen.push(text(place, &ty, SIZE, &mut |handle| number(&mut context, handle))?);
            }
            context.data_mut().seen = seen;
            Ok(())
        })?;
    }
    Ok(())
}

/// The adapter's functions, which belong to an instance that is made later.
fn add_adapter(linker: &mut Linker<State>, name: &str, functions: &[String]) -> wasmtime::Result<()> {
    let mut instance = linker.instance(name)?;
    for function in functions {
        let (interface, function) = (name.to_owned(), function.clone());
        instance.func_new(&function.clone(), move |mut store, _, params, results| {
            let adapter = store.data().adapter.expect("it is there");
            let index = adapter.get_export_index(&mut store, None, &interface);
            let index = index.and_then(|index| adapter.get_export_index(&mut store, Some(&index), &function));
            let function = index.and_then(|index| adapter.get_func(&mut store, index)).expect("it is exported");
            function.call(store, params, results)
        })?;
    }
    Ok(())
}

/// What was written down, and then forgotten.
struct Written {
    pipe: MemoryOutputPipe,
    read: usize,
}

impl Written {
    fn next(&mut self) -> Result<String> {
        let all = self.pipe.contents();
        let text = String::from_utf8(all[self.read..].to_vec())?;
        self.read = all.len();
        Ok(text)
    }
}

/// The numbers that stand behind `thing#`, and the text with `#` alone.
fn numbers(line: &str) -> (String, Vec<u32>) {
    let mut parts = line.split("thing#");
    let mut text = parts.next().unwrap_or_default().to_owned();
    let mut numbers = Vec::new();
    for part in parts {
        let rest = part.trim_start_matches(|char: char| char.is_ascii_digit());
        numbers.extend(part[..part.len() - rest.len()].parse::<u32>());
        text += "#";
        text += rest;
    }
    (text, numbers)
}

/// `SEED=n` tries others than the one that is always tried.
#[test]
fn what_is_written_down_is_what_was_sent() -> Result<()> {
    let seed = env::var("SEED").map_or(Ok(1), |seed| seed.parse())?;
    println!("SEED={seed}");
    let functions = 150;
    let component = interface(seed, functions)?;
    let item = component.imports.iter().find(|item| item.name.starts_with("test:")).context("it is imported")?;
    let loaded = adapters::load()?;
    let adapter = &loaded["trace-floats"];
    let count = item.functions(&component.wit).len();
    let built = encode(&Interposer {
        interfaces: vec![Interposed {
            wit: &component.wit,
            item,
            treatments: vec![Treatment::Traced; count],
            instead: None,
            hooks: None,
        }],
        provider: &|_| Provider::Host,
        describe: &|_| Vec::new(),
        virtual_io: false,
        trace: Some(Tracing {
            calls: adapter.exports.iter().map(|item| (&adapter.wit, item)).collect(),
            numbers: &|_| true,
            is_aloud: &|_| true,
            size: SIZE,
            prefix: "> ",
            to: "the test",
        }),
        sleeps: false,
        is_public: false,
    })?;
    let failed = |error: wasmtime::Error| anyhow!("SEED={seed}: {error:?}");
    let mut linker = Linker::<State>::new(engine());
    for (name, wire) in &built.imports {
        match wire {
            Wire::Host(_) => add_host(&mut linker, name, functions).map_err(failed)?,
            _ => {
                let told = adapter.exports.iter().find(|item| item.name == *name).context("the adapter has it")?;
                let functions: Vec<String> =
                    told.functions(&adapter.wit).iter().map(|function| function.name.clone()).collect();
                add_adapter(&mut linker, name, &functions).map_err(failed)?;
            }
        }
    }
    let pipe = MemoryOutputPipe::new(1 << 26);
    let state = State {
        random: Some(Random::new(seed, &[])),
        last: 0,
        dropped: Vec::new(),
        seen: Vec::new(),
        adapter: None,
        wasi: WasiCtxBuilder::new().stderr(pipe.clone()).build(),
        table: ResourceTable::new(),
    };
    let mut store = Store::new(engine(), state);
    let mut wasi = Linker::new(engine());
    wasmtime_wasi::p2::add_to_linker_sync(&mut wasi).map_err(failed)?;
    let wasm = virt_compose::catalog::build("trace-floats").context("there is such a build")?.wasm;
    let adapter = wasmtime::component::Component::new(engine(), wasm).map_err(failed)?;
    store.data_mut().adapter = Some(wasi.instantiate(&mut store, &adapter).map_err(failed)?);
    let compiled = wasmtime::component::Component::new(engine(), &built.bytes).map_err(failed)?;
    let instance = linker.instantiate(&mut store, &compiled).map_err(failed)?;
    let exported = instance.get_export_index(&mut store, None, &item.name).context("it is exported")?;
    let mut written = Written { pipe, read: 0 };

    // Handles that the caller has, and for each thing the number that it has in the trace.
    let mut live: Vec<ResourceAny> = Vec::new();
    let mut known: BTreeMap<u32, u32> = BTreeMap::new();
    let mut random = Random::new(seed ^ 7, &[]);
    let (mut met, mut drops) = (0, 0);
    let names: Vec<String> = (0..functions * 4)
        .flat_map(|at| {
            [
                "make".to_owned(),
                "make".to_owned(),
                format!("call-{}", at % functions),
                "said".to_owned(),
                "bytes".to_owned(),
            ]
        })
        .collect();
    for name in names {
        let index =
            instance.get_export_index(&mut store, Some(&exported), &name).context("the function is exported")?;
        let function = instance.get_func(&mut store, index).with_context(|| format!("`{name}` is a function"))?;
        let ty = function.ty(&store);
        let mut given = Vec::new();
        let params = ty.params().map(|(_, ty)| {
            random_value(&mut random, &ty, &mut |random, is_own| {
                wasmtime::ensure!(live.len() > 1, "nothing is left to give");
                let at = random.below(live.len() - 1);
                given.extend(is_own.then(|| live[at]));
                // The last one stays, so that there is always one to lend.
                Ok(Val::Resource(if is_own { live.remove(at) } else { live[at] }))
            })
        });
        let Ok(params) = params.collect::<wasmtime::Result<Vec<_>>>() else {
            live.extend(given);
            continue;
        };
        // What is lent must not be given in the same call.
        let lent = |val: &Val| format!("{val:?}");
        if given.iter().any(|own| params.iter().map(lent).collect::<String>().matches(&format!("{own:?}")).count() > 1)
        {
            live.extend(given);
            continue;
        }
        store.data_mut().seen.clear();
        let mut results = vec![Val::Bool(false); ty.results().len()];
        function.call(&mut store, &params, &mut results).map_err(failed).with_context(|| format!("calling {name}"))?;
        let seen = std::mem::take(&mut store.data_mut().seen);
        let (line, found) = numbers(&written.next()?);
        let (given, gave) = seen.split_at(params.len());
        let expected: Vec<&str> = given.iter().map(|text| text.words.as_str()).collect();
        let result = gave.first().map_or(String::new(), |text| format!(" = {}", text.words));
        let expected = format!("> test:random/things#{name}({}){result}\n", expected.join(", "));
        ensure!(line == expected, "SEED={seed}: written down is\n{line}and sent was\n{expected}");
        let things: Vec<u32> = seen.iter().flat_map(|text| text.handles.iter().copied()).collect();
        ensure!(things.len() == found.len(), "SEED={seed}, {name}: {things:?} and {found:?}");
        for (thing, number) in things.into_iter().zip(found) {
            let before = *known.entry(thing).or_insert(number);
            ensure!(before == number, "SEED={seed}: thing {thing} was number {before}, and is {number}");
            met += 1;
        }
        for val in &mut results {
            let mut keep = |handle: &mut ResourceAny| {
                live.push(*handle);
                Ok(())
            };
            each_handle(val, &mut keep).map_err(failed)?;
        }
        while live.len() > 40 {
            let handle = live.remove(random.below(live.len()));
            handle.resource_drop(&mut store).map_err(failed)?;
            let (line, found) = numbers(&written.next()?);
            let gone = std::mem::take(&mut store.data_mut().dropped);
            ensure!(line == "> test:random/things#thing.drop(#)\n" && gone.len() == 1, "SEED={seed}: {line}{gone:?}");
            // What was behind the end of a list has not been told of.
            let number = known.remove(&gone[0]);
            ensure!(number.is_none_or(|number| found == [number]), "SEED={seed}: {found:?} dropped for {gone:?}");
            drops += 1;
        }
    }
    ensure!(met > 1000 && drops > 100, "only {met} handles were met, and {drops} dropped");
    Ok(())
}
