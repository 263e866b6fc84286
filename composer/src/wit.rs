//! WIT as wit-parser decoded it, and what is asked about it all the time.

use crate::names::{self, InterfaceName, Track};
use std::collections::HashMap;
use wit_parser::{
    Function, Handle, InterfaceId, Resolve, Result_, SizeAlign, Type, TypeDefKind, TypeId, TypeOwner, WorldItem,
    WorldKey,
};

/// A named type: where it was defined and its name there.
pub type Named = (Track, String);

/// Types and functions of one component, with what is asked about them all the time.
pub struct Wit {
    /// The types, as wit-parser has them.
    pub resolve: Resolve,
    /// Sizes and alignments of all of them.
    pub sizes: SizeAlign,
    /// Interfaces that have only the name which a world gives them.
    plain_names: HashMap<InterfaceId, String>,
    /// Whether this is an adapter, in which `host:` stands for the host's `wasi:`.
    adapter: bool,
}

impl Wit {
    /// Wraps what wit-parser decoded.
    pub fn new(resolve: Resolve) -> Self {
        let mut sizes = SizeAlign::default();
        sizes.fill(&resolve);
        let mut plain_names = HashMap::new();
        for (_, world) in resolve.worlds.iter() {
            for (key, item) in world.imports.iter().chain(&world.exports) {
                if let (WorldKey::Name(name), WorldItem::Interface { id, .. }) = (key, item) {
                    plain_names.insert(*id, name.clone());
                }
            }
        }
        Self { resolve, sizes, plain_names, adapter: false }
    }

    /// Takes this as an adapter's, in which `host:` stands for the host's `wasi:`.
    pub fn take_as_adapter(&mut self, imports: &mut [Item]) {
        self.adapter = true;
        for item in imports {
            item.alias = Some(names::of_adapter(&item.name));
        }
    }

    /// The interface's full name.
    pub fn name(&self, interface: InterfaceId) -> InterfaceName {
        match (self.plain_names.get(&interface), self.resolve.id_of(interface)) {
            (Some(name), _) => InterfaceName::parse(name),
            (None, Some(name)) if self.adapter => InterfaceName::parse(&names::of_adapter(&name)),
            (None, Some(name)) => InterfaceName::parse(&name),
            (None, None) => InterfaceName { path: String::new(), version: None },
        }
    }

    /// The type itself, behind any number of `use` and `type a = b`.
    pub fn origin(&self, mut id: TypeId) -> TypeId {
        while let TypeDefKind::Type(Type::Id(next)) = self.resolve.types[id].kind {
            id = next;
        }
        id
    }

    /// Where a type was defined, and its name there; `None` for a type without a name.
    pub fn home(&self, id: TypeId) -> Option<(Track, &str)> {
        let def = &self.resolve.types[id];
        let track = match def.owner {
            TypeOwner::Interface(interface) => self.name(interface).track(),
            TypeOwner::World(_) => Track::world(),
            TypeOwner::None => return None,
        };
        Some((track, def.name.as_deref()?))
    }
}

/// What stands under one name in a component's imports or exports.
#[derive(Clone, Debug)]
pub struct Item {
    /// As it stands in the binary.
    pub name: String,
    /// What the interface is called everywhere else, where that differs: in an adapter, `host:` is the host's `wasi:`.
    pub alias: Option<String>,
    /// What it is.
    pub kind: ItemKind,
}

/// What an import or export is.
#[derive(Clone, Debug)]
pub enum ItemKind {
    /// An interface: an instance with functions and types.
    Interface(InterfaceId),
    /// A function of the world.
    Function(Box<Function>),
    /// A type of the world.
    Type(TypeId),
}

impl Item {
    /// Which interface this is, at any version; all that is the world's own has one.
    pub fn track(&self) -> Track {
        match self.kind {
            ItemKind::Interface(_) => InterfaceName::parse(self.alias.as_ref().unwrap_or(&self.name)).track(),
            _ => Track::world(),
        }
    }

    /// What a policy calls this: the interface, or the name of what is in none.
    pub fn subject(&self) -> Track {
        InterfaceName::parse(&self.name).track()
    }

    /// The functions in it.
    pub fn functions<'a>(&'a self, wit: &'a Wit) -> Vec<&'a Function> {
        match &self.kind {
            ItemKind::Interface(id) => wit.resolve.interfaces[*id].functions.values().collect(),
            ItemKind::Function(function) => vec![function],
            ItemKind::Type(_) => Vec::new(),
        }
    }

    /// The types in it, with the names that they have there.
    pub fn types<'a>(&'a self, wit: &'a Wit) -> Vec<(&'a str, TypeId)> {
        match &self.kind {
            ItemKind::Interface(id) => {
                wit.resolve.interfaces[*id].types.iter().map(|(name, id)| (name.as_str(), *id)).collect()
            }
            ItemKind::Function(_) => Vec::new(),
            ItemKind::Type(id) => vec![(self.name.as_str(), *id)],
        }
    }
}

/// The name of a type that has one.
pub fn named(wit: &Wit, id: TypeId) -> Option<Named> {
    wit.home(id).map(|(track, name)| (track, name.to_owned()))
}

/// Whether a type is a resource.
pub fn is_resource(wit: &Wit, id: TypeId) -> bool {
    matches!(wit.resolve.types[id].kind, TypeDefKind::Resource)
}

/// Whether a type has no handles in it.
fn is_value(wit: &Wit, id: TypeId) -> bool {
    handles(wit, &Type::Id(id)).is_empty() && !is_resource(wit, id)
}

/// Whether a type is made of nothing that has a name.
pub fn is_leaf(wit: &Wit, id: TypeId) -> bool {
    let mut parts = Vec::new();
    named_parts(wit, id, &mut parts);
    parts.iter().all(|part| *part == id) && is_value(wit, id)
}

/// Whether a type must have a name wherever it is exported: what WIT can define by name and is no alias.
pub fn must_be_named(wit: &Wit, id: TypeId) -> bool {
    matches!(
        wit.resolve.types[id].kind,
        TypeDefKind::Resource
            | TypeDefKind::Record(_)
            | TypeDefKind::Variant(_)
            | TypeDefKind::Enum(_)
            | TypeDefKind::Flags(_)
    )
}

/// The types that `id` is made of, directly.
fn parts(wit: &Wit, id: TypeId) -> Vec<Type> {
    match &wit.resolve.types[id].kind {
        TypeDefKind::Record(record) => record.fields.iter().map(|field| field.ty).collect(),
        TypeDefKind::Variant(variant) => variant.cases.iter().filter_map(|case| case.ty).collect(),
        TypeDefKind::Tuple(tuple) => tuple.types.clone(),
        TypeDefKind::Option(ty)
        | TypeDefKind::List(ty)
        | TypeDefKind::FixedLengthList(ty, _)
        | TypeDefKind::Type(ty) => vec![*ty],
        TypeDefKind::Map(key, value) => vec![*key, *value],
        TypeDefKind::Result(result) => result.ok.into_iter().chain(result.err).collect(),
        TypeDefKind::Future(ty) | TypeDefKind::Stream(ty) => ty.iter().copied().collect(),
        TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => vec![Type::Id(*id)],
        TypeDefKind::Resource | TypeDefKind::Enum(_) | TypeDefKind::Flags(_) | TypeDefKind::Unknown => Vec::new(),
    }
}

/// Whether a test holds of a type, or of anything that it is made of. The test sees the type, and its definition if it is
/// not primitive.
pub fn any(wit: &Wit, ty: &Type, test: &mut dyn FnMut(&Type, Option<&TypeDefKind>) -> bool) -> bool {
    let Type::Id(id) = ty else { return test(ty, None) };
    test(ty, Some(&wit.resolve.types[*id].kind)) || parts(wit, *id).iter().any(|part| any(wit, part, test))
}

/// The handles in a type.
pub fn handles(wit: &Wit, ty: &Type) -> Vec<Handle> {
    let mut handles = Vec::new();
    any(wit, ty, &mut |_, kind| {
        if let Some(TypeDefKind::Handle(handle)) = kind {
            handles.push(*handle);
        }
        false
    });
    handles
}

/// What a result is made of, if a type is one.
pub fn result_of<'a>(wit: &'a Wit, ty: &Type) -> Option<&'a Result_> {
    let Type::Id(id) = ty else { return None };
    match &wit.resolve.types[wit.origin(*id)].kind {
        TypeDefKind::Result(result) => Some(result),
        _ => None,
    }
}

/// The named types that `id` is made of, itself included, each after its own parts.
pub fn named_parts(wit: &Wit, id: TypeId, found: &mut Vec<TypeId>) {
    let id = wit.origin(id);
    if found.contains(&id) {
        return;
    }
    for part in parts(wit, id) {
        if let Type::Id(part) = part {
            named_parts(wit, part, found);
        }
    }
    if must_be_named(wit, id) {
        found.push(id);
    }
}

/// The named types that a function mentions, each after its own parts.
pub fn named_parts_of(wit: &Wit, function: &Function, found: &mut Vec<TypeId>) {
    let types = function.params.iter().map(|param| &param.ty).chain(&function.result);
    for ty in types {
        if let Type::Id(id) = ty {
            named_parts(wit, *id, found);
        }
    }
}

/// The named types that an import or export mentions, each after its own parts.
pub fn named_parts_in(wit: &Wit, item: &Item) -> Vec<TypeId> {
    let mut found = Vec::new();
    for (_, id) in item.types(wit) {
        named_parts(wit, id, &mut found);
    }
    for function in item.functions(wit) {
        named_parts_of(wit, function, &mut found);
    }
    found
}

/// The types in an import or export with the names that they have there, each after those that it is made of: first what
/// it has of others, resources ahead, then its own in the order of its text. There, a `use` may come late.
pub fn types_in_order<'a>(wit: &'a Wit, item: &'a Item) -> Vec<(&'a str, TypeId)> {
    let track = item.track();
    let order = named_parts_in(wit, item);
    let mut types = item.types(wit);
    types.sort_by_key(|(_, id)| {
        let origin = wit.origin(*id);
        let position = order.iter().position(|known| *known == origin).unwrap_or(usize::MAX);
        match named(wit, origin) {
            Some(name) if name.0 != track => (if is_resource(wit, origin) { 0 } else { 1 }, position),
            _ => (2, 0),
        }
    });
    types
}
