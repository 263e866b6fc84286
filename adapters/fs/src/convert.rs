//! The host's types as ours. They have one text, so that most of this is no code.

use crate::bindings::exports::wasi::filesystem::types as ours;
use crate::bindings::host::filesystem::types as host;

macro_rules! convert {
    ($from:ty => $to:ty: $($case:ident)*) => {
        impl From<$from> for $to {
            fn from(value: $from) -> Self {
                match value {
                    $(<$from>::$case => Self::$case,)*
                }
            }
        }
    };
}

convert!(host::ErrorCode => ours::ErrorCode:
    Access WouldBlock Already BadDescriptor Busy Deadlock Quota Exist FileTooLarge IllegalByteSequence InProgress
    Interrupted Invalid Io IsDirectory Loop TooManyLinks MessageSize NameTooLong NoDevice NoEntry NoLock
    InsufficientMemory InsufficientSpace NotDirectory NotEmpty NotRecoverable Unsupported NoTty NoSuchDevice Overflow
    NotPermitted Pipe ReadOnly InvalidSeek TextFileBusy CrossDevice);

convert!(host::DescriptorType => ours::DescriptorType:
    Unknown BlockDevice CharacterDevice Directory Fifo SymbolicLink RegularFile Socket);

convert!(ours::Advice => host::Advice: Normal Sequential Random WillNeed DontNeed NoReuse);

impl From<ours::NewTimestamp> for host::NewTimestamp {
    fn from(time: ours::NewTimestamp) -> Self {
        match time {
            ours::NewTimestamp::NoChange => Self::NoChange,
            ours::NewTimestamp::Now => Self::Now,
            ours::NewTimestamp::Timestamp(time) => Self::Timestamp(time),
        }
    }
}

impl From<host::DescriptorStat> for ours::DescriptorStat {
    fn from(stat: host::DescriptorStat) -> Self {
        Self {
            type_: stat.type_.into(),
            link_count: stat.link_count,
            size: stat.size,
            data_access_timestamp: stat.data_access_timestamp,
            data_modification_timestamp: stat.data_modification_timestamp,
            status_change_timestamp: stat.status_change_timestamp,
        }
    }
}

impl From<host::DirectoryEntry> for ours::DirectoryEntry {
    fn from(entry: host::DirectoryEntry) -> Self {
        Self { type_: entry.type_.into(), name: entry.name }
    }
}

impl From<host::MetadataHashValue> for ours::MetadataHashValue {
    fn from(hash: host::MetadataHashValue) -> Self {
        Self { lower: hash.lower, upper: hash.upper }
    }
}

impl From<ours::PathFlags> for host::PathFlags {
    fn from(flags: ours::PathFlags) -> Self {
        Self::from_bits_truncate(flags.bits())
    }
}

impl From<ours::OpenFlags> for host::OpenFlags {
    fn from(flags: ours::OpenFlags) -> Self {
        Self::from_bits_truncate(flags.bits())
    }
}

impl From<ours::DescriptorFlags> for host::DescriptorFlags {
    fn from(flags: ours::DescriptorFlags) -> Self {
        Self::from_bits_truncate(flags.bits())
    }
}

impl From<host::DescriptorFlags> for ours::DescriptorFlags {
    fn from(flags: host::DescriptorFlags) -> Self {
        Self::from_bits_truncate(flags.bits())
    }
}
