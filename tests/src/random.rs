//! Random types, as text, and values of them. The same seed gives the same everywhere.

use wasmtime::component::{Type, Val};

/// splitmix64: short, and good enough to meet many shapes.
pub struct Random {
    seed: u64,
    /// What types are made of in the end.
    leaves: Vec<&'static str>,
}

const SCALARS: [&str; 13] =
    ["bool", "u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "f32", "f64", "char", "string"];

impl Random {
    /// From a seed, with types that are made of scalars and of `more`.
    pub fn new(seed: u64, more: &[&'static str]) -> Self {
        Self { seed, leaves: SCALARS.iter().chain(more).copied().collect() }
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.seed ^ (self.seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below a limit.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.number() % limit as u64) as usize
    }

    /// A character of any length.
    pub fn char(&mut self) -> char {
        ['a', '\0', 'ü', '世', '𝄞', char::MAX][self.below(6)]
    }

    /// A type as text. What must have a name is defined under one.
    pub fn ty(&mut self, depth: usize, definitions: &mut Vec<String>) -> String {
        let kind = if depth == 0 { 0 } else { self.below(12) };
        let inner = |random: &mut Self, definitions: &mut Vec<String>| random.ty(depth - 1, definitions);
        let body = match kind {
            0..=1 => {
                let leaf = self.below(self.leaves.len());
                return self.leaves[leaf].to_owned();
            }
            2 => return format!("list<{}>", inner(self, definitions)),
            3 => return format!("option<{}>", inner(self, definitions)),
            4 => {
                let fields: Vec<String> = (0..1 + self.below(5)).map(|_| inner(self, definitions)).collect();
                return format!("tuple<{}>", fields.join(", "));
            }
            5 => {
                return match self.below(4) {
                    0 => "result".to_owned(),
                    1 => format!("result<{}>", inner(self, definitions)),
                    2 => format!("result<_, {}>", inner(self, definitions)),
                    _ => format!("result<{}, {}>", inner(self, definitions), inner(self, definitions)),
                };
            }
            6 => format!("enum NAME {{ {} }}", labels([1, 2, 5, 256, 257, 300][self.below(6)])),
            7 => format!("flags NAME {{ {} }}", labels(1 + self.below(32))),
            8 => format!("type NAME = {};", inner(self, definitions)),
            9 => {
                let count = [1, 2, 3, 4, 260][self.below(5)];
                let mut cases = String::new();
                for at in 0..count {
                    // Of many cases few have a payload, or there would be no end.
                    let payload =
                        if self.below(count) < 3 { format!("({})", inner(self, definitions)) } else { "".into() };
                    cases += &format!("c{at}{payload}, ");
                }
                format!("variant NAME {{ {cases} }}")
            }
            _ => {
                let fields = (0..1 + self.below(5)).map(|at| format!("f{at}: {}, ", inner(self, definitions)));
                format!("record NAME {{ {} }}", fields.collect::<String>())
            }
        };
        let name = format!("t{}", definitions.len());
        definitions.push(body.replace("NAME", &name));
        name
    }
}

/// `l0, l1, …`
pub fn labels(count: usize) -> String {
    (0..count).map(|at| format!("l{at}, ")).collect()
}

/// The text of functions `call-0`, `call-1`, …, whose parameters and results are random types.
pub fn functions(params: &mut Random, results: &mut Random, count: usize, definitions: &mut Vec<String>) -> String {
    let mut text = String::new();
    for at in 0..count {
        // Now and then more than sixteen, which come by address.
        let count = if at % 7 == 0 { 12 } else { params.below(5) };
        let list = (0..count).map(|param| format!("p{param}: {}", params.ty(2, definitions)));
        let list = list.collect::<Vec<_>>().join(", ");
        let result = match results.below(6) {
            0 => String::new(),
            _ => format!(" -> {}", results.ty(2, definitions)),
        };
        text += &format!("call-{at}: func({list}){result};\n");
    }
    text
}

/// A random value of a type, with handles from elsewhere: `handle` is asked for one of the caller's own, or for one to lend.
pub fn random_value(
    random: &mut Random,
    ty: &Type,
    handle: &mut dyn FnMut(&mut Random, bool) -> wasmtime::Result<Val>,
) -> wasmtime::Result<Val> {
    Ok(match ty {
        Type::Bool => Val::Bool(random.below(2) == 0),
        Type::S8 => Val::S8(random.number() as i8),
        Type::U8 => Val::U8(random.number() as u8),
        Type::S16 => Val::S16(random.number() as i16),
        Type::U16 => Val::U16(random.number() as u16),
        Type::S32 => Val::S32(random.number() as i32),
        Type::U32 => Val::U32(random.number() as u32),
        Type::S64 => Val::S64(random.number() as i64),
        Type::U64 => Val::U64(random.number()),
        Type::Float32 => Val::Float32([0.0, -1.5, f32::MAX][random.below(3)]),
        Type::Float64 => Val::Float64([-0.0, 0.1, f64::MIN][random.below(3)]),
        Type::Char => Val::Char(random.char()),
        Type::String => Val::String((0..random.below(6)).map(|_| random.char()).collect()),
        Type::List(list) => {
            let values = (0..random.below(4)).map(|_| random_value(random, &list.ty(), handle));
            Val::List(values.collect::<wasmtime::Result<_>>()?)
        }
        Type::Record(record) => {
            let fields =
                record.fields().map(|field| Ok((field.name.to_owned(), random_value(random, &field.ty, handle)?)));
            Val::Record(fields.collect::<wasmtime::Result<_>>()?)
        }
        Type::Tuple(tuple) => {
            let values = tuple.types().map(|ty| random_value(random, &ty, handle));
            Val::Tuple(values.collect::<wasmtime::Result<_>>()?)
        }
        Type::Variant(variant) => {
            let case = variant.cases().nth(random.below(variant.cases().len())).expect("there is one");
            let payload = case.ty.map(|ty| random_value(random, &ty, handle).map(Box::new)).transpose()?;
            Val::Variant(case.name.to_owned(), payload)
        }
        Type::Enum(cases) => {
            Val::Enum(cases.names().nth(random.below(cases.names().len())).expect("there is one").to_owned())
        }
        Type::Option(option) => match random.below(3) {
            0 => Val::Option(None),
            _ => Val::Option(Some(Box::new(random_value(random, &option.ty(), handle)?))),
        },
        Type::Result(result) => {
            let is_ok = random.below(2) == 0;
            let ty = if is_ok { result.ok() } else { result.err() };
            let payload = ty.map(|ty| random_value(random, &ty, handle).map(Box::new)).transpose()?;
            Val::Result(if is_ok { Ok(payload) } else { Err(payload) })
        }
        Type::Flags(flags) => Val::Flags(flags.names().filter(|_| random.below(2) == 0).map(str::to_owned).collect()),
        Type::Own(_) => handle(random, true)?,
        Type::Borrow(_) => handle(random, false)?,
        other => return Err(wasmtime::Error::msg(format!("{other:?} is not WASI 0.2"))),
    })
}
