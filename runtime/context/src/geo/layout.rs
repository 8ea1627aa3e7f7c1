//! The layout of the index of a geolocation file, for its writer and its reader.
//!
//! Blocks come first, then the directory with their positions, then the footer. Numbers are little-endian.
//!
//! - A block of **texts** holds a record for each of its texts, then the texts. A place is `State;City` and the code of
//!   its country, with its degrees; an owner is its name and its domain. Both are divided at `split`. Texts are
//!   numbered by their first occurrence in the file, so the texts of neighbouring ranges are near each other.
//! - A block of **steps** lists the addresses from which a place and an owner apply, in ascending order: IPv4 addresses
//!   in 4 bytes, IPv6 in 16. The file's integers form one number line on which IPv6 begins at 2^32.
//!
//! The directory holds a checksum of each block, and the footer a hash of the directory: damage is detected before the
//! index returns an answer.

/// The first bytes of the directory; the number changes with the layout and with the interpretation of the file.
pub(super) const MAGIC: &[u8; 16] = b"flow-oa geo 0003";

/// A block is closed when it has reached this many bytes.
pub(super) const BLOCK: usize = 16 * 1024;

/// Place and owner of a step without data.
pub(super) const NOTHING: u32 = u32::MAX;

/// Low bits of a text's number: the position of the text in its block. The other bits are the number of the block.
pub(super) const TEXT_BITS: u32 = 10;

/// The maximum number of texts in a block.
pub(super) const TEXTS: usize = 1 << TEXT_BITS;

/// Bytes of the record of a text.
pub(super) const RECORD: usize = 24;

/// Bytes at the end of the file: offset, length and hash of the directory.
pub(super) const FOOTER: usize = 8 + 8 + 32;

/// The position of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct At {
    pub(super) offset: u64,
    pub(super) length: u32,
    pub(super) checksum: u32,
}

/// Bytes of an [`At`].
const AT: usize = 16;

impl At {
    fn write(self, to: &mut Vec<u8>) {
        to.extend(self.offset.to_le_bytes());
        to.extend(self.length.to_le_bytes());
        to.extend(self.checksum.to_le_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (offset, rest) = bytes.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (checksum, _) = rest.split_first_chunk()?;
        Some(Self {
            offset: u64::from_le_bytes(*offset),
            length: u32::from_le_bytes(*length),
            checksum: u32::from_le_bytes(*checksum),
        })
    }
}

/// The positions of all blocks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Directory {
    pub(super) texts: Vec<At>,
    /// Each block with the address of its first step.
    pub(super) steps: Vec<(u128, At)>,
}

impl Directory {
    /// The directory of an index as bytes; `source` is the identity of the file that was indexed.
    pub(super) fn bytes(&self, source: &[u8]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(source);
        bytes.extend((self.texts.len() as u64).to_le_bytes());
        self.texts.iter().for_each(|at| at.write(&mut bytes));
        for (first, at) in &self.steps {
            bytes.extend(first.to_le_bytes());
            at.write(&mut bytes);
        }
        bytes
    }

    /// Parses a directory; `None` if it has another source or layout.
    pub(super) fn read(bytes: &[u8], source: &[u8]) -> Option<Self> {
        let (count, rest) = bytes.strip_prefix(MAGIC)?.strip_prefix(source)?.split_first_chunk()?;
        let texts = usize::try_from(u64::from_le_bytes(*count)).ok()?.checked_mul(AT)?;
        let (texts, steps) = rest.split_at_checked(texts)?;
        let step = |bytes: &[u8]| {
            let (first, at) = bytes.split_first_chunk()?;
            Some((u128::from_le_bytes(*first), At::read(at)?))
        };
        Some(Self {
            texts: texts.chunks_exact(AT).map(At::read).collect::<Option<_>>()?,
            steps: steps.chunks_exact(16 + AT).map(step).collect::<Option<_>>()?,
        })
    }
}

/// The checksum of a block. Each step of a lane is reversible, so a single changed word is always detected. It is
/// several times as fast as a CRC, and every block that is read is verified.
pub(super) fn checksum(block: &[u8]) -> u32 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |state: u64, word: u64| (state ^ word).wrapping_mul(ODD).rotate_left(31);
    let (words, rest) = block.as_chunks::<8>();
    let (fours, more) = words.as_chunks::<4>();
    let mut lanes = [1, 2, 3, 4];
    for four in fours {
        for (lane, word) in lanes.iter_mut().zip(four) {
            *lane = mix(*lane, u64::from_le_bytes(*word));
        }
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let more = more.iter().chain([&last]).map(|bytes| u64::from_le_bytes(*bytes));
    let sum = lanes.into_iter().chain(more).fold(block.len() as u64, mix);
    (sum ^ sum >> 32) as u32
}

/// Whether steps at this address store it in 4 bytes.
pub(super) fn is_short(address: u128) -> bool {
    address <= u128::from(u32::MAX)
}
