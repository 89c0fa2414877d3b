//! Designs from files: those of a folder beside the shipped ones.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;

use crate::cli::refused::Refused;
use crate::print::{Design, Designs};

/// The list of proofs beside designs.
pub(in crate::cli) const PROOFS: &str = "proofs.csv";

/// The shipped designs and those of a folder.
pub(in crate::cli) fn with_folder(folder: &Path) -> anyhow::Result<Designs> {
    let mut designs = Designs::shipped().clone();
    let mut files = Vec::new();
    let entries = fs::read_dir(folder).map_err(|problem| Refused(format!("{} cannot be read: {problem}", folder.display())))?;
    for entry in entries {
        let path = entry.with_context(|| format!("{} cannot be read", folder.display()))?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            files.push((name_of(&path)?, text_of(&path)?));
        }
    }
    files.sort();
    let proofs = fs::read_to_string(folder.join(PROOFS)).unwrap_or_default();
    designs.add(files, &proofs);
    Ok(designs)
}

/// A design by its name, or by its file when the name ends with `.toml`.
pub(super) fn find(name: &str) -> anyhow::Result<Arc<Design>> {
    let path = Path::new(name);
    if path.extension().is_none_or(|ending| ending != "toml") {
        return Ok(Arc::clone(Designs::shipped().find(name).map_err(|problem| Refused(problem.to_string()))?));
    }
    let designs = with_folder(folder_of(path))?;
    let name = name_of(path)?;
    if let Ok(design) = designs.find(&name)
        && Designs::shipped().find(&name).map(|shipped| shipped.digest()) != Ok(design.digest())
    {
        return Ok(Arc::clone(design));
    }
    // Say what is wrong with the file itself before whether it has been proven.
    let own = designs.refused().iter().find(|problem| problem.starts_with(&format!("{name}.toml")));
    Err(Refused(own.cloned().unwrap_or_else(|| format!("{} is not a design of its own", path.display()))).into())
}

/// The folder of a file.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A design's name: its file's, without the ending.
pub(super) fn name_of(path: &Path) -> anyhow::Result<String> {
    let name = path.file_stem().and_then(|name| name.to_str());
    Ok(name.ok_or_else(|| Refused(format!("{} has no name in UTF-8", path.display())))?.to_owned())
}

fn text_of(path: &Path) -> anyhow::Result<String> {
    let text = fs::read_to_string(path).map_err(|problem| Refused(format!("{} cannot be read: {problem}", path.display())))?;
    Ok(text)
}
