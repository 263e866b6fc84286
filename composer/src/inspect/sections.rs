//! The sections of a component and of all that are nested in it, as far as they say where functions go.

use anyhow::{Context, Result, bail};
use std::collections::HashMap;
use std::ops::Range;
use wasmparser::types::Types;
use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentName,
    ComponentNameSectionReader, ComponentOuterAliasKind, ComponentTypeRef, Encoding, KnownCustom, Parser, Payload,
    ValidPayload, Validator, WasmFeatures,
};

/// A component and all that are nested in it.
pub struct Sections<'a> {
    /// The component itself comes first, and each before those in it.
    pub components: Vec<Nested<'a>>,
    /// The types of its imports and exports.
    pub types: Types,
}

/// One component.
pub struct Nested<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// What it does, in order.
    pub steps: Vec<Step<'a>>,
    /// The components that are defined in it, by position.
    pub children: Vec<usize>,
    /// Whether it has core modules of its own.
    pub has_code: bool,
    /// What its section of virt-compose's holds.
    pub section: Option<&'a [u8]>,
    /// What its own names say of its instances, by position.
    pub instances: HashMap<u32, &'a str>,
}

/// What a definition is, of what can lead to a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A function.
    Func,
    /// An instance.
    Instance,
    /// A component.
    Component,
    /// A type, a value, or a core module.
    Other,
}

/// A name, and a definition by its position among those of its sort.
pub type Named<'a> = (&'a str, Sort, u32);

/// A definition, or the use of one.
pub enum Step<'a> {
    Import(&'a str, Sort),
    /// A component, by position.
    Define(usize),
    /// The instance of a component.
    Instantiate(u32, Vec<Named<'a>>),
    /// An instance of what is there.
    Group(Vec<Named<'a>>),
    /// An export of an instance.
    Alias(Sort, u32, &'a str),
    /// A component of one that is further out.
    Outer(u32, u32),
    /// A function of core wasm becomes one of the component.
    Lift,
    /// A function is handed to core wasm.
    Lower(u32),
    /// A function is called when the component is instantiated.
    Start(u32),
    Export(Named<'a>),
}

impl From<ComponentExternalKind> for Sort {
    fn from(kind: ComponentExternalKind) -> Self {
        match kind {
            ComponentExternalKind::Func => Self::Func,
            ComponentExternalKind::Instance => Self::Instance,
            ComponentExternalKind::Component => Self::Component,
            ComponentExternalKind::Module | ComponentExternalKind::Value | ComponentExternalKind::Type => Self::Other,
        }
    }
}

impl From<ComponentTypeRef> for Sort {
    fn from(ty: ComponentTypeRef) -> Self {
        match ty {
            ComponentTypeRef::Func(_) => Self::Func,
            ComponentTypeRef::Instance(_) => Self::Instance,
            ComponentTypeRef::Component(_) => Self::Component,
            ComponentTypeRef::Module(_) | ComponentTypeRef::Value(_) | ComponentTypeRef::Type(_) => Self::Other,
        }
    }
}

/// How deep components may be in each other. To validate them takes longer the deeper they are, and nobody makes any deeper than ten.
const DEPTH: usize = 1000;

impl<'a> Sections<'a> {
    /// Reads a component and validates it, function bodies aside: these reach nothing but what is handed to them.
    pub fn of(bytes: &'a [u8]) -> Result<Self> {
        let mut validator = Validator::new_with_features(WasmFeatures::all());
        let mut components: Vec<Nested> = Vec::new();
        // What is open: a component by its position, or a module.
        let mut open: Vec<Option<usize>> = Vec::new();
        let (mut next, mut types) = (bytes, None);
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload.context("this is not valid wasm")?;
            let valid = validator.payload(&payload).context("this is not a valid component")?;
            if let ValidPayload::End(of) = valid {
                types = Some(of);
            }
            match &payload {
                Payload::Version { encoding: Encoding::Module, .. } => {
                    if open.is_empty() {
                        bail!("this is a core module, not a component");
                    }
                    open.push(None);
                    continue;
                }
                Payload::Version { .. } => {
                    if open.len() > DEPTH {
                        bail!("components are in each other more than {DEPTH} deep, which is more than is looked at");
                    }
                    let at = components.len();
                    if let Some(Some(outer)) = open.last() {
                        let outer = &mut components[*outer];
                        outer.children.push(at);
                        outer.steps.push(Step::Define(at));
                    }
                    open.push(Some(at));
                    components.push(Nested {
                        bytes: next,
                        steps: vec![],
                        children: vec![],
                        has_code: false,
                        section: None,
                        instances: HashMap::new(),
                    });
                    continue;
                }
                Payload::End(_) => drop(open.pop()),
                Payload::ComponentSection { unchecked_range, .. } => {
                    next = bytes.get(range(unchecked_range)).context("this is not valid wasm: it ends too early")?;
                }
                _ => {}
            }
            if let Some(Some(at)) = open.last() {
                components[*at].take(payload)?;
            }
        }
        let types = types.context("this is not valid wasm: it ends too early")?;
        Ok(Self { components, types })
    }
}

fn range(range: &Range<u64>) -> Range<usize> {
    range.start as usize..range.end as usize
}

impl<'a> Nested<'a> {
    /// The instances of components that are defined in it, by index, and the position of each component among those.
    pub fn instantiated(&self) -> impl Iterator<Item = (u32, usize)> {
        let (mut components, mut instances, mut defined) = (Vec::new(), 0, 0);
        let made = self.steps.iter().filter_map(move |step| {
            let mut made = None;
            match step {
                Step::Define(_) => {
                    components.push(Some(defined));
                    defined += 1;
                }
                Step::Import(_, Sort::Component)
                | Step::Alias(Sort::Component, ..)
                | Step::Outer(..)
                | Step::Export((_, Sort::Component, _)) => components.push(None),
                Step::Instantiate(component, _) => {
                    made = Some((instances, components.get(*component as usize).copied().flatten()));
                    instances += 1;
                }
                Step::Import(_, Sort::Instance)
                | Step::Group(_)
                | Step::Alias(Sort::Instance, ..)
                | Step::Export((_, Sort::Instance, _)) => instances += 1,
                _ => {}
            }
            made
        });
        made.filter_map(|(index, component)| Some((index, component?)))
    }

    /// Takes a section in.
    fn take(&mut self, payload: Payload<'a>) -> Result<()> {
        match payload {
            Payload::ModuleSection { .. } => self.has_code = true,
            Payload::CustomSection(section) if section.name() == crate::provenance::SECTION => {
                self.section = Some(section.data());
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::ComponentName(names) = section.as_known() {
                    self.name_instances(names);
                }
            }
            Payload::ComponentImportSection(section) => {
                for import in section {
                    let import = import?;
                    self.steps.push(Step::Import(import.name.name, import.ty.into()));
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section {
                    self.steps.push(match instance? {
                        ComponentInstance::Instantiate { component_index, args } => {
                            let args = args.iter().map(|arg| (arg.name, arg.kind.into(), arg.index));
                            Step::Instantiate(component_index, args.collect())
                        }
                        ComponentInstance::FromExports(exports) => {
                            let exports = exports.iter();
                            Step::Group(exports.map(|of| (of.name.name, of.kind.into(), of.index)).collect())
                        }
                    });
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section {
                    match alias? {
                        ComponentAlias::InstanceExport { kind, instance_index, name } => {
                            self.steps.push(Step::Alias(kind.into(), instance_index, name));
                        }
                        ComponentAlias::Outer { kind: ComponentOuterAliasKind::Component, count, index } => {
                            self.steps.push(Step::Outer(count, index));
                        }
                        ComponentAlias::Outer { .. } | ComponentAlias::CoreInstanceExport { .. } => {}
                    }
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                for function in section {
                    match function? {
                        CanonicalFunction::Lift { .. } => self.steps.push(Step::Lift),
                        CanonicalFunction::Lower { func_index, .. } => self.steps.push(Step::Lower(func_index)),
                        // What is left makes and drops handles, and waits: of that, nothing is imported.
                        _ => {}
                    }
                }
            }
            Payload::ComponentStartSection { start, .. } => self.steps.push(Step::Start(start.func_index)),
            Payload::ComponentExportSection(section) => {
                for export in section {
                    let export = export?;
                    self.steps.push(Step::Export((export.name.name, export.kind.into(), export.index)));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Takes names in, as far as they make sense: nothing depends on them.
    fn name_instances(&mut self, names: ComponentNameSectionReader<'a>) {
        for part in names.into_iter().flatten() {
            if let ComponentName::Instances(names) = part {
                self.instances.extend(names.into_iter().flatten().map(|naming| (naming.index, naming.name)));
            }
        }
    }
}
