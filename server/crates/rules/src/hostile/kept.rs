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

/// Methods of patterns and of tables are kept with arguments of their own, and a call is told as ever.
#[test]
fn methods_that_objects_keep_with_arguments() {
    let method = "cbuiltins\ngetattr\n(cre\n_compile\n(Vx\nI32\ntRS'findall'\ntR";
    check(format!("({method}lp0\n.").as_bytes(), &[]);
    check(format!("{method}(Vx\ntR.").as_bytes(), &["PG109"]);
    let partial = |function: &str, keywords: &str| {
        format!("cfunctools\npartial\n(c{function}\ntR(c{function}\n(t(d{keywords}Ntb")
    };
    check((partial("re\nsub", "") + ".").as_bytes(), &[]);
    check((partial("re\nsub", "") + "(Vx\ntR.").as_bytes(), &["PG109"]);
    check((partial("json\ndumps", "Vindent\nI2\ns") + ".").as_bytes(), &[]);
    check((partial("json\ndumps", "Vindent\nI2147483647\ns") + ".").as_bytes(), &["PG109"]);
    check((partial("json\ndumps", "Vcls\ncsubprocess\nPopen\ns") + ".").as_bytes(), &["PG102"]);
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

/// Optimizers go through their groups when they get their state, and configurations check what they are given.
#[test]
fn states_that_classes_look_at() {
    let state =
        |class: &str, members: &str| format!("ccopyreg\n__newobj__\n(c{class}\ntR(d{members}b.").into_bytes();
    let optimizer = |members: &str| state("torch.optim.sgd\nSGD", members);
    let of_dict = "Vstate\nccollections\ndefaultdict\n(cbuiltins\ndict\ntRs";
    check(&optimizer(&format!("Vdefaults\n(ds{of_dict}Vparam_groups\n(l(dVlr\nF0.1\nsas")), &[]);
    check(&optimizer("Vstate\n(ds"), &[]);
    let cycle = "Vparam_groups\ncitertools\ncycle\n((l(datRs";
    check(&optimizer(cycle), &["PG106"]);
    let object = "ctypes\nSimpleNamespace\n)R";
    check(&optimizer(&format!("Vparam_groups\n(l{object}as")), &["PG106"]);
    check(&optimizer(&format!("Vstate\n{object}s")), &["PG106"]);
    let bert = "ccopyreg\n__newobj__\n(ctransformers.models.bert.configuration_bert\nBertConfig\ntR";
    check(format!("{bert}(dVhidden_size\nI1\nsb.").as_bytes(), &[]);
    check(format!("{bert}((dVa\nI1\ns(dVx\nI1\nstb.").as_bytes(), &["PG106", "PG117"]);
}

/// What answers for any index, as what it holds does, and has no other way to be gone through.
#[test]
fn items_of_any_index() {
    for (class, member) in [
        ("torch.utils.data.dataset\nSubset", "indices"),
        ("nltk.text\nText", "tokens"),
        ("nltk.lm.counter\nNgramCounter", "_counts"),
        ("river.metrics.confusion\nConfusionMatrix", "data"),
        ("lifelines.utils\nDataframeSlicer", "df"),
    ] {
        let dict = "ccollections\ndefaultdict\n(cbuiltins\nint\ntR";
        let object = format!("ccopyreg\n__newobj__\n(c{class}\ntR(dV{member}\n{dict}sb");
        check(format!("{object}.").as_bytes(), &[]);
        check(format!("cbuiltins\nlist\n({object}tR.").as_bytes(), &["PG109"]);
    }
}
