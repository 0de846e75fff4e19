//! Text in states that code evaluates, when it gets them or when it is used.

use super::found;
use crate::diagnostic::Severity;

/// What is said of it, with how severe it is.
fn said(stream: &str) -> Vec<(Severity, String)> {
    let findings = found(stream.as_bytes()).into_iter().filter(|finding| finding.rule.code == "PG101");
    findings.map(|finding| (finding.severity, finding.message)).collect()
}

fn line(text: &str) -> String {
    format!("V{text}\n")
}

#[track_caller]
fn check(stream: &str, expected: &[(Severity, &str)]) {
    let said = said(stream);
    assert_eq!(said.len(), expected.len(), "{said:?}");
    for ((severity, message), (expected, part)) in said.iter().zip(expected) {
        assert!(severity == expected && message.contains(part), "{severity:?} {message}");
    }
}

#[test]
fn formulas() {
    // As protocol 0 writes an object without `__reduce__`.
    let data = |formula: &str| {
        format!(
            "ccopyreg\n_reconstructor\n(cstatsmodels.base.data\nPandasData\ncbuiltins\nobject\nNtR(dVformula\n{formula}sb."
        )
    };
    check(&data(&line("np.log(y) ~ C(x) + z:w + I(x ** 2)")), &[]);
    check(&data("N"), &[]);
    check(
        &data(&line("y ~ __import__('os').system('id')")),
        &[(Severity::Error, "`y ~ __import__('os').system('id')` reaches `__import__`")],
    );
    check(&data(&line("y ~ mine(x)")), &[(Severity::Warning, "calls `mine`")]);
    check(
        &data("coperator\nadd\n(Vy ~ __import__('os\nV').system('id')\ntR"),
        &[(Severity::Warning, "to what is computed when the file is loaded")],
    );
}

/// Formulaic evaluates each text of a list, a tuple or a dict.
#[test]
fn formulas_in_collections() {
    let data = |formula: &str| {
        format!(
            "ccopyreg\n_reconstructor\n(cstatsmodels.base.data\nPandasData\ncbuiltins\nobject\nNtR(dVformula\n{formula}sb."
        )
    };
    for formula in ["(lVy\naVid()\na", "(Vy\nVid()\nt", "(dVlhs\nVid()\ns", "cbuiltins\ntuple\n((lVid()\natR"]
    {
        check(&data(formula), &[(Severity::Warning, "to what is in a collection")]);
    }
    // Numbers are none, as searches of parameters have them.
    check(&data("I4\n"), &[]);
}

/// joblib before 1.2 evaluates how many jobs wait, for each library that searches parameters.
#[test]
fn jobs_that_wait() {
    for class in [
        "skopt.searchcv\nBayesSearchCV",
        "sktime.classification.model_selection._tune\nTSCGridSearchCV",
        "surprise.model_selection.search\nGridSearchCV",
    ] {
        let search = |value: &str| {
            format!(
                "ccopyreg\n_reconstructor\n(c{class}\ncbuiltins\nobject\nNtR(dVpre_dispatch\nV{value}\nsb."
            )
        };
        check(&search("2*n_jobs"), &[]);
        check(&search("__import__('os').getpid()"), &[(Severity::Error, "reaches `__import__`")]);
    }
}

#[test]
fn formulas_that_are_written_before_their_class() {
    let made = "ccopyreg\n_reconstructor\n(cstatsmodels.base.data\nPandasData\ncbuiltins\nobject\nNtR";
    check(
        &format!("(dVformula\nVy ~ os.system('id')\nsp0\n0{made}g0\nb."),
        &[(Severity::Warning, "to what was made before the class was named")],
    );
}

#[test]
fn parameters_that_follow_others() {
    let parameter = |expression: &str| {
        format!(
            "ccopyreg\n_reconstructor\n(clmfit.parameter\nParameter\ncbuiltins\nobject\nNtR(Vb\nF1.0\nI01\n{expression}F-inf\nFinf\nNNNF1.0\nNtb."
        )
    };
    check(&parameter("N"), &[]);
    check(&parameter(&line("2*a/sqrt(pi)")), &[]);
    check(&parameter(&line("open('/etc/passwd').read()")), &[(Severity::Error, "calls `open`, which")]);
    check(&parameter(&line("[i for i in range(10**9)]")), &[(Severity::Error, "has `for` in it")]);
}

/// A class with slots: its state is none and a dict.
#[test]
fn factors() {
    let factor = |expression: &str| {
        let made =
            "ccopyreg\n_reconstructor\n(cformulaic.parser.types.factor\nFactor\ncbuiltins\nobject\nNtR";
        format!("{made}(N(dVexpr\n{expression}stb.")
    };
    check(&factor(&line("x + 1")), &[]);
    check(&factor(&line("().__class__")), &[(Severity::Error, "reads an attribute of what it computes")]);
}

/// Types keep texts, which are evaluated when somebody asks for the types of a function's arguments.
#[test]
fn texts_in_types() {
    let of = |class: &str, inside: &str| format!("coperator\ngetitem\n(c{class}\n{inside}tR.");
    let alias = |inside: &str| format!("ctypes\nGenericAlias\n(cbuiltins\nlist\n({inside}ttR.");
    let code = line("__import__('os').system('id')");
    let expected = [(
        Severity::Warning,
        "`__import__('os').system('id')`, which is evaluated when types are asked for: it reaches `__import__`",
    )];
    check(&of("typing\nList", &code), &expected);
    check(&of("typing\nDict", &format!("(cbuiltins\nstr\n{code}t")), &expected);
    check(&alias(&code), &expected);
    check(&of("typing\nOptional", &line("mine()")), &[(Severity::Warning, "it calls `mine`")]);
    for text in
        ["int", "Node", "List[Optional['Node']]", "np.ndarray", "Callable[[int, str], None]", "int | None"]
    {
        check(&of("typing\nList", &line(text)), &[]);
        check(&alias(&line(text)), &[]);
    }
    // Neither evaluates what it is given.
    for class in ["typing\nLiteral", "typing\nAnnotated"] {
        check(&of(class, &format!("(cbuiltins\nint\n{code}t")), &[]);
    }
}

/// Estimators of sktime make themselves anew before they are fitted, and evaluate names of parameters that their class has as a
/// constant, and specifications of a metric.
#[test]
fn names_and_specifications_of_sktime() {
    let estimator = |class: &str, state: &str| {
        format!("ccopyreg\n_reconstructor\n(csktime.{class}\ncbuiltins\nobject\nNtR(d{state}b.")
    };
    let code = line("__import__('os').system('id')");
    let machine = |state: &str| estimator("classification.kernel_based._svc\nTimeSeriesSVC", state);
    check(
        &machine(&format!("VDELEGATED_PARAMS\n({code}ls")),
        &[(Severity::Warning, "to what is in a collection")],
    );
    check(&machine("VC\nI1\nsVkernel\nNs"), &[]);
    let arima = estimator("forecasting.arima._pmdarima\nARIMA", &format!("VSARIMAX_KWARGS_KEYS\n({code}ts"));
    check(&arima, &[(Severity::Warning, "to what is in a collection")]);
    let search = |scoring: &str| {
        let state = format!("Vscoring\n{scoring}s");
        estimator("forecasting.model_selection._gridsearch\nForecastingGridSearchCV", &state)
    };
    check(&search(&code), &[(Severity::Error, "reaches `__import__`")]);
    check(&search(&line("mean_absolute_percentage_error")), &[]);
    check(&search("N"), &[]);
    // Elsewhere the metrics are those of scikit-learn, by name.
    let state = "Vscoring\n(Vaccuracy\nVf1\nls";
    check(&estimator("classification.model_selection._tune\nTSCGridSearchCV", state), &[]);
}

/// A checkpoint of Ultralytics: what it says of its data is fetched and run, and its layers are made anew to be trained.
#[test]
fn texts_of_checkpoints() {
    let told = |stream: String| {
        let all = found(stream.as_bytes()).into_iter();
        let ours = all.filter(|finding| ["PG101", "PG103"].contains(&finding.rule.code));
        ours.map(|finding| format!("{} {:?} {}", finding.rule.code, finding.severity, finding.message))
            .collect()
    };
    let checkpoint = |members: &str| {
        format!(
            "ccopyreg\n_reconstructor\n(cultralytics.utils\nIterableSimpleNamespace\ncbuiltins\nobject\nNtR(d{members}b."
        )
    };
    let member = |name: &str, text: &str| checkpoint(&format!("V{name}\nV{text}\ns"));
    for (name, text) in [
        ("data", "coco8.yaml"),
        ("data", "/data/cars/data.yaml"),
        ("data", "C:/cars/data.yaml"),
        ("data", "ul://me/datasets/cars"),
        ("docs", "https://docs.ultralytics.com"),
        ("license", "AGPL-3.0 License (https://ultralytics.com/license)"),
        ("origin", "https://github.com/ultralytics/ultralytics.git"),
        ("model", "yolov8n.pt"),
        ("activation", "nn.LeakyReLU(0.1)"),
        ("activation", "torch.nn.SiLU()"),
    ] {
        let told: Vec<String> = told(member(name, text));
        assert!(told.is_empty(), "{told:?}");
    }
    for (name, text, part) in [
        ("data", "https://example.com/cars", "PG103 Warning the checkpoint leads to another machine"),
        ("other", "HTTPS://example.com/cars.yaml?key", "run what its `download` says"),
        ("data", "//example.com/share/cars.yaml", "run what its `download` says"),
        ("other", "https://example.com/cars.zip", "run what its `download` says"),
        ("pretrained", "https://example.com/cars.pt", "fetches and unpickles it"),
        ("activation", "__import__('os').system('id')", "PG101 Warning `activation` of a model is evaluated"),
        ("activation", "nn.SiLU(print(1))", "is evaluated as Python"),
        (
            "other",
            "check_requirements",
            "PG101 Warning a layer of a model can be `check_requirements`, which installs",
        ),
    ] {
        let told: Vec<String> = told(member(name, text));
        assert!(told.len() == 1 && told[0].contains(part), "{told:?}");
    }
    // In front of it, and by way of the memo.
    let memo = checkpoint("Vother\nVhttps://example.com/cars.yaml\np1\nsVdata\ng1\ns");
    assert_eq!(told(memo).len(), 1);
    // In files of others they are data.
    let other = "ccopyreg\n_reconstructor\n(cargparse\nNamespace\ncbuiltins\nobject\nNtR(dVdata\nVhttps://example.com/cars.yaml\nsb.";
    let told: Vec<String> = told(other.to_owned());
    assert!(told.is_empty(), "{told:?}");
}

/// Sympy evaluates the texts that expressions are made of: numbers that are longer than any memory, and texts in texts, too.
#[test]
fn texts_in_expressions() {
    let sum = |text: &str| format!("csympy.core.add\nAdd\n({}I1\ntR.", line(text));
    for text in [
        "__import__('os').system('id')",
        "9**9**9",
        "9^9^9",
        "99999999999!",
        "Abs('a')",
        "1<<99999999999",
        "[1]*9",
    ] {
        assert_eq!(said(&sum(text)).len(), 1, "{text}");
    }
    for text in ["x", "1.5", "-3", "18000000000000", "a_1", "1e5"] {
        check(&sum(text), &[]);
    }
}
