//! A plan as text: what it is made of, then where everything that somebody wants comes from, and what becomes of each
//! function on the way.

use super::{Io, Note, Part, Plan, Source, Traced, User};
use crate::denial::Answer;
use crate::interpose::Treatment;
use crate::names::Track;
use crate::policy::Access;
use crate::value::Value;
use std::fmt;

impl fmt::Display for Plan<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let io = match self.io {
            Io::Host => "the host's",
            Io::Denied => "denied",
            Io::Virtual => "virtual",
        };
        match self.makers.as_slice() {
            [] => writeln!(f, "io: {io}")?,
            makers => list(f, "", &format!("io: {io}, because of"), makers)?,
        }
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        writeln!(f, "\nparts{}", if self.parts.is_empty() { ": none" } else { "" })?;
        for (at, part) in self.parts.iter().enumerate() {
            writeln!(f, "  {}", self.name(at))?;
            let mut served: Vec<(User, Vec<&str>)> = Vec::new();
            for (position, want) in self.wants.iter().enumerate() {
                let serves = match part {
                    Part::Adapter(name) => self.sources[position] == Source::Adapter(name),
                    Part::Interposer(wants) => wants.contains(&position),
                    Part::Files => self.sources[position] == Source::Files,
                    Part::Trace => self.traced.as_ref().is_some_and(|traced| traced.treatments.contains_key(&position)),
                };
                match served.iter_mut().find(|(user, _)| *user == want.user) {
                    _ if !serves => {}
                    Some((_, names)) => names.push(&want.item.name),
                    None => served.push((want.user, vec![&want.item.name])),
                }
            }
            for (user, names) in served {
                list(f, "    ", &format!("for {}:", self.user(user)), &names)?;
            }
            if let (Part::Trace, Some(traced)) = (part, &self.traced) {
                traced.fmt(f)?;
            }
        }
        // The app's come first; those of an adapter are together.
        let mut user = None;
        for (position, want) in self.wants.iter().enumerate() {
            if user.replace(want.user) != Some(want.user) {
                writeln!(f, "\n{}", self.user(want.user))?;
            }
            writeln!(f, "  {}: {}", want.item.name, self.origin(position))?;
            self.treatments(f, position)?;
        }
        Ok(())
    }
}

impl Plan<'_> {
    fn user(&self, user: User) -> &'static str {
        match user {
            User::App if self.is_bundle => "whoever has the bundle",
            User::App => "app",
            User::Adapter(name) => name,
            User::Interposer => "interposers, in place of others or ahead of them",
        }
    }

    /// What a part is called here and in the composition.
    pub fn name(&self, part: usize) -> String {
        match self.parts[part] {
            Part::Adapter(name) => self.builds[name].to_owned(),
            Part::Files => "files".to_owned(),
            Part::Trace => "interposer-trace".to_owned(),
            Part::Interposer(_) => format!("interposer-{part}"),
        }
    }

    /// Where a want comes from.
    fn origin(&self, want: usize) -> String {
        match &self.sources[want] {
            Source::Root => "the host".to_owned(),
            Source::Adapter(name) => (*name).to_owned(),
            Source::Files => "files".to_owned(),
            Source::TypeOf(track, name) => format!("`{name}` of {track}"),
            Source::Interposed(_) => {
                let name = self.interposer_of(want).map_or(String::new(), |part| self.name(part));
                match self.access[want] {
                    Access::Host => match (self.instead.get(&want), self.hooks.get(&want)) {
                        (Some(other), _) => format!("{} of the host, through {name}", self.wants[*other].item.track()),
                        (_, Some(hooks)) => format!("the host and {}, through {name}", self.wants[*hooks].item.track()),
                        (None, None) => format!("the host, through {name}"),
                    },
                    Access::Deny | Access::Adapter(_) | Access::Files => name,
                }
            }
        }
    }

    /// What becomes of the functions of a want: those that are treated alike stand together.
    fn treatments(&self, f: &mut fmt::Formatter<'_>, want: usize) -> fmt::Result {
        let Source::Interposed(treatments) = &self.sources[want] else {
            return Ok(());
        };
        let functions = self.wants[want].item.functions(self.wants[want].wit);
        let mut alike: Vec<(String, Vec<&str>)> = Vec::new();
        for (function, treatment) in functions.into_iter().zip(treatments) {
            let words = format!("{treatment}:");
            // `descriptor.read` says it all.
            let name = function.name.trim_start_matches("[method]").trim_start_matches("[static]");
            match alike.iter_mut().find(|(known, _)| *known == words) {
                Some((_, names)) => names.push(name),
                None => alike.push((words, vec![name])),
            }
        }
        alike.iter().try_for_each(|(words, names)| list(f, "    ", words, names))
    }
}

/// Names with what they have in common, in lines of a hundred characters.
pub(crate) fn list(f: &mut fmt::Formatter<'_>, indent: &str, what: &str, names: &[impl AsRef<str>]) -> fmt::Result {
    write!(f, "{indent}{what}")?;
    let mut column = indent.len() + what.len();
    for (at, name) in names.iter().enumerate() {
        let (name, comma) = (name.as_ref(), if at + 1 < names.len() { "," } else { "" });
        column += 1 + name.len() + comma.len();
        if column > 100 {
            write!(f, "\n{indent}  {name}{comma}")?;
            column = indent.len() + 2 + name.len() + comma.len();
        } else {
            write!(f, " {name}{comma}")?;
        }
    }
    writeln!(f)
}

impl fmt::Display for Traced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let aloud: Vec<String> = self.aloud.iter().map(Track::to_string).collect();
        let numbered: Vec<&str> = self.numbered.iter().map(|(_, name)| name.as_str()).collect();
        list(f, "    ", "written down:", &aloud)?;
        if numbered.is_empty() { Ok(()) } else { list(f, "    ", "with numbers:", &numbered) }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeptForExport { interface, export } => write!(f, "kept for the export {export}: {interface}"),
            Self::WithoutEffect(subsystem) => write!(f, "without effect: {subsystem}"),
            Self::NotImported { subsystem, interface } => {
                write!(f, "without effect: {subsystem}, for lack of {interface}")
            }
            Self::SealsNothing(pattern) => write!(f, "seals nothing: {pattern}"),
            Self::TracesNothing(pattern) => write!(f, "traces nothing: {pattern}"),
            Self::NotTraced { interface, why } => write!(f, "not traced: {interface}, because {why}"),
            Self::ExportsNothing => f.write_str("exports nothing"),
        }
    }
}

impl fmt::Display for Treatment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AsIs => f.write_str("as is"),
            Self::Converted => f.write_str("converted"),
            Self::Guarded(guard) => write!(f, "guarded by `{}`", guard.hook),
            Self::Taken => f.write_str("taken over"),
            Self::Answered(answer) => answer.fmt(f),
            Self::Traced => f.write_str("traced"),
            Self::Numbered => f.write_str("numbered"),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trap => f.write_str("trap"),
            Self::Uncalled => f.write_str("never called"),
            Self::Constant(None) => f.write_str("answered"),
            Self::Constant(Some(value)) => {
                f.write_str("answered with ")?;
                write(f, value)
            }
            Self::Handle => f.write_str("answered with a stand-in"),
            Self::OkHandle => f.write_str("answered with ok(a stand-in)"),
            Self::Sink => f.write_str("answered with a stream that takes everything"),
            Self::EveryIndex => f.write_str("answered with every index"),
            Self::Bytes => f.write_str("answered with bytes that are all the same"),
        }
    }
}

/// A value as WIT's own notation for values has it.
fn write(f: &mut fmt::Formatter<'_>, value: &Value) -> fmt::Result {
    match value {
        Value::Bool(bool) => write!(f, "{bool}"),
        Value::Int(int) => write!(f, "{int}"),
        Value::Float(float) => write!(f, "{float}"),
        Value::Char(char) => write!(f, "{char:?}"),
        Value::String(text) => write!(f, "{text:?}"),
        Value::List(values) => write_all(f, "[", values.iter().map(|value| ("", value)), "]"),
        Value::Tuple(values) => write_all(f, "(", values.iter().map(|value| ("", value)), ")"),
        Value::Record(fields) => {
            let fields: Vec<_> = fields.iter().map(|(name, value)| (format!("{name}: "), value)).collect();
            write_all(f, "{", fields.iter().map(|(name, value)| (name.as_str(), *value)), "}")
        }
        Value::Variant(case, payload) => write_case(f, case, payload),
        Value::Enum(case) => f.write_str(case),
        Value::Flags(flags) => write!(f, "{{{}}}", flags.join(", ")),
        Value::Option(payload) => write_case(f, if payload.is_some() { "some" } else { "none" }, payload),
        Value::Result(Ok(payload)) => write_case(f, "ok", payload),
        Value::Result(Err(payload)) => write_case(f, "err", payload),
    }
}

fn write_case(f: &mut fmt::Formatter<'_>, name: &str, payload: &Option<Box<Value>>) -> fmt::Result {
    f.write_str(name)?;
    match payload {
        Some(payload) => write_all(f, "(", [("", &**payload)].into_iter(), ")"),
        None => Ok(()),
    }
}

/// Values with what stands before each.
fn write_all<'v>(
    f: &mut fmt::Formatter<'_>,
    open: &str,
    values: impl Iterator<Item = (&'v str, &'v Value)>,
    close: &str,
) -> fmt::Result {
    f.write_str(open)?;
    for (at, (name, value)) in values.enumerate() {
        write!(f, "{}{name}", if at > 0 { ", " } else { "" })?;
        write(f, value)?;
    }
    f.write_str(close)
}
