//! WIT values, and how they lie in memory.

use crate::wit::Wit;
use anyhow::{Result, anyhow, bail};
use wit_parser::{Type, TypeDefKind};

/// A value of some WIT type without handles. The type comes with the place that the value goes to, and is checked there.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `bool`
    Bool(bool),
    /// Any integer type; must be in its range.
    Int(i128),
    /// `f32` and `f64`
    Float(f64),
    /// `char`
    Char(char),
    /// `string`
    String(String),
    /// `list<t>`
    List(Vec<Value>),
    /// `tuple<t, ...>`
    Tuple(Vec<Value>),
    /// A record's fields, in any order.
    Record(Vec<(String, Value)>),
    /// A variant's case and its payload.
    Variant(String, Option<Box<Value>>),
    /// An enum's case.
    Enum(String),
    /// The flags that are set.
    Flags(Vec<String>),
    /// `option<t>`
    Option(Option<Box<Value>>),
    /// `result<t, e>`
    Result(Result<Option<Box<Value>>, Option<Box<Value>>>),
}

impl Value {
    /// A string.
    pub fn string(text: impl Into<String>) -> Self {
        Self::String(text.into())
    }

    /// A list of strings.
    pub fn strings<T: Into<String>>(list: impl IntoIterator<Item = T>) -> Self {
        Self::List(list.into_iter().map(Self::string).collect())
    }

    /// An option.
    pub fn option(value: Option<Value>) -> Self {
        Self::Option(value.map(Box::new))
    }

    /// A variant's case without payload.
    pub fn case(name: &str) -> Self {
        Self::Variant(name.to_owned(), None)
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "a bool",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Char(_) => "a char",
            Self::String(_) => "a string",
            Self::List(_) => "a list",
            Self::Tuple(_) => "a tuple",
            Self::Record(_) => "a record",
            Self::Variant(..) => "a variant",
            Self::Enum(_) => "an enum",
            Self::Flags(_) => "flags",
            Self::Option(_) => "an option",
            Self::Result(_) => "a result",
        }
    }
}

/// A value that fits in one register.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    /// Also what `bool`, `char`, enums and small flags are.
    I32(i32),
    /// `u64` and `s64`
    I64(i64),
    /// `f32`
    F32(f32),
    /// `f64`
    F64(f64),
}

/// A block of memory that values are laid out in, as the canonical ABI has it.
pub struct Memory {
    /// The address of the first byte.
    base: u32,
    /// What has been laid out so far.
    pub bytes: Vec<u8>,
}

impl Memory {
    /// An empty block that will lie at `base`, which is aligned to 8.
    pub fn new(base: u32) -> Self {
        Self { base, bytes: Vec::new() }
    }

    /// The address after the last byte.
    pub fn end(&self) -> u32 {
        self.base + self.bytes.len() as u32
    }

    /// Lays a value out and gives its address. The same bytes are laid out once.
    pub fn place(&mut self, wit: &Wit, ty: &Type, value: &Value) -> Result<u32> {
        let size = wit.sizes.size(ty).size_wasm32();
        let at = self.reserve(size, wit.sizes.align(ty).align_wasm32());
        self.store(wit, at, ty, value)?;
        // Small values that point nowhere are common (errors), and often the same.
        let start = (at - self.base) as usize;
        let (before, placed) = self.bytes.split_at(start);
        let earlier = (0..start).step_by(8).find(|&earlier| before[earlier..].starts_with(placed));
        match earlier {
            Some(earlier) if placed.len() == size && size <= 64 => {
                self.bytes.truncate(start);
                Ok(self.base + earlier as u32)
            }
            _ => Ok(at),
        }
    }

    /// Lays text out, once, and gives its address and length.
    pub fn text(&mut self, text: &str) -> (u32, u32) {
        let len = text.len();
        let known = self.bytes.windows(len.max(1)).position(|window| window == text.as_bytes());
        let start = known.unwrap_or_else(|| {
            self.bytes.extend(text.as_bytes());
            self.bytes.len() - len
        });
        (self.base + start as u32, len as u32)
    }

    fn reserve(&mut self, size: usize, align: usize) -> u32 {
        let align = align.max(1);
        let start = self.bytes.len().next_multiple_of(align);
        self.bytes.resize(start + size, 0);
        self.base + start as u32
    }

    fn write(&mut self, at: u32, bytes: &[u8]) {
        let start = (at - self.base) as usize;
        self.bytes[start..start + bytes.len()].copy_from_slice(bytes);
    }

    fn store(&mut self, wit: &Wit, at: u32, ty: &Type, value: &Value) -> Result<()> {
        match (shape(wit, ty)?, value) {
            (Shape::String, Value::String(text)) => {
                let pointer = self.reserve(text.len(), 1);
                self.write(pointer, text.as_bytes());
                self.write(at, &pointer.to_le_bytes());
                self.write(at + 4, &(text.len() as u32).to_le_bytes());
            }
            (Shape::List(element), Value::List(values)) => {
                let size = wit.sizes.size(element).size_wasm32();
                let pointer = self.reserve(size * values.len(), wit.sizes.align(element).align_wasm32());
                for (index, value) in values.iter().enumerate() {
                    self.store(wit, pointer + (index * size) as u32, element, value)?;
                }
                self.write(at, &pointer.to_le_bytes());
                self.write(at + 4, &(values.len() as u32).to_le_bytes());
            }
            (Shape::Fields(fields), value) => {
                let types: Vec<Type> = fields.iter().map(|(_, ty)| *ty).collect();
                let offsets = wit.sizes.field_offsets(&types);
                for ((offset, ty), value) in offsets.iter().zip(in_order(&fields, value)?) {
                    self.store(wit, at + offset.size_wasm32() as u32, ty, value)?;
                }
            }
            (Shape::Cases(cases), value) => {
                let (index, payload) = pick(&cases, value)?;
                let tag = tag(cases.len());
                self.write(at, &(index as u32).to_le_bytes()[..tag_size(tag)]);
                if let Some((ty, payload)) = payload {
                    let offset = wit.sizes.payload_offset(tag, cases.iter().map(|(_, ty)| ty.as_ref()));
                    self.store(wit, at + offset.size_wasm32() as u32, &ty, payload)?;
                }
            }
            (Shape::Flags(names), Value::Flags(set)) => {
                let mut bytes = vec![0; wit.sizes.size(ty).size_wasm32()];
                for position in positions(&names, set)? {
                    bytes[position / 8] |= 1 << (position % 8);
                }
                self.write(at, &bytes);
            }
            (Shape::Scalar(ty), value) => {
                let size = wit.sizes.size(&ty).size_wasm32();
                match scalar(&ty, value)? {
                    Scalar::I32(value) => self.write(at, &value.to_le_bytes()[..size]),
                    Scalar::I64(value) => self.write(at, &value.to_le_bytes()),
                    Scalar::F32(value) => self.write(at, &value.to_le_bytes()),
                    Scalar::F64(value) => self.write(at, &value.to_le_bytes()),
                }
            }
            (shape, value) => bail!("expected {}, found {}", shape.name(), value.kind()),
        }
        Ok(())
    }
}

/// The integer that says which of `cases` cases it is.
pub fn tag(cases: usize) -> wit_parser::Int {
    match cases {
        0..=0x100 => wit_parser::Int::U8,
        0x101..=0x1_0000 => wit_parser::Int::U16,
        _ => wit_parser::Int::U32,
    }
}

/// Its size in bytes.
pub fn tag_size(tag: wit_parser::Int) -> usize {
    match tag {
        wit_parser::Int::U8 => 1,
        wit_parser::Int::U16 => 2,
        wit_parser::Int::U32 => 4,
        wit_parser::Int::U64 => 8,
    }
}

/// A value of a type that the canonical ABI passes in one register.
pub fn flat(wit: &Wit, ty: &Type, value: &Value) -> Result<Scalar> {
    match (shape(wit, ty)?, value) {
        (Shape::Scalar(ty), value) => scalar(&ty, value),
        (Shape::Flags(names), Value::Flags(set)) => {
            Ok(Scalar::I32(positions(&names, set)?.into_iter().fold(0, |bits, position| bits | 1 << position)))
        }
        (Shape::Cases(cases), value) => match pick(&cases, value)? {
            (index, None) => Ok(Scalar::I32(index as i32)),
            (_, Some(_)) => bail!("a payload does not fit in one register"),
        },
        (Shape::Fields(fields), value) => {
            let values = in_order(&fields, value)?;
            // All but one of them take no space.
            let at = fields.iter().position(|(_, ty)| wit.sizes.size(ty).size_wasm32() > 0);
            let at = at.ok_or_else(|| anyhow!("a value of no size does not fit in one register"))?;
            flat(wit, &fields[at].1, values[at])
        }
        (shape, value) => bail!("expected {}, found {}", shape.name(), value.kind()),
    }
}

/// What a type looks like once names are looked through and records, tuples, variants, options and results are one.
enum Shape<'a> {
    Scalar(Type),
    String,
    List(&'a Type),
    Fields(Vec<(Option<&'a str>, Type)>),
    Cases(Vec<(&'a str, Option<Type>)>),
    Flags(Vec<&'a str>),
}

impl Shape<'_> {
    fn name(&self) -> &'static str {
        match self {
            Self::Scalar(_) => "a scalar",
            Self::String => "a string",
            Self::List(_) => "a list",
            Self::Fields(_) => "a record or tuple",
            Self::Cases(_) => "a case",
            Self::Flags(_) => "flags",
        }
    }
}

fn shape<'a>(wit: &'a Wit, ty: &'a Type) -> Result<Shape<'a>> {
    let id = match ty {
        Type::Id(id) => wit.origin(*id),
        Type::String => return Ok(Shape::String),
        scalar => return Ok(Shape::Scalar(*scalar)),
    };
    Ok(match &wit.resolve.types[id].kind {
        TypeDefKind::Type(ty) => return shape(wit, ty),
        TypeDefKind::List(element) => Shape::List(element),
        TypeDefKind::Record(record) => {
            Shape::Fields(record.fields.iter().map(|field| (Some(field.name.as_str()), field.ty)).collect())
        }
        TypeDefKind::Tuple(tuple) => Shape::Fields(tuple.types.iter().map(|ty| (None, *ty)).collect()),
        TypeDefKind::Variant(variant) => {
            Shape::Cases(variant.cases.iter().map(|case| (case.name.as_str(), case.ty)).collect())
        }
        TypeDefKind::Enum(cases) => Shape::Cases(cases.cases.iter().map(|case| (case.name.as_str(), None)).collect()),
        TypeDefKind::Option(some) => Shape::Cases(vec![("none", None), ("some", Some(*some))]),
        TypeDefKind::Result(result) => Shape::Cases(vec![("ok", result.ok), ("err", result.err)]),
        TypeDefKind::Flags(flags) => Shape::Flags(flags.flags.iter().map(|flag| flag.name.as_str()).collect()),
        other => bail!("a value of type {} cannot be a constant", other.as_str()),
    })
}

fn scalar(ty: &Type, value: &Value) -> Result<Scalar> {
    let int = |min: i128, max: i128| match value {
        Value::Int(value) if (min..=max).contains(value) => Ok(*value),
        Value::Int(value) => Err(anyhow!("{value} is not between {min} and {max}")),
        other => Err(anyhow!("expected an integer, found {}", other.kind())),
    };
    Ok(match (ty, value) {
        (Type::Bool, Value::Bool(value)) => Scalar::I32(*value as i32),
        (Type::Char, Value::Char(value)) => Scalar::I32(*value as i32),
        (Type::F32, Value::Float(value)) => Scalar::F32(*value as f32),
        (Type::F64, Value::Float(value)) => Scalar::F64(*value),
        (Type::U8, _) => Scalar::I32(int(0, u8::MAX.into())? as i32),
        (Type::U16, _) => Scalar::I32(int(0, u16::MAX.into())? as i32),
        (Type::U32, _) => Scalar::I32(int(0, u32::MAX.into())? as u32 as i32),
        (Type::U64, _) => Scalar::I64(int(0, u64::MAX.into())? as u64 as i64),
        (Type::S8, _) => Scalar::I32(int(i8::MIN.into(), i8::MAX.into())? as i32),
        (Type::S16, _) => Scalar::I32(int(i16::MIN.into(), i16::MAX.into())? as i32),
        (Type::S32, _) => Scalar::I32(int(i32::MIN.into(), i32::MAX.into())? as i32),
        (Type::S64, _) => Scalar::I64(int(i64::MIN.into(), i64::MAX.into())? as i64),
        (ty, value) => bail!("expected {ty:?}, found {}", value.kind()),
    })
}

/// The values of a record's or tuple's fields in the type's order.
fn in_order<'v>(fields: &[(Option<&str>, Type)], value: &'v Value) -> Result<Vec<&'v Value>> {
    match value {
        Value::Tuple(values) if values.len() == fields.len() && fields.iter().all(|(name, _)| name.is_none()) => {
            Ok(values.iter().collect())
        }
        Value::Record(values) if values.len() == fields.len() => fields
            .iter()
            .map(|(name, _)| {
                let name = name.unwrap_or_default();
                let found = values.iter().find(|(given, _)| given == name);
                found.map(|(_, value)| value).ok_or_else(|| anyhow!("the field `{name}` is missing"))
            })
            .collect(),
        Value::Tuple(values) => bail!("expected {} fields, found a tuple of {}", fields.len(), values.len()),
        Value::Record(values) => bail!("expected {} fields, found a record of {}", fields.len(), values.len()),
        other => bail!("expected a record or tuple, found {}", other.kind()),
    }
}

/// The position of a value's case, and its payload with the type of that.
fn pick<'v>(cases: &[(&str, Option<Type>)], value: &'v Value) -> Result<(usize, Option<(Type, &'v Value)>)> {
    let (name, payload) = match value {
        Value::Variant(name, payload) => (name.as_str(), payload),
        Value::Enum(name) => (name.as_str(), &None),
        Value::Option(payload) => (if payload.is_some() { "some" } else { "none" }, payload),
        Value::Result(Ok(payload)) => ("ok", payload),
        Value::Result(Err(payload)) => ("err", payload),
        other => bail!("expected a case, found {}", other.kind()),
    };
    let index = cases.iter().position(|(case, _)| *case == name);
    let index = index.ok_or_else(|| anyhow!("there is no case `{name}`"))?;
    match (cases[index].1, payload) {
        (None, None) => Ok((index, None)),
        (Some(ty), Some(value)) => Ok((index, Some((ty, value)))),
        (Some(_), None) => bail!("the case `{name}` lacks its payload"),
        (None, Some(_)) => bail!("the case `{name}` has no payload"),
    }
}

fn positions(names: &[&str], set: &[String]) -> Result<Vec<usize>> {
    set.iter()
        .map(|flag| names.iter().position(|name| name == flag).ok_or_else(|| anyhow!("there is no flag `{flag}`")))
        .collect()
}
