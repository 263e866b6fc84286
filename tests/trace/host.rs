//! The calls that reach the host, as wasmtime itself tells of them.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry};

/// A call.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// The interface, without its package: `types`.
    pub module: String,
    /// The function: `[method]descriptor.read`.
    pub function: String,
    /// Arguments, as Rust shows them; what has lists, as `"..."`.
    pub arguments: Vec<String>,
    /// The result, as Rust shows it; nothing, if it did not come back.
    pub result: Option<String>,
}

#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<Call>>>);

/// The fields of a span or an event.
#[derive(Default)]
struct Fields(Vec<(&'static str, String)>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push((field.name(), format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), value.to_owned()));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Calls {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let mut call = Call::default();
        for (name, value) in fields.0 {
            match name {
                "module" => call.module = value,
                "function" => call.function = value,
                _ => {}
            }
        }
        if let Some(span) = context.span(id).filter(|_| !call.function.is_empty()) {
            span.extensions_mut().insert(call);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let Some(span) = context.event_span(event) else { return };
        let mut fields = Fields::default();
        event.record(&mut fields);
        let (message, values): (Vec<_>, Vec<_>) = fields.0.into_iter().partition(|(name, _)| *name == "message");
        let mut values = values.into_iter().map(|(_, value)| value);
        let mut calls = self.0.lock().expect("nobody panics");
        match (message.first().map(|(_, words)| words.as_str()), span.extensions().get::<Call>()) {
            (Some("call"), Some(call)) => calls.push(Call { arguments: values.collect(), ..call.clone() }),
            (Some("return"), Some(call)) => {
                let open = calls.iter_mut().rfind(|open| open.result.is_none() && open.function == call.function);
                open.expect("what returns was called").result = values.next();
            }
            _ => {}
        }
    }
}

/// What reached the host meanwhile.
pub fn during<T>(run: impl FnOnce() -> T) -> (T, Vec<Call>) {
    let calls = Calls::default();
    let subscriber = Registry::default().with(calls.clone());
    let ran = tracing::subscriber::with_default(subscriber, run);
    let calls = std::mem::take(&mut *calls.0.lock().expect("nobody panics"));
    (ran, calls)
}
