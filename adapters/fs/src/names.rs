//! What a directory has, by name, in the order of the bytes of the names.

use alloc::string::String;
use alloc::vec::Vec;

extern crate alloc;

/// The most names in one run. Runs keep insertion cheap in directories of any size; a tree would, too, in more code.
const RUN: usize = 512;

pub struct Names<T> {
    /// None of them is empty.
    runs: Vec<Vec<(String, T)>>,
}

impl<T> Names<T> {
    pub const fn new() -> Self {
        Self { runs: Vec::new() }
    }

    /// The run that has a name, or would, and the place in it.
    fn place(&self, name: &str) -> (usize, Result<usize, usize>) {
        let run = self.runs.partition_point(|run| run[0].0.as_str() <= name).saturating_sub(1);
        let place = match self.runs.get(run) {
            Some(run) => run.binary_search_by(|(known, _)| known.as_str().cmp(name)),
            None => Err(0),
        };
        (run, place)
    }

    pub fn get(&self, name: &str) -> Option<&T> {
        let (run, place) = self.place(name);
        let (_, value) = self.runs.get(run)?.get(place.ok()?)?;
        Some(value)
    }

    pub fn insert(&mut self, name: &str, value: T) {
        let (run, place) = self.place(name);
        match place {
            Ok(place) => self.runs[run][place].1 = value,
            Err(_) if self.runs.is_empty() => self.runs.push(alloc::vec![(name.into(), value)]),
            Err(place) => {
                let names = &mut self.runs[run];
                names.insert(place, (name.into(), value));
                if names.len() > RUN {
                    let half = names.split_off(RUN / 2);
                    self.runs.insert(run + 1, half);
                }
            }
        }
    }

    pub fn remove(&mut self, name: &str) {
        if let (run, Ok(place)) = self.place(name) {
            self.runs[run].remove(place);
            if self.runs[run].is_empty() {
                self.runs.remove(run);
            }
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &(String, T)> {
        self.runs.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;
    use alloc::format;

    #[test]
    fn it_agrees_with_a_map() {
        let (mut names, mut map, mut seed) = (Names::new(), BTreeMap::new(), 1u64);
        assert_eq!(names.get("0"), None);
        for step in 0..20_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let name = format!("{}", (seed >> 40) % 3_000);
            if step > 10_000 && seed >> 63 == 0 {
                names.remove(&name);
                map.remove(&name);
            } else {
                names.insert(&name, step);
                map.insert(name.clone(), step);
            }
            assert_eq!(names.get(&name), map.get(&name));
        }
        assert!(names.iter().map(|(name, value)| (name, value)).eq(map.iter()));
        for name in map.keys() {
            names.remove(name);
        }
        assert_eq!(names.iter().count(), 0);
    }

    #[test]
    fn names_are_in_the_order_of_their_bytes() {
        let mut names = Names::new();
        for name in ["b", "é", "a", "ab", "B", ""] {
            names.insert(name, ());
        }
        assert!(names.iter().map(|(name, ())| name.as_str()).eq(["", "B", "a", "ab", "b", "é"]));
    }
}
