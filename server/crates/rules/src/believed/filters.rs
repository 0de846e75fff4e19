//! State spaces of statsmodels: compiled code takes the sizes of a model for those of all arrays around it.

use super::{check, dtype, global, instance, number, state, text};

/// An array of zeros of the type of a code, in memory by columns, with dimensions.
fn zeros(code: &str, shape: &[u8]) -> Vec<u8> {
    let made = [global("numpy.core.multiarray", "_reconstruct"), global("numpy", "ndarray")].concat();
    let size = shape.iter().product::<u8>() * code.as_bytes()[1].wrapping_sub(b'0');
    let shape: Vec<u8> = shape.iter().flat_map(|&length| [b'K', length]).collect();
    let parts: [&[u8]; 8] = [
        &made,
        b"K\0\x85C\x01b\x87R(K\x01(",
        &shape,
        b"t",
        &dtype(code),
        b"\x88C",
        &[size],
        &vec![0; usize::from(size)],
    ];
    [parts.concat(), b"tb".to_vec()].concat()
}

fn floats(shape: &[u8]) -> Vec<u8> {
    zeros("f8", shape)
}

/// A call of a class with arguments, and the state that the object is given.
fn called(class: (&str, &str), arguments: &[Vec<u8>], members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let state = if members.is_empty() { Vec::new() } else { [state(members), b"b".to_vec()].concat() };
    [global(class.0, class.1), b"(".to_vec(), arguments.concat(), b"tR".to_vec(), state].concat()
}

const STATESPACE: (&str, &str) = ("statsmodels.tsa.statespace._representation", "dStatespace");
const INITIALIZATION: (&str, &str) = ("statsmodels.tsa.statespace._initialization", "dInitialization");
const FILTER: (&str, &str) = ("statsmodels.tsa.statespace._kalman_filter", "dKalmanFilter");
const SMOOTHER: (&str, &str) = ("statsmodels.tsa.statespace._kalman_smoother", "dKalmanSmoother");

/// Members with one of them replaced.
fn with<'m>(members: &[(&'m str, Vec<u8>)], name: &str, value: &[u8]) -> Vec<(&'m str, Vec<u8>)> {
    assert!(name.is_empty() || members.iter().any(|(member, _)| *member == name), "{name}");
    let replaced = |(member, own): &(&'m str, Vec<u8>)| {
        (*member, if *member == name { value.to_vec() } else { own.clone() })
    };
    members.iter().map(replaced).collect()
}

/// The arguments of a model with one observed number in each of three steps, two states and one disturbance.
fn arguments(selections: u8) -> Vec<Vec<u8>> {
    let shapes: [&[u8]; 8] =
        [&[1, 3], &[1, 2, 1], &[1, 1], &[1, 1, 1], &[2, 2, 1], &[2, 1], &[2, 1, selections], &[1, 1, 1]];
    shapes.into_iter().map(floats).chain([number(-1)]).collect()
}

fn members_of_statespace() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("initialized", number(1)),
        ("initial_state", floats(&[2])),
        ("initial_state_cov", floats(&[2, 2])),
        ("initial_diffuse_state_cov", floats(&[2, 2])),
        ("missing", zeros("i4", &[1, 3])),
        ("nmissing", zeros("i4", &[3])),
        ("tmp", floats(&[2, 2])),
        ("selected_state_cov", floats(&[2, 2, 1])),
        ("selected_obs", floats(&[1])),
        ("selected_obs_intercept", floats(&[1])),
        ("selected_design", floats(&[2])),
        ("selected_obs_cov", floats(&[1])),
        ("transform_cholesky", floats(&[1, 1])),
        ("transform_obs_cov", floats(&[1, 1])),
        ("transform_design", floats(&[1, 2])),
        ("collapse_obs", floats(&[2])),
        ("collapse_obs_tmp", floats(&[2])),
        ("collapse_design", floats(&[2, 2])),
        ("collapse_obs_cov", floats(&[2, 2])),
        ("collapse_cholesky", floats(&[2, 2])),
        ("t", number(2)),
    ]
}

fn statespace(name: &str, value: &[u8]) -> Vec<u8> {
    called(STATESPACE, &arguments(1), &with(&members_of_statespace(), name, value))
}

#[test]
fn arrays_of_a_state_space() {
    check(&[&statespace("", b"")], &[]);
    // What no state follows has arrays of the constructor's own; one that is not initialized is not filtered.
    check(&[&called(STATESPACE, &arguments(3), &[])], &[]);
    let mut bare = with(&members_of_statespace(), "initialized", &number(0));
    bare = with(&bare, "initial_state", b"N");
    bare = with(&bare, "initial_state_cov", b"N");
    check(&[&called(STATESPACE, &arguments(1), &with(&bare, "initial_diffuse_state_cov", b"N"))], &[]);

    check(&[&called(STATESPACE, &arguments(2), &[])], &["of `selection` is 2, and has to be 1 or 3"]);
    let arrays = members_of_statespace().into_iter().filter(|(name, _)| !["initialized", "t"].contains(name));
    for (name, _) in arrays {
        let code = if name.ends_with("missing") { "i4" } else { "f8" };
        for shape in [[4].as_slice(), &[4, 4], &[4, 4, 1]] {
            check(&[&statespace(name, &zeros(code, shape))], &[name]);
        }
        check(&[&statespace(name, b"N")], &[name]);
    }
    check(&[&statespace("t", &number(3))], &["`t` reaches 3, and has to be less than 3"]);
    check(&[&statespace("initialized", &number(2))], &[]);
    let uninitialized = with(&members_of_statespace(), "initial_state", b"N");
    let two = with(&uninitialized, "initialized", &number(2));
    check(&[&called(STATESPACE, &arguments(1), &two)], &["`initial_state` is no array"]);
    // An array that is none of numpy has no size that is looked at.
    let other = [global("array", "array"), text("d"), b"](G\0\0\0\0\0\0\0\0e\x86R".to_vec()].concat();
    check(&[&statespace("selected_obs", &other)], &["selected_obs"]);
}

#[test]
fn a_constructor_that_is_not_called() {
    let class = global(STATESPACE.0, STATESPACE.1);
    let told = "is created without its constructor";
    check(&[&class, b"(", &arguments(1).concat(), b"t\x81"], &[told]);
    check(&[&global("copyreg", "__newobj__"), &class, b"\x85R"], &[told]);
    let stl = |period: i32| called(("statsmodels.tsa.stl._stl", "STL"), &[floats(&[9]), number(period)], &[]);
    check(&[&stl(2)], &[]);
    check(&[&stl(1 << 30)], &["`period` reaches 1073741824"]);
}

/// A `__new__` that goes through its arguments is given none.
#[test]
fn arguments_that_are_gone_through() {
    let class = global("segmentation_models_pytorch.decoders.unet.model", "Unet");
    let told = "is created with arguments";
    check(&[&class, b")\x81"], &[]);
    check(&[&class, b"]\x85\x81"], &[told]);
    check(&[&class, b")}\x92"], &[told]);
    check(&[&global("copyreg", "__newobj__"), &class, b"\x85R"], &[]);
    check(&[&global("copyreg", "__newobj__"), &class, b"]\x86R"], &[told]);
}

/// A parser gets slower with each word of what a layer has as its pattern.
#[test]
fn patterns_of_layers() {
    let layer = |pattern: Vec<u8>| {
        let class = global("einops.layers.torch", "Rearrange");
        let members = [("pattern", pattern), ("axes_lengths", b"}".to_vec())];
        [class, b")\x81".to_vec(), state(&members), b"b".to_vec()].concat()
    };
    check(&[&layer(text("b c h w -> b (c h w)"))], &[]);
    let long = [b"X\x01\x04\0\0".to_vec(), vec![b'a'; 1025]].concat();
    check(&[&layer(long)], &["`pattern` has 1025 bytes"]);
    let other = [global("builtins", "str"), text("a"), b"\x85R".to_vec()].concat();
    check(&[&layer(other)], &["`pattern` is no text that the stream shows"]);
}

#[test]
fn where_states_begin() {
    let made = |size: u8| {
        let members = [("_tmp_transition", floats(&[2, 2])), ("_tmp_selected_state_cov", floats(&[2, size]))];
        called(INITIALIZATION, &[number(2), floats(&[2]), floats(&[2, 2]), b"K\0".to_vec()], &members)
    };
    check(&[&made(2)], &[]);
    check(&[&made(3)], &["`_tmp_selected_state_cov` is 3, and has to be 2"]);

    const CLASS: &str = "statsmodels.tsa.statespace.initialization";
    let initialization = |blocks: Vec<u8>| {
        let object = [global(CLASS, "Initialization"), b")\x81}".to_vec()].concat();
        [object, text("blocks"), b"}".to_vec(), blocks, b"ssb".to_vec()].concat()
    };
    let inner = [global(CLASS, "Initialization"), b")\x81".to_vec()].concat();
    let block =
        |place: i32, object: &[u8]| [number(place).as_slice(), &number(place + 1), b"\x86", object].concat();
    check(&[&initialization(block(0, &inner))], &[]);
    check(&[&initialization(block(-4, &inner))], &["`blocks` has a place before the first: -4"]);
    let range = [global("builtins", "range"), number(-4), b"K\0\x86R".to_vec(), inner].concat();
    check(&[&initialization(range)], &["`blocks`"]);
    let other = [global("argparse", "Namespace"), b")\x81".to_vec()].concat();
    check(&[&initialization(block(0, &other))], &["`blocks` has a `argparse.Namespace`"]);
}

/// A filter of a model, and how often what it computes is kept: all steps, or the last ones.
fn filter(flags: i32, steps: u8, last: u8) -> Vec<u8> {
    filter_of(&statespace("", b""), flags, steps, last)
}

fn filter_of(model: &[u8], flags: i32, steps: u8, last: u8) -> Vec<u8> {
    let arguments = [model.to_vec(), number(1), number(9), number(1), number(flags), number(0)];
    let arguments = [arguments.as_slice(), &[b"G\0\0\0\0\0\0\0\0".to_vec(), number(0)]].concat();
    let states = |count: u8| floats(&[2, 2, count]);
    let members = [
        ("t", number(3)),
        ("nobs_diffuse", number(0)),
        ("period_converged", number(0)),
        ("converged_filtered_state_cov", floats(&[2, 2])),
        ("converged_forecast_error_cov", floats(&[1, 1])),
        ("converged_kalman_gain", floats(&[2, 1])),
        ("converged_M", floats(&[2, 1])),
        ("converged_predicted_state_cov", floats(&[2, 2])),
        ("filtered_state", floats(&[2, 3])),
        ("filtered_state_cov", states(3)),
        ("forecast", floats(&[1, 3])),
        ("forecast_error", floats(&[1, 3])),
        ("forecast_error_cov", floats(&[1, 1, 3])),
        ("forecast_error_fac", floats(&[1, 1])),
        ("forecast_error_ipiv", zeros("i4", &[1])),
        ("forecast_error_work", floats(&[1, 1])),
        ("kalman_gain", floats(&[2, 1, 3])),
        ("univariate_filter", zeros("i4", &[3])),
        ("loglikelihood", floats(&[3])),
        ("predicted_state", floats(&[2, steps])),
        ("predicted_state_cov", states(4)),
        ("standardized_forecast_error", floats(&[1, 3])),
        ("predicted_diffuse_state_cov", states(4)),
        ("forecast_error_diffuse_cov", floats(&[1, 1, 3])),
        ("tmp0", floats(&[2, 2])),
        ("tmp00", floats(&[2, 2])),
        ("tmp1", floats(&[2, 1, 3])),
        ("tmp2", floats(&[1, 3])),
        ("tmp3", floats(&[1, 2, 3])),
        ("tmp4", floats(&[1, 1, 3])),
        ("M", floats(&[2, 1, 3])),
        ("M_inf", floats(&[2, 1, last])),
        ("tmpK0", floats(&[2])),
        ("tmpK1", floats(&[2])),
        ("tmpL0", floats(&[2, 2])),
        ("tmpL1", floats(&[2, 2])),
    ];
    called(FILTER, &arguments, &members)
}

#[test]
fn what_a_filter_keeps() {
    check(&[&filter(0, 4, 3)], &[]);
    // All steps are kept unless a bit says so.
    check(&[&filter(4, 3, 3)], &[]);
    check(&[&filter(0, 3, 3)], &["`predicted_state` is 3, and has to be 4"]);
    check(&[&filter(4, 4, 3)], &["`predicted_state` is 4, and has to be 3"]);
    check(&[&filter(0, 4, 2)], &["`M_inf` is 2, and has to be 3"]);
    // A number that is not known has and lacks the bit.
    let unknown = [global("builtins", "len"), b"]\x85R".to_vec()].concat();
    let known = number(0);
    let bytes = filter(0, 4, 3);
    let at = bytes.windows(10).rposition(|pair| pair == [known.clone(), known.clone()].concat()).unwrap();
    check(&[&bytes[..at], &unknown, &bytes[at + 5..]], &[""]);
    check(&[&filter_of(b"N", 0, 4, 3)], &["`model`", "`model`"]);
}

#[test]
fn a_filter_and_a_smoother_of_one_model() {
    let smoother = |first: &[u8], second: &[u8]| {
        let arguments = [first.to_vec(), filter_of(second, 0, 4, 3), number(15), number(0)];
        called(SMOOTHER, &arguments, &[])
    };
    let model = [statespace("", b""), b"\x94".to_vec()].concat();
    let again = b"h\0";
    check(&[&smoother(&model, again)], &[]);
    check(&[&smoother(&model, &statespace("", b""))], &["`kfilter/model` is another object than `model`"]);

    let space = |first: &[u8], second: &[u8]| {
        let class = global("statsmodels.tsa.statespace.simulation_smoother", "SimulationSmoother");
        let dict = |object: &[u8]| [b"}\x8c\x01d".as_slice(), object, b"s"].concat();
        let members = [("_statespaces", dict(first)), ("_kalman_filters", dict(&filter_of(second, 0, 4, 3)))];
        [class, b")\x81".to_vec(), state(&members), b"b".to_vec()].concat()
    };
    check(&[&space(&model, again)], &[]);
    check(&[&space(&model, &statespace("", b""))], &["`_kalman_filters/d/model` is another object"]);
}

#[test]
fn steps_of_exponential_smoothing() {
    let model = |observations: i32, season: i32| {
        let class = global("statsmodels.tsa.exponential_smoothing.ets", "ETSModel");
        let members =
            [("endog", floats(&[5])), ("nobs", number(observations)), ("seasonal_periods", number(season))];
        [class, b")\x81".to_vec(), state(&members), b"b".to_vec()].concat()
    };
    check(&[&model(5, 1)], &[]);
    check(&[&model(6, 1)], &["`endog` is 5, and has to be at least 6"]);
    check(&[&model(0, 1)], &["`nobs` goes down to 0"]);
    check(&[&model(5, -1)], &["`seasonal_periods` goes down to -1"]);
}

/// A method that `__setstate__` calls is the class's own.
#[test]
fn a_method_in_a_state() {
    let model = |member: &str| {
        instance("pmdarima.arima.arima", "ARIMA", &state(&[(member, global("builtins", "len"))]))
    };
    check(&[&model("scoring")], &[]);
    check(&[&model("_warn_for_older_version")], &["`_warn_for_older_version` is there, and must not be"]);
}
