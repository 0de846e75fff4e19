//! Compiles the generated parser.

fn main() {
    let folder = std::path::Path::new("src");
    let parser = folder.join("parser.c");
    println!("cargo:rerun-if-changed={}", parser.display());
    cc::Build::new().std("c11").include(folder).file(parser).warnings(false).compile("tree-sitter-pickleasm");
}
