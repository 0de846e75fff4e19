//! The options: the one place where a key is added. Documentation, schema and reference page follow.

use std::collections::BTreeMap;

use crate::fields::options;
use crate::values::{Bar, Glob, Level, Number, Path, Pattern, PresetName, PythonVersion, RuleSelector, Text};

options! {
    /// What a project decides.
    pub struct Options {
        /// The rules that are on: codes (`PG101`), beginnings of codes (`PG`), or names (`memo-miss`). Nothing selected
        /// means all. A longer selector beats a shorter one; of two alike `ignore` wins. What could not be looked at (PC103,
        /// PC104, PC113) is told whatever is selected, unless it is ignored.
        "select" => select: Vec<RuleSelector>, default "[]", example "select = [\"PG\", \"PD\"]";

        /// Rules that are on besides those of `select`.
        "extend-select" => extend_select: Vec<RuleSelector>, default "[]", example "extend-select = [\"PD301\"]";

        /// Rules that are off.
        "ignore" => ignore: Vec<RuleSelector>, default "[]", example "ignore = [\"PD3\", \"bytes-after-stop\"]";

        /// How bad the findings of a rule are, in place of what the rule says. The longest selector that fits holds.
        "severity" => severity: BTreeMap<RuleSelector, Level>, default "{}",
            example "severity = { PG108 = \"error\", PD1 = \"info\" }";

        /// Rules that are off for some files, by patterns of paths relative to the folder of this file. A pattern without
        /// `/` fits at any depth.
        "per-file-ignores" => per_file_ignores: BTreeMap<Glob, Vec<RuleSelector>>, default "{}",
            example "per-file-ignores = { \"tests/fixtures/**\" = [\"PG108\"] }";

        /// Globals that are known to be harmless: `module.qualname`, or a pattern with `*` and `?`. A pattern never
        /// holds for what a list of denied globals names; an exact name does. The reason is for whoever reviews this file.
        "allow-globals" => allow_globals: Vec<Entry>, default "[]",
            example "allow-globals = [{ name = \"myapp.models.*\", reason = \"our own classes, reviewed\" }]";

        /// Globals that are errors wherever they are loaded, whatever a preset or `allow-globals` says.
        "deny-globals" => deny_globals: Vec<Entry>, default "[]",
            example "deny-globals = [{ name = \"joblib.*\", reason = \"models are stored as plain arrays here\" }]";

        /// Presets of allowed globals, on or off; all are on. `all` stands for every one that is not named.
        "presets" => presets: BTreeMap<PresetName, bool>, default "{ all = true }",
            example "presets = { all = false, numpy = true }";

        /// From which severity on findings make the exit status 1.
        "fail-on" => fail_on: Bar, default "\"warning\"", example "fail-on = \"error\"";

        /// A file of findings that are known, written by `pickle-lsp baseline`.
        "baseline" => baseline: Path, default "", example "baseline = \"pickle-lsp-baseline.json\"";

        /// Files that are looked at in folders, as patterns of paths relative to the folder of this file. Without it all
        /// files are that are pickles by name or content.
        "include" => include: Vec<Glob>, default "", example "include = [\"models/**\", \"*.pkl\"]";

        /// Files and folders that are left out. A path that is given on the command line is looked at all the same, unless
        /// `force-exclude` says otherwise.
        "exclude" => exclude: Vec<Glob>, default "[]", example "exclude = [\"node_modules\", \"tests/hostile/**\"]";

        /// Leave out what `exclude` names even where it is given on the command line: for tools that pass every changed
        /// file.
        "force-exclude" => force_exclude: bool, default "false", example "force-exclude = true";

        /// Leave out what git ignores. Off: a model that git ignores is still loaded.
        "respect-gitignore" => respect_gitignore: bool, default "false", example "respect-gitignore = true";

        /// Follow symbolic links in folders. Off: they may lead anywhere.
        "follow-links" => follow_links: bool, default "false", example "follow-links = true";

        /// Look for pickles at any offset of any file. Off: only of files that are called pickles and are something else.
        /// Every file of a folder is read then.
        "carve" => carve: bool, default "false", example "carve = true";

        /// The lowest protocol that pickles of this project may have.
        "min-protocol" => min_protocol: Number<0, 5>, default "", example "min-protocol = 2";

        /// The highest protocol that pickles of this project may have.
        "max-protocol" => max_protocol: Number<0, 5>, default "", example "max-protocol = 4";

        /// The oldest Python that has to read and write the pickles of this project.
        "target-python" => target_python: PythonVersion, default "", example "target-python = \"3.8\"";

        /// How much of a container is unpacked. What lies beyond a limit is a finding, and makes the exit status 2.
        "limits" => limits: Limits, default "{}", example "limits = { total-bytes = 4294967296 }";
    }
}

options! {
    /// A global or a pattern of globals, and why it stands where it stands.
    pub struct Entry {
        /// `module.qualname`, or a pattern with `*` and `?`.
        "name" => name: Pattern, default "", example "name = \"myapp.models.*\"", required;
        /// Why.
        "reason" => reason: Text, default "", example "reason = \"our own classes, reviewed\"", required;
    }
}

options! {
    /// Limits of what is unpacked.
    pub struct Limits {
        /// Containers inside containers.
        "depth" => depth: Number<1, 100>, default "5", example "depth = 8";
        /// Members of one file.
        "members" => members: Number<1, 10_000_000>, default "100000", example "members = 1000";
        /// Bytes that one member may decompress to.
        "member-bytes" => member_bytes: Number<0, { u64::MAX }>, default "536870912",
            example "member-bytes = 1073741824";
        /// Bytes that all members of one file may decompress to.
        "total-bytes" => total_bytes: Number<0, { u64::MAX }>, default "1073741824",
            example "total-bytes = 4294967296";
        /// Decompressed bytes for each compressed one.
        "ratio" => ratio: Number<1, { u64::MAX }>, default "250", example "ratio = 1100";
    }
}

#[cfg(test)]
mod tests;
