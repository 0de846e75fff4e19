//! ## What it does
//! Reports a member whose name leads out of the folder that the archive would be extracted to, and one that is extracted through a
//! link which does. Links by themselves are told once for an archive, as information: the file system of a machine, such as a layer
//! of a container image, is full of them.
//!
//! ## Why is this bad?
//! A tool that extracts by name writes where the name says: over configuration, into a folder of modules that are imported
//! later, into a start-up script. Do not extract the archive; from Python 3.12 on `tarfile` can refuse such names
//! (`filter='data'`), from 3.14 on it does so unless it is told otherwise.
//!
//! ## Example
//! A member called `../../.bashrc`; a link `models` to `/etc`, and behind it a member `models/cron.d/job`.
//!
//! ## Use instead
//! Names that are relative and stay inside.
//!
//! ## References
//! - [Zip Slip](https://security.snyk.io/research/zip-slip-vulnerability)
//! - [CVE-2007-4559](https://nvd.nist.gov/vuln/detail/CVE-2007-4559): `tarfile.extractall`
//! - [PEP 706](https://peps.python.org/pep-0706/), filter for tarfile.extractall
//! - [CWE-22](https://cwe.mitre.org/data/definitions/22.html): path traversal

use crate::diagnostic::Severity;
use crate::rule::{Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PC105",
        name: "path-escape",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("path_escape.rs"),
    },
    checks: &[],
};
