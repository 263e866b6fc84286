//! What makes facts short.

use crate::wasi::filesystem::types::{
    Descriptor, DescriptorFlags, DescriptorType, DirectoryEntry, ErrorCode, NewTimestamp, OpenFlags, PathFlags,
};
use crate::wasi::io::streams::{InputStream, OutputStream, StreamError};

pub use crate::wasi::filesystem::types::ErrorCode as E;

pub const FOLLOW: PathFlags = PathFlags::SYMLINK_FOLLOW;
pub const NO_FOLLOW: PathFlags = PathFlags::empty();

pub const NONE: OpenFlags = OpenFlags::empty();
pub const CREATE: OpenFlags = OpenFlags::CREATE;
pub const EXCLUSIVE: OpenFlags = OpenFlags::CREATE.union(OpenFlags::EXCLUSIVE);
pub const TRUNCATE: OpenFlags = OpenFlags::TRUNCATE;
pub const DIRECTORY: OpenFlags = OpenFlags::DIRECTORY;

pub const READ: DescriptorFlags = DescriptorFlags::READ;
pub const WRITE: DescriptorFlags = DescriptorFlags::WRITE;
pub const BOTH: DescriptorFlags = READ.union(WRITE);
pub const CHANGE: DescriptorFlags = READ.union(DescriptorFlags::MUTATE_DIRECTORY);

/// It fails with that code.
#[track_caller]
pub fn fails<T>(result: Result<T, ErrorCode>, code: ErrorCode) {
    fails_with_any(result, &[code]);
}

/// It fails with one of these codes: POSIX leaves it open which.
#[track_caller]
pub fn fails_with_any<T>(result: Result<T, ErrorCode>, codes: &[ErrorCode]) {
    match result {
        Ok(_) => panic!("it succeeds, where {codes:?} is due"),
        Err(code) => assert!(codes.contains(&code), "it fails with {code:?}, where {codes:?} is due"),
    }
}

/// No two are alike, so that bytes in the wrong place are seen.
pub fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at ^ (at >> 8) ^ (at >> 16)) as u8).collect()
}

impl Descriptor {
    /// Opens, to read what is a file and to change what is a directory.
    pub fn open(&self, path: &str) -> Result<Descriptor, ErrorCode> {
        self.open_at(FOLLOW, path, NONE, READ)
    }

    /// A file, opened to be read and written, and made if it is not there.
    #[track_caller]
    pub fn file(&self, path: &str) -> Descriptor {
        self.open_at(FOLLOW, path, CREATE, BOTH).unwrap()
    }

    /// A file with that content and no other.
    #[track_caller]
    pub fn put(&self, path: &str, bytes: &[u8]) -> Descriptor {
        let file = self.open_at(FOLLOW, path, CREATE | TRUNCATE, BOTH).unwrap();
        file.fill(bytes, 0);
        file
    }

    /// A new directory, opened.
    #[track_caller]
    pub fn dir(&self, path: &str) -> Descriptor {
        self.create_directory_at(path).unwrap();
        self.open_at(FOLLOW, path, DIRECTORY, CHANGE).unwrap()
    }

    /// Writes all of it, however many writes that takes.
    #[track_caller]
    pub fn fill(&self, mut bytes: &[u8], mut offset: u64) {
        while !bytes.is_empty() {
            let written = self.write(bytes, offset).unwrap();
            assert!(written > 0, "nothing is written");
            bytes = &bytes[written as usize..];
            offset += written;
        }
    }

    /// As many bytes from there as there are, up to `len`, however many reads that takes.
    #[track_caller]
    pub fn part(&self, offset: u64, len: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while bytes.len() < len {
            let (some, _) = self.read((len - bytes.len()) as u64, offset + bytes.len() as u64).unwrap();
            if some.is_empty() {
                break;
            }
            bytes.extend(some);
        }
        bytes
    }

    /// All of a file.
    #[track_caller]
    pub fn bytes(&self) -> Vec<u8> {
        self.part(0, usize::MAX)
    }

    /// All of the file of that name.
    #[track_caller]
    pub fn content(&self, path: &str) -> Vec<u8> {
        self.open(path).unwrap().bytes()
    }

    #[track_caller]
    pub fn size(&self) -> u64 {
        self.stat().unwrap().size
    }

    /// What has that name, a link if it is one.
    #[track_caller]
    pub fn kind(&self, path: &str) -> DescriptorType {
        self.stat_at(NO_FOLLOW, path).unwrap().type_
    }

    /// Whether anything has that name.
    pub fn has(&self, path: &str) -> bool {
        self.stat_at(NO_FOLLOW, path).is_ok()
    }

    /// What is in a directory, sorted by name.
    #[track_caller]
    pub fn entries(&self) -> Vec<DirectoryEntry> {
        let stream = self.read_directory().unwrap();
        let mut entries = Vec::new();
        while let Some(entry) = stream.read_directory_entry().unwrap() {
            entries.push(entry);
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        entries
    }

    /// The names in a directory, sorted.
    #[track_caller]
    pub fn names(&self) -> Vec<String> {
        self.entries().into_iter().map(|entry| entry.name).collect()
    }

    /// A hard link beside it.
    pub fn link(&self, old: &str, new: &str) -> Result<(), ErrorCode> {
        self.link_at(NO_FOLLOW, old, self, new)
    }

    pub fn rename(&self, old: &str, new: &str) -> Result<(), ErrorCode> {
        self.rename_at(old, self, new)
    }

    #[track_caller]
    pub fn link_count(&self, path: &str) -> u64 {
        self.stat_at(NO_FOLLOW, path).unwrap().link_count
    }

    /// What each function that takes a path answers to this one. Those that take a second get `with`, a file's name.
    pub fn each_with(&self, path: &str, with: &str) -> Vec<(&'static str, Result<(), ErrorCode>)> {
        // With nothing to set, Linux does not even look.
        let now = || NewTimestamp::Now;
        vec![
            ("stat-at", self.stat_at(NO_FOLLOW, path).map(drop)),
            ("stat-at, following", self.stat_at(FOLLOW, path).map(drop)),
            ("metadata-hash-at", self.metadata_hash_at(NO_FOLLOW, path).map(drop)),
            ("metadata-hash-at, following", self.metadata_hash_at(FOLLOW, path).map(drop)),
            ("set-times-at", self.set_times_at(NO_FOLLOW, path, now(), now())),
            ("set-times-at, following", self.set_times_at(FOLLOW, path, now(), now())),
            ("open-at", self.open_at(NO_FOLLOW, path, NONE, READ).map(drop)),
            ("open-at, following", self.open_at(FOLLOW, path, NONE, READ).map(drop)),
            ("open-at of a directory", self.open_at(FOLLOW, path, DIRECTORY, CHANGE).map(drop)),
            ("open-at to truncate", self.open_at(FOLLOW, path, TRUNCATE, WRITE).map(drop)),
            ("open-at to create", self.open_at(FOLLOW, path, CREATE, BOTH).map(drop)),
            ("open-at to create alone", self.open_at(NO_FOLLOW, path, EXCLUSIVE, BOTH).map(drop)),
            ("create-directory-at", self.create_directory_at(path)),
            ("readlink-at", self.readlink_at(path).map(drop)),
            ("symlink-at", self.symlink_at("target", path)),
            ("link-at, old", self.link(path, "new")),
            ("link-at, new", self.link(with, path)),
            ("rename-at, old", self.rename(path, "new")),
            ("rename-at, new", self.rename(with, path)),
            ("unlink-file-at", self.unlink_file_at(path)),
            ("remove-directory-at", self.remove_directory_at(path)),
        ]
    }

    /// Every function that takes a path fails with that code.
    #[track_caller]
    pub fn all_fail(&self, path: &str, with: &str, code: ErrorCode) {
        for (function, result) in self.each_with(path, with) {
            assert_eq!(result, Err(code), "{function} `{path}`");
        }
    }
}

impl OutputStream {
    /// Writes all of it, as far as each permit allows, and waits until it is written.
    pub fn send(&self, mut bytes: &[u8]) -> Result<(), StreamError> {
        while !bytes.is_empty() {
            let permit = self.check_write()? as usize;
            if permit == 0 {
                self.subscribe().block();
                continue;
            }
            let (now, later) = bytes.split_at(permit.min(bytes.len()));
            self.write(now)?;
            bytes = later;
        }
        self.blocking_flush()
    }
}

impl InputStream {
    /// All up to the end.
    pub fn drain(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        while let Ok(some) = self.blocking_read(10_000) {
            bytes.extend(some);
        }
        bytes
    }

    /// As many as there are up to `len`; none if the stream fails.
    pub fn take(&self, len: usize) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        while bytes.len() < len {
            match self.blocking_read((len - bytes.len()) as u64) {
                Ok(some) => bytes.extend(some),
                Err(StreamError::Closed) => break,
                Err(_) => return None,
            }
        }
        Some(bytes)
    }
}

/// The stream is at its end, or was closed.
pub fn is_closed<T>(result: Result<T, StreamError>) -> bool {
    matches!(result, Err(StreamError::Closed))
}

/// The stream's operation did not succeed, whatever the stream says of it.
pub fn is_refused<T>(result: Result<T, StreamError>) -> bool {
    result.is_err()
}
