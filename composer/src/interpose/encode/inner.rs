//! What gives one interface's types and functions their names: an inner component, or an instance written out.

use super::super::types::{Scope, index_of};
use crate::wit::{Item, Wit, is_leaf, is_resource, named, named_parts, types_in_order};
use anyhow::Result;
use std::collections::BTreeSet;
use wasm_encoder::{
    Alias, ComponentBuilder, ComponentExportKind, ComponentOuterAliasKind, ComponentTypeRef, TypeBounds,
};
use wit_parser::TypeId;

/// The component that gives an interface's types and functions their names. `outside` has the index, one level out, of each of the
/// types.
pub fn inner(wit: &Wit, item: &Item, types: &[TypeId], outside: &[u32]) -> Result<ComponentBuilder> {
    let mut builder = ComponentBuilder::default();
    let mut scope = Scope::default();
    for (index, (id, outside)) in types.iter().zip(outside).enumerate() {
        let bounds = if is_resource(wit, *id) {
            TypeBounds::SubResource
        } else if is_leaf(wit, *id) {
            // What is made of nothing that has a name is the same wherever it is written, so it is written once.
            let alias = Alias::Outer { kind: ComponentOuterAliasKind::Type, count: 1, index: *outside };
            TypeBounds::Eq(builder.alias(None, alias))
        } else {
            TypeBounds::Eq(index_of(&mut scope, &mut builder, wit, *id)?)
        };
        let local = builder.import(format!("t{index}").as_str(), ComponentTypeRef::Type(bounds));
        scope.learn_export(wit, *id, local);
    }
    let functions = item.functions(wit);
    let mut funcs = Vec::new();
    for (index, function) in functions.iter().enumerate() {
        let ty = scope.func(&mut builder, wit, function)?;
        funcs.push(builder.import(format!("f{index}").as_str(), ComponentTypeRef::Func(ty)));
    }

    // Under its new name a resource is another to the validator, and exports may only speak of exported resources: what mentions
    // one is written again.
    let mut exported = Scope::default();
    for (name, id) in names(wit, item, types) {
        let origin = wit.origin(id);
        let same = named(wit, origin).filter(|_| is_resource(wit, origin) || is_leaf(wit, origin));
        let known = same.and_then(|name| exported.get(&name).or_else(|| scope.get(&name)));
        let index = match known {
            Some(index) => index,
            None => index_of(&mut exported, &mut builder, wit, id)?,
        };
        let index = builder.export(&name, ComponentExportKind::Type, index, None);
        exported.learn_export(wit, id, index);
    }
    for (function, func) in functions.iter().zip(funcs) {
        let ty = exported.func(&mut builder, wit, function)?;
        builder.export(&function.name, ComponentExportKind::Func, func, Some(ComponentTypeRef::Func(ty)));
    }
    Ok(builder)
}

/// The names under which an interface's types go out, each after those that it is made of. What has no name in this interface
/// needs some name, too, before it is a part of something.
pub fn names(wit: &Wit, item: &Item, types: &[TypeId]) -> Vec<(String, TypeId)> {
    let names = types_in_order(wit, item);
    let local: BTreeSet<TypeId> = names.iter().map(|(_, id)| wit.origin(*id)).collect();
    let mut unnamed: BTreeSet<TypeId> = types.iter().filter(|id| !local.contains(id)).copied().collect();
    let mut all: Vec<(String, TypeId)> = Vec::new();
    for (name, id) in &names {
        let mut parts = Vec::new();
        named_parts(wit, *id, &mut parts);
        parts.retain(|part| unnamed.remove(part));
        for part in parts {
            all.push((made_up(&names, all.len()), part));
        }
        all.push(((*name).to_owned(), *id));
    }
    for part in types.iter().filter(|part| unnamed.contains(part)) {
        all.push((made_up(&names, all.len()), *part));
    }
    all
}

/// A name that none of `names` is.
fn made_up(names: &[(&str, TypeId)], number: usize) -> String {
    let mut name = format!("unnamed{number}");
    while names.iter().any(|(known, _)| *known == name) {
        name.push('x');
    }
    name
}
