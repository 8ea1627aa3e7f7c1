//! The content of a file of a case, as its JSON describes it.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// The content of a file.
#[derive(serde::Deserialize)]
#[serde(untagged)]
pub(crate) enum Content {
    /// This text.
    Text(String),
    /// These lines, each with a line feed at its end.
    Lines(Vec<String>),
    /// Generated from a description.
    Made(Made),
}

/// Content that is not plain text.
#[derive(serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Made {
    /// These bytes, as hexadecimal digits.
    Hex(String),
    /// Contents in sequence.
    Joined(Vec<Content>),
    /// A text repeated this many times, too long for a file of the repository.
    Repeated(String, u64),
    /// Compressed with gzip.
    Gzip(Box<Content>),
    /// Compressed with Zstandard.
    Zstd(Box<Content>),
    /// Without this many bytes at its end.
    Cut(Box<Content>, usize),
    /// A text in UTF-16 with its byte order mark, as Windows writes it.
    Utf16(String),
    /// A folder instead of a file.
    Folder(bool),
    /// A symbolic link, for example to a device, instead of a file.
    Link(PathBuf),
}

impl Content {
    /// Writes the content to `path`, and creates missing folders.
    pub(crate) fn put(&self, path: &Path) {
        std::fs::create_dir_all(path.parent().expect("within the home")).unwrap();
        // Files that `init` created, such as the settings, are replaced.
        let _ = std::fs::remove_file(path);
        match self {
            Self::Made(Made::Folder(true)) => std::fs::create_dir(path).unwrap(),
            Self::Made(Made::Link(to)) => std::os::unix::fs::symlink(to, path).unwrap(),
            _ => {
                let mut out = BufWriter::new(File::create(path).unwrap());
                self.write(&mut out);
                out.flush().unwrap();
            }
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write(&mut bytes);
        bytes
    }

    fn write(&self, out: &mut dyn Write) {
        match self {
            Self::Text(text) => out.write_all(text.as_bytes()).unwrap(),
            Self::Lines(lines) => lines.iter().for_each(|line| writeln!(out, "{line}").unwrap()),
            Self::Made(made) => made.write(out),
        }
    }
}

impl Made {
    fn write(&self, out: &mut dyn Write) {
        match self {
            Self::Hex(digits) => out.write_all(&bytes_of(digits)).unwrap(),
            Self::Joined(parts) => parts.iter().for_each(|part| part.write(out)),
            Self::Repeated(text, times) => (0..*times).for_each(|_| out.write_all(text.as_bytes()).unwrap()),
            Self::Gzip(content) => {
                let encoder = flate2::write::GzEncoder::new(out, flate2::Compression::fast());
                let mut encoder = BufWriter::new(encoder);
                content.write(&mut encoder);
                encoder.into_inner().ok().expect("written").finish().unwrap();
            }
            Self::Zstd(content) => {
                let mut encoder = zstd::stream::write::Encoder::new(out, 0).unwrap();
                content.write(&mut encoder);
                encoder.finish().unwrap();
            }
            Self::Cut(content, count) => {
                let bytes = content.bytes();
                out.write_all(&bytes[..bytes.len() - count]).unwrap();
            }
            Self::Utf16(text) => {
                let units = std::iter::once(0xfeff).chain(text.encode_utf16());
                units.for_each(|unit| out.write_all(&unit.to_le_bytes()).unwrap());
            }
            Self::Folder(_) | Self::Link(_) => panic!("this is not a part of a file"),
        }
    }
}

fn bytes_of(digits: &str) -> Vec<u8> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.as_bytes().chunks(2).map(pair).collect()
}
