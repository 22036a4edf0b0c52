//! For `cargo xtask cpu-coverage`: which encodings the guest executed, left as a file when it ends.

use crate::say;
use std::path::Path;

/// The variable that names the folder for these files. Without it nothing is written.
const VARIABLE: &str = "VMAPPLE_COVERAGE";

/// Writes the names of the encodings executed, one a line, to a file of this process's own.
pub(crate) fn write() {
    let Some(folder) = std::env::var_os(VARIABLE) else { return };
    let file = Path::new(&folder).join(format!("{}.rows", std::process::id()));
    let text: String = vmapple_machine::executed_encodings().iter().map(|name| format!("{name}\n")).collect();
    if let Err(e) = std::fs::write(&file, text) {
        say(&format!("{VARIABLE}: {} cannot be written: {e}", file.display()));
    }
}
