//! Random types, as text. The same seed gives the same types everywhere.

/// splitmix64: short, and good enough to meet many shapes.
pub struct Random {
    seed: u64,
    /// What types are made of in the end.
    leaves: Vec<&'static str>,
}

const SCALARS: [&str; 13] =
    ["bool", "u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "f32", "f64", "char", "string"];

impl Random {
    /// From a seed, with types that are made of scalars and of `more`.
    pub fn new(seed: u64, more: &[&'static str]) -> Self {
        Self { seed, leaves: SCALARS.iter().chain(more).copied().collect() }
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.seed ^ (self.seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below a limit.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.number() % limit as u64) as usize
    }

    /// A character of any length.
    pub fn char(&mut self) -> char {
        ['a', '\0', 'ü', '世', '𝄞', char::MAX][self.below(6)]
    }

    /// A type as text. What must have a name is defined under one.
    pub fn ty(&mut self, depth: usize, definitions: &mut Vec<String>) -> String {
        let kind = if depth == 0 { 0 } else { self.below(12) };
        let inner = |random: &mut Self, definitions: &mut Vec<String>| random.ty(depth - 1, definitions);
        let body = match kind {
            0..=1 => {
                let leaf = self.below(self.leaves.len());
                return self.leaves[leaf].to_owned();
            }
            2 => return format!("list<{}>", inner(self, definitions)),
            3 => return format!("option<{}>", inner(self, definitions)),
            4 => {
                let fields: Vec<String> = (0..1 + self.below(5)).map(|_| inner(self, definitions)).collect();
                return format!("tuple<{}>", fields.join(", "));
            }
            5 => {
                return match self.below(4) {
                    0 => "result".to_owned(),
                    1 => format!("result<{}>", inner(self, definitions)),
                    2 => format!("result<_, {}>", inner(self, definitions)),
                    _ => format!("result<{}, {}>", inner(self, definitions), inner(self, definitions)),
                };
            }
            6 => format!("enum NAME {{ {} }}", labels([1, 2, 5, 256, 257, 300][self.below(6)])),
            7 => format!("flags NAME {{ {} }}", labels(1 + self.below(32))),
            8 => format!("type NAME = {};", inner(self, definitions)),
            9 => {
                let count = [1, 2, 3, 4, 260][self.below(5)];
                let mut cases = String::new();
                for at in 0..count {
                    // Of many cases few have a payload, or there would be no end.
                    let payload =
                        if self.below(count) < 3 { format!("({})", inner(self, definitions)) } else { "".into() };
                    cases += &format!("c{at}{payload}, ");
                }
                format!("variant NAME {{ {cases} }}")
            }
            _ => {
                let fields = (0..1 + self.below(5)).map(|at| format!("f{at}: {}, ", inner(self, definitions)));
                format!("record NAME {{ {} }}", fields.collect::<String>())
            }
        };
        let name = format!("t{}", definitions.len());
        definitions.push(body.replace("NAME", &name));
        name
    }
}

/// `l0, l1, …`
pub fn labels(count: usize) -> String {
    (0..count).map(|at| format!("l{at}, ")).collect()
}
