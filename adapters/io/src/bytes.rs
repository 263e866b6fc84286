//! The bytes of a buffer: what they started as, and blocks of what was written since.

use crate::error::Full;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::Cell;

extern crate alloc;

/// Memory is taken in blocks of this many bytes.
const BLOCK: u64 = 4096;

/// Where bytes are that a buffer starts as.
pub trait Content {
    /// At least one and at most `words` words from `offset` on, which is a multiple of 8.
    fn read(offset: u32, words: u32) -> Vec<u64>;
}

/// What all buffers that share it may take.
pub struct Space {
    free: Cell<u64>,
}

impl Space {
    pub fn new(limit: u64) -> Self {
        Self { free: Cell::new(limit) }
    }

    fn take(&self, blocks: u64) -> Result<(), Full> {
        self.free.set(self.free.get().checked_sub(blocks * BLOCK).ok_or(Full)?);
        Ok(())
    }

    fn give(&self, blocks: usize) {
        self.free.set(self.free.get() + blocks as u64 * BLOCK);
    }
}

pub struct Bytes {
    space: Rc<Space>,
    /// The part of the content that stands where there is no block.
    start: u32,
    base: u32,
    len: u64,
    /// What was written, by number, in order.
    blocks: Vec<(u64, Vec<u8>)>,
}

impl Bytes {
    pub fn new(space: Rc<Space>, start: u32, len: u32) -> Self {
        Self { space, start, base: len, len: len.into(), blocks: Vec::new() }
    }

    pub fn len(&self) -> u64 {
        self.len
    }

    /// Up to `len` bytes from `offset`, fewer at the end. `None` if memory does not suffice for them.
    pub fn read<C: Content>(&self, offset: u64, len: u64) -> Option<Vec<u8>> {
        let len = len.min(self.len.saturating_sub(offset)) as usize;
        let mut bytes = self.started_as::<C>(offset, len)?;
        let first = self.blocks.partition_point(|(number, _)| (number + 1) * BLOCK <= offset);
        for (number, block) in &self.blocks[first..] {
            let at = number * BLOCK;
            // Where they overlap, in the block and in what is read.
            let (from, to) = (offset.saturating_sub(at), at.saturating_sub(offset));
            if to >= len as u64 {
                break;
            }
            let (from, to) = (from as usize, to as usize);
            let count = (block.len() - from).min(len - to);
            bytes[to..to + count].copy_from_slice(&block[from..from + count]);
        }
        Some(bytes)
    }

    /// The same without what was written.
    fn started_as<C: Content>(&self, offset: u64, len: usize) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(len).ok()?;
        let known = u64::from(self.base).saturating_sub(offset).min(len as u64) as usize;
        while bytes.len() < known {
            let at = self.start + offset as u32 + bytes.len() as u32;
            let skip = (at % 8) as usize;
            let left = known - bytes.len();
            let words = C::read(at - skip as u32, (skip + left).div_ceil(8) as u32);
            let part = &bytemuck::cast_slice(&words)[skip..];
            bytes.extend_from_slice(&part[..left.min(part.len())]);
        }
        bytes.resize(len, 0);
        Some(bytes)
    }

    /// Writes at `offset`, after zeroes if that is past the end.
    pub fn write<C: Content>(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Full> {
        if bytes.is_empty() {
            return Ok(());
        }
        let end = offset.checked_add(bytes.len() as u64).filter(|end| *end <= i64::MAX as u64).ok_or(Full)?;
        let (first, last) = (offset / BLOCK, (end - 1) / BLOCK);
        let mut at = self.blocks.partition_point(|(number, _)| *number < first);
        let there = self.blocks[at..].partition_point(|(number, _)| *number <= last);
        let missing = last + 1 - first - there as u64;
        self.space.take(missing)?;
        if self.fill::<C>(at, first, last).is_none() {
            let there = self.blocks[at..].partition_point(|(number, _)| *number <= last) as u64;
            self.space.give((last + 1 - first - there) as usize);
            return Err(Full);
        }
        let (mut rest, mut from) = (bytes, (offset % BLOCK) as usize);
        while !rest.is_empty() {
            let (part, more) = rest.split_at(rest.len().min(BLOCK as usize - from));
            self.blocks[at].1[from..from + part.len()].copy_from_slice(part);
            (rest, from, at) = (more, 0, at + 1);
        }
        self.len = self.len.max(end);
        Ok(())
    }

    /// Makes the blocks from `first` to `last`, where there is none, of what is read there. The first is or comes at `at`.
    fn fill<C: Content>(&mut self, mut at: usize, first: u64, last: u64) -> Option<()> {
        self.blocks.try_reserve((last + 1 - first) as usize).ok()?;
        for number in first..=last {
            if self.blocks.get(at).is_none_or(|(known, _)| *known != number) {
                let block = self.started_as::<C>(number * BLOCK, BLOCK as usize)?;
                self.blocks.insert(at, (number, block));
            }
            at += 1;
        }
        Some(())
    }

    /// Cuts the bytes off at `len`, or adds zeroes.
    pub fn set_len(&mut self, len: u64) -> Result<(), Full> {
        if len > i64::MAX as u64 {
            return Err(Full);
        }
        self.base = u64::from(self.base).min(len) as u32;
        let keep = self.blocks.partition_point(|(number, _)| number * BLOCK < len);
        self.space.give(self.blocks.len() - keep);
        self.blocks.truncate(keep);
        if let Some((number, block)) = self.blocks.last_mut() {
            let end = len.saturating_sub(*number * BLOCK).min(BLOCK) as usize;
            block[end..].fill(0);
        }
        self.len = len;
        Ok(())
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        self.space.give(self.blocks.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    /// The numbers from 0 to 255, over and over, and no more than 64 words at a time.
    struct Counting;

    impl Content for Counting {
        fn read(offset: u32, words: u32) -> Vec<u64> {
            assert_eq!(offset % 8, 0);
            let word = |at: u32| u64::from_le_bytes(core::array::from_fn(|byte| (at * 8 + byte as u32) as u8));
            (offset / 8..offset / 8 + words.min(64)).map(word).collect()
        }
    }

    fn bytes(start: u32, len: u32) -> Bytes {
        Bytes::new(Rc::new(Space::new(u64::MAX)), start, len)
    }

    fn all(bytes: &Bytes) -> Vec<u8> {
        bytes.read::<Counting>(0, u64::MAX).expect("there is memory")
    }

    fn counting(range: core::ops::Range<u32>) -> Vec<u8> {
        range.map(|at| at as u8).collect()
    }

    #[test]
    fn it_starts_as_its_part_of_the_content() {
        assert_eq!(all(&bytes(8, 5)), [8, 9, 10, 11, 12]);
        assert_eq!(all(&bytes(16, 10_000)), counting(16..10_016));
        assert_eq!(all(&bytes(0, 0)), []);
    }

    #[test]
    fn reads_begin_anywhere_and_stop_at_the_end() {
        let bytes = bytes(0, 2_000);
        for offset in [0, 1, 7, 8, 9, 511, 512, 513, 1_999] {
            assert_eq!(
                bytes.read::<Counting>(offset, 3).unwrap(),
                counting(offset as u32..2_000.min(offset as u32 + 3))
            );
        }
        for offset in [2_000, 2_001, 1 << 32, (1 << 32) + 1, u64::MAX] {
            assert_eq!(bytes.read::<Counting>(offset, u64::MAX).unwrap(), []);
        }
    }

    #[test]
    fn what_is_written_stands_and_the_rest_is_as_it_was() {
        let mut bytes = bytes(0, 10_000);
        bytes.write::<Counting>(5_000, &[1; 4_000]).unwrap();
        let mut expected = counting(0..10_000);
        expected[5_000..9_000].fill(1);
        assert_eq!(all(&bytes), expected);
    }

    #[test]
    fn a_gap_reads_as_zeroes() {
        let mut bytes = bytes(8, 2);
        bytes.write::<Counting>(4, &[1, 2]).unwrap();
        assert_eq!(all(&bytes), [8, 9, 0, 0, 1, 2]);
        bytes.write::<Counting>(1 << 40, &[7]).unwrap();
        assert_eq!(bytes.len(), (1 << 40) + 1);
        assert_eq!(bytes.read::<Counting>((1 << 40) - 2, 9).unwrap(), [0, 0, 7]);
        assert_eq!(bytes.blocks.len(), 2);
    }

    #[test]
    fn what_was_cut_off_does_not_come_back() {
        for (start, len) in [(0, 9_000), (0, 0)] {
            let mut bytes = bytes(start, len);
            bytes.write::<Counting>(0, &[5; 9_000]).unwrap();
            bytes.set_len(4_100).unwrap();
            bytes.set_len(9_000).unwrap();
            let mut expected = vec![5; 4_100];
            expected.resize(9_000, 0);
            assert_eq!(all(&bytes), expected);
        }
        let mut bytes = bytes(0, 9_000);
        bytes.set_len(10).unwrap();
        bytes.set_len(20).unwrap();
        assert_eq!(all(&bytes), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn an_empty_write_changes_nothing_wherever_it_is() {
        let mut bytes = bytes(0, 2);
        bytes.write::<Counting>(100, &[]).unwrap();
        assert_eq!(all(&bytes), [0, 1]);
    }

    #[test]
    fn lengths_that_no_file_has_are_refused_and_change_nothing() {
        let mut bytes = bytes(0, 2);
        for offset in [u64::MAX, u64::MAX - 1, i64::MAX as u64] {
            assert!(bytes.write::<Counting>(offset, &[1]).is_err());
        }
        assert!(bytes.set_len(u64::MAX).is_err());
        assert_eq!(all(&bytes), [0, 1]);
    }

    #[test]
    fn a_space_is_shared_and_given_back() {
        let space = Rc::new(Space::new(3 * BLOCK));
        let (mut one, mut two) = (Bytes::new(space.clone(), 0, 100_000), Bytes::new(space.clone(), 0, 0));
        one.write::<Counting>(4_000, &[1; 200]).unwrap();
        two.write::<Counting>(0, &[1]).unwrap();
        assert!(two.write::<Counting>(4_096, &[1]).is_err());
        assert!(two.write::<Counting>(4_095, &[1, 1]).is_err());
        assert_eq!(two.len(), 1);
        two.write::<Counting>(4_095, &[1]).unwrap();
        one.set_len(1).unwrap();
        two.write::<Counting>(4_096, &[1]).unwrap();
        drop((one, two));
        assert_eq!(space.free.get(), 3 * BLOCK);
    }

    #[test]
    fn random_writes_and_cuts_agree_with_a_vector() {
        let mut seed = 1u64;
        let mut random = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        let (mut bytes, mut model) = (bytes(0, 20_000), counting(0..20_000));
        for step in 0..2_000 {
            let (offset, len) = (random(30_000), random(9_000));
            match random(4) {
                0 => {
                    bytes.set_len(offset).unwrap();
                    model.resize(offset as usize, 0);
                }
                1 => {
                    let end = (offset + len).min(model.len() as u64) as usize;
                    let expected = model.get(offset as usize..end).unwrap_or_default();
                    assert_eq!(bytes.read::<Counting>(offset, len).unwrap(), expected, "step {step}");
                }
                _ if len > 0 => {
                    bytes.write::<Counting>(offset, &vec![step as u8; len as usize]).unwrap();
                    model.resize(model.len().max((offset + len) as usize), 0);
                    model[offset as usize..(offset + len) as usize].fill(step as u8);
                }
                _ => {}
            }
        }
        assert_eq!(all(&bytes), model);
    }
}
