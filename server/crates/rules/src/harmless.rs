//! Streams as libraries write them, of which nothing is told, and what is told once.

mod checkpoints;
mod libraries;
mod sciences;

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
        "mlxtend.feature_selection.column_selector\nColumnSelector",
        "nltk.classify.naivebayes\nNaiveBayesClassifier",
        "omegaconf.dictconfig\nDictConfig",
        "optuna.study.study\nStudy",
        "peft.tuners.lora.config\nLoraConfig",
        "pmdarima.arima.arima\nARIMA",
        "pyod.models.knn\nKNN",
        "pytorch_tabnet.tab_network\nTabNet",
        "segmentation_models_pytorch.decoders.fpn.decoder\nFPNDecoder",
        "river.linear_model.log_reg\nLogisticRegression",
        "skopt.space.space\nSpace",
        "sktime.forecasting.naive._naive\nNaiveForecaster",
        "stable_baselines3.common.buffers\nReplayBuffer",
        "statsmodels.regression.linear_model\nOLSResults",
        "statsmodels.tsa.statespace.sarimax\nSARIMAXResults",
        "surprise.prediction_algorithms.matrix_factorization\nSVD",
        "timm.optim.lamb\nLamb",
        "tokenizers.implementations.byte_level_bpe\nByteLevelBPETokenizer",
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
    judged(&instance("torch_geometric.nn.conv.gcn_conv\nGCNConv", "U\u{9}inspectorN"), &["PG101"]);
    judged(&instance("torch_geometric.inspector\nInspector", "U\u{4}_clsN"), &["PG101"]);
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
        "pyod.models.hbos\nHBOS",
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
        ("pmdarima.preprocessing.exog.fourier\nFourierFeaturizer", "U\u{2}n_"),
        ("pyod.models.ecod\nECOD", "U\u{6}n_jobs"),
        ("pytorch_tabnet.tab_network\nTabNet", "U\u{d}attention_dim"),
        ("segmentation_models_pytorch.decoders.pspnet.decoder\nPSPBlock", "U\u{9}pool_size"),
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
    // As protocols below 3 write bytes.
    let encoded = "c_codecs\nencode\nX\u{4}\0\0\0\0\0\0\0U\u{6}latin1\u{86}R";
    judged(&array(numpy, "numpy\nndarray", encoded), &["PB127"]);
    judged(&array(numpy, "numpy\nndarray", "]"), &["PB127", "PG109"]);
    judged(&array(numpy, "datetime\ndate", "C\u{4}\0\0\0\0"), &["PB127", "PG109"]);
    judged(&array("copyreg\n__newobj__", "numpy\nndarray", "C\u{4}\0\0\0\0"), &["PB127", "PG109"]);
    judged(&array("os\nsystem", "numpy\nndarray", "C\u{4}\0\0\0\0"), &["PG102", "PB127", "PG109"]);
    let huge = array(numpy, "numpy\nndarray", "C\u{4}\0\0\0\0").replace("K\0\u{85}C", "J\0\0\0\u{7f}\u{85}C");
    judged(&huge, &["PB127", "PG109"]);
}

/// dill has a function of numpy called, gives what it makes a state, and attributes if it is of a class that has some.
#[test]
fn arrays_of_dill() {
    let array = |function: &str, class: &str, state: &str, rest: &str| {
        format!(
            "cdill._dill\n_create_array\n(c{function}\nc{class}\nK\0\u{85}C\u{1}b\u{87}(K\u{1})cnumpy\ndtype\n\
             U\u{2}f4\u{89}\u{88}\u{87}R\u{89}{state}t{rest}tR"
        )
    };
    let (numpy, class, four) = ("numpy._core.multiarray\n_reconstruct", "numpy\nndarray", "C\u{4}\0\0\0\0");
    judged(&array(numpy, class, four, "N"), &["PB127"]);
    judged(&array("numpy.core.multiarray\n_reconstruct", class, four, ""), &["PB127"]);
    judged(&array(numpy, class, "]", "N"), &["PB127"]);
    judged(&array(numpy, "numpy\nmatrix", four, "}U\u{1}aK\u{1}s"), &["PB127"]);
    judged(
        &array(numpy, "numpy\nmatrix", four, "}U\u{9}__array__cos\nsystem\ns"),
        &["PB127", "PG102", "PG106"],
    );
    judged(&array(numpy, "numpy\nmatrix", four, "cbuiltins\ndict\n)R"), &["PB127", "PG109"]);
    judged(&array(numpy, "datetime\ndate", four, "N"), &["PB127"]);
    judged(&array("copyreg\n__newobj__", class, four, "N"), &["PB127", "PG109"]);
    judged(&array("os\nsystem", class, four, "N"), &["PG102", "PB127", "PG109"]);
    judged("cdill._dill\n_create_array\n\u{85}", &["PG109"]);
    let huge = |array: String| array.replace("K\0\u{85}C", "J\0\0\0\u{7f}\u{85}C");
    judged(&huge(array(numpy, class, four, "N")), &["PB127", "PG109"]);
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
