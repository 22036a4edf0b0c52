//! Finding the Debian mirror the host is configured with, in both of apt's formats (sources.list(5)).

use anyhow::{Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// A Debian mirror.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mirror {
    /// Its address, as apt takes it.
    pub(crate) address: String,
    /// The keyring file that signs it, if the host names one or has the usual one.
    pub(crate) keyring: Option<String>,
}

const DEBIAN_KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Reads apt's configuration folder and returns the first mirror of the Debian archive.
pub(crate) fn debian_mirror(folder: &Path) -> Result<Mirror> {
    let mut files = vec![folder.join("sources.list")];
    if let Ok(parts) = fs::read_dir(folder.join("sources.list.d")) {
        let mut parts: Vec<PathBuf> = parts.flatten().map(|entry| entry.path()).collect();
        parts.sort();
        files.extend(parts);
    }
    for file in files {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let mirrors = match file.extension().and_then(|extension| extension.to_str()) {
            Some("list") => one_line(&text),
            Some("sources") => deb822(&text),
            _ => continue,
        };
        if let Some(mut mirror) = mirrors.into_iter().find(|mirror| is_debian(&mirror.address)) {
            if mirror.keyring.is_none() && Path::new(DEBIAN_KEYRING).exists() {
                mirror.keyring = Some(DEBIAN_KEYRING.to_owned());
            }
            return Ok(mirror);
        }
    }
    bail!(
        "no mirror of the Debian archive in {}: the guests are made from Debian packages. Add one to apt's sources, or \
         fill the cache on a Debian system and copy it",
        folder.display()
    )
}

/// The main archive ends with this name on every mirror; the security and ports archives have others.
fn is_debian(address: &str) -> bool {
    address.trim_end_matches('/').rsplit('/').next() == Some("debian")
}

/// `deb [option=value ...] address suite component...`
fn one_line(text: &str) -> Vec<Mirror> {
    let mut mirrors = Vec::new();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        let Some(rest) = line.strip_prefix("deb").filter(|rest| rest.starts_with(char::is_whitespace)) else {
            continue;
        };
        let rest = rest.trim_start();
        let (options, rest) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((options, rest)) => (options, rest),
            None => ("", rest),
        };
        let keyring = options.split_whitespace().find_map(|option| option.strip_prefix("signed-by="));
        if let Some(address) = rest.split_whitespace().next() {
            mirrors.push(Mirror { address: address.to_owned(), keyring: keyring.and_then(keyring_file) });
        }
    }
    mirrors
}

/// Stanzas of `Field: value`, separated by empty lines; an indented line continues the field above.
fn deb822(text: &str) -> Vec<Mirror> {
    let mut mirrors = Vec::new();
    let text: String = text.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect();
    for stanza in text.split("\n\n") {
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in stanza.lines() {
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = fields.last_mut() {
                    value.push(' ');
                    value.push_str(line.trim());
                }
            } else if let Some((name, value)) = line.split_once(':') {
                fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
            }
        }
        let field = |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str());
        let enabled = !field("enabled").is_some_and(|value| matches!(value, "no" | "false" | "0"));
        if !enabled || !field("types").is_some_and(|types| types.split_whitespace().any(|kind| kind == "deb")) {
            continue;
        }
        for address in field("uris").unwrap_or_default().split_whitespace() {
            let keyring = field("signed-by").and_then(keyring_file);
            mirrors.push(Mirror { address: address.to_owned(), keyring });
        }
    }
    mirrors
}

/// `Signed-By` may also hold the key itself or its fingerprint; only a file can be passed on.
fn keyring_file(value: &str) -> Option<String> {
    value.split([' ', ',']).find(|part| part.starts_with('/')).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deb822_gives_the_main_archive_and_its_key() {
        let text = "# a comment\nTypes: deb deb-src\nURIs: http://mirror.test/debian-security\nSuites: stable-security\n\n\
                    Types: deb\n# another\nURIs:\n http://mirror.test/debian/\nSuites: stable\nSigned-By: /k/a.gpg\n";
        let mirrors = deb822(text);
        assert_eq!(mirrors.len(), 2);
        let main = mirrors.into_iter().find(|mirror| is_debian(&mirror.address));
        let expected = Mirror { address: "http://mirror.test/debian/".into(), keyring: Some("/k/a.gpg".into()) };
        assert_eq!(main, Some(expected));
    }

    #[test]
    fn a_disabled_stanza_is_not_used() {
        assert!(deb822("Types: deb\nURIs: http://mirror.test/debian\nEnabled: no\n").is_empty());
        assert!(deb822("Types: deb-src\nURIs: http://mirror.test/debian\n").is_empty());
    }

    #[test]
    fn one_line_format_with_and_without_options() {
        let text = "#deb http://old.test/debian x main\ndeb-src http://mirror.test/debian stable main\n\
                    deb [arch=amd64 signed-by=/k/b.gpg] http://mirror.test/debian stable main # note\n\
                    deb http://plain.test/debian stable main\n";
        let mirrors = one_line(text);
        assert_eq!(mirrors.len(), 2);
        assert_eq!(mirrors[0].keyring.as_deref(), Some("/k/b.gpg"));
        assert_eq!(mirrors[1], Mirror { address: "http://plain.test/debian".into(), keyring: None });
    }

    #[test]
    fn a_system_without_debian_says_so() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("sources.list"), "deb http://mirror.test/other stable main\n").unwrap();
        let error = debian_mirror(folder.path()).unwrap_err().to_string();
        assert!(error.contains("no mirror of the Debian archive"), "{error}");
    }

    #[test]
    fn an_inline_key_is_not_a_file() {
        assert_eq!(keyring_file("-----BEGIN PGP PUBLIC KEY BLOCK----- abc"), None);
        assert_eq!(keyring_file("/k/a.gpg,/k/b.gpg").as_deref(), Some("/k/a.gpg"));
    }
}
