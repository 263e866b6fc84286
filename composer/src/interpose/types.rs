//! WIT types written down as component types.

use crate::names::Track;
use crate::wit::{Item, Named, Wit, is_resource, must_be_named, named, named_parts, named_parts_in, types_in_order};
use anyhow::{Result, bail};
use std::collections::{BTreeSet, HashMap, HashSet};
use wasm_encoder::{
    Alias, ComponentBuilder, ComponentOuterAliasKind, ComponentTypeEncoder, ComponentTypeRef, ComponentValType,
    InstanceType, PrimitiveValType, TypeBounds,
};
use wit_parser::{Function, Handle, Type, TypeDefKind, TypeId};

/// A place that types are written to.
pub trait Target {
    /// The index of the next type, and the encoder for it.
    fn next(&mut self) -> (u32, ComponentTypeEncoder<'_>);
}

impl Target for ComponentBuilder {
    fn next(&mut self) -> (u32, ComponentTypeEncoder<'_>) {
        self.ty(None)
    }
}

impl Target for InstanceType {
    fn next(&mut self) -> (u32, ComponentTypeEncoder<'_>) {
        (self.type_count(), self.ty())
    }
}

/// The types that one place has so far. Resources must be known before anything that mentions them is written.
#[derive(Default)]
pub struct Scope {
    known: HashMap<Named, u32>,
    /// Those that are known by the index of an export or import.
    exported: HashSet<Named>,
    /// Types without a name, by what they are made of: each is written once.
    unnamed: HashMap<String, u32>,
}

impl Scope {
    /// Says what index a named type has.
    pub fn learn(&mut self, name: Named, index: u32) {
        self.known.insert(name, index);
    }

    /// Says what index a type has now that it is exported or imported under a name, which may be an alias. Of a resource
    /// with several names the first counts: its methods are about that one.
    pub fn learn_export(&mut self, wit: &Wit, id: TypeId, index: u32) {
        let origin = wit.origin(id);
        if let Some(name) = named(wit, id).filter(|_| id != origin) {
            self.known.insert(name, index);
        }
        if let Some(name) = named(wit, origin) {
            let renamed = self.exported.insert(name.clone());
            if renamed || !is_resource(wit, origin) {
                self.known.insert(name, index);
            }
        }
    }

    /// The index of a named type, if it is known.
    pub fn get(&self, name: &Named) -> Option<u32> {
        self.known.get(name).copied()
    }

    /// The reference to a type, which is written first if need be. A named type is written without its name; a place
    /// that needs the name visits `named_parts` first.
    pub fn val<T: Target>(&mut self, to: &mut T, wit: &Wit, ty: &Type) -> Result<ComponentValType> {
        let primitive = match ty {
            Type::Id(id) => return self.def(to, wit, *id),
            Type::Bool => PrimitiveValType::Bool,
            Type::U8 => PrimitiveValType::U8,
            Type::U16 => PrimitiveValType::U16,
            Type::U32 => PrimitiveValType::U32,
            Type::U64 => PrimitiveValType::U64,
            Type::S8 => PrimitiveValType::S8,
            Type::S16 => PrimitiveValType::S16,
            Type::S32 => PrimitiveValType::S32,
            Type::S64 => PrimitiveValType::S64,
            Type::F32 => PrimitiveValType::F32,
            Type::F64 => PrimitiveValType::F64,
            Type::Char => PrimitiveValType::Char,
            Type::String => PrimitiveValType::String,
            Type::ErrorContext => bail!("the type `error-context` is not WASI 0.2"),
        };
        Ok(ComponentValType::Primitive(primitive))
    }

    fn vals<T: Target>(&mut self, to: &mut T, wit: &Wit, types: &[Type]) -> Result<Vec<ComponentValType>> {
        types.iter().map(|ty| self.val(to, wit, ty)).collect()
    }

    fn maybe<T: Target>(&mut self, to: &mut T, wit: &Wit, ty: &Option<Type>) -> Result<Option<ComponentValType>> {
        ty.as_ref().map(|ty| self.val(to, wit, ty)).transpose()
    }

    fn def<T: Target>(&mut self, to: &mut T, wit: &Wit, id: TypeId) -> Result<ComponentValType> {
        // By the name that is used here, or by one that it stands for.
        let mut id = id;
        let name = loop {
            let name = named(wit, id);
            if let Some(index) = name.as_ref().and_then(|name| self.get(name)) {
                return Ok(ComponentValType::Type(index));
            }
            match wit.resolve.types[id].kind {
                TypeDefKind::Type(Type::Id(next)) => id = next,
                _ => break name,
            }
        };
        let def = &wit.resolve.types[id].kind;
        let index = match def {
            TypeDefKind::Type(ty) => return self.val(to, wit, ty),
            TypeDefKind::Record(record) => {
                let fields = self.vals(to, wit, &record.fields.iter().map(|field| field.ty).collect::<Vec<_>>())?;
                let (index, encoder) = to.next();
                encoder.defined_type().record(record.fields.iter().map(|f| f.name.as_str()).zip(fields));
                index
            }
            TypeDefKind::Variant(variant) => {
                let mut cases = Vec::new();
                for case in &variant.cases {
                    cases.push((case.name.as_str(), self.maybe(to, wit, &case.ty)?));
                }
                let (index, encoder) = to.next();
                encoder.defined_type().variant(cases);
                index
            }
            TypeDefKind::Enum(cases) => {
                let (index, encoder) = to.next();
                encoder.defined_type().enum_type(cases.cases.iter().map(|case| case.name.as_str()));
                index
            }
            TypeDefKind::Flags(flags) => {
                let (index, encoder) = to.next();
                encoder.defined_type().flags(flags.flags.iter().map(|flag| flag.name.as_str()));
                index
            }
            TypeDefKind::Tuple(tuple) => {
                let types = self.vals(to, wit, &tuple.types)?;
                return Ok(self.once(to, format!("tuple {types:?}"), |e| e.defined_type().tuple(types)));
            }
            TypeDefKind::Option(ty) => {
                let ty = self.val(to, wit, ty)?;
                return Ok(self.once(to, format!("option {ty:?}"), |e| e.defined_type().option(ty)));
            }
            TypeDefKind::List(ty) => {
                let ty = self.val(to, wit, ty)?;
                return Ok(self.once(to, format!("list {ty:?}"), |e| e.defined_type().list(ty)));
            }
            TypeDefKind::Result(result) => {
                let (ok, err) = (self.maybe(to, wit, &result.ok)?, self.maybe(to, wit, &result.err)?);
                return Ok(self.once(to, format!("result {ok:?} {err:?}"), |e| e.defined_type().result(ok, err)));
            }
            TypeDefKind::Handle(Handle::Own(resource)) => {
                let resource = self.resource(wit, *resource)?;
                return Ok(self.once(to, format!("own {resource}"), |e| e.defined_type().own(resource)));
            }
            TypeDefKind::Handle(Handle::Borrow(resource)) => {
                let resource = self.resource(wit, *resource)?;
                return Ok(self.once(to, format!("borrow {resource}"), |e| e.defined_type().borrow(resource)));
            }
            other => bail!("the type {} is not WASI 0.2, and virt-compose cannot stand in for it yet", other.as_str()),
        };
        if let Some(name) = name {
            self.learn(name, index);
        }
        Ok(ComponentValType::Type(index))
    }

    /// The index of a resource, which is known.
    pub fn resource(&self, wit: &Wit, id: TypeId) -> Result<u32> {
        let name = named(wit, wit.origin(id));
        match name.as_ref().and_then(|name| self.get(name)) {
            Some(index) => Ok(index),
            None => bail!("the resource {name:?} has no provider in this place; this is a defect of virt-compose"),
        }
    }

    fn once<T: Target>(
        &mut self,
        to: &mut T,
        what: String,
        write: impl FnOnce(ComponentTypeEncoder<'_>),
    ) -> ComponentValType {
        let index = *self.unnamed.entry(what).or_insert_with(|| {
            let (index, encoder) = to.next();
            write(encoder);
            index
        });
        ComponentValType::Type(index)
    }

    /// The index of a function's type.
    pub fn func<T: Target>(&mut self, to: &mut T, wit: &Wit, function: &Function) -> Result<u32> {
        let mut params = Vec::new();
        for param in &function.params {
            params.push((param.name.as_str(), self.val(to, wit, &param.ty)?));
        }
        let result = self.maybe(to, wit, &function.result)?;
        let key = format!("func {params:?} {result:?} {}", function.kind.is_async());
        if let Some(index) = self.unnamed.get(&key) {
            return Ok(*index);
        }
        let (index, encoder) = to.next();
        encoder.function().async_(function.kind.is_async()).params(params).result(result);
        self.unnamed.insert(key, index);
        Ok(index)
    }
}

/// Types that are made of nothing that has a name, and their indices where they are written.
pub type Leaves = HashMap<Named, u32>;

/// One interface as several users describe it: each names the functions that it uses, with the types of those.
pub struct Text<'a> {
    /// The interface.
    pub track: Track,
    /// Its descriptions. What two of them describe is the same but for what they leave out.
    pub sources: Vec<(&'a Wit, &'a Item)>,
    /// The functions that are taken.
    pub functions: BTreeSet<String>,
}

impl Text<'_> {
    /// The named types of other interfaces that the text cannot do without: resources, and values that are made of what
    /// has no name in this interface. Says which are resources.
    pub fn foreign(&self) -> Vec<(Named, bool)> {
        let mut foreign: Vec<(Named, bool)> = Vec::new();
        for (wit, item) in &self.sources {
            let local: BTreeSet<TypeId> = item.types(wit).into_iter().map(|(_, id)| wit.origin(id)).collect();
            let aliases = local.iter().filter(|id| !must_be_named(wit, **id)).copied();
            for id in named_parts_in(wit, item).into_iter().chain(aliases) {
                let Some(name) = named(wit, id).filter(|name| name.0 != self.track) else {
                    continue;
                };
                let mut made_of = Vec::new();
                named_parts(wit, id, &mut made_of);
                let is_whole = made_of.iter().all(|part| local.contains(part));
                let entry = (name, is_resource(wit, id));
                if (entry.1 || !is_whole) && !foreign.contains(&entry) {
                    foreign.push(entry);
                }
            }
        }
        foreign
    }

    /// The instance type. `outer` gives the index, one level out, of each foreign type. Of what is made of nothing that has a name
    /// `leaves` has it too, because that is the same in every text.
    pub fn instance(&self, outer: &mut dyn FnMut(&Named) -> Result<u32>, leaves: &Leaves) -> Result<InstanceType> {
        let mut instance = InstanceType::new();
        let mut scope = Scope::default();
        let mut exported = BTreeSet::new();
        let foreign = self.foreign();
        for (wit, item) in &self.sources {
            for (name, id) in types_in_order(wit, item) {
                if !exported.insert(name.to_owned()) {
                    continue;
                }
                let origin = wit.origin(id);
                let mut alias = |index: u32| {
                    let local = instance.type_count();
                    instance.alias(Alias::Outer { kind: ComponentOuterAliasKind::Type, count: 1, index });
                    Some(local)
                };
                let index = match named(wit, origin) {
                    Some(named) if foreign.iter().any(|(name, _)| *name == named) => alias(outer(&named)?),
                    Some(named) if leaves.contains_key(&named) && scope.get(&named).is_none() => alias(leaves[&named]),
                    // A resource is new under its first name, and the same under every other.
                    Some(named) if is_resource(wit, origin) => scope.get(&named),
                    _ => Some(index_of(&mut scope, &mut instance, wit, id)?),
                };
                let bounds = index.map_or(TypeBounds::SubResource, TypeBounds::Eq);
                let local = instance.type_count();
                instance.export(name, ComponentTypeRef::Type(bounds));
                scope.learn_export(wit, id, local);
            }
        }
        let mut done = BTreeSet::new();
        for (wit, item) in &self.sources {
            for function in item.functions(wit) {
                if self.functions.contains(&function.name) && done.insert(function.name.clone()) {
                    let ty = scope.func(&mut instance, wit, function)?;
                    instance.export(function.name.as_str(), ComponentTypeRef::Func(ty));
                }
            }
        }
        Ok(instance)
    }
}

/// The index of a type, which is given one if it is primitive.
pub fn index_of<T: Target>(scope: &mut Scope, to: &mut T, wit: &Wit, id: TypeId) -> Result<u32> {
    match scope.val(to, wit, &Type::Id(id))? {
        ComponentValType::Type(index) => Ok(index),
        ComponentValType::Primitive(primitive) => {
            let (index, encoder) = to.next();
            encoder.defined_type().primitive(primitive);
            Ok(index)
        }
    }
}
