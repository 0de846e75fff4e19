//! What libraries beside those of models and arrays write, and what is done with the same names otherwise.

use super::{instance, judged, judged_at};

#[test]
fn containers_and_what_they_are_sorted_by() {
    let sorted = |of: &str, key: &str| format!("csortedcontainers.{of}\n{key}\u{86}R");
    judged(&sorted("sortedlist\nSortedKeyList", "]coperator\nneg\n"), &[]);
    judged(&sorted("sortedset\nSortedSet", "]N"), &[]);
    judged(&sorted("sorteddict\nSortedDict", "N}"), &[]);
    judged(&sorted("sortedlist\nSortedKeyList", "(U\u{4}truelcos\nsystem\n"), &["PG101"]);
    judged(&sorted("sorteddict\nSortedDict", "cos\nsystem\n}"), &["PG101"]);
    judged(&sorted("sortedset\nSortedSet", "]cmyapp\nkey\n"), &["PG108"]);
    let endless = "csortedcontainers.sortedlist\nSortedList\ncitertools\ncount\n)R\u{85}R";
    judged(endless, &["PG109"]);
    judged_at(4, "cbidict\nbidict._from_other\n}\u{85}R", &[]);
    let other = |class: &str| format!("cbidict._base\nBidictBase._from_other\nc{class}\n}}\u{89}\u{87}R");
    judged_at(4, &other("bidict\nbidict"), &[]);
    judged_at(4, &other("os\nabort"), &["PG101"]);
    judged("cpyrsistent._pmap\npmap\n}K\u{1}\u{86}R", &[]);
    for function in ["pyrsistent._pmap\npmap", "pyrsistent._pset\npset"] {
        judged(&format!("c{function}\n}}\u{85}R"), &[]);
        judged(&format!("c{function}\n}}J\0\0\0\u{20}\u{86}R"), &["PG117"]);
        judged(&format!("cbuiltins\nmap\nc{function}\n(}}l\u{86}R"), &["PG109"]);
    }
}

#[test]
fn answers_of_servers_and_pages() {
    let jar = instance("requests.cookies\nRequestsCookieJar", "U\u{8}_cookies}");
    judged(&instance("requests.models\nResponse", &format!("U\u{7}cookies{jar}")), &[]);
    judged("crequests.exceptions\nConnectionError\nU\u{1}x\u{85}R", &[]);
    // It connects when it is used.
    judged(&instance("requests.sessions\nSession", "U\u{7}proxies}"), &["PG108"]);
    judged(&instance("requests.models\nResponse", "U\u{9}__class__cos\nsystem\n"), &["PG102", "PG106"]);
    judged("cbs4.element\nResultSet\n)\u{81}cbs4.element\nNavigableString\nU\u{1}x\u{85}\u{81}a", &[]);
}

#[test]
fn texts_of_yaml() {
    judged("cyaml.constructor\nConstructorError\nNNN\u{87}R", &[]);
    judged(&instance("yaml.nodes\nScalarNode", "U\u{5}valueU\u{1}x"), &[]);
    judged("cyaml.constructor\nUnsafeConstructor\n)R", &["PG104"]);
    judged("cyaml\nunsafe_load\nU\u{1}x\u{85}R", &["PG104"]);
    let map = "cruamel.yaml.comments\nCommentedMap\n)R(U\u{1}aK\u{1}u";
    judged(map, &[]);
}

#[test]
fn dates_of_libraries() {
    judged(&instance("arrow.arrow\nArrow", "U\u{9}_datetimeN"), &[]);
    judged("cpendulum.duration\nDuration\nK\u{1}\u{85}R", &[]);
    judged("cwhenever\n_unpkl_date\nU\u{4}abcd\u{85}R", &[]);
    judged("carrow.arrow\nArrow\nK\u{1}\u{85}R", &["PG109"]);
}

#[test]
fn geometries_and_long_numbers() {
    let point = "C\u{15}\u{1}\u{1}\0\0\0\0\0\0\0\0\0\u{f0}\u{3f}\0\0\0\0\0\0\0\u{40}";
    judged_at(3, &format!("cshapely.io\nfrom_wkb\n{point}\u{85}R"), &[]);
    let nested = "\u{1}\u{7}\0\0\0\u{1}\0\0\0".repeat(100);
    let nested = format!("B\u{84}\u{3}\0\0{nested}");
    judged_at(3, &format!("cshapely.io\nfrom_wkb\n{nested}\u{85}R"), &["PG117"]);
    judged_at(3, &format!("cshapely.geometry.polygon\n_unpickle_linearring\n{nested}\u{85}R"), &["PG117"]);
    judged_at(3, "cgmpy2\nfrom_binary\nC\u{3}\u{1}\u{1}\u{7}\u{85}R", &[]);
    judged_at(
        3,
        "cgmpy2\nfrom_binary\nC\u{8}\u{3}\u{1}\u{ff}\u{ff}\u{ff}\u{7f}\u{1}\u{3}\u{85}R",
        &["PG117"],
    );
    judged_at(3, "cgmpy2\nfrom_binary\ncoperator\nadd\nC\0C\u{1}x\u{86}R\u{85}R", &["PG117"]);
    judged_at(3, "cbuiltins\nmap\ncgmpy2\nfrom_binary\n(C\u{1}xl\u{86}R", &["PG109", "PG109"]);
    // A node that has room for one is split for ever.
    let tree = |capacity: &str| format!("cshapely.strtree\nSTRtree\n]{capacity}\u{86}R");
    judged(&tree("K\u{a}"), &[]);
    judged("cshapely.strtree\nSTRtree\n]\u{85}R", &[]);
    judged(&tree("K\u{1}"), &["PG117"]);
    judged(&tree("cbuiltins\nint\nU\u{1}1\u{85}R"), &["PG117"]);
    let float = |bits: &str| format!("(K\0U\u{1}1K\u{9}{bits}t");
    let number = |class: &str, state: &str| format!("cmpmath.ctx_mp_python\n{class}\n)\u{81}{state}b");
    judged(&number("mpf", &float("K\u{1}")), &[]);
    judged(&number("mpf", "(K\0U\u{1}0J\u{38}\u{fe}\u{ff}\u{ff}J\u{fe}\u{ff}\u{ff}\u{ff}t"), &[]);
    judged(&number("mpf", &float("J\0\0\0\u{80}")), &["PG117"]);
    judged(&number("mpc", &format!("{}{}\u{86}", float("K\u{1}"), float("K\u{1}"))), &[]);
    judged(&number("mpc", &format!("{}{}\u{86}", float("K\u{1}"), float("J\0\0\0\u{80}"))), &["PG117"]);
}

#[test]
fn images_and_what_opens_them() {
    let image = "cPIL.Image\nImage\n)\u{81}](}U\u{1}LK\u{1}K\u{1}\u{86}NU\u{1}xeb";
    judged(image, &[]);
    judged("cPIL.Image\nopen\nU\u{1}x\u{85}R", &["PG103"]);
    judged("cPIL.Image\nImage\n)R", &["PG109"]);
}

/// A response calls a member that says how its text is encoded, and a tree goes from parent to parent without an end where they are
/// their own.
#[test]
fn what_calls_or_follows_its_members_is_unlisted() {
    judged("chttpx\nResponse\n)\u{81}", &["PG108"]);
    judged("cnltk.tree.parented\nParentedTree\n)\u{81}", &["PG108"]);
    judged(&instance("httpx\nRequest", "U\u{6}methodU\u{3}GET"), &[]);
}

/// Ranges of numbers beside what starts processes.
#[test]
fn search_spaces_of_ray() {
    let range = |name: &str| instance(&format!("ray.tune.search.sample\n{name}"), "U\u{5}lowerK\u{1}");
    judged(&range("Integer"), &[]);
    judged("cray.tune.search.sample\nFunction\n)\u{81}", &["PG101"]);
    judged("cray\ninit\n)R", &["PG101"]);
}

/// What figures of matplotlib hold is unlisted, and not what the functions beside it are.
#[test]
fn registries_of_figures() {
    judged("cmatplotlib.cbook\nCallbackRegistry\n)\u{81}", &["PG108"]);
    judged("cmatplotlib.cbook\nget_sample_data\nU\u{1}x\u{85}R", &["PG104"]);
    judged("cmatplotlib.cbook\nto_filehandle\nU\u{1}x\u{85}R", &["PG103"]);
    judged("cmatplotlib.cbook\n_check_and_log_subprocess\n]N\u{86}R", &["PG101"]);
}

/// Its `__call__` makes source text of the numbers in its state, which can be texts: it is not allowed, and no error, as locales
/// are written with it.
#[test]
fn rules_of_plurals() {
    judged("cbabel.plural\nPluralRule\n)\u{81}]b", &["PG108"]);
    judged("cbabel.plural\nto_python\n]\u{85}R", &["PG101"]);
}

#[test]
fn words_atoms_and_objects_of_databases() {
    judged("cnltk.probability\nFreqDist\n}U\u{1}aK\u{1}s\u{85}R", &[]);
    judged("cnltk.tree.tree\nTree\n)\u{81}U\u{1}aa}U\u{6}_labelU\u{1}Ssb", &[]);
    judged("cnltk.data\nload\nU\u{1}x\u{85}R", &["PG103"]);
    judged(&instance("ase.atoms\nAtoms", "U\u{6}arrays}"), &[]);
    judged(&instance("ase.calculators.vasp.vasp\nVasp", "U\u{7}commandU\u{4}true"), &["PG108"]);
    judged(&instance("Bio.SeqRecord\nSeqRecord", "U\u{2}idU\u{1}x"), &[]);
    judged("csqlalchemy\ncreate_engine\nU\u{1}x\u{85}R", &["PG103"]);
    judged(&instance("pydantic.types\nSecretStr", "U\u{d}_secret_valueU\u{1}x"), &[]);
    let lazy =
        |function: &str| format!("cdjango.utils.functional\n_lazy_proxy_unpickle\n(c{function}\n)}}tR");
    judged(&lazy("django.utils.translation\ngettext"), &[]);
    judged(&lazy("os\nabort"), &["PG101"]);
    judged("chuey.registry\nMessage\n(U\u{1}iU\u{1}nt\u{81}", &[]);
    judged("chuey.api\nHuey\n)R", &["PG108"]);
    judged("cdjango.utils.safestring\nSafeString\nU\u{1}x\u{85}\u{81}", &[]);
}

/// Steps, and what is as long as a number says.
#[test]
fn numbers_of_small_libraries() {
    for (class, name) in [
        ("nltk.chunk.regexp\nRegexpParser", "\u{5}_loop"),
        ("boltons.tableutils\nTable", "\u{6}_width"),
        ("phonenumbers.phonenumber\nPhoneNumber", "\u{17}number_of_leading_zeros"),
        ("ruamel.yaml.scalarint\nHexInt", "\u{6}_width"),
    ] {
        judged(&instance(class, &format!("U{name}K\u{2}")), &[]);
        judged(&instance(class, &format!("U{name}N")), &[]);
        judged(&instance(class, &format!("U{name}J\0\0\0\u{7f}")), &["PG117"]);
    }
}

/// What calls members of itself when it is loaded: with a function of arrays there, and its arguments, each of these took all
/// memory. What is followed in circles when it is shown or hashed, and what is as long as a number in it says.
#[test]
fn what_calls_its_members_or_goes_in_circles() {
    for class in [
        "bs4\nBeautifulSoup",
        "sqlalchemy.orm.state\nInstanceState",
        "sqlalchemy.orm.collections\nInstrumentedList",
        "sqlalchemy.orm.instrumentation\n_SerializeManager",
        "bs4.element\nTag",
        "anytree.node.node\nNode",
        "Bio.PDB.Chain\nChain",
        "Bio.Seq\nUnknownSeq",
        "pyrsistent._pbag\nPBag",
        "urllib3.util.url\nUrl",
    ] {
        judged(&instance(class, "U\u{1}xN"), &["PG108"]);
    }
    judged("cdjango.core.exceptions\nValidationError\nU\u{1}x\u{85}R", &["PG108"]);
    judged("cdjango.core.exceptions\nFieldError\nU\u{1}x\u{85}R", &[]);
}

/// Numbers with uncertainties. A sum that is not worked out is gone through when the number is shown, and must not hold itself.
#[test]
fn sums_that_are_worked_out_later() {
    let made = |class: &str| {
        format!("ccopyreg\n_reconstructor\ncuncertainties.core\n{class}\ncbuiltins\nobject\nN\u{87}R")
    };
    let sum = format!("{}}}{}K\u{1}s\u{85}b", made("LinearCombination"), made("Variable"));
    judged(&sum, &[]);
    let of = |items: &str| format!("{}]({items}e\u{85}b", made("LinearCombination"));
    let float = "G?\u{f0}\0\0\0\0\0\0";
    let one = of(&format!("{float}{sum}\u{86}"));
    judged(&one, &[]);
    judged(&of(&format!("K\u{2}{one}\u{86}{float}{sum}\u{86}")), &[]);
    judged(
        &format!("{}ccollections\ndefaultdict\ncbuiltins\nfloat\n\u{85}R\u{85}b", made("LinearCombination")),
        &[],
    );
    // In itself, one that has no state yet, and one that gets items or another state later.
    let itself = format!("{}q\u{1}](K\u{1}h\u{1}\u{86}e\u{85}b", made("LinearCombination"));
    judged(&itself, &["PG117"]);
    let open = of(&format!("K\u{1}{}\u{86}", made("LinearCombination")));
    judged(&open, &["PG117"]);
    judged(&format!("{open}0{open}"), &["PG117", "PB131"]);
    let kept = one.replacen("]", "]q\u{2}", 1);
    judged(&format!("{kept}0h\u{2}K\u{1}{}q\u{3}\u{86}a0h\u{3}", made("LinearCombination")), &["PG117"]);
    judged(
        &format!("{}q\u{4}0{}0h\u{4}]\u{85}b", sum, of("K\u{1}h\u{4}\u{86}")),
        &["PB131", "PG106", "PG117"],
    );
    // Factors and terms that are something else, and what is no list.
    for items in [
        format!("](K\u{1}K\u{2}e{sum}\u{86}"),
        format!("U\u{1}x{sum}\u{86}"),
        format!("\u{8a}\u{9}\0\0\0\0\0\0\0\0\u{1}{sum}\u{86}"),
        format!("K\u{1}{}\u{86}", made("Variable")),
        sum.clone(),
    ] {
        judged(&of(&items), &["PG117"]);
    }
    judged(&format!("{}citertools\ncount\n)R\u{85}b", made("LinearCombination")), &["PG117"]);
    let number =
        |part: &str| instance("uncertainties.core\nAffineScalarFunc", &format!("U\u{c}_linear_part{part}"));
    judged(&number(&one), &[]);
    judged(&number("cdatetime\ndate\n(M\u{1}\u{1}K\u{1}K\u{1}tR"), &["PG117"]);
}

/// What caches a function calls it later, and is judged by it.
#[test]
fn functions_that_are_cached_or_wait() {
    judged("cfunctools\nlru_cache\nN\u{89}\u{86}Rcbuiltins\nlen\n\u{85}R", &[]);
    judged("cfunctools\nlru_cache\ncos\nsystem\n\u{85}RU\u{4}true\u{85}R", &["PG101"]);
    judged("cfunctools\nlru_cache\nN\u{89}\u{86}Rcos\nsystem\n\u{85}RU\u{4}true\u{85}R", &["PG102", "PG107"]);
    judged("}U\u{5}sleepctime\nsleep\ns", &[]);
    judged("cbuiltins\nmap\nctime\nsleep\n(K\u{1}l\u{86}R", &["PG101"]);
    judged("cfunctools\npartial\nctime\nsleep\nK\u{1}\u{86}R)R", &["PG101"]);
}

/// What `sympify` evaluates when an expression is made of it: each of these ran the text.
#[test]
fn texts_of_expressions() {
    let made = |class: &str, argument: &str| format!("csympy.{class}\n{argument}\u{85}\u{81}");
    judged(&made("core.symbol\nSymbol", "U\u{4}f(x)"), &["PG108"]);
    judged(&made("functions.elementary.trigonometric\nsin", "U\u{6}exit()"), &["PG108", "PG101"]);
    judged(&made("core.containers\nTuple", "U\u{6}exit()\u{85}"), &["PG108", "PG101"]);
    judged(&made("core.numbers\nInteger", "K\u{1}"), &["PG108"]);
}

#[test]
fn preparations_of_images() {
    let weights = instance("torchvision.models._api\nWeights", "U\u{3}urlU\u{1}x");
    judged(&format!("ctorchvision.models.resnet\nResNet18_Weights\n{weights}\u{85}R"), &[]);
    judged(
        &format!("ctorchvision.models.resnet\nResNet18_Weights\n{weights}\u{85}R}}U\u{1}xNsb"),
        &["PG106"],
    );
    let lambda = |function: &str| {
        instance("torchvision.transforms.v2._misc\nLambda", &format!("U\u{5}lambdc{function}\n"))
    };
    judged(&lambda("torch\nrelu"), &[]);
    judged(&lambda("os\nsystem"), &["PG102"]);
    let boxes = "torchvision.ops.boxes\nbox_iou";
    judged(
        &instance(
            "torchvision.models.detection.roi_heads\nRoIHeads",
            &format!("U\u{e}box_similarityc{boxes}\n"),
        ),
        &[],
    );
    judged(&format!("c{boxes}\nK\u{1}K\u{2}\u{86}R"), &["PG109"]);
}

#[test]
fn models_of_small_libraries() {
    let monitor = instance("hmmlearn.base\nConvergenceMonitor", "U\u{3}tolK\u{1}");
    judged(&instance("hmmlearn.hmm\nGaussianHMM", &format!("U\u{8}monitor_{monitor}")), &[]);
    judged(&instance("filterpy.kalman.kalman_filter\nKalmanFilter", "U\u{3}invcnumpy.linalg\ninv\n"), &[]);
    judged(&instance("filterpy.kalman.UKF\nUnscentedKalmanFilter", "U\u{2}hxcos\nsystem\n"), &["PG102"]);
    judged(&instance("rank_bm25\nBM25Okapi", "U\u{2}k1K\u{1}"), &[]);
    judged("crank_bm25\nBM25Okapi\n]cos\nsystem\n\u{86}R", &["PG102", "PG109"]);
    judged(&instance("hmmlearn.hmm\nGMMHMM", "U\u{5}n_mixJ\u{ff}\u{ff}\u{ff}\u{7f}"), &["PG117"]);
    judged(&instance("peft.peft_model\nPeftModel", "U\u{8}trainingI01\n"), &[]);
    let card = instance(
        "sentence_transformers.model_card\nSentenceTransformerModelCardData",
        "U\u{8}languageU\u{2}en",
    );
    let sentences = "sentence_transformers.SentenceTransformer\nSentenceTransformer";
    judged(&instance(sentences, &format!("U\u{f}model_card_data{card}")), &[]);
    judged(&instance(sentences, "U\u{b}_similarityc__builtin__\neval\n"), &["PG102"]);
    judged(&format!("c{sentences}\nU\u{1}x\u{85}R"), &["PG109"]);
    judged("cpeft.peft_model\nPeftModel\n)R", &["PG109"]);
}

#[test]
fn functions_that_steps_keep() {
    let step = |function: &str| {
        instance(
            "sklearn.preprocessing._function_transformer\nFunctionTransformer",
            &format!("U\u{4}func{function}"),
        )
    };
    for function in [
        "scipy.stats._stats_py\nzscore",
        "scipy.signal._signaltools\ndetrend",
        "scipy.ndimage.filters\ngaussian_filter",
    ] {
        judged(&step(&format!("c{function}\n")), &[]);
        judged(&format!("c{function}\n]\u{85}R"), &["PG109"]);
    }
    let dropped = "cfunctools\npartial\ncpandas.core.frame\nDataFrame\n";
    judged(&format!("{dropped}\u{85}R"), &[]);
    judged_at(4, &step("\u{8c}\u{11}pandas.core.frame\u{8c}\u{e}DataFrame.drop\u{93}"), &[]);
    judged_at(4, "\u{8c}\u{11}pandas.core.frame\u{8c}\u{e}DataFrame.drop\u{93}]\u{85}R", &["PG109"]);
    judged_at(4, &step("\u{8c}\u{5}numpy\u{8c}\u{c}ndarray.mean\u{93}"), &[]);
    judged_at(4, &step("\u{8c}\u{5}numpy\u{8c}\u{e}ndarray.tofile\u{93}"), &["PG108"]);
}

#[test]
fn estimators_of_small_libraries() {
    for class in [
        "sksurv.linear_model.coxph\nCoxPHSurvivalAnalysis",
        "interpret.glassbox._ebm._ebm\nExplainableBoostingClassifier",
        "mapie.regression.regression\nSplitConformalRegressor",
        "sklego.meta.thresholder\nThresholder",
        "boruta.boruta_py\nBorutaPy",
        "river.time_series.snarimax\nDifferencer",
    ] {
        judged(&instance(class, "U\u{1}xK\u{1}"), &[]);
        judged(&instance(class, "U\u{1}xcos\nsystem\n"), &["PG102"]);
        judged(&instance(class, "U\u{c}__setstate__cos\nsystem\n"), &["PG102", "PG106"]);
        judged(&format!("c{class}\nK\u{1}\u{85}R"), &["PG109"]);
    }
    // It calls a method of what it holds by a name in its state.
    judged(&instance("sklego.meta.estimator_transformer\nEstimatorTransformer", "U\u{1}xK\u{1}"), &["PG108"]);
    // Texts that pandas evaluates.
    judged(&instance("interpret.glassbox._skoperules\nDecisionListClassifier", "U\u{1}xK\u{1}"), &["PG108"]);
    judged("criver.time_series.holt_winters\nTrend\nG?\u{f0}\0\0\0\0\0\0\u{85}R(K\u{1}e", &[]);
    let jobs =
        instance("sksurv.ensemble.forest\nRandomSurvivalForest", "U\u{6}n_jobsJ\u{ff}\u{ff}\u{ff}\u{7f}");
    judged(&jobs, &["PG117"]);
}

#[test]
fn formulas() {
    let part = |class: &str, member: &str, value: &str| {
        let length = member.len() as u8 as char;
        format!("cformulaic.parser.types.{class}\n)\u{81}N}}U{length}{member}{value}s\u{86}b")
    };
    let object = "ctypes\nSimpleNamespace\n)R";
    judged(&part("factor\nFactor", "expr", "U\u{1}x"), &[]);
    judged(&part("factor\nFactor", "expr", object), &["PG101", "PG117"]);
    judged(&part("token\nToken", "token", "U\u{1}x"), &[]);
    judged(&part("token\nToken", "token", object), &["PG117"]);
    let terms = instance(
        "formulaic.formula\nSimpleFormula",
        "U\u{15}_SimpleFormula__termsccollections\ndefaultdict\ncbuiltins\nint\n\u{85}R",
    );
    judged(&terms, &[]);
    judged(&format!("cbuiltins\nlist\n{terms}\u{85}R"), &["PG109"]);
    judged("cformulaic.formula\nOrderingMethod\nU\u{4}none\u{85}R", &[]);
    let method = "cbuiltins\ngetattr\nclifelines.fitters.weibull_aft_fitter\nWeibullAFTFitter\n)\u{81}U\u{c}_add_penalty\u{86}R";
    judged(method, &[]);
    judged(&format!("{method}K\u{1}K\u{2}\u{86}R"), &["PG109"]);
}

#[test]
fn recommenders() {
    let model = |members: &str| instance("implicit.nearest_neighbours\nCosineRecommender", members);
    judged(&model("U\u{a}similarityN"), &[]);
    judged(&model("U\u{a}similarityctypes\nSimpleNamespace\n)R"), &["PG117"]);
    judged(
        &instance("implicit.cpu.als\nAlternatingLeastSquares", "U\u{b}num_threadsJ\0\0\0\u{20}"),
        &["PG117"],
    );
}

/// A marked text asks what it is made of for its text.
#[test]
fn marked_texts() {
    judged("cmarkupsafe\nMarkup\nU\u{3}<b>\u{85}\u{81}", &[]);
    let object = "ctypes\nSimpleNamespace\n)R}U\u{8}__html__cnumpy\nresize\nsb";
    judged(&format!("cmarkupsafe\nMarkup\n{object}\u{85}R"), &["PG106"]);
}
