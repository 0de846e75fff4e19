//! What trainings write beside the tensors of a model, and what is done with the same names otherwise.

use super::{instance, judged, judged_at, judged_state};

/// Parameters, constants and numbers are filled, and are not called.
#[test]
fn arguments_and_numbers_of_trainings() {
    for class in [
        "accelerate.optimizer\nAcceleratedOptimizer",
        "accelerate.utils.dataclasses\nDeepSpeedPlugin",
        "accelerate.utils.dataclasses\nTorchDynamoPlugin",
        "deepspeed.runtime.fp16.loss_scaler\nDynamicLossScaler",
        "deepspeed.utils.tensor_fragment\nfragment_address",
        "fastcore.foundation\nL",
        "mmengine.config.config\nConfig",
        "mmengine.logging.history_buffer\nHistoryBuffer",
        "sentence_transformers.readers.InputExample\nInputExample",
        "transformers.integrations.deepspeed\nHfTrainerDeepSpeedConfig",
        "transformers.models.bert.modeling_bert\nBertSdpaSelfAttention",
        "transformers.models.bert.tokenization_bert_fast\nBertTokenizerFast",
        "transformers.models.vit.modeling_vit\nViTEncoder",
        "yacs.config\nCfgNode",
    ] {
        judged(&instance(class, "U\u{5}stateK\u{1}"), &[]);
        judged(&format!("c{class}\n)R"), &["PG109"]);
    }
    for (class, value) in [
        ("deepspeed.runtime.zero.config\nZeroStageEnum", "K\u{2}"),
        ("megatron.core.enums\nModelType", "K\u{1}"),
        ("megatron.core.transformer.enums\nAttnBackend", "K\u{5}"),
    ] {
        judged(&format!("c{class}\n{value}\u{85}R"), &[]);
        judged(&format!("c{class}\n{value}\u{85}R}}U\u{6}_name_U\u{1}xsb"), &["PG106"]);
    }
    // An engine, and what builds objects of their names when it is read.
    judged("cdeepspeed.runtime.engine\nDeepSpeedEngine\n)\u{81}", &["PG108"]);
    judged("cmmengine.config.lazy\nLazyObject\n)\u{81}", &["PG101"]);
}

/// Functions of schedules are kept with their numbers; those of a buffer are methods of it.
#[test]
fn functions_of_schedules() {
    let schedule = "ctransformers.optimization\n_get_linear_schedule_with_warmup_lr_lambda\n";
    let partial =
        format!("cfunctools\npartial\n{schedule}\u{85}R({schedule})}}U\u{10}num_warmup_stepsK\u{1}sNtb");
    judged(&partial, &[]);
    judged(&format!("{schedule}K\u{1}\u{85}R"), &["PG109"]);
    judged("cbuiltins\ngetattr\ncmmengine.logging.history_buffer\nHistoryBuffer\nU\u{4}mean\u{86}R", &[]);
    let other = "cbuiltins\ngetattr\ncmmengine.logging.history_buffer\nHistoryBuffer\nU\u{13}register_statistics\u{86}R";
    judged(other, &["PG108"]);
}

/// A buffer takes the functions in its state for all buffers of the program: they are those that it has, by their names.
#[test]
fn functions_of_buffers() {
    let buffer = "cmmengine.logging.history_buffer\nHistoryBuffer\n";
    let with = |items: &str| format!("{buffer})\u{81}}}U\u{12}statistics_methods}}({items}usb");
    let method = |name: &str| {
        let len = char::from(u8::try_from(name.len()).unwrap_or_default());
        format!("cbuiltins\ngetattr\n({buffer}U{len}{name}tR")
    };
    judged(&with(&format!("U\u{3}min{}U\u{4}mean{}", method("min"), method("mean"))), &[]);
    judged(&with(&format!("U\u{4}mean{}", method("max"))), &["PG117"]);
    for other in ["cbuiltins\nstr\n", "cnumpy\nzeros\n", "cfunctools\npartial\n(cbuiltins\nbytes\nK\u{1}tR"] {
        judged(&with(&format!("U\u{4}mean{other}")), &["PG117"]);
    }
}

/// Dicts that configurations are made of take items, and what they are made of may not go on for ever.
#[test]
fn dicts_of_configurations() {
    judged("cmmengine.config.config\nConfigDict\n}U\u{1}aK\u{1}s\u{85}R", &[]);
    judged("cmmengine.config.config\nConfigDict\n)R(U\u{1}aK\u{1}u", &[]);
    judged("cmmengine.config.config\nConfigDict\ncitertools\nrepeat\nNN\u{86}\u{85}R\u{85}R", &["PG109"]);
    judged("cyacs.config\nCfgNode\n)\u{81}(U\u{1}aK\u{1}u", &[]);
    judged("cyacs.config\nload_cfg\nU\u{1}x\u{85}R", &["PG108"]);
}

/// Parts of tensors that are spread, as torch wrote them before its newer kind; what spreads one asks other processes.
#[test]
fn spread_tensors() {
    let shard = "torch.distributed._shard";
    let place = instance("torch.distributed.remote_device\n_remote_device", "U\u{5}_rankK\0");
    let part = format!("c{shard}.metadata\nShardMetadata\n)\u{81}N}}U\u{9}placement{place}s\u{86}b");
    judged(&part, &[]);
    let group = format!(
        "\u{8c}\u{2b}{shard}.sharded_tensor.api\u{8c}\u{1f}ShardedTensor.ProcessGroupState\u{93})\u{81}}}\
         U\u{a}local_rankK\0sb"
    );
    judged_at(4, &group, &[]);
    let class = format!("{shard}.sharded_tensor.api\nShardedTensor");
    judged(&judged_state(&class, &format!("(]NN{part}\u{89}t")), &[]);
    judged(&format!("c{class}\n)R"), &["PG109"]);
    judged(&format!("c{shard}.sharded_tensor\nrand\nK\u{1}\u{85}R"), &["PG101"]);
}

/// Terms that a model of time series computes, as many as it says.
#[test]
fn terms_of_time_series() {
    for (class, member) in [
        ("statsmodels.tsa.deterministic\nTimeTrend", "U\u{6}_order"),
        ("statsmodels.tsa.deterministic\nSeasonality", "U\u{7}_period"),
        ("statsmodels.tsa.ar_model\nAutoReg", "U\u{a}_hold_back"),
        ("statsmodels.tsa.ar_model\nAutoRegResults", "U\u{8}_max_lag"),
    ] {
        judged(&instance(class, &format!("{member}K\u{c}")), &[]);
        judged(&instance(class, &format!("{member}J\0\0\0\u{77}")), &["PG117"]);
    }
}

/// Tensors are made of arrays, and shapes of numbers; what gives its first value to a variable is called.
#[test]
fn tensors_of_tensorflow() {
    let of = |name: &str| format!("ctensorflow.python.framework.{name}\n");
    let array = "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\u{85}U\u{1}b\u{87}R";
    judged(&format!("{}{array}\u{85}R", of("ops\nconvert_to_tensor")), &[]);
    judged(&format!("{}U\u{7}float32\u{85}R", of("dtypes\nas_dtype")), &[]);
    let changed = format!("{}U\u{7}float32\u{85}R}}U\u{10}_type_enum_fieldNsb", of("dtypes\nas_dtype"));
    judged(&changed, &["PG106"]);
    let dimension = format!("{}K\u{2}\u{85}R", of("tensor_shape\nDimension"));
    judged(&format!("{}]{dimension}a\u{85}R", of("tensor_shape\nTensorShape")), &[]);
    let endless = format!("{}citertools\ncount\n)R\u{85}R", of("tensor_shape\nTensorShape"));
    judged(&endless, &["PG109"]);
    let variable = "ctensorflow.python.ops.resource_variable_ops\nResourceVariable\n";
    judged(&format!("{variable}N\u{85}R"), &["PG104"]);
    judged(&format!("{}U\u{1}x\u{85}R", of("load_library\nload_op_library")), &["PG104"]);
}

/// Words and their numbers, and what explains a model: arrays. What makes an explanation calls the model.
#[test]
fn words_and_explanations() {
    for module in ["keras.preprocessing", "keras.src.legacy.preprocessing", "keras_preprocessing"] {
        let words = |number: &str| {
            instance(&format!("{module}.text\nTokenizer"), &format!("U\u{9}num_words{number}"))
        };
        judged(&words("M\u{10}'"), &[]);
        judged(&words("N"), &[]);
        judged(&words("J\0\0\0\u{77}"), &["PG117"]);
        judged(&format!("c{module}.text\nTokenizer\n)R"), &["PG109"]);
    }
    let slicer = instance("slicer.slicer\nSlicer", "U\u{8}_objects}");
    judged(&instance("shap._explanation\nExplanation", &format!("U\u{2}_s{slicer}")), &[]);
    judged("cshap.explainers._kernel\nKernelExplainer\n)\u{81}", &["PG108"]);
    judged(&instance("lightgbm.engine\nCVBooster", "U\u{8}boosters]"), &[]);
}
