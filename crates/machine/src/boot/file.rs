//! Reading a file the user named, never more of it than the guest's RAM could hold.

use super::problem::Problem;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Reads all of `path`; a pipe will do. `fits` bytes are the most there is room for: beyond that `too_large` says why
/// not, given the size if it is known.
pub(super) fn read(path: &Path, fits: u64, too_large: impl Fn(Option<u64>) -> Problem) -> Result<Vec<u8>, Problem> {
    let file = File::open(path).map_err(Problem::Unreadable)?;
    let facts = file.metadata().map_err(Problem::Unreadable)?;
    if facts.is_dir() {
        return Err(Problem::Directory);
    }
    if facts.is_file() && facts.len() > fits {
        return Err(too_large(Some(facts.len())));
    }
    let mut bytes = Vec::new();
    file.take(fits.saturating_add(1)).read_to_end(&mut bytes).map_err(Problem::Unreadable)?;
    match bytes.len() as u64 {
        0 => Err(Problem::Empty),
        n if n > fits => Err(too_large(None)),
        _ => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_temporary(content: &[u8], fits: u64) -> Result<Vec<u8>, Problem> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        std::fs::write(&path, content).unwrap();
        read(&path, fits, |n| n.map_or(Problem::Nested, Problem::LargerThanRam))
    }

    #[test]
    fn whole_files_up_to_the_limit_are_read() {
        assert_eq!(read_temporary(b"1234", 4).unwrap(), b"1234");
        assert!(matches!(read_temporary(b"12345", 4), Err(Problem::LargerThanRam(5))));
        assert!(matches!(read_temporary(b"", 4), Err(Problem::Empty)));
    }

    #[test]
    fn an_endless_file_is_read_no_further_than_the_limit() {
        let e = read(Path::new("/dev/zero"), 1 << 16, |n| n.map_or(Problem::Nested, Problem::LargerThanRam));
        assert!(matches!(e, Err(Problem::Nested)));
    }

    #[test]
    fn what_is_no_file_says_so() {
        assert!(matches!(read(Path::new("/"), 9, |_| Problem::Nested), Err(Problem::Directory)));
        assert!(matches!(read(Path::new("/nonexistent"), 9, |_| Problem::Nested), Err(Problem::Unreadable(_))));
    }
}
