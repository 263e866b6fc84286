//! From a path to what is there, one component after the other.
//!
//! 1. An absolute path is refused, and so is one that leaves the directory that it starts from, at every step.
//! 2. `.` and repeated slashes stay, `..` goes back the way that was come, a link goes where it points.
//! 3. At a directory of the host's the rest of the path is the host's to walk, unless it may come back out or something is
//!    mounted on the way.
//! 4. After a slash at the end must be a directory.

use crate::bindings::exports::wasi::filesystem::types::ErrorCode;
use crate::host;
use crate::node::{Kind, Node, join};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::mem::replace;
use core::ops::Range;

extern crate alloc;

/// How many links a path may have on its way, as on Linux.
const LINKS: u32 = 40;

/// The most bytes that a name may have.
const NAME: usize = 255;

/// Where a path leads.
pub enum Place<'p> {
    /// To the host: from the object of the host's that the node is, by the rest of the path.
    Host(Rc<Node>, String, host::Witness),
    Tree(Box<Spot<'p>>),
}

/// A name in a directory of the tree, and what is under it.
pub struct Spot<'p> {
    pub directory: Rc<Node>,
    pub node: Option<Rc<Node>>,
    /// Whether the path ends with a slash.
    pub slash: bool,
    /// Where the name is in the path, which a link may have changed.
    path: Cow<'p, str>,
    name: Range<usize>,
}

impl Spot<'_> {
    /// The name. It is empty where the path ends with `.` or `..`.
    pub fn name(&self) -> &str {
        self.path.get(self.name.clone()).unwrap_or_default()
    }

    /// What is there.
    pub fn existing(self) -> Result<Rc<Node>, ErrorCode> {
        self.node.ok_or(ErrorCode::NoEntry)
    }
}

/// Whether a path may lead out of where it starts.
fn climbs(path: &str) -> bool {
    let mut rest = Some(path);
    while let Some(path) = rest {
        let (name, after) = split(path);
        if name == ".." {
            return true;
        }
        rest = after;
    }
    false
}

/// No host has a name with one.
pub fn has_zero(path: &str) -> bool {
    path.bytes().any(|byte| byte == 0)
}

/// The first component, and what comes after its slash, if there is one. `str::split_once` would be a quarter of a page.
pub fn split(path: &str) -> (&str, Option<&str>) {
    let slash = path.bytes().position(|byte| byte == b'/');
    match slash.and_then(|at| Some((path.get(..at)?, path.get(at + 1..)?))) {
        Some((name, after)) => (name, Some(after)),
        None => (path, None),
    }
}

/// What becomes of a link at the end of a path.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// It is followed.
    Always,
    /// A file is to be made there: it is followed, and a slash behind it or at its end is refused, as on Linux.
    Make,
    /// The same, but it is not followed.
    MakeHere,
    /// It is followed if a slash stands behind it, and then a directory must be there.
    Slash,
    /// It stays: the name is what counts, whatever is there.
    Never,
}

/// Walks from a directory.
pub fn walk<'p>(base: &Rc<Node>, path: &'p str, follow: Follow) -> Result<Place<'p>, ErrorCode> {
    if let Kind::Host(host) = &base.kind {
        return Ok(Place::Host(base.clone(), path.into(), host.witness()));
    }
    if !base.is_directory() {
        return Err(ErrorCode::NotDirectory);
    }
    if path.is_empty() {
        return Err(ErrorCode::NoEntry);
    }
    if path.starts_with('/') {
        return Err(ErrorCode::NotPermitted);
    }
    if has_zero(path) {
        return Err(ErrorCode::Invalid);
    }
    let mut whole = Cow::Borrowed(path);
    let mut at = 0;
    // Directories, with the names under which the host has them: where the way is, and those that it came through.
    let (mut directory, mut here) = (base.clone(), String::new());
    let mut above: Vec<(Rc<Node>, String)> = Vec::new();
    let mut links = 0;
    loop {
        let rest = whole.get(at..).unwrap_or_default();
        let (name, after) = split(rest);
        let is_named = !matches!(name, "" | "." | "..");
        if let Some(host) = directory.host()
            && is_named
            && !directory.pins(name)
            && !climbs(rest)
        {
            // From as far up as the host's directories go: links may lead up that far.
            let (mut path, witness) = (String::from(rest), host.witness());
            while let Some((parent, name)) = above.pop() {
                if parent.host().is_none() || !Rc::ptr_eq(&parent.volume, &directory.volume) {
                    break;
                }
                path = join(&here, &path);
                (directory, here) = (parent, name);
            }
            return Ok(Place::Host(directory, path, witness));
        }
        let (slash, mut after) = (after.is_some(), after.unwrap_or_default());
        while let Some(less) = after.strip_prefix('/') {
            after = less;
        }
        let is_last = after.is_empty();
        if name.len() > NAME {
            return Err(ErrorCode::NameTooLong);
        }
        let node = if is_named {
            directory.get(name)?
        } else {
            if name == ".." {
                (directory, here) = above.pop().ok_or(ErrorCode::NotPermitted)?;
            }
            Some(directory.clone())
        };
        if is_last && slash && matches!(follow, Follow::Make | Follow::MakeHere) {
            return Err(ErrorCode::IsDirectory);
        }
        match node.as_ref().map(|node| &node.kind) {
            Some(Kind::Link(target))
                if !is_last
                    || matches!(follow, Follow::Always | Follow::Make)
                    || (slash && follow == Follow::Slash) =>
            {
                links += 1;
                if links > LINKS {
                    return Err(ErrorCode::Loop);
                }
                if target.starts_with('/') {
                    return Err(ErrorCode::NotPermitted);
                }
                let mut path = target.clone();
                if slash {
                    path.push('/');
                    path.push_str(after);
                }
                (whole, at) = (Cow::Owned(path), 0);
                continue;
            }
            Some(Kind::Elsewhere(host, path, witness)) if is_last && !slash => {
                return Ok(Place::Host(host.clone(), path.clone(), *witness));
            }
            _ => {}
        }
        if is_last {
            if slash && follow != Follow::Never && node.as_ref().is_some_and(|node| !node.is_directory()) {
                return Err(ErrorCode::NotDirectory);
            }
            let name = at..at + if is_named { name.len() } else { 0 };
            return Ok(Place::Tree(Box::new(Spot { directory, node, slash, path: whole, name })));
        }
        let node = node.ok_or(ErrorCode::NoEntry)?;
        if !node.is_directory() {
            return Err(ErrorCode::NotDirectory);
        }
        if is_named {
            let name = if node.host().is_some() { name.into() } else { String::new() };
            above.push((replace(&mut directory, node), replace(&mut here, name)));
        }
        at = whole.len() - after.len();
    }
}
