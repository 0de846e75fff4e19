//! Sizes of layers, and numbers in lists: plain data, wherever it is put into them.

use super::{array_of, check, dtype, global, instance, number, state, text};

/// A layer with a member.
fn layer(module: &str, name: &str, member: &str, value: &[u8]) -> Vec<u8> {
    instance(&format!("torch.nn.modules.{module}"), name, &state(&[(member, value.to_vec())]))
}

fn tuple(numbers: &[i32]) -> Vec<u8> {
    [b"(".to_vec(), numbers.iter().flat_map(|&one| number(one)).collect(), b"t".to_vec()].concat()
}

fn list(numbers: &[i32]) -> Vec<u8> {
    [b"](".to_vec(), numbers.iter().flat_map(|&one| number(one)).collect(), b"e".to_vec()].concat()
}

fn float(number: f64) -> Vec<u8> {
    [b"G".as_slice(), &number.to_be_bytes()].concat()
}

const LARGE: i32 = 1_000_000_000;

/// How large a number may be depends on how many dimensions there are.
#[test]
fn sizes_of_layers() {
    for (module, name, member) in [
        ("pooling", "AdaptiveAvgPool1d", "output_size"),
        ("pooling", "AdaptiveMaxPool2d", "output_size"),
        ("padding", "ConstantPad3d", "padding"),
        ("conv", "Conv2d", "padding"),
        ("conv", "ConvTranspose2d", "stride"),
        ("conv", "ConvTranspose3d", "dilation"),
        ("pooling", "MaxUnpool2d", "kernel_size"),
        ("upsampling", "Upsample", "size"),
        ("fold", "Fold", "output_size"),
        ("normalization", "LocalResponseNorm", "size"),
        ("rnn", "GRUCell", "hidden_size"),
    ] {
        check(&[&layer(module, name, member, &number(7))], &[]);
        check(&[&layer(module, name, member, &number(LARGE))], &["is 1000000000"]);
        check(&[&layer(module, name, member, &tuple(&[7, LARGE]))], &["is 1000000000"]);
        check(&[&layer(module, name, member, &list(&[7, LARGE]))], &["is 1000000000"]);
    }
    let padding = |name: &str| layer("padding", name, "padding", &tuple(&[20_000, 20_000]));
    check(&[&padding("ConstantPad1d")], &[]);
    check(&[&padding("ConstantPad2d")], &["`padding` is 20000"]);
    // Where nothing is made of that size, also in classes of a program.
    check(&[&layer("pooling", "AvgPool2d", "kernel_size", &tuple(&[1, 50_000]))], &[]);
    check(&[&layer("conv", "Conv2d", "padding", &text("same"))], &[]);
    check(&[&instance("myapp", "Pad2d", &state(&[("padding", number(LARGE))]))], &[]);
}

#[test]
fn factors_and_products() {
    let upsample = |member: &str, value: &[u8]| layer("upsampling", "Upsample", member, value);
    check(&[&upsample("scale_factor", &float(2.0))], &[]);
    check(&[&upsample("scale_factor", &float(1e9))], &["`scale_factor` is 1000000000"]);
    check(&[&upsample("scale_factor", &float(f64::INFINITY))], &[]);
    check(&[&upsample("size", &tuple(&[4096, 4096]))], &[]);
    let product = "the product of `size` is 10000000000";
    check(&[&upsample("size", &tuple(&[100_000, 100_000]))], &[product]);
    check(&[&upsample("size", &list(&[100_000, 100_000]))], &[product]);
    let size = |numbers: &[i32]| [global("torch", "Size"), tuple(numbers), b"\x85R".to_vec()].concat();
    check(&[&upsample("size", &size(&[8, 8]))], &[]);
    check(&[&upsample("size", &size(&[8, LARGE]))], &["`size` is 1000000000"]);
}

/// In any order, in each other, before the object and by way of the memo.
#[test]
fn numbers_in_lists() {
    let pad = |value: &[u8]| layer("padding", "ZeroPad1d", "padding", value);
    let told = &["`padding` is 1000000000"];
    let large = number(LARGE);
    check(&[&pad(&[b"](\x8c\x01xG\0\0\0\0\0\0\0\0", large.as_slice(), b"e"].concat())], told);
    check(&[&pad(&[b"](K\x01](K\x02", large.as_slice(), b"ee"].concat())], told);
    check(&[&pad(&[b"](K\x01(K\x02", large.as_slice(), b"te"].concat())], told);
    check(&[&pad(&[b"}(K\x01", large.as_slice(), b"u"].concat())], told);
    check(&[b"](K\x01e\x940", &pad(&[b"h\0(", large.as_slice(), b"e"].concat())], told);
    check(&[&list(&[LARGE]), b"\x940", &pad(b"h\0")], told);
    check(&[&pad(&list(&[1, 2, 3]))], &[]);
    check(&[&list(&[LARGE]), b"0", &pad(&list(&[1, 2, 3]))], &[]);
}

/// Regions are lists of numbers of vertices, also of numpy's.
#[test]
fn regions_of_a_sphere() {
    let vertices = array_of(&dtype("i1"), 3, &[0, 0, 0]);
    let sphere = |regions: &[u8]| {
        let members = [("regions", regions.to_vec()), ("vertices", vertices.clone()), ("radius", number(1))];
        instance("scipy.spatial._spherical_voronoi", "SphericalVoronoi", &state(&members))
    };
    let scalar = |value: u8| {
        [global("numpy.core.multiarray", "scalar"), dtype("i1"), vec![b'C', 1, value], b"\x86R".to_vec()]
            .concat()
    };
    let regions = |items: Vec<u8>| [b"](](".to_vec(), items, b"e](K\0ee".to_vec()].concat();
    check(&[&sphere(&regions(b"K\0K\x02".to_vec()))], &[]);
    check(&[&sphere(b"]]K\x02aa")], &[]);
    check(&[&sphere(&regions(b"K\0K\x03".to_vec()))], &["reaches 3, and has to be less than 3"]);
    check(&[&sphere(b"]]K\x03aa")], &["reaches 3"]);
    check(&[&sphere(&regions(number(-1)))], &["goes down to -1"]);
    check(&[&sphere(b"](]]K\x02ae")], &[]);
    check(&[&sphere(&[b"]](".to_vec(), scalar(1), scalar(2), b"ea".to_vec()].concat())], &[]);
    check(&[&sphere(&[b"]](".to_vec(), scalar(1), scalar(3), b"ea".to_vec()].concat())], &["reaches 3"]);
    check(&[&sphere(&[b"]](K\x07".to_vec(), scalar(1), b"ea".to_vec()].concat())], &["no list of lists"]);
    check(&[b"]\x940", &sphere(b"h\0J\0\0\0\x01a")], &["reaches 16777216"]);
}

/// Pooling is divided by its size.
#[test]
fn sizes_of_pooling() {
    let pooling = |module: &str, name: &str, size: &[u8]| {
        let module = format!("torchvision.ops.{module}");
        instance(&module, name, &state(&[("output_size", size.to_vec())]))
    };
    for (module, name) in
        [("ps_roi_align", "PSRoIAlign"), ("roi_pool", "RoIPool"), ("poolers", "MultiScaleRoIAlign")]
    {
        check(&[&pooling(module, name, &number(7))], &[]);
        check(&[&pooling(module, name, &tuple(&[7, 7]))], &[]);
        check(&[&pooling(module, name, &list(&[7, 7]))], &[]);
        check(&[&pooling(module, name, &number(0))], &["goes down to 0"]);
        check(&[&pooling(module, name, &tuple(&[7, 0]))], &["goes down to 0"]);
        check(&[&pooling(module, name, &list(&[7, LARGE]))], &["reaches 1000000000"]);
    }
}

/// Members of single modules of a library.
#[test]
fn members_of_single_modules() {
    for (module, name, member) in [
        ("scipy.stats._qmc", "LatinHypercube", "d"),
        ("scipy.interpolate._polyint", "KroghInterpolator", "n"),
        ("sklearn.ensemble._forest", "ExtraTreesClassifier", "_n_samples"),
        ("sklearn.model_selection._split", "RepeatedKFold", "n_repeats"),
        ("imblearn.over_sampling._adasyn", "ADASYN", "n_features_in_"),
        ("torchvision.transforms.transforms", "CenterCrop", "size"),
        ("gymnasium.spaces.multi_binary", "MultiBinary", "n"),
        ("sklearn.preprocessing._discretization", "KBinsDiscretizer", "n_bins"),
        ("lightgbm.sklearn", "LGBMClassifier", "n_estimators"),
        ("xgboost.sklearn", "XGBClassifier", "num_parallel_tree"),
        ("torch.distributions.multinomial", "Multinomial", "total_count"),
        ("torch.nn.modules.pixelshuffle", "PixelShuffle", "upscale_factor"),
        ("torch.nn.utils.spectral_norm", "SpectralNorm", "n_power_iterations"),
        ("torch.utils.data.dataloader", "DataLoader", "num_workers"),
        ("torch.utils.data.sampler", "RandomSampler", "_num_samples"),
    ] {
        check(&[&instance(module, name, &state(&[(member, number(5))]))], &[]);
        check(&[&instance(module, name, &state(&[(member, number(LARGE))]))], &["is 1000000000"]);
    }
    check(&[&instance("sklearn.tree._classes", "X", &state(&[("_n_samples", number(LARGE))]))], &[]);
}

/// As many points as it says, also where each has a weight.
#[test]
fn points_of_a_density() {
    let density = |count: i32| {
        let points = array_of(&dtype("i1"), 3, &[0, 0, 0]);
        instance("scipy.stats._kde", "gaussian_kde", &state(&[("dataset", points), ("d", number(count))]))
    };
    check(&[&density(7)], &["is 3, and has to be 7"]);
}

/// A configuration whose texts refer to the one before twice, sixty times over.
#[test]
fn configurations_that_refer_to_themselves() {
    let node = |value: &str| instance("omegaconf.nodes", "AnyNode", &state(&[("_val", text(value))]));
    let config = |parent: &[u8], values: &[(String, Vec<u8>)]| {
        let values: Vec<(&str, Vec<u8>)> =
            values.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
        let members = [("_parent", parent.to_vec()), ("_content", state(&values))];
        instance("omegaconf.dictconfig", "DictConfig", &state(&members))
    };
    let chain = |text: &dyn Fn(usize) -> String| -> Vec<(String, Vec<u8>)> {
        (0..60).map(|number| (format!("a{}", number + 1), node(&text(number)))).collect()
    };
    let told = &["values are worked out when all of it is read"];
    check(&[&config(b"N", &chain(&|number| format!("${{a{number}}}")))], &[]);
    check(&[&config(b"N", &chain(&|number| format!("${{a{number}}}${{a{number}}}")))], told);
    // In another one, whose values have other places.
    let inner = |prefix: &str| {
        let chain = chain(&|number| format!("${{{prefix}a{number}}}/${{{prefix}a{number}}}"));
        config(b"N", &[("b".to_owned(), config(b"K\x01", &chain))])
    };
    check(&[&inner("b.")], told);
    check(&[&inner(".")], told);
    check(&[&inner("c.")], &[]);
}

/// A search goes through all combinations: of lists and tuples, arrays, ranges, of one list that several have, of several grids.
#[test]
fn grids_of_parameters() {
    let search = |grid: &[u8]| {
        instance("sklearn.model_selection._search", "GridSearchCV", &state(&[("param_grid", grid.to_vec())]))
    };
    let many = list(&vec![7; 1000]);
    let dict = |values: &[&[u8]]| {
        let pairs = values.iter().zip(1..).flat_map(|(value, key)| [number(key), value.to_vec()].concat());
        [b"}(".to_vec(), pairs.collect(), b"u".to_vec()].concat()
    };
    let named = |values: &[&[u8]]| {
        let names = ["a", "b", "c", "d"];
        let pairs = names.iter().zip(values).flat_map(|(name, value)| [text(name), value.to_vec()].concat());
        [b"}(".to_vec(), pairs.collect(), b"u".to_vec()].concat()
    };
    let told = &["the number of combinations in `param_grid` is 1000000000"];
    check(&[&search(&dict(&[&list(&[1, 2, 3]), &tuple(&[1, 2]), &text("linear")]))], &[]);
    check(&[&search(&dict(&[&many, &many]))], &[]);
    check(&[&search(&dict(&[&many, &many, &many]))], told);
    check(
        &[&search(&[b"](".to_vec(), dict(&[&many, &many, &many]), dict(&[&many]), b"e".to_vec()].concat())],
        &["the number of combinations in `param_grid` is 1000001000"],
    );
    // Of one that is made once, and of one that is made behind the class.
    let first = [b"]\x94(".as_slice(), &many[2..]].concat();
    check(&[&first, b"0", &search(&named(&[b"h\0", b"h\0", b"h\0"]))], told);
    check(&[&first, b"0", &search(&named(&[b"h\0", b"h\0", &list(&[1, 2])]))], &[]);
    let range = [global("builtins", "range"), number(0), number(1000), number(1), b"\x87R".to_vec()].concat();
    let array = array_of(&dtype("i1"), 100, &[0; 100]);
    check(&[&search(&named(&[&range, &range, &list(&[1, 2])]))], &[]);
    check(&[&search(&named(&[&range, &range, &array]))], &["`param_grid` is 100000000"]);
    // Of names that were written before, and of more than are kept.
    let names = [text("a"), b"\x94".to_vec(), text("b"), b"\x9400".to_vec()].concat();
    let pairs = [b"}(h\0".to_vec(), range.clone(), b"h\x01".to_vec(), array.clone(), b"u".to_vec()].concat();
    check(&[&names, &search(&pairs)], &[]);
    let more: Vec<u8> = (1..20).flat_map(|key| [number(key), list(&[1])].concat()).collect();
    let pairs =
        [b"}(h\0".to_vec(), range.clone(), b"h\x01".to_vec(), array.clone(), more, b"u".to_vec()].concat();
    check(&[&names, &search(&pairs)], &[]);
    check(&[&names, &search(&[b"](".to_vec(), pairs.repeat(20), b"e".to_vec()].concat())], &[]);
    // What is put into a list afterwards is not read with it.
    let late = [
        named(&[&[b"]\x94".as_slice(), &many[1..]].concat()]),
        b"h\0(".to_vec(),
        many[2..].to_vec(),
        b"0".to_vec(),
    ];
    check(&[&search(&late.concat())], &["`param_grid` has a list in it that was given items later"]);
    let samples = |count: i32| {
        instance("sklearn.model_selection._search", "ParameterSampler", &state(&[("n_iter", number(count))]))
    };
    check(&[&samples(500)], &[]);
    check(&[&samples(LARGE)], &["`n_iter` is 1000000000"]);
}

/// Items that a container is given when something has it already: before it is looked at, and afterwards.
#[test]
fn containers_that_are_filled_later() {
    let sphere = |regions: &[u8]| {
        let vertices = array_of(&dtype("i1"), 3, &[0, 0, 0]);
        let members = [("regions", regions.to_vec()), ("vertices", vertices), ("radius", number(1))];
        instance("scipy.spatial._spherical_voronoi", "SphericalVoronoi", &state(&members))
    };
    let told = &["`regions` was given items when something had it already"];
    // The class is named before, as picklers do.
    let class = [global("scipy.spatial._spherical_voronoi", "SphericalVoronoi"), b"0".to_vec()].concat();
    check(&[&class, b"]\x94]\x94(K\0K\x01ea0", &sphere(b"h\0")], &[]);
    check(&[&class, b"]\x94]\x94(K\0K\x01ea0h\x01K\x09a0", &sphere(b"h\0")], told);
    check(&[&class, b"]\x94]\x94(K\0K\x01ea0h\0]K\x09aa0", &sphere(b"h\0")], told);
    let later = &["after others have taken it over"];
    check(&[b"]\x94]\x94(K\0K\x01ea0", &sphere(b"h\0"), b"0h\x01K\x09a"], later);
    check(&[b"]\x94]\x94(K\0K\x01ea0", &sphere(b"h\0"), b"0h\0]K\x09aa"], later);
    let pad = |value: &[u8]| layer("padding", "ZeroPad1d", "padding", value);
    check(&[b"]\x94(K\x01e0", &pad(b"h\0"), b"0h\0", &number(LARGE), b"a"], &["APPEND changes"]);
    let vectorizer = |vocabulary: &[u8]| {
        let members = state(&[("vocabulary_", vocabulary.to_vec())]);
        instance("sklearn.feature_extraction.text", "CountVectorizer", &members)
    };
    check(&[b"}\x94\x8c\x01aK\0s0", &vectorizer(b"h\0"), b"0h\0\x8c\x01bK\x09s"], &["SETITEM changes"]);
    check(&[b"}\x94\x8c\x01aK\0s0", &vectorizer(b"h\0"), b"0]h\0a"], &[]);
}

/// One that is in another is written first, and what is in it later than that other one.
#[test]
fn configurations_that_are_finished_later() {
    let made = |module: &str, class: &str| [global(module, class), b")\x81\x94".to_vec()].concat();
    let text_of = |number: usize, twice: bool| {
        let one = format!("${{b.a{number}}}");
        if twice { format!("{one}{one}") } else { one }
    };
    let values = |twice: bool| -> Vec<(String, Vec<u8>)> {
        let node = |number: usize| {
            instance("omegaconf.nodes", "AnyNode", &state(&[("_val", text(&text_of(number, twice)))]))
        };
        (0..60).map(|number| (format!("a{}", number + 1), node(number))).collect()
    };
    let inner = |twice: bool| {
        let all = values(twice);
        let all: Vec<(&str, Vec<u8>)> =
            all.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
        // What it is in is the first of its members, and holds it.
        let outer = state(&[("_parent", b"N".to_vec()), ("_content", state(&[("b", b"h\0".to_vec())]))]);
        let outer = instance("omegaconf.dictconfig", "DictConfig", &outer);
        let members = state(&[("_parent", outer), ("_content", state(&all))]);
        [made("omegaconf.dictconfig", "DictConfig"), members, b"b".to_vec()].concat()
    };
    check(&[&inner(false)], &[]);
    check(&[&inner(true)], &["values are worked out when all of it is read"]);
    // A value that says nothing of what it is in.
    let node = |members: &[(&str, Vec<u8>)]| {
        let outer = state(&[("_parent", b"N".to_vec()), ("_content", state(&[("b", b"h\0".to_vec())]))]);
        let outer = instance("omegaconf.dictconfig", "DictConfig", &outer);
        [made("omegaconf.nodes", "AnyNode"), outer, b"0".to_vec(), state(members), b"b".to_vec()].concat()
    };
    check(&[&node(&[("_val", text("${b}"))])], &["BUILD changes"]);
}

/// In a tuple of a tuple, where there may be none.
#[test]
fn neighbours_of_points() {
    let interpolator = |neighbors: &[u8]| {
        let first = [b"(NK\x01NN".to_vec(), neighbors.to_vec(), b"NNNNt".to_vec()].concat();
        let state = [first, b"N\x85\x86".to_vec()].concat();
        instance("scipy.interpolate._rbfinterp", "RBFInterpolator", &state)
    };
    check(&[&interpolator(b"N")], &[]);
    check(&[&interpolator(b"K\x05")], &[]);
    check(&[&interpolator(&number(LARGE))], &["`first[4]` reaches 1000000000"]);
}

/// Images are made of their size before it is known whether the pixels are there.
#[test]
fn sizes_of_images() {
    let image = |info: &[u8], size: &[u8]| {
        let state = [b"](".as_slice(), info, b"\x8c\x01L", size, b"NC\0eb"].concat();
        [global("PIL.PngImagePlugin", "PngImageFile"), b")\x81".to_vec(), state].concat()
    };
    check(&[&image(b"}", &tuple(&[20_000, 20_000]))], &[]);
    check(&[&image(b"}", &tuple(&[60_000, 60_000]))], &["of `size` is 3600000000"]);
    check(&[&image(b"}", &list(&[60_000, 60_000]))], &["of `size` is 3600000000"]);
    let long = [b"](".as_slice(), &b"K\x01".repeat(5_000), b"e"].concat();
    check(&[&image(&long, &tuple(&[60_000, 60_000]))], &["is in a list that is too long for one"]);
    let computed = [global("builtins", "tuple"), list(&[60_000, 60_000]), b"\x85R".to_vec()].concat();
    check(&[&image(b"}", &computed)], &["is computed"]);
}
