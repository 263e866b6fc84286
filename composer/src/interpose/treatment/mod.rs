//! What each treated function does, as core wasm.

mod answer;
mod ask;
mod lend;
mod print;
mod trace;

use ask::Hook;
pub use print::params as trace_params;
pub use trace::GIVEN_AWAY;

use super::body::{Body, Place, Slot, Walk, core, has_list};
use super::{Interposed, Interposer, Provider, Treatment};
use crate::catalog;
use crate::denial::Answer;
use crate::value::Memory;
use crate::wit::{Named, Wit, named};
use anyhow::{Context as _, Result, bail};
use wasm_encoder::{Instruction as I, ValType};
use wit_parser::abi::AbiVariant;
use wit_parser::{Function, Handle, Type, TypeId};

/// Where results of the host's functions are written.
const RESULT: u32 = 24;

/// A function that the core module imports.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Import {
    /// The provider's function: of which interposed interface, and which of its functions.
    Lower(usize, usize),
    /// Drops a handle of a resource, as the inside has it.
    Drop(Named),
    /// Makes a handle of a resource of the interposer's own.
    New(Named),
    /// A function of an adapter's that is asked: about which interposed interface.
    Hook(usize, String),
    /// A function of `virt:io/bridge`.
    Bridge(String),
    /// A function of `virt:io/stand-ins`.
    StandIns(String),
    /// A function of `virt:trace/calls`, or `virt:trace/floats`.
    Trace(String),
    /// What a handle of a resource of the interposer's own stands for.
    Rep(Named),
    /// Takes memory for the length of the call.
    Realloc,
}

/// What a trace does besides calls.
pub struct TraceCode {
    /// What dropping does, for each resource with numbers.
    pub drops: Vec<Drop>,
    /// What a backtrace calls the function that traps where the trace cannot be written.
    pub failure: String,
}

/// What is done when a resource with numbers is dropped: the provider's handle is.
pub struct Drop {
    /// The resource.
    pub resource: Named,
    /// What is written down before and behind the number, by address and length, if anything is.
    pub said: Option<[(u32, u32); 2]>,
}

/// A core function that stands for a WIT function.
pub struct Lifted {
    /// Which interposed interface, and which of its functions.
    pub of: (usize, usize),
    /// Position in `Code::functions`.
    pub function: usize,
    /// Whether parameters or result are in memory.
    pub memory: bool,
    /// Whether the caller takes memory for parameters.
    pub realloc: bool,
    /// The core result, if memory taken during the call is to be given back after it.
    pub cleanup: Option<Option<ValType>>,
}

/// A core function's type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Signature {
    /// Parameters.
    pub params: Vec<ValType>,
    /// Result.
    pub result: Option<ValType>,
}

/// A core function.
pub struct CoreFunction {
    /// Its type.
    pub signature: Signature,
    /// Its body.
    pub body: wasm_encoder::Function,
    /// The locals that the body begins with.
    pub locals: Vec<ValType>,
    /// Whether it needs memory, or gives addresses in it.
    pub memory: bool,
    /// What a backtrace calls it. Only functions that trap have a name.
    pub name: Option<String>,
}

/// All core functions of an interposer.
pub struct Code {
    /// What they import, in order.
    pub imports: Vec<(Import, Signature)>,
    /// They themselves. Two that are the same are one.
    pub functions: Vec<CoreFunction>,
    /// Which WIT function is which.
    pub lifted: Vec<Lifted>,
    /// What a trace does besides, if they trace.
    pub trace: Option<TraceCode>,
    /// Their constants.
    pub memory: Memory,
    /// Whether most requests to a server call none of them, so that memory starts empty and the first call fills it: guards of
    /// requests, and what adapters ask when they are called.
    pub sleeps: bool,
}

/// Writes the functions of all interfaces.
pub fn code(interposer: &Interposer) -> Result<Code> {
    let results = interposer.interfaces.iter().flat_map(|interposed| {
        interposed
            .item
            .functions(interposed.wit)
            .into_iter()
            .filter_map(|function| function.result.as_ref())
            .map(|ty| interposed.wit.sizes.size(ty).size_wasm32() as u32)
    });
    let constants = (RESULT + results.max().unwrap_or(0)).next_multiple_of(8);
    let mut writer = Writer {
        interposer,
        imports: Imports::default(),
        functions: Vec::new(),
        lifted: Vec::new(),
        memory: Memory::new(constants),
    };
    for (position, interposed) in interposer.interfaces.iter().enumerate() {
        let functions = interposed.item.functions(interposed.wit);
        for (index, (function, treatment)) in functions.into_iter().zip(&interposed.treatments).enumerate() {
            if !matches!(treatment, Treatment::AsIs | Treatment::Taken) {
                writer
                    .function(interposed, (position, index), function, treatment)
                    .with_context(|| format!("in `{}`, function `{}`", interposed.item.name, function.name))?;
            }
        }
    }
    let trace = writer.trace_code();
    let Writer { imports, functions, lifted, memory, .. } = writer;
    Ok(Code { imports: imports.0, functions, lifted, trace, memory, sleeps: interposer.sleeps })
}

/// The imports of the core module so far.
#[derive(Default)]
struct Imports(Vec<(Import, Signature)>);

impl Imports {
    /// The call of an import, which is added if it is not there yet.
    fn call(&mut self, import: Import, params: &[ValType], result: Option<ValType>) -> I<'static> {
        let position = self.0.iter().position(|(known, _)| *known == import);
        let position = position.unwrap_or_else(|| {
            self.0.push((import, Signature { params: params.to_vec(), result }));
            self.0.len() - 1
        });
        I::Call(position as u32)
    }

    fn drop(&mut self, wit: &Wit, resource: TypeId) -> I<'static> {
        self.call(Import::Drop(resource_name(wit, resource)), &[ValType::I32], None)
    }

    fn bridge(&mut self, verb: &str, kind: &str, params: &[ValType], result: Option<ValType>) -> I<'static> {
        self.call(Import::Bridge(format!("{verb}-{kind}")), params, result)
    }

    /// Takes memory; the size is what `size` leaves on the stack.
    fn realloc(&mut self, body: &mut Body, align: i32, size: &[I<'static>]) {
        body.put(I::I32Const(0)).put(I::I32Const(0)).put(I::I32Const(align));
        for instruction in size {
            body.put(instruction.clone());
        }
        body.put(self.call(Import::Realloc, &[ValType::I32; 4], Some(ValType::I32)));
    }
}

/// What a handle is to the function that has it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// A stream, pollable or error that is virtual inside and the host's outside.
    Io,
    /// A resource that this interposer defines: borrowed, it is a number and no handle.
    Own,
    /// One that this interposer defines, whose number is the provider's handle.
    Numbered,
    /// Any other.
    Foreign,
}

impl Interposer<'_> {
    fn role(&self, wit: &Wit, resource: TypeId) -> Role {
        let name = resource_name(wit, resource);
        if self.virtual_io && catalog::is_io(&name) {
            return Role::Io;
        }
        if self.trace.as_ref().is_some_and(|tracing| (tracing.numbers)(&name)) {
            return Role::Numbered;
        }
        match (self.provider)(&name.0) {
            Provider::Own => Role::Own,
            Provider::Host | Provider::Part => Role::Foreign,
        }
    }

    fn is_io(&self, wit: &Wit, resource: TypeId) -> bool {
        self.role(wit, resource) == Role::Io
    }
}

fn resource_name(wit: &Wit, resource: TypeId) -> Named {
    named(wit, wit.origin(resource)).expect("a resource has a name")
}

/// A function while it is written.
struct Call<'a> {
    wit: &'a Wit,
    function: &'a Function,
    /// The parameters as they come: flat, or the address of all of them.
    slots: Vec<Slot>,
    indirect: bool,
    /// Whether the result is an address.
    in_memory: bool,
    result: Option<ValType>,
}

impl Call<'_> {
    fn takes_lists(&self) -> bool {
        self.indirect || self.function.params.iter().any(|param| has_list(self.wit, &param.ty))
    }

    fn gives_lists(&self) -> bool {
        self.function.result.as_ref().is_some_and(|ty| has_list(self.wit, ty))
    }

    fn finds_in_params(&self, wanted: &dyn Fn(Handle) -> bool) -> bool {
        self.function.params.iter().any(|param| Walk::finds(self.wit, wanted, &param.ty))
    }

    /// Where the result is, of which the one slot is all or the address.
    fn result_place<'s>(&self, slots: &'s [Slot; 1]) -> Place<'s> {
        if self.in_memory { Place::Memory(slots[0].local, 0) } else { Place::Flat(slots) }
    }

    fn walk_params(
        &self,
        body: &mut Body,
        wanted: &dyn Fn(Handle) -> bool,
        act: &mut dyn FnMut(&mut Body, Handle, Place<'_>),
    ) {
        let types: Vec<Type> = self.function.params.iter().map(|param| param.ty).collect();
        Walk { wit: self.wit, wanted, act }.fields(body, &types, self.start());
    }

    /// Where the parameters begin.
    fn start(&self) -> Place<'_> {
        if self.indirect { Place::Memory(0, 0) } else { Place::Flat(&self.slots) }
    }
}

struct Writer<'w, 'a> {
    interposer: &'w Interposer<'a>,
    imports: Imports,
    functions: Vec<CoreFunction>,
    lifted: Vec<Lifted>,
    memory: Memory,
}

impl Writer<'_, '_> {
    fn function(
        &mut self,
        interposed: &Interposed,
        of: (usize, usize),
        function: &Function,
        treatment: &Treatment,
    ) -> Result<()> {
        if function.kind.is_async() {
            bail!("an async function is not WASI 0.2, and virt-compose cannot stand in for it yet");
        }
        let wit = interposed.wit;
        let abi = wit.resolve.wasm_signature(AbiVariant::GuestExport, function);
        let params: Vec<ValType> = abi.params.iter().copied().map(core).collect();
        let call = Call {
            wit,
            function,
            slots: params.iter().enumerate().map(|(at, ty)| Slot { local: at as u32, ty: *ty }).collect(),
            indirect: abi.indirect_params,
            in_memory: abi.retptr,
            result: abi.results.first().copied().map(core),
        };
        let mut body = Body::new(params.clone());
        let (mut takes_memory, mut traps) = (call.takes_lists(), false);
        match treatment {
            Treatment::AsIs | Treatment::Taken => {}
            Treatment::Converted | Treatment::Guarded(_) => {
                takes_memory |= call.gives_lists();
                let guard = if let Treatment::Guarded(guard) = treatment { Some(guard) } else { None };
                let hook = guard.map(|guard| Hook::of(interposed, of.0, guard)).transpose()?;
                if let Some(hook) = &hook {
                    traps = self.ask_ahead(&mut body, &call, hook)?;
                }
                let wanted = |handle| matches!(handle, Handle::Borrow(r) if self.interposer.is_io(wit, r));
                if call.finds_in_params(&wanted) {
                    takes_memory = true;
                    traps |= self.lend(&mut body, &call, &interposed.item.track())?;
                }
                let held = self.convert(&mut body, &call, of)?;
                if let (Some(hook), Some(held)) = (&hook, held) {
                    traps |= self.ask_behind(&mut body, &call, hook, held)?;
                }
                if let Some(held) = held {
                    body.put(I::LocalGet(held.local));
                }
            }
            Treatment::Traced | Treatment::Numbered => {
                takes_memory |= call.gives_lists();
                let told = (*treatment == Treatment::Traced).then(|| interposed.item.track());
                if let Some(held) = self.trace(&mut body, &call, told.as_ref(), of) {
                    body.put(I::LocalGet(held.local));
                }
            }
            Treatment::Answered(answer) => {
                takes_memory |= matches!(answer, Answer::EveryIndex | Answer::Bytes);
                traps = self.answer(&mut body, &call, answer)?;
            }
        }
        let name = traps.then(|| format!("denied: {}#{}", interposed.item.name, function.name));
        let signature = Signature { params, result: call.result };
        let memory = call.in_memory || call.takes_lists();
        let (locals, body) = body.finish();
        let function = CoreFunction { signature, body, locals, memory: memory || takes_memory, name };
        let position = self.keep(function);
        self.lifted.push(Lifted {
            of,
            function: position,
            memory,
            realloc: call.takes_lists(),
            cleanup: takes_memory.then_some(call.result),
        });
        Ok(())
    }

    /// Keeps a function, once.
    fn keep(&mut self, function: CoreFunction) -> usize {
        let same = |known: &CoreFunction| {
            (&known.name, known.memory) == (&function.name, function.memory)
                && known.signature == function.signature
                && known.body.clone().into_raw_body() == function.body.clone().into_raw_body()
        };
        self.functions.iter().position(same).unwrap_or_else(|| {
            self.functions.push(function);
            self.functions.len() - 1
        })
    }

    /// Calls the provider, after parameters were exchanged, and exchanges what it gives, which is left in the local.
    fn convert(&mut self, body: &mut Body, call: &Call, of: (usize, usize)) -> Result<Option<Slot>> {
        let own_io = |handle| matches!(handle, Handle::Own(r) if self.interposer.is_io(call.wit, r));
        if call.finds_in_params(&own_io) {
            bail!("it takes a stream, pollable or error for good, and a virtual one cannot become the host's");
        }
        let held = self.call(body, call, of);
        self.settle(body, call);
        self.let_go(body, call);
        self.exchange(body, call, held);
        Ok(held)
    }

    /// Calls the provider. What it gives is left in the local.
    fn call(&mut self, body: &mut Body, call: &Call, of: (usize, usize)) -> Option<Slot> {
        let mut params: Vec<ValType> = call.slots.iter().map(|slot| slot.ty).collect();
        for slot in &call.slots {
            body.put(I::LocalGet(slot.local));
        }
        let result = if call.in_memory {
            params.push(ValType::I32);
            body.put(I::I32Const(RESULT as i32));
            None
        } else {
            call.result
        };
        body.put(self.imports.call(Import::Lower(of.0, of.1), &params, result));
        let ty = call.result?;
        let held = body.local(ty);
        if call.in_memory {
            body.put(I::I32Const(RESULT as i32));
        }
        body.put(I::LocalSet(held));
        Some(Slot { local: held, ty })
    }

    /// A borrowed handle of somebody else's must be gone when the call is.
    fn let_go(&mut self, body: &mut Body, call: &Call) {
        let Self { interposer, imports, .. } = self;
        let foreign = |handle| matches!(handle, Handle::Borrow(r) if interposer.role(call.wit, r) == Role::Foreign);
        call.walk_params(body, &foreign, &mut |body, handle, place| {
            if let Handle::Borrow(resource) = handle {
                place.get(body);
                body.put(imports.drop(call.wit, resource));
            }
        });
    }

    /// Exchanges what the provider gave: io handles for ours, and what has numbers for what stands for it.
    fn exchange(&mut self, body: &mut Body, call: &Call, held: Option<Slot>) {
        let (Some(ty), Some(held)) = (&call.function.result, held) else { return };
        let Self { interposer, imports, .. } = self;
        let given = |handle| match handle {
            Handle::Own(resource) => matches!(interposer.role(call.wit, resource), Role::Io | Role::Numbered),
            Handle::Borrow(_) => false,
        };
        let slots = [held];
        let place = call.result_place(&slots);
        let mut wrap = |body: &mut Body, handle: Handle, place: Place<'_>| {
            let (Handle::Own(resource) | Handle::Borrow(resource)) = handle;
            let name = resource_name(call.wit, resource);
            let (params, result) = ([ValType::I32], Some(ValType::I32));
            let ours = body.local(ValType::I32);
            place.get(body);
            body.put(match interposer.role(call.wit, resource) {
                Role::Io => imports.bridge("wrap", &name.1, &params, result),
                _ => imports.call(Import::New(name), &params, result),
            });
            body.put(I::LocalSet(ours));
            place.set(body, ours);
        };
        Walk { wit: call.wit, wanted: &given, act: &mut wrap }.value(body, ty, place);
    }
}
