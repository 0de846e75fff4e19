//! Streams as libraries write them, of which nothing is told, and what is told once.

use crate::hostile::check;

const EMPTY: &str = ")\u{81}";

/// A stream of protocol 2 from ops as characters.
#[track_caller]
fn judged(ops: &str, expected: &[&str]) {
    judged_at(2, ops, expected);
}

/// The same of another protocol.
#[track_caller]
fn judged_at(protocol: u8, ops: &str, expected: &[&str]) {
    let bytes = ops.chars().map(|character| u8::try_from(character).unwrap());
    check(&[0x80, protocol].into_iter().chain(bytes).chain(*b".").collect::<Vec<u8>>(), expected);
}

fn instance(class: &str, state: &str) -> String {
    format!("c{class}\n{EMPTY}}}({state}ub")
}

fn judged_state(class: &str, state: &str) -> String {
    format!("c{class}\n{EMPTY}{state}b")
}

/// `training_args.bin`, which stands beside most models of Transformers: constants and plain objects.
#[test]
fn arguments_of_a_training() {
    let constant =
        |class: &str, value: &str| format!("c{class}\nX{}\0\0\0{value}\u{85}R", value.len() as u8 as char);
    let kind = constant("accelerate.utils.dataclasses\nDistributedType", "NO");
    let place =
        instance("accelerate.state\nPartialState", &format!("U\u{2}_aNU\u{10}distributed_type{kind}"));
    let schedule = constant("transformers.trainer_utils\nSchedulerType", "linear");
    let fields =
        format!("U\u{a}output_dirU\u{2}.\u{2f}U\u{9}schedulerU\u{1}xU\u{1}s{schedule}U\u{1}p{place}");
    judged(&instance("transformers.training_args\nTrainingArguments", &fields), &[]);
    judged(&instance("transformers.training_args_seq2seq\nSeq2SeqTrainingArguments", &fields), &[]);
    // Their constructors start the processes of a training.
    judged("caccelerate.state\nPartialState\n)R", &["PG109"]);
    judged("ctransformers.training_args\nTrainingArguments\nU\u{1}x\u{85}R", &["PG109"]);
}

/// Modules that other libraries make of those of torch are filled as those are, and are not called.
#[test]
fn models_of_images() {
    for class in [
        "torchvision.models.resnet\nResNet",
        "torchvision.transforms.transforms\nCompose",
        "timm.models.vision_transformer\nVisionTransformer",
        "ultralytics.nn.tasks\nDetectionModel",
    ] {
        judged(&instance(class, "U\u{8}training\u{88}"), &[]);
        judged(&format!("c{class}\n)R"), &["PG109"]);
    }
}

#[test]
fn graphs_and_named_arrays() {
    let nodes = instance("networkx.classes.reportviews\nNodeView", "U\u{6}_nodes}");
    judged(&instance("networkx.classes.graph\nGraph", &format!("U\u{5}_node}}U\u{5}nodes{nodes}")), &[]);
    judged(&format!("cxarray.core.variable\nVariable\n{EMPTY}N}}U\u{5}_dims)s\u{86}b"), &[]);
    judged("cxarray.core.variable\nVariable\nNN\u{86}R", &["PG109"]);
}

/// Functions of the standard library that objects keep for later, and what only holds them.
#[test]
fn functions_that_are_kept() {
    for function in ["json\nloads", "re\nsub", "copy\ndeepcopy", "builtins\nhasattr"] {
        judged(&format!("}}U\u{1}fc{function}\ns"), &[]);
        judged(&format!("c{function}\n)R"), &["PG109"]);
        judged(&format!("ccollections\ndefaultdict\nc{function}\n\u{85}R"), &["PG109"]);
    }
    judged("cfunctools\ncached_property\ncmath\nsqrt\n\u{85}R", &[]);
    judged("ccontextlib\nnullcontext\nN\u{85}R", &[]);
}

/// Functions of scipy for arrays, under the name of the module that older versions of numpy find them in; what fills a state of
/// `Field` of dataclasses, by value.
#[test]
fn names_of_older_versions() {
    judged("cnumpy.core\n_ufunc_reconstruct\nU\u{15}scipy.special._ufuncsU\u{5}expit\u{86}R", &[]);
    judged("cnumpy.core\n_ufunc_reconstruct\nU\u{2}osU\u{6}system\u{86}R", &["PG102", "PG109"]);
    judged(&instance("dataclasses\n_FIELD_BASE", "U\u{4}nameU\u{6}_FIELD"), &[]);
    judged("cscipy.stats.stats\nModeResult\nNN\u{86}\u{81}", &[]);
    judged("cbuiltins\ngetattr\ncpandas.core.generic\nNDFrame\nU\u{6}fillna\u{86}R", &[]);
    judged("cbuiltins\ngetattr\ncpandas.core.generic\nNDFrame\nU\u{6}fillna\u{86}R)R", &["PG109"]);
}

/// What reads the environment, or makes the process wait, is an error where it is called.
#[test]
fn what_reads_the_environment() {
    judged("cos\ngetenv\nU\u{4}HOME\u{85}R", &["PG103"]);
    judged("cos\ngetenv\n", &["PG108"]);
    judged("ctime\nsleep\nK\u{1}\u{85}R", &["PG101"]);
}

/// Python 3.13 writes it, and 3.14 reads it: that older ones do not is only worth knowing.
#[test]
fn paths_of_python_3_13() {
    judged("cpathlib._local\nPurePosixPath\nU\u{1}a\u{85}R", &[]);
}

/// What a TorchScript archive names to say of which type a list is: it gives the list.
#[test]
fn types_of_lists() {
    let tagged = |value: &str| format!("ctorch.jit._pickle\nrestore_type_tag\n{value}U\u{9}List[int]\u{86}R");
    judged(&tagged("]"), &[]);
    judged(&format!("{})R", tagged("cbuiltins\nprint\n")), &["PG107"]);
}

/// A class is told with the method of it that is called, and so is what `getattr` reads of a function: one cause, one warning.
#[test]
fn what_is_told_once() {
    let model = "cbuiltins\ngetattr\ncmyapp\nModel\nU\u{f}_unpickle_model\u{86}R";
    judged(&format!("{model}N\u{85}R"), &["PG104"]);
    judged(&format!("{model}0cmyapp\nModel\n)R"), &["PG108", "PG104"]);
    judged(&format!("{model}N\u{85}R0cmyapp\nModel\n)R"), &["PG108", "PG104", "PB131"]);
    judged("cbuiltins\ngetattr\ncbuiltins\nlen\nU\u{3}foo\u{86}R", &["PG108"]);
    judged("c__main__\nModel\n)R", &["PB119", "PG108"]);
}

/// What torch 2.6 notes beside the sizes of a jagged tensor; nothing else of that module is allowed.
#[test]
fn sizes_of_jagged_tensors() {
    judged(
        &instance("torch._dynamo.decorators\n_DimRange", "U\u{3}dimK\u{0}U\u{3}minK\u{2}U\u{3}maxK\u{9}"),
        &[],
    );
    judged("ctorch._dynamo.decorators\nmark_dynamic\n)R", &["PG101"]);
}

/// Models of libraries beside scikit-learn and torch are filled, and are not called.
#[test]
fn models_of_other_libraries() {
    for class in [
        "category_encoders.ordinal\nOrdinalEncoder",
        "feature_engine.encoding.one_hot\nOneHotEncoder",
        "gensim.models.keyedvectors\nKeyedVectors",
        "gymnasium.spaces.box\nBox",
        "hdbscan.plots\nCondensedTree",
        "hyperopt.base\nTrials",
        "imblearn.over_sampling._smote.base\nSMOTE",
        "lifelines.fitters.kaplan_meier_fitter\nKaplanMeierFitter",
        "lightning.pytorch.utilities.parsing\nAttributeDict",
        "nltk.classify.naivebayes\nNaiveBayesClassifier",
        "omegaconf.dictconfig\nDictConfig",
        "optuna.study.study\nStudy",
        "peft.tuners.lora.config\nLoraConfig",
        "river.linear_model.log_reg\nLogisticRegression",
        "skopt.space.space\nSpace",
        "sktime.forecasting.naive._naive\nNaiveForecaster",
        "stable_baselines3.common.buffers\nReplayBuffer",
        "statsmodels.regression.linear_model\nOLSResults",
        "surprise.prediction_algorithms.matrix_factorization\nSVD",
        "timm.optim.lamb\nLamb",
        "tokenizers.normalizers\nSequence",
        "torch.distributed.checkpoint.metadata\nMetadata",
        "torch.distributed.tensor\nDTensor",
        "torch_geometric.data.data\nData",
        "torchaudio.transforms._transforms\nSpectrogram",
        "torchmetrics.regression.mse\nMeanSquaredError",
        "transformers.models.bert.configuration_bert\nBertConfig",
        "transformers.models.bert.modeling_bert\nBertModel",
    ] {
        judged(&instance(class, "U\u{8}training\u{88}"), &[]);
        judged(&format!("c{class}\n)R"), &["PG109"]);
    }
    for class in ["regression.mse\nMeanSquaredError", "functional.image.lpips\n_LPIPS"] {
        judged(&format!("}}U\u{1}fctorchmetrics.{class}\ns"), &["PG109"]);
        judged(&format!("cfunctools\npartial\nctorchmetrics.{class}\nK\u{1}\u{86}R"), &["PG109"]);
    }
    // What connects, starts processes, or makes source text of its state, is of the same libraries.
    judged(&instance("optuna.storages._rdb.storage\nRDBStorage", "U\u{3}urlN"), &["PG108"]);
    judged(&instance("torch_geometric.nn.conv.gcn_conv\nGCNConv", "U\u{9}inspectorN"), &["PG108"]);
    judged("ctorch.distributed.distributed_c10d\ninit_process_group\n)R", &["PG101"]);
    // What fetches a model by the name in its state, and what calls a function of its state with arguments that are there as well.
    judged(&instance("torchmetrics.text.bert\nBERTScore", "U\u{12}model_name_or_pathU\u{1}x"), &["PG108"]);
    let sleeping = "U\u{2}opctime\nsleep\nU\u{8}metric_aJ\u{ff}\u{ff}\u{ff}\u{7f}";
    judged(&instance("torchmetrics.metric\nCompositionalMetric", sleeping), &["PG108"]);
    let part = |class: &str, state: &str| {
        instance(&format!("torch.distributed.tensor.placement_types\n{class}"), state)
    };
    judged(&part("_StridedShard", "U\u{3}dimK\0U\u{c}split_factorK\u{2}"), &[]);
    judged(&part("_StridedShard", "U\u{3}dimK\0U\u{c}split_factorK\0"), &["PG117"]);
    judged(&part("Shard", "U\u{3}dimK\u{1}"), &[]);
    judged(&part("Shard", "U\u{3}dimJ\0\0\0\u{7f}"), &["PG117"]);
}

/// The index of a distributed checkpoint says in which file a value lies, and loading unpickles that: each but the first two ran it.
#[test]
fn files_of_a_checkpoint() {
    let lies = |state: &str| judged_state("torch.distributed.checkpoint.filesystem\n_StorageInfo", state);
    let at = |path: &str| format!("}}U\u{d}relative_pathU{}{path}s", path.len() as u8 as char);
    judged(&lies(&at("__0_0.distcp")), &[]);
    judged(&lies(&at("shards/__1_0.distcp")), &[]);
    for path in
        ["../other.distcp", "/tmp/other.distcp", "c:\\other.distcp", "\\\\host\\other.distcp", "read.me"]
    {
        judged(&lies(&at(path)), &["PG117"]);
    }
    // In attributes that are no dict, and computed.
    judged(&lies(&format!("N{}\u{86}", at("../other.distcp"))), &["PG117"]);
    judged(&lies("}U\u{d}relative_pathcoperator\nadd\nU\u{3}../U\u{8}a.distcp\u{86}Rs"), &["PG117"]);
}

/// What evaluates, unpickles, opens or runs what its state says when it is used is of the same libraries, and so is what hands numbers of
/// its state to compiled code that does not check them.
#[test]
fn models_that_do_more() {
    for class in [
        "gensim.corpora.lowcorpus\nLowCorpus",
        "gensim.models.atmodel\nAuthorTopicModel",
        "gensim.models.lsimodel\nLsiModel",
        "gensim.similarities.docsim\nSparseMatrixSimilarity",
        "hdbscan.hdbscan_\nHDBSCAN",
        "hdbscan.plots\nSingleLinkageTree",
        "optuna.samplers._cmaes\nCmaEsSampler",
        "sktime.catalogues.base._base\nBaseCatalogue",
        "sktime.datasets.forecasting.airline\nAirline",
        "sktime.forecasting.compose._fhplex\nFhPlexForecaster",
        "sktime.forecasting.pytorchforecasting\nPytorchForecastingTFT",
        "sktime.transformations.rocket._minirocket\nMiniRocket",
        "statsmodels.imputation.mice\nMICEData",
        "statsmodels.tools._test_runner\nPytestTester",
        "surprise.model_selection.split\nPredefinedKFold",
        "surprise.trainset\nTrainset",
    ] {
        judged(&instance(class, "U\u{4}pathN"), &["PG108"]);
    }
    for class in [
        "gensim.corpora.dictionary\nDictionary",
        "gensim.models.ldamodel\nLdaModel",
        "gensim.similarities.docsim\nMatrixSimilarity",
        "optuna.samplers._tpe.sampler\nTPESampler",
        "sktime.forecasting.arima._pmdarima\nARIMA",
        "sktime.forecasting.compose._pipeline\nTransformedTargetForecaster",
        "statsmodels.stats.mediation\nMediation",
        "surprise.model_selection.split\nKFold",
    ] {
        judged(&instance(class, "U\u{4}pathN"), &[]);
    }
}

/// How many steps a search takes is in its state.
#[test]
fn steps_of_searches() {
    for (class, member) in [
        ("gensim.models.ldamodel\nLdaModel", "U\u{6}passes"),
        ("optuna.samplers._tpe.sampler\nTPESampler", "U\u{10}_n_ei_candidates"),
        ("skopt.optimizer.optimizer\nOptimizer", "U\u{8}n_points"),
    ] {
        judged(&instance(class, &format!("{member}J\u{10}'\0\0")), &[]);
        judged(&instance(class, &format!("{member}J\0\0\0\u{77}")), &["PG117"]);
    }
}

/// A dict of river calls its factory for what is not there.
#[test]
fn factories_of_vectors() {
    let vector = |factory: &str| format!("criver._river_rust.vectordict\nVectorDict\n}}{factory}\u{86}R");
    judged("criver._river_rust.vectordict\nVectorDict\n}\u{85}R", &[]);
    judged(&vector("N"), &[]);
    judged(&vector("cbuiltins\nint\n"), &[]);
    judged(&vector("cjson\nloads\n"), &["PG109"]);
}

/// JAX has a function of numpy called, and gives what it makes a state: of other functions that may be anything.
#[test]
fn arrays_of_jax() {
    let array = |function: &str, class: &str, state: &str| {
        format!(
            "cjax._src.array\n_reconstruct_array\n(c{function}\nc{class}\nK\0\u{85}C\u{1}b\u{87}(K\u{1})cnumpy\ndtype\n\
             U\u{2}f4\u{89}\u{88}\u{87}R\u{89}{state}t}}tR"
        )
    };
    let numpy = "numpy.core.multiarray\n_reconstruct";
    judged(&array(numpy, "numpy\nndarray", "C\u{4}\0\0\0\0"), &["PB127"]);
    judged(&array(numpy, "numpy\nndarray", "]"), &["PB127", "PG109"]);
    judged(&array(numpy, "datetime\ndate", "C\u{4}\0\0\0\0"), &["PB127", "PG109"]);
    judged(&array("copyreg\n__newobj__", "numpy\nndarray", "C\u{4}\0\0\0\0"), &["PB127", "PG109"]);
    judged(&array("os\nsystem", "numpy\nndarray", "C\u{4}\0\0\0\0"), &["PG102", "PB127", "PG109"]);
}

/// An array that was mapped from a file is written as one of that class, which joblib does not open; any other place may call it.
#[test]
fn mapped_arrays_of_joblib() {
    let wrapper = |key: &str| {
        instance(
            "joblib.numpy_pickle\nNDArrayWrapper",
            &format!("U{}{key}cnumpy\nmemmap\n", key.len() as u8 as char),
        )
    };
    judged(&wrapper("subclass"), &[]);
    judged(&wrapper("other"), &["PG108"]);
    judged("cnumpy\nmemmap\nU\u{1}xU\u{2}u1U\u{2}w+\u{87}R", &["PG103"]);
}

/// What libraries beside those of models and arrays write, and what is done with the same names otherwise.
#[test]
fn containers_and_what_they_are_sorted_by() {
    let sorted = |of: &str, key: &str| format!("csortedcontainers.{of}\n{key}\u{86}R");
    judged(&sorted("sortedlist\nSortedKeyList", "]coperator\nneg\n"), &[]);
    judged(&sorted("sortedset\nSortedSet", "]N"), &[]);
    judged(&sorted("sorteddict\nSortedDict", "N}"), &[]);
    judged(&sorted("sortedlist\nSortedKeyList", "(U\u{4}truelcos\nsystem\n"), &["PG101"]);
    judged(&sorted("sorteddict\nSortedDict", "cos\nsystem\n}"), &["PG101"]);
    judged(&sorted("sortedset\nSortedSet", "]cmyapp\nkey\n"), &["PG108"]);
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
    let image = "cPIL.Image\nImage\n)\u{81}(}U\u{1}LK\u{1}K\u{1}\u{86}NU\u{1}xlb";
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
        "uncertainties.core\nLinearCombination",
        "Bio.Seq\nUnknownSeq",
        "pyrsistent._pbag\nPBag",
        "urllib3.util.url\nUrl",
    ] {
        judged(&instance(class, "U\u{1}xN"), &["PG108"]);
    }
    judged("cdjango.core.exceptions\nValidationError\nU\u{1}x\u{85}R", &["PG108"]);
    // A number is no text that a state is named by, also where its class is on no list.
    let made = |class: &str| {
        format!("ccopyreg\n_reconstructor\ncuncertainties.core\n{class}\ncbuiltins\nobject\nN\u{87}R")
    };
    let sum = format!("{}}}{}K\u{1}s\u{85}b", made("LinearCombination"), made("Variable"));
    judged(&sum, &["PG108", "PG108"]);
    judged("cdjango.core.exceptions\nFieldError\nU\u{1}x\u{85}R", &[]);
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
