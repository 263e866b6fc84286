//! Why nothing came of it, as a caller can match it.

use crate::plan::PlanError;
use std::fmt;
use std::sync::Arc;

/// Why nothing came of it. What it says is for the person who asked for it: it names the thing and the way out.
///
/// ```
/// use virt_compose::{Error, Virt};
/// use virt_compose::plan::PlanError;
///
/// # let app = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/guests/rust-hello.wasm"))?;
/// match Virt::sealed().config(|c| c.set("a", "1")).compose(&app) {
///     Ok(outcome) => drop(outcome.bytes),
///     Err(Error::Plan(PlanError::CannotTakeEffect { subsystem })) => assert_eq!(subsystem, "config"),
///     Err(Error::App(reason)) => eprintln!("that is no app: {reason}"),
///     Err(error) => return Err(error.into()),
/// }
/// # anyhow::Ok(())
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What was given as the app is neither a component nor a core module for WASI preview 1, or cannot be read.
    #[error(transparent)]
    App(Reason),
    /// Something that is wanted cannot be, whatever the app: a path, a name, a length of time, a local file that is not there.
    #[error(transparent)]
    Policy(Reason),
    /// What is wanted cannot be done to this app.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// What is embedded is too large, or could not be read when the result was made.
    #[error(transparent)]
    Embedded(Reason),
    /// The result could not be written to its file.
    #[error(transparent)]
    Output(Reason),
    /// A graph says what cannot be, or a plan what no graph can say.
    #[error(transparent)]
    Graph(Reason),
    /// The parts could not be put together: a defect of virt-compose, or an app that uses what runtimes leave off.
    #[error(transparent)]
    Compose(Reason),
}

impl Error {
    /// Why there is no plan, if that is what it is about.
    pub fn plan(&self) -> Option<&PlanError> {
        match self {
            Self::Plan(error) => Some(error),
            _ => None,
        }
    }

    pub(crate) fn app(why: anyhow::Error) -> Self {
        Self::App(Reason(Arc::new(why)))
    }

    pub(crate) fn policy(why: anyhow::Error) -> Self {
        Self::Policy(Reason(Arc::new(why)))
    }

    pub(crate) fn embedded(why: anyhow::Error) -> Self {
        Self::Embedded(Reason(Arc::new(why)))
    }

    pub(crate) fn output(why: anyhow::Error) -> Self {
        Self::Output(Reason(Arc::new(why)))
    }

    /// What it is already, or else why a graph makes nothing.
    pub(crate) fn graph(why: anyhow::Error) -> Self {
        let is_told = |told: fn(&(dyn std::error::Error + 'static)) -> bool| why.chain().next().is_some_and(told);
        if is_told(|error| error.is::<PlanError>()) {
            return why.downcast().map_or_else(Self::compose, Self::Plan);
        }
        if is_told(|error| error.is::<Self>()) {
            return why.downcast().unwrap_or_else(Self::compose);
        }
        Self::Graph(Reason(Arc::new(why)))
    }

    pub(crate) fn compose(why: anyhow::Error) -> Self {
        Self::Compose(Reason(Arc::new(why)))
    }
}

/// Words, with what caused it as their [`source`](std::error::Error::source): an [`std::io::Error`], where there was one.
#[derive(Clone)]
pub struct Reason(Arc<anyhow::Error>);

impl fmt::Display for Reason {
    /// With `#` in the format, with all that caused it, as [`anyhow::Error`] has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::error::Error for Reason {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.chain().nth(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;
    use std::error::Error as _;
    use std::io;

    #[test]
    fn what_caused_it_is_kept() {
        let caused = Err::<(), _>(io::Error::from(io::ErrorKind::NotFound)).context("failed to read `a`");
        let error = Error::app(caused.unwrap_err());
        assert_eq!(error.to_string(), "failed to read `a`");
        let source = error.source().and_then(|source| source.downcast_ref::<io::Error>());
        assert_eq!(source.map(io::Error::kind), Some(io::ErrorKind::NotFound));
        let error = anyhow::Error::from(error).context("failed to virtualize `b`");
        assert_eq!(format!("{error:#}"), "failed to virtualize `b`: failed to read `a`: entity not found");
        let caused = Err::<(), _>(io::Error::from(io::ErrorKind::NotFound)).context("failed to read `a`");
        assert_eq!(format!("{:#}", Error::app(caused.unwrap_err())), "failed to read `a`: entity not found");
    }
}
