//! What people write and read: numbers of bytes, and names that are nearly right.

use anyhow::{Result, bail};

/// A number of bytes: a number, or one with a unit of 1024, whatever it is called.
pub fn parse_size(text: &str) -> Result<u64> {
    let (number, unit) = text.split_at(text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len()));
    let shift = match unit.to_ascii_uppercase().as_str() {
        "" | "B" => Some(0),
        "K" | "KB" | "KIB" => Some(10),
        "M" | "MB" | "MIB" => Some(20),
        "G" | "GB" | "GIB" => Some(30),
        _ => None,
    };
    let size = match (number.parse::<u64>(), shift) {
        (Ok(number), Some(shift)) => number.checked_mul(1 << shift),
        _ => bail!("`{}` is no size; write a number of bytes, or one like `64K`, `64M`, `1G`", text.escape_debug()),
    };
    match size {
        Some(0) => bail!("nothing fits in a size of 0; write one like `64M`, or none for no limit"),
        Some(size) => Ok(size),
        None => bail!("`{text}` is more than there can be; leave it out for no limit"),
    }
}

/// A number of bytes as [`parse_size`] takes it, as short as it is exact.
pub fn exact_size(bytes: u64) -> String {
    let units = [("G", 1_u64 << 30), ("M", 1 << 20), ("K", 1 << 10)];
    match units.into_iter().find(|(_, unit)| bytes >= *unit && bytes.is_multiple_of(*unit)) {
        Some((name, unit)) => format!("{}{name}", bytes / unit),
        None => bytes.to_string(),
    }
}

/// A number of bytes, for people.
pub fn size(bytes: u64) -> String {
    let units = [("GiB", 1_u64 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match units.into_iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) if bytes.is_multiple_of(unit) => format!("{} {name}", bytes / unit),
        Some((name, unit)) => format!("{:.1} {name}", bytes as f64 / unit as f64),
        None if bytes == 1 => "1 byte".to_owned(),
        None => format!("{bytes} bytes"),
    }
}

/// That a name is none of those that there are, with the one that may have been meant.
pub fn unknown(what: &str, name: &str, names: &[&str]) -> String {
    let nearest = names.iter().max_by(|a, b| strsim::jaro(name, a).total_cmp(&strsim::jaro(name, b)));
    match nearest.filter(|nearest| strsim::jaro(name, nearest) > 0.75) {
        Some(nearest) if names.len() == 1 => format!("unknown {what} `{name}`, did you mean `{nearest}`?"),
        Some(nearest) => format!("unknown {what} `{name}`, did you mean `{nearest}`? There are {}", names.join(", ")),
        None => format!("unknown {what} `{name}`, expected one of {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_of_1024() {
        for (text, size) in
            [("1", 1), ("12B", 12), ("1k", 1024), ("2KB", 2048), ("3KiB", 3072), ("64M", 64 << 20), ("1gib", 1 << 30)]
        {
            assert_eq!(parse_size(text).unwrap(), size, "{text}");
        }
        for (text, words) in [
            ("", "no size"),
            ("M", "no size"),
            ("1.5G", "no size"),
            ("-1", "no size"),
            ("1T", "no size"),
            ("ten", "no size"),
            ("0", "size of 0"),
            ("0M", "size of 0"),
            ("18446744073709551615K", "more than there can be"),
            ("99999999999999999999", "no size"),
        ] {
            assert!(parse_size(text).unwrap_err().to_string().contains(words), "{text}");
        }
    }

    #[test]
    fn exact_sizes_are_read_as_they_were() {
        for bytes in [1, 1023, 1024, 1025, 5000, 64 << 20, (1 << 30) + 1, 3 << 30, u64::MAX] {
            assert_eq!(parse_size(&exact_size(bytes)).unwrap(), bytes);
        }
        assert_eq!(exact_size(64 << 20), "64M");
    }

    #[test]
    fn sizes_are_told_in_words() {
        let told = [1, 12, 1024, 1536, 5 << 20, 3 << 30].map(size);
        assert_eq!(told, ["1 byte", "12 bytes", "1 KiB", "1.5 KiB", "5 MiB", "3 GiB"]);
    }
}
