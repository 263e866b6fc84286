//! A plan -> the picture. Interposers are made, because what they import shows only then; nothing is put together.

use super::picture::{By, Function, Interface, Io, IoOwner, Kind, Node, Picture, Remark, Treated, Wire};
use super::why::why;
use crate::catalog;
use crate::component::Component;
use crate::compose::{interposers, root};
use crate::denial::Answer;
use crate::interpose::{self, Built, Treatment};
use crate::names::{Track, of_adapter};
use crate::plan::{self, Adapters, Part, Plan, Source, User, settings_of};
use crate::policy::{Access, Policy};
use crate::report::{Report, compact, is_used};
use anyhow::Result;
use std::collections::{BTreeMap, HashMap};

/// The host's place among the nodes.
const HOST: usize = 0;

impl Picture {
    /// The picture of a plan, which was made of just these.
    pub fn of(plan: &Plan, app: Option<&Component>, policy: &Policy, adapters: &Adapters) -> Result<Self> {
        let built = interposers(plan)?;
        let reader = Reader { plan, policy, adapters, built: &built };
        let (imports, host_names) = reader.imports(app)?;
        let wires = reader.wires(&host_names);
        let exports: Vec<String> = match app {
            Some(app) => app.exports.iter().map(|item| item.name.clone()).collect(),
            None => {
                let wanted = plan.wants.iter().zip(&plan.sources);
                let wanted = wanted.filter(|(want, source)| want.user == User::App && **source != Source::Root);
                wanted.map(|(want, _)| want.item.name.clone()).collect()
            }
        };
        let report = Report::of(plan, policy, imports.clone());
        let mut remarks = report.remarks();
        let types = report.types_alone();
        if !types.is_empty() {
            let types = compact(&types);
            remarks.push(format!("left to the host for types alone, which others of the host's use: {types}"));
        }
        let notes = remarks.into_iter().map(|words| {
            let warning = words.strip_prefix("warning: ");
            Remark { is_warning: warning.is_some(), text: warning.unwrap_or(&words).to_owned() }
        });
        let owner = match plan.io {
            plan::Io::Host => IoOwner::Host,
            plan::Io::Denied => IoOwner::Denied,
            plan::Io::Virtual => IoOwner::Virtual,
        };
        Ok(Self {
            version: Self::VERSION,
            app: app.map(|_| "app".to_owned()),
            is_unchanged: plan.is_nothing(),
            io: Io { owner, because: plan.makers.clone() },
            nodes: reader.nodes(&wires)?,
            wires: reader.named(wires),
            interfaces: (0..plan.wants.len()).map(|want| reader.interface(want)).collect(),
            imports,
            exports: exports.into_iter().chain(plan.exports.iter().map(|(_, track)| track.label())).collect(),
            notes: notes.collect(),
        })
    }
}

/// Wires by who uses, who has, and who has the last word.
type Wires = BTreeMap<(usize, usize, By), Vec<String>>;

struct Reader<'a, 'p> {
    plan: &'a Plan<'p>,
    policy: &'a Policy,
    adapters: &'a Adapters<'p>,
    built: &'a HashMap<usize, Built>,
}

impl Reader<'_, '_> {
    /// What the result imports, and the names that interfaces have there.
    fn imports(&self, app: Option<&Component>) -> Result<(Vec<String>, HashMap<Track, String>)> {
        if let (true, Some(app)) = (self.plan.is_nothing(), app) {
            return Ok((app.imports.iter().map(|item| item.name.clone()).collect(), HashMap::new()));
        }
        let root = root(self.plan, self.built)?;
        let mut imports: Vec<String> = root.interfaces.iter().map(|(_, name)| name.clone()).collect();
        imports.extend(root.items);
        Ok((imports, root.interfaces.into_iter().collect()))
    }

    /// The place of the app, or of who uses the bundle.
    fn app(&self) -> usize {
        self.plan.parts.len() + 1
    }

    fn place_of(&self, part: &Part) -> Option<usize> {
        self.plan.parts.iter().position(|other| other == part).map(|at| at + 1)
    }

    fn name(&self, node: usize) -> String {
        match node {
            HOST => "host".to_owned(),
            node if node == self.app() => "app".to_owned(),
            node => self.plan.name(node - 1),
        }
    }

    /// Who has the last word on a want.
    fn by(&self, position: usize) -> By {
        let (want, track) = (&self.plan.wants[position], self.plan.wants[position].item.track());
        match (self.plan.access[position], &self.plan.sources[position], want.user) {
            (_, Source::TypeOf(..), _) => By::Type,
            (Access::Host, ..) => By::Host,
            (Access::Adapter(_), ..) => By::Adapter,
            (Access::Files, ..) => By::Files,
            (Access::Deny, _, User::Adapter(adapter)) if settings_of(adapter, &track) => By::Constant,
            (Access::Deny, _, User::Adapter(adapter)) if !self.policy.asks(adapter, &track) => By::Unused,
            (Access::Deny, _, User::App) if self.policy.fixes(&track).is_some() && is_used(want) => By::Constant,
            (Access::Deny, ..) => By::Denied,
        }
    }

    /// Who has what is wanted, among the nodes. A type comes with its interface.
    fn provider(&self, want: usize) -> Option<usize> {
        match &self.plan.sources[want] {
            Source::Root => Some(HOST),
            Source::Interposed(_) => self.plan.interposer_of(want).map(|part| part + 1),
            Source::Adapter(name) => self.place_of(&Part::Adapter(name)),
            Source::Files => self.place_of(&Part::Files),
            Source::TypeOf(..) => None,
        }
    }

    /// The place of the interposer that writes down what the app calls of this.
    fn trace_of(&self, want: usize) -> Option<usize> {
        let is_traced = self.plan.traced.as_ref()?.treatments.contains_key(&want);
        is_traced.then(|| self.place_of(&Part::Trace)).flatten()
    }

    /// Who has an interface as the inside has it, for the part at `at`, who has the last word, and the name that it has there: an
    /// adapter that is there before it, or whoever has it for the app.
    fn inside(&self, track: &Track, at: usize) -> Option<(usize, By, String)> {
        let export = |part: &Part| match part {
            Part::Adapter(name) => {
                let component = self.plan.builds.get(name).and_then(|build| self.adapters.get(build))?;
                component.exports.iter().find(|item| item.track() == *track).map(|item| item.name.clone())
            }
            Part::Interposer(_) | Part::Trace | Part::Files => None,
        };
        let before = self.plan.parts[..at].iter().enumerate();
        if let Some((adapter, name)) = before.filter_map(|(at, part)| Some((at, export(part)?))).next() {
            return Some((adapter + 1, By::Adapter, name));
        }
        let of_app = |want: &plan::Want| want.user == User::App && want.item.track() == *track;
        let want = self.plan.wants.iter().position(of_app)?;
        Some((self.provider(want)?, self.by(want), self.plan.wants[want].item.name.clone()))
    }

    fn wires(&self, host_names: &HashMap<Track, String>) -> Wires {
        let mut wires = Wires::new();
        let mut wire = |to: usize, from: usize, by: By, name: String| {
            let names = wires.entry((to, from, by)).or_default();
            if !names.contains(&name) {
                names.push(name);
            }
        };
        for (position, want) in self.plan.wants.iter().enumerate() {
            let to = match want.user {
                User::App => Some(self.app()),
                User::Adapter(name) => self.place_of(&Part::Adapter(name)),
                // What they import says more.
                User::Interposer => None,
            };
            let (Some(to), Some(from)) = (to, self.provider(position)) else { continue };
            // A bundle leaves out what is the host's own.
            if self.plan.is_bundle && to == self.app() && from == HOST {
                continue;
            }
            let (by, name) = (self.by(position), of_adapter(&want.item.name));
            match self.trace_of(position) {
                Some(trace) => {
                    wire(to, trace, by, name.clone());
                    wire(trace, from, by, name);
                }
                None => wire(to, from, by, name),
            }
        }
        for at in 0..self.plan.parts.len() {
            for (_, import) in self.built.get(&at).map_or(&[][..], |built| &built.imports) {
                match import {
                    // What the app has through it is known.
                    interpose::Wire::Host(_) | interpose::Wire::HostItem(_) if self.plan.parts[at] == Part::Trace => {}
                    interpose::Wire::Host(track) => {
                        let name = host_names.get(track).cloned().unwrap_or_else(|| track.label());
                        wire(at + 1, HOST, By::Host, name);
                    }
                    interpose::Wire::HostItem(name) => wire(at + 1, HOST, By::Host, name.clone()),
                    interpose::Wire::Inside(track) => {
                        if let Some((from, by, name)) = self.inside(track, at).filter(|(from, ..)| *from != at + 1) {
                            wire(at + 1, from, by, name);
                        }
                    }
                }
            }
        }
        wires
    }

    fn named(&self, wires: Wires) -> Vec<Wire> {
        let named = wires.into_iter().map(|((to, from, by), interfaces)| {
            let (from, to) = (self.name(from), self.name(to));
            Wire { from, to, by, interfaces }
        });
        named.collect()
    }

    fn nodes(&self, wires: &Wires) -> Result<Vec<Node>> {
        let io = self.place_of(&Part::Adapter("io")).filter(|_| self.plan.io == plan::Io::Virtual);
        let mut layers: Vec<usize> = vec![0];
        let mut nodes = Vec::new();
        for place in HOST..=self.app() {
            let below = wires.keys().filter(|(to, ..)| *to == place).map(|(_, from, _)| *from);
            let layer = match place {
                HOST => 0,
                // The app is above everything.
                place if place == self.app() => layers.iter().max().map_or(0, |layer| *layer) + 1,
                _ => below.filter_map(|from| layers.get(from)).max().map_or(0, |layer| *layer) + 1,
            };
            if place != HOST {
                layers.push(layer);
            }
            let uses_io = wires.keys().any(|(to, from, _)| *to == place && Some(*from) == io);
            let mut node = Node {
                name: self.name(place),
                kind: Kind::Host,
                adapter: None,
                bytes: None,
                policy: String::new(),
                layer,
                has_virtual_streams: io == Some(place) || uses_io,
            };
            match self.plan.parts.get(place.wrapping_sub(1)) {
                _ if place == HOST => {}
                None => node.kind = if self.plan.is_bundle { Kind::User } else { Kind::App },
                Some(Part::Adapter(name)) => {
                    node.kind = Kind::Adapter;
                    node.adapter = Some(name);
                    node.bytes = catalog::build(self.plan.builds[name]).map(|build| build.wasm.len() as u64);
                    node.policy = self.policy.describe(name);
                }
                Some(Part::Interposer(_) | Part::Trace) => {
                    node.kind = Kind::Interposer;
                    node.bytes = self.built.get(&(place - 1)).map(|built| built.bytes.len() as u64);
                }
                Some(Part::Files) => {
                    let (count, bytes) = self.policy.tree()?.files();
                    node.kind = Kind::Files;
                    node.bytes = Some(bytes);
                    node.policy = if count == 1 { "1 file".to_owned() } else { format!("{count} files") };
                }
            }
            nodes.push(node);
        }
        Ok(nodes)
    }

    fn interface(&self, position: usize) -> Interface {
        let want = &self.plan.wants[position];
        let by = self.by(position);
        let user = match want.user {
            User::App => "app".to_owned(),
            User::Adapter(name) => self.plan.builds[name].to_owned(),
            User::Interposer => "interposers".to_owned(),
        };
        let mut through: Vec<String> = self.trace_of(position).map(|trace| self.name(trace)).into_iter().collect();
        through.extend(self.provider(position).filter(|from| *from != HOST).map(|from| self.name(from)));
        let asked = self.plan.hooks.get(&position).and_then(|hook| self.provider(*hook));
        through.extend(asked.filter(|from| *from != HOST).map(|from| self.name(from)));
        let functions = want.item.functions(want.wit).into_iter().enumerate().map(|(at, function)| {
            let (treatment, detail) = match &self.plan.sources[position] {
                Source::Interposed(treatments) => treated(&treatments[at], by),
                Source::Root | Source::Adapter(_) | Source::Files | Source::TypeOf(..) => (Treated::AsIs, None),
            };
            Function { name: function.name.clone(), treatment, detail }
        });
        let name = want.item.name.clone();
        Interface {
            name,
            user,
            by,
            through,
            why: why(self.plan, self.policy, position, by),
            functions: functions.collect(),
        }
    }
}

/// What becomes of a function of an interface that has such a last word.
fn treated(treatment: &Treatment, by: By) -> (Treated, Option<String>) {
    match treatment {
        // What stands on top is not what a function is treated with below.
        Treatment::AsIs | Treatment::Traced | Treatment::Numbered => (Treated::AsIs, None),
        Treatment::Converted => (Treated::Converted, None),
        Treatment::Guarded(guard) => (Treated::Guarded, Some(guard.hook.clone())),
        Treatment::Taken => (Treated::TakenOver, None),
        Treatment::Answered(Answer::Trap) => (Treated::Traps, None),
        Treatment::Answered(Answer::Uncalled) => (Treated::Uncalled, None),
        Treatment::Answered(answer) => {
            let words = answer.to_string();
            let detail = words.strip_prefix("answered with ").map(str::to_owned);
            (if by == By::Denied { Treated::Refused } else { Treated::Answered }, detail)
        }
    }
}
