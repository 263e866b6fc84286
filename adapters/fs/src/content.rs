//! The bytes of files that are not the host's to change.

use crate::bindings::exports::wasi::filesystem::types::ErrorCode;
use crate::bindings::virt::io::buffers::Buffer;
use crate::host;
use crate::node::{Content, Kind, Node};
use alloc::vec::Vec;
use core::cell::{RefCell, RefMut};

extern crate alloc;

/// The most bytes that one read gives.
const READ: u64 = 1 << 20;

/// The most that is copied at once from the host.
const COPY: u64 = 1 << 16;

/// Writes bytes to a buffer.
pub fn write(buffer: &Buffer, offset: u64, bytes: &[u8]) -> Result<(), ErrorCode> {
    let mut words = alloc::vec![0; bytes.len().div_ceil(8)];
    bytemuck::cast_slice_mut(&mut words)[..bytes.len()].copy_from_slice(bytes);
    match buffer.write(offset, &words, bytes.len() as u32) {
        true => Ok(()),
        false => Err(ErrorCode::InsufficientSpace),
    }
}

/// Reads up to `len` bytes of a buffer, and says whether there are none.
pub fn read(buffer: &Buffer, offset: u64, len: u64) -> Result<(Vec<u8>, bool), ErrorCode> {
    if offset > i64::MAX as u64 {
        return Err(ErrorCode::Invalid);
    }
    let len = len.min(buffer.len().saturating_sub(offset)).min(READ);
    let words = buffer.read(offset, len as u32);
    let bytes = bytemuck::cast_slice(&words).get(..len as usize).ok_or(ErrorCode::InsufficientMemory)?;
    Ok((bytes.into(), len == 0))
}

impl Node {
    fn content(&self) -> Result<&RefCell<Content>, ErrorCode> {
        match &self.kind {
            Kind::File(content) => Ok(content),
            _ => Err(ErrorCode::BadDescriptor),
        }
    }

    /// Whether it is a file of the host's that is still read from there.
    pub fn is_copied(&self) -> bool {
        matches!(&self.kind, Kind::File(content) if matches!(*content.borrow(), Content::Copied(..)))
    }

    /// The bytes in memory. There are none yet of a host's file.
    pub fn buffer(&self) -> Result<RefMut<'_, Buffer>, ErrorCode> {
        let mut content = self.content()?.borrow_mut();
        if let Content::Embedded(start, len) = *content {
            *content = Content::Memory(self.volume.buffer(start, len));
        }
        RefMut::filter_map(content, |content| match content {
            Content::Memory(buffer) => Some(buffer),
            _ => None,
        })
        .map_err(|_| ErrorCode::Io)
    }

    /// Opens the host's file that is read as long as there is nothing in memory.
    pub fn open_copied(&self) -> Result<host::Descriptor, ErrorCode> {
        match &*self.content()?.borrow() {
            Content::Copied(path, ..) => self.volume.open(path, host::OpenFlags::empty()),
            _ => Err(ErrorCode::Io),
        }
    }

    /// Takes the bytes to memory, as many as `keep` says: all, or none.
    pub fn take_bytes(&self, keep: bool) -> Result<(), ErrorCode> {
        let content = self.content()?;
        if !self.is_copied() {
            if !keep {
                self.buffer()?.set_len(0);
            }
            return Ok(());
        }
        let buffer = self.volume.buffer(0, 0);
        if keep {
            let (host, mut offset) = (self.open_copied()?, 0);
            loop {
                let (bytes, _) = host.read(COPY, offset)?;
                if bytes.is_empty() {
                    break;
                }
                write(&buffer, offset, &bytes)?;
                offset += bytes.len() as u64;
            }
        }
        content.replace(Content::Memory(buffer));
        Ok(())
    }
}
