//! `fields`.

use super::map::Map;
use crate::bindings::exports::wasi::http0_2_12::types::{self, GuestFields, HeaderError};
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

pub struct Fields(RefCell<Map>);

impl Fields {
    /// What a request or an answer shows of its headers.
    pub fn show(map: &Map) -> types::Fields {
        Self::open(map.clone())
    }

    /// What becomes of fields that are headers of something.
    pub fn fix(fields: types::Fields) -> Map {
        fields.into_inner::<Self>().0.into_inner().with_fixed(true)
    }

    fn open(map: Map) -> types::Fields {
        types::Fields::new(Self(RefCell::new(map)))
    }
}

impl GuestFields for Fields {
    fn new() -> Self {
        Self(RefCell::default())
    }

    fn from_list(entries: Vec<(String, Vec<u8>)>) -> Result<types::Fields, HeaderError> {
        let mut map = Map::default();
        for (name, value) in entries {
            map.append(name, value)?;
        }
        Ok(Self::open(map))
    }

    fn get(&self, name: String) -> Vec<Vec<u8>> {
        self.0.borrow().get(name)
    }

    fn has(&self, name: String) -> bool {
        !self.0.borrow().get(name).is_empty()
    }

    fn set(&self, name: String, values: Vec<Vec<u8>>) -> Result<(), HeaderError> {
        self.0.borrow_mut().set(name, values)
    }

    fn delete(&self, name: String) -> Result<(), HeaderError> {
        self.0.borrow_mut().set(name, Vec::new())
    }

    fn append(&self, name: String, value: Vec<u8>) -> Result<(), HeaderError> {
        self.0.borrow_mut().append(name, value)
    }

    fn entries(&self) -> Vec<(String, Vec<u8>)> {
        self.0.borrow().entries()
    }

    fn clone(&self) -> types::Fields {
        Self::open(self.0.borrow().clone().with_fixed(false))
    }
}
