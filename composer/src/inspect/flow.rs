//! Which functions of the host's somebody inside can call, and who.
//!
//! Components link statically: which instance is handed to whom stands in their sections, and functions are no values that could
//! go another way. So the component is linked here as a runtime would, with what the host gives followed by name. A function can
//! be called if it is lowered to core wasm anywhere, called at the start, exported again (whoever calls the export calls it), or
//! handed to a component that is the host's own. A function that ends nowhere of these is never called, though it may be listed.
//!
//! What core wasm does with a function is not looked at: it counts as called. So does everything if the component is linked
//! deeper, or in more steps, than is looked at.

use super::sections::{Named, Sections, Sort, Step};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

/// What is looked at of one component. Those that people make take a hundredth.
const STEPS: usize = 1_000_000;
/// How deep instances may be in each other.
const DEPTH: usize = 100;

/// A function of the host's: the position of the import, and its name in that. An import that is a function has none.
pub type Target = (usize, String);

/// Who can call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Caller {
    /// The core wasm of the component itself.
    Itself,
    /// Something in a component inside, by its position.
    Inside(usize),
    /// Whoever calls the export of that name.
    Export(String),
    /// A component that the host gives.
    Host,
}

/// Who can call what.
#[derive(Debug, Default)]
pub struct Calls {
    /// The callers of each function.
    pub callers: BTreeMap<Target, BTreeSet<Caller>>,
    /// Whether that is not known, so that all may be called.
    pub is_cut_short: bool,
}

/// Follows the functions of the host's. `listed` has those of each import, by its position.
pub fn calls(sections: &Sections, listed: &[Vec<String>]) -> Calls {
    let mut flow = Flow { sections, listed, frames: Vec::new(), calls: Calls::default(), left: STEPS };
    match flow.whole() {
        Some(()) => flow.calls,
        None => Calls { is_cut_short: true, ..Calls::default() },
    }
}

type Values<'a> = HashMap<&'a str, Value<'a>>;

#[derive(Clone)]
enum Value<'a> {
    /// A function, if it is the host's: which.
    Func(Option<Rc<Target>>),
    Instance(Rc<Instance<'a>>),
    Component(Component),
    Other,
}

enum Instance<'a> {
    /// Of the host's: an import, and the way to it from there.
    Host(usize, String),
    Made(Values<'a>),
}

#[derive(Clone, Copy)]
enum Component {
    /// By its position, as it was defined in a frame.
    Defined(usize, usize),
    /// The host's.
    Host(usize),
}

/// The components that one instance has, for those that are nested in it.
struct Frame {
    components: Vec<Component>,
    outer: Option<usize>,
}

struct Flow<'a> {
    sections: &'a Sections<'a>,
    listed: &'a [Vec<String>],
    frames: Vec<Frame>,
    calls: Calls,
    left: usize,
}

/// What one instance has, by sort.
#[derive(Default)]
struct Space<'a> {
    frame: usize,
    funcs: Vec<Option<Rc<Target>>>,
    instances: Vec<Rc<Instance<'a>>>,
}

// `None` is: not looked at any further.
impl<'a> Flow<'a> {
    fn whole(&mut self) -> Option<()> {
        let (mut args, mut position) = (HashMap::new(), 0);
        for step in &self.sections.components.first()?.steps {
            if let Step::Import(name, sort) = step {
                let value = match sort {
                    Sort::Func => Value::Func(Some(Rc::new((position, String::new())))),
                    Sort::Instance => Value::Instance(Rc::new(Instance::Host(position, String::new()))),
                    Sort::Component => Value::Component(Component::Host(position)),
                    Sort::Other => Value::Other,
                };
                args.insert(*name, value);
                position += 1;
            }
        }
        for (name, value) in self.instance(0, None, &args, None, 0)? {
            self.escapes(&value, &Caller::Export(name.to_owned()))?;
        }
        Some(())
    }

    fn pay(&mut self, steps: usize) -> Option<()> {
        self.left = self.left.checked_sub(steps)?;
        Some(())
    }

    /// A name that is copied. Some are long.
    fn pay_for(&mut self, name: &str) -> Option<()> {
        self.pay(1 + name.len() / 16)
    }

    fn called(&mut self, target: Option<&Rc<Target>>, by: Caller) {
        if let Some(target) = target {
            self.calls.callers.entry((**target).clone()).or_default().insert(by);
        }
    }

    /// All that a value leads to can be called.
    fn escapes(&mut self, value: &Value<'a>, by: &Caller) -> Option<()> {
        let caller = if let Caller::Export(name) = by { name } else { "" };
        self.pay_for(caller)?;
        match value {
            Value::Func(target) => self.called(target.as_ref(), by.clone()),
            Value::Instance(instance) => match &**instance {
                Instance::Host(import, way) => {
                    let below = if way.is_empty() { String::new() } else { format!("{way}/") };
                    for name in self.listed.get(*import)? {
                        self.pay_for(name)?;
                        if name.starts_with(&below) {
                            self.pay_for(caller)?;
                            self.called(Some(&Rc::new((*import, name.clone()))), by.clone());
                        }
                    }
                }
                Instance::Made(exports) => {
                    for value in exports.values() {
                        self.escapes(value, by)?;
                    }
                }
            },
            Value::Component(_) | Value::Other => {}
        }
        Some(())
    }

    /// Makes an instance of a component, and gives what it exports.
    fn instance(
        &mut self,
        of: usize,
        outer: Option<usize>,
        args: &Values<'a>,
        inside: Option<usize>,
        depth: usize,
    ) -> Option<Values<'a>> {
        if depth > DEPTH {
            return None;
        }
        let caller = inside.map_or(Caller::Itself, Caller::Inside);
        let mut space = Space { frame: self.frames.len(), ..Space::default() };
        self.frames.push(Frame { components: Vec::new(), outer });
        let mut exports = HashMap::new();
        let sections = self.sections;
        for step in &sections.components.get(of)?.steps {
            self.pay(1)?;
            match step {
                Step::Import(name, sort) => self.add(&mut space, *sort, args.get(*name)?.clone())?,
                Step::Define(at) => {
                    let frame = space.frame;
                    self.frames[frame].components.push(Component::Defined(*at, frame));
                }
                Step::Outer(count, index) => {
                    let mut frame = space.frame;
                    for _ in 0..*count {
                        frame = self.frames[frame].outer?;
                    }
                    let component = *self.frames[frame].components.get(*index as usize)?;
                    self.frames[space.frame].components.push(component);
                }
                Step::Group(items) => {
                    let items = self.values(&space, items)?;
                    space.instances.push(Rc::new(Instance::Made(items)));
                }
                Step::Instantiate(component, args) => {
                    let args = self.values(&space, args)?;
                    let component = *self.frames[space.frame].components.get(*component as usize)?;
                    space.instances.push(Rc::new(match component {
                        Component::Defined(at, frame) => {
                            let inside = inside.or(Some(at));
                            Instance::Made(self.instance(at, Some(frame), &args, inside, depth + 1)?)
                        }
                        Component::Host(import) => {
                            for value in args.values() {
                                self.escapes(value, &Caller::Host)?;
                            }
                            Instance::Host(import, String::new())
                        }
                    }));
                }
                Step::Alias(sort, instance, name) => {
                    let value = match &**space.instances.get(*instance as usize)? {
                        Instance::Made(exports) => exports.get(*name)?.clone(),
                        Instance::Host(import, way) => {
                            let way = if way.is_empty() { (*name).to_owned() } else { format!("{way}/{name}") };
                            self.pay_for(&way)?;
                            match sort {
                                Sort::Func => Value::Func(Some(Rc::new((*import, way)))),
                                Sort::Instance => Value::Instance(Rc::new(Instance::Host(*import, way))),
                                Sort::Component => Value::Component(Component::Host(*import)),
                                Sort::Other => Value::Other,
                            }
                        }
                    };
                    self.add(&mut space, *sort, value)?;
                }
                Step::Lift => space.funcs.push(None),
                Step::Lower(function) | Step::Start(function) => {
                    let target = space.funcs.get(*function as usize)?.clone();
                    self.called(target.as_ref(), caller.clone());
                }
                Step::Export(item) => {
                    let value = self.value(&space, item)?;
                    exports.insert(item.0, value.clone());
                    // What is exported has a position of its own from there on.
                    self.add(&mut space, item.1, value)?;
                }
            }
        }
        Some(exports)
    }

    fn add(&mut self, space: &mut Space<'a>, sort: Sort, value: Value<'a>) -> Option<()> {
        match (sort, value) {
            (Sort::Func, Value::Func(target)) => space.funcs.push(target),
            (Sort::Instance, Value::Instance(instance)) => space.instances.push(instance),
            (Sort::Component, Value::Component(component)) => self.frames[space.frame].components.push(component),
            (Sort::Other, _) => {}
            _ => return None,
        }
        Some(())
    }

    fn value(&self, space: &Space<'a>, (_, sort, index): &Named<'a>) -> Option<Value<'a>> {
        let index = *index as usize;
        Some(match sort {
            Sort::Func => Value::Func(space.funcs.get(index)?.clone()),
            Sort::Instance => Value::Instance(space.instances.get(index)?.clone()),
            Sort::Component => Value::Component(*self.frames[space.frame].components.get(index)?),
            Sort::Other => Value::Other,
        })
    }

    fn values(&mut self, space: &Space<'a>, items: &[Named<'a>]) -> Option<Values<'a>> {
        self.pay(items.len())?;
        items.iter().map(|item| Some((item.0, self.value(space, item)?))).collect()
    }
}
