//! Functions that objects keep, and functions that make what is named.

use super::check;

#[test]
fn functions_that_objects_keep() {
    let scorer = "csklearn.metrics._scorer\n_passthrough_scorer\n";
    check(format!("({scorer}lp0\n.").as_bytes(), &[]);
    let converter = "csklearn.utils.validation\ncheck_array\n";
    check(format!("({converter}lp0\n.").as_bytes(), &[]);
    check(format!("{converter}(I1\ntR.").as_bytes(), &["PG109"]);
    check(format!("{scorer}(I1\ntR.").as_bytes(), &["PG109"]);
    check(format!("cbuiltins\nmap\n({scorer}(lp0\ntR.").as_bytes(), &["PG109"]);
}

/// numpy before 2 gives the function that makes a generator along with its name; later ones take a class for the name.
#[test]
fn makers_of_generators() {
    let state =
        |name: &str, maker: &str| format!("cnumpy.random._pickle\n__randomstate_ctor\n({name}{maker}tR.");
    let maker = "cnumpy.random._pickle\n__bit_generator_ctor\n";
    check(state("S'MT19937'\n", maker).as_bytes(), &[]);
    check(state("csubprocess\nPopen\n", maker).as_bytes(), &["PG101"]);
    check(state("S'id'\n", "cos\nsystem\n").as_bytes(), &["PG101"]);
}
