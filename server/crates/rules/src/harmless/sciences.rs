//! What libraries of the sciences write, and what is done with the same names otherwise.

use super::{instance, judged, judged_at, judged_state};

fn text(text: &str) -> String {
    format!("X{}\0\0\0{text}", text.chars().count() as u8 as char)
}

/// PROJ opens the file that such a text names, and takes minutes for one that is nested without an end.
#[test]
fn systems_of_coordinates() {
    let system = |srs: &str| instance("pyproj.crs.crs\nCRS", &format!("{}{srs}", text("srs")));
    judged(&system(&text("EPSG:4326")), &[]);
    judged(&system(&text("+proj=utm +zone=33 +type=crs")), &[]);
    judged(&system(&text("+init=/tmp/x:y")), &["PG117"]);
    judged(&system(&text("+proj=longlat +nadgrids=/tmp/x")), &["PG117"]);
    judged(&system(&text(&"[".repeat(100))), &["PG117"]);
    judged(&system("cdatetime\ndate\n(M\u{1}\u{1}K\u{1}K\u{1}tR"), &["PG117"]);
    let called = |class: &str, argument: &str| format!("cpyproj.{class}\n{}\u{85}R", text(argument));
    judged(&called("geod\nGeod", "+a=6378137.0 +f=0.0033528106647474805"), &[]);
    judged(&called("crs.crs\nCRS", "EPSG:3857"), &[]);
    judged(&called("crs.crs\nCRS", "+init=/tmp/x:y"), &["PG117"]);
    judged(&called("crs.crs\nGeographicCRS", "x"), &["PG109"]);
    judged(&called("proj\nProj", "EPSG:3857"), &[]);
    judged(&called("proj\nProj", "+init=/tmp/x:y"), &["PG117"]);
    let maker = |class: &str, from: &str| {
        let members = format!("U\u{8}crs_from{}U\u{6}crs_to{}", text(from), text("EPSG:3857"));
        let maker = instance(&format!("pyproj.transformer\n{class}"), &members);
        instance("pyproj.transformer\nTransformer", &format!("U\u{12}_transformer_maker{maker}"))
    };
    judged(&maker("TransformerFromCRS", "EPSG:4326"), &[]);
    judged(&maker("TransformerFromCRS", "+init=/tmp/x:y"), &["PG117"]);
    judged(&maker("TransformerFromPipeline", "EPSG:4326"), &["PG108", "PG117"]);
}

/// Geometries of a table are bytes in an array of objects; its system was read, or a method of it called, when it was loaded.
#[test]
fn tables_of_geometries() {
    const POINT: &str = "\u{1}\u{1}\0\0\0\0\0\0\0\0\0\u{f0}\u{3f}\0\0\0\0\0\0\0\u{40}";
    let point = format!("C\u{15}{POINT}");
    let nested = "\u{1}\u{7}\0\0\0\u{1}\0\0\0".repeat(100);
    let nested = format!("B\u{84}\u{3}\0\0{nested}");
    let objects = |items: &str| {
        let made = "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\u{85}C\u{1}b\u{87}R";
        let kind = "cnumpy\ndtype\nU\u{2}O8\u{89}\u{88}\u{87}R(K\u{3}U\u{1}|NNNJ\u{ff}\u{ff}\u{ff}\u{ff}J\u{ff}\u{ff}\u{ff}\u{ff}K\u{3f}tb";
        format!("{made}(K\u{1}K\u{2}\u{85}{kind}\u{89}](N{items}etb")
    };
    let table = |items: &str, system: &str| {
        judged_state("geopandas.array\nGeometryArray", &format!("{items}{system}\u{86}"))
    };
    let system = format!("cpyproj.crs.crs\nCRS\n)\u{81}}}U\u{3}srs{}sb", text("EPSG:4326"));
    judged_at(3, &table(&objects(&point), &system), &[]);
    let projected = system.replace("CRS\n)", "ProjectedCRS\n)");
    judged_at(3, &table(&objects(&point), &projected), &[]);
    judged_at(3, &table(&objects(&format!("{point}{point}")), "N"), &[]);
    judged_at(3, &table(&objects(&format!("{point}{nested}")), "N"), &["PG117"]);
    judged_at(3, &table(&objects("U\u{2}01"), "N"), &["PG117"]);
    judged_at(3, &table(&format!("]({point}{nested}e"), "N"), &["PG117"]);
    judged_at(3, &format!("{nested}q\u{1}0{}", table(&objects("h\u{1}"), "N")), &["PG117"]);
    let encoded = |bytes: &str| format!("c_codecs\nencode\nX\u{5}\0\0\0\u{1}\u{63}\0\0\0{bytes}\u{86}R");
    judged_at(3, &table(&objects(&encoded("U\u{6}latin1")), "N"), &["PG117"]);
    judged_at(3, &table(&objects(&point), "cdatetime\ndate\n(M\u{1}\u{1}K\u{1}K\u{1}tR"), &["PG117"]);
    // Behind a wrapper of joblib, as a pickle of its own.
    let wrapped = |items: &str| {
        let kind = "cnumpy\ndtype\nU\u{2}O8\u{89}\u{88}\u{87}R";
        let members = format!(
            "U\u{8}subclasscnumpy\nndarray\nU\u{5}shapeK\u{2}\u{85}U\u{5}orderU\u{1}CU\u{5}dtype{kind}U\u{a}allow_mmap\u{89}"
        );
        let wrapper = instance("joblib.numpy_pickle\nNumpyArrayWrapper", &members);
        format!(
            "{wrapper}\u{80}\u{3}{}.",
            objects(items).replace("U\u{2}O8", "X\u{2}\0\0\0O8").replace("U\u{1}|", "X\u{1}\0\0\0|")
        )
    };
    judged_at(3, &table(&wrapped(&point), "N"), &[]);
    judged_at(3, &table(&wrapped(&nested), "N"), &["PG117"]);
    judged_at(3, &table(&wrapped(&format!("coperator\nadd\n{nested}C\0\u{86}R")), "N"), &["PG117"]);
    judged(&instance("geopandas.geodataframe\nGeoDataFrame", "U\u{4}_mgrN"), &[]);
    for member in ["U\u{3}crs", "U\u{4}_crs"] {
        let old = format!("{member}{}", text("+init=/tmp/x:y"));
        judged(&instance("geopandas.geodataframe\nGeoDataFrame", &old), &["PG117"]);
        judged(&instance("geopandas.geodataframe\nGeoDataFrame", &format!("{member}N")), &[]);
        judged(&instance("geopandas.geodataframe\nGeoDataFrame", &format!("{member}{system}")), &[]);
    }
}

/// An irreducible unit is the one of the program: with the first of these states it had another name, the second hid a method.
#[test]
fn units() {
    let list = |texts: &[&str]| {
        let texts: String = texts.iter().map(|one| text(one)).collect();
        format!("]({texts}e")
    };
    let unit = |class: &str, names: &[&str], state: &str| {
        let called = format!(
            "castropy.units.core\n_recreate_irreducible_unit\nc{class}\n{}\u{88}\u{87}R",
            list(names)
        );
        format!("{called}}}({state}ub")
    };
    let named = |own: &[&str], short: &[&str]| {
        format!("U\u{6}_names{}U\u{c}_short_names{}U\u{b}_long_names]U\u{7}_format}}", list(own), list(short))
    };
    let metre = |state: &str| unit("astropy.units.core\nIrreducibleUnit", &["m", "meter"], state);
    judged(&metre(&named(&["m", "meter"], &["m"])), &[]);
    // The same text from the memo.
    let again = "U\u{1}mq\u{1}0castropy.units.core\n_recreate_irreducible_unit\ncastropy.units.core\nIrreducibleUnit\n]h\u{1}a\u{88}\u{87}R";
    let state = "}(U\u{6}_names]h\u{1}aU\u{c}_short_names]U\u{b}_long_names]ub";
    judged(&format!("{again}{state}"), &[]);
    judged(&format!("U\u{2}kgq\u{2}0{again}{}", state.replacen("h\u{1}", "h\u{2}", 1)), &["PG117"]);
    judged(&metre(&named(&["kg", "meter"], &["m"])), &["PG117"]);
    judged(&metre(&named(&["m", "meter"], &["kg"])), &["PG117"]);
    judged(&metre(&named(&["m"; 20], &["m"])), &["PG117"]);
    judged(&metre(&format!("{}U\u{9}decomposecmath\nsqrt\n", named(&["m", "meter"], &["m"]))), &["PG117"]);
    judged(&metre(&format!("{}U\u{4}nameU\u{2}kg", named(&["m", "meter"], &["m"]))), &["PG117"]);
    let other = |class: &str| unit(class, &["m"], &named(&["m"], &["m"]));
    judged(&other("os\nsystem"), &["PG101"]);
    judged(&other("torchmetrics.regression.mse\nMeanSquaredError"), &["PG109", "PG109"]);
    // What is in it otherwise, and what it is given to.
    judged(&format!("{}U\u{1}mK\u{1}s", &metre("")[..metre("").len() - 4]), &["PG106"]);
    judged(
        "cbuiltins\nmap\ncastropy.units.core\n_recreate_irreducible_unit\n](K\u{1}e\u{86}R",
        &["PG109", "PG109"],
    );
    // What made of a number of a thousand digits has millions of them.
    let scaled = |scale: &str| instance("astropy.units.core\nCompositeUnit", &format!("U\u{6}_scale{scale}"));
    judged(&scaled("G\u{3f}\u{f0}\0\0\0\0\0\0"), &[]);
    judged(&scaled("cbuiltins\ncomplex\nG\u{3f}\u{f0}\0\0\0\0\0\0\u{85}R"), &[]);
    judged(&scaled("K\u{a}"), &["PG117"]);
}

#[test]
fn arrays_with_units_and_times() {
    let empty =
        |class: &str| format!("cnumpy.core.multiarray\n_reconstruct\nc{class}\nK\0\u{85}U\u{1}b\u{87}R");
    judged(&empty("astropy.units.quantity\nQuantity"), &[]);
    judged(&empty("astropy.coordinates.earth\nEarthLocation"), &[]);
    judged(&empty("astropy.table.column\nColumn"), &["PG108"]);
    judged("castropy.units.quantity\nQuantity\nU\u{1}x\u{85}R", &["PG109"]);
    let time = |precision: &str| {
        let format = instance("astropy.time.formats\nTimeISO", &format!("U\u{a}_precision{precision}"));
        format!("castropy.time.core\nTime\n{format}\u{85}\u{81}")
    };
    judged(&time("K\u{3}"), &[]);
    judged(&time("J\0\0\0\u{7f}"), &["PG117"]);
    judged(&time("K\u{3}U\u{7}subfmts)"), &["PG117"]);
    judged(&format!("castropy.time.core\nTime\n{}\u{85}\u{81}", time("K\u{3}")), &["PG117"]);
    judged("castropy.time.core\nTime\n)R", &["PG109"]);
    let frame = "U\u{4}datacastropy.coordinates.representation.spherical\nSphericalRepresentation\n";
    judged(&instance("astropy.coordinates.builtin_frames.icrs\nICRS", frame), &[]);
}

/// What an object enters later changes how arrays are computed with; to make one, or to keep it, changes nothing.
#[test]
fn how_arrays_treat_what_is_no_number() {
    let unspecified = "cnumpy.core._ufunc_config\n_unspecified\n)\u{81}";
    let state = format!("}}(U\u{4}call{unspecified}U\u{6}kwargs}}U\u{3}allU\u{6}ignoresu");
    judged(&format!("cnumpy\nerrstate\n)\u{81}{state}b"), &[]);
    // As numpy 2 writes it, which has slots.
    judged(&format!("cnumpy\nerrstate\n)\u{81}N{state}\u{86}b"), &[]);
    let entered = "cbuiltins\ngetattr\ncnumpy\nerrstate\n)\u{81}U\u{9}__enter__\u{86}R)R";
    judged(entered, &["PG106"]);
    judged("cnumpy\nseterr\nU\u{6}ignore\u{85}R", &["PG106"]);
}

/// The registry of the program parses the names of units when a quantity is loaded: the powers of these took all time.
#[test]
fn quantities_by_names() {
    let container = |pairs: &str, number: &str| {
        format!("cpint.util\nUnitsContainer\n)\u{81}cpint.util\nudict\n)\u{81}({pairs}uK\u{1}{number}\u{87}b")
    };
    let units = |name: &str| container(&format!("{}K\u{1}", text(name)), "cbuiltins\nfloat\n");
    let quantity = |rest: &str| {
        format!("cpint\n_unpickle_quantity\n(cpint.facets.plain.quantity\nPlainQuantity\n{rest}tR")
    };
    judged(&quantity(&format!("K\u{3}{}", units("meter"))), &[]);
    judged(&quantity(&format!("K\u{3}{}", units("\u{c2}\u{b5}m"))), &[]);
    judged(&quantity(&format!("K\u{3}{}", units("meter**9**9**9"))), &["PG117"]);
    judged(&quantity(&format!("K\u{3}{}", units("9\u{e2}\u{81}\u{b9}"))), &["PG117"]);
    judged(&quantity(&format!("K\u{3}{}", units(&"a".repeat(65)))), &["PG117"]);
    judged(&quantity("U\u{7}9**9**9"), &["PG117"]);
    judged(&quantity("K\u{3}U\u{7}9**9**9"), &["PG117"]);
    judged(&quantity(&format!("{}{}", units("9**9**9"), units("meter"))), &["PG117"]);
    judged(&quantity(&format!("K\u{3}{}{}", units("meter"), units("9**9**9"))), &["PG117"]);
    // Of another dict, and with a name that comes later.
    let plain = "cpint.util\nUnitsContainer\n)\u{81}}U\u{7}9**9**9K\u{1}sK\u{1}cbuiltins\nfloat\n\u{87}b";
    judged(&quantity(&format!("K\u{3}{plain}")), &["PG117"]);
    let later = format!(
        "{}r\u{9}\0\0\00{}",
        units("meter").replacen("udict\n)\u{81}", "udict\n)\u{81}q\u{5}", 1),
        "h\u{5}U\u{7}9**9**9K\u{1}s0"
    );
    judged(&format!("{later}{}", quantity("K\u{3}j\u{9}\0\0\0")), &["PG117"]);
    let powers = |power: &str| container(&format!("U\u{6}minute{power}"), "cbuiltins\nfloat\n");
    judged(&quantity(&format!("K\u{3}{}", powers("J\u{fe}\u{ff}\u{ff}\u{ff}"))), &[]);
    judged(&quantity(&format!("K\u{3}{}", powers("J\0\0\0\u{7f}"))), &["PG117"]);
    judged(&container("U\u{1}mK\u{1}", "cnumpy\nzeros\n"), &["PG117"]);
    judged(
        &format!("cpint\n_unpickle_unit\ncpint.facets.plain.unit\nPlainUnit\n{}\u{86}R", units("meter")),
        &[],
    );
    // As dill names types, and protocols 0 and 1 make objects of dicts; without units.
    judged(&container("U\u{1}mK\u{1}", "cdill._dill\n_load_type\nU\u{5}float\u{85}R"), &[]);
    judged(&container("U\u{1}mK\u{1}", "cdill._dill\n_load_type\nU\u{3}str\u{85}R"), &["PG117"]);
    let remade = |dict: &str| {
        let pairs = format!("ccopyreg\n_reconstructor\ncpint.util\nudict\ncbuiltins\ndict\n{dict}\u{87}R");
        format!("cpint.util\nUnitsContainer\n)\u{81}{pairs}K\u{1}cbuiltins\nfloat\n\u{87}b")
    };
    judged(&quantity(&format!("K\u{3}{}", remade("}U\u{1}mK\u{1}s"))), &[]);
    judged(&quantity(&format!("K\u{3}{}", remade("}U\u{7}9**9**9K\u{1}s"))), &["PG117"]);
    judged(&quantity(&format!("K\u{3}{}", remade("}K\u{2}K\u{1}s"))), &["PG117"]);
    let empty =
        |dict: &str| format!("cpint.util\nUnitsContainer\n)\u{81}{dict}K\u{1}cbuiltins\nfloat\n\u{87}b");
    judged(&quantity(&format!("K\u{3}{}", empty("cpint.util\nudict\n)\u{81}"))), &[]);
    judged(
        &quantity(&format!("K\u{3}{}", empty("cpint.util\nudict\n}U\u{7}9**9**9K\u{1}s\u{85}R"))),
        &["PG117"],
    );
    let filled = format!("K\u{3}{}", empty("cpint.util\nudict\n)\u{81}q\u{7}"));
    judged(&format!("{}0h\u{7}U\u{7}9**9**9K\u{1}s", quantity(&filled)), &["PG117"]);
    judged("cpint\nUnitRegistry\nU\u{1}x\u{85}R", &["PG108"]);
}

/// A function in an expression of Polars is pickled in its bytes: each of these but the first ran it.
#[test]
fn functions_in_bytes() {
    let state =
        |class: &str, bytes: &str| judged_state(class, &format!("U{}{bytes}", bytes.len() as u8 as char));
    judged(&state("polars.expr.expr\nExpr", "columna"), &["PG108"]);
    for mark in ["PLPYFN", "PLPYUDF", "POLARS_PYTHON_UDF"] {
        let bytes = format!("columna{mark}.");
        judged(&state("polars.expr.expr\nExpr", &bytes), &["PG108", "PG104"]);
        judged(&state("polars.lazyframe.frame\nLazyFrame", &bytes), &["PG108", "PG104"]);
        judged(&state("polars.series.series\nSeries", &bytes), &["PG108"]);
    }
    judged("cpolars.lazyframe.frame\nLazyFrame.deserialize\nU\u{1}x\u{85}R", &["PB117", "PD207", "PG104"]);
    let computed = "cbuiltins\nbytes\ncmyapp\nf\n)R\u{85}R";
    judged(&judged_state("polars.expr.expr\nExpr", computed), &["PG108", "PG108", "PG104"]);
}

/// Views of graphs call what they are filtered with: of the library, or of anybody.
#[test]
fn views_of_graphs() {
    let text = |text: &str| format!("\u{8c}{}{text}", text.len() as u8 as char);
    let instance = |class: &str, members: &[(&str, &str)]| {
        let pairs: String = members.iter().map(|(name, value)| text(name) + value).collect();
        format!("c{class}\n)\u{81}}}({pairs}ub")
    };
    let nodes = |nodes: &str| instance("networkx.classes.filters\nshow_nodes", &[("nodes", nodes)]);
    let view = |filter: &str, atlas: &str| {
        instance("networkx.classes.coreviews\nFilterAtlas", &[("_atlas", atlas), ("NODE_OK", filter)])
    };
    let set = "\u{8f}(K\u{1}\u{90}";
    judged_at(4, &view(&nodes(set), "}K\u{1}}s"), &[]);
    judged_at(
        2,
        &view(&nodes("c__builtin__\nset\n]K\u{1}a\u{85}R").replace('\u{8c}', "U"), "}K\u{1}}s")
            .replace('\u{8c}', "U"),
        &[],
    );
    judged_at(4, &view("cnetworkx.classes.filters\nno_filter\n", "}"), &[]);
    judged_at(4, &view("cre\nmatch\n", "}"), &["PG117"]);
    judged_at(4, &view("cnetworkx.classes.filters\nshow_nodes\n", "}"), &["PG109"]);
    judged_at(4, &view(&nodes(set), "citertools\ncount\n)R"), &["PG117"]);
    judged_at(4, &view(&nodes("cbuiltins\nrange\nK\u{9}\u{85}R"), "}"), &["PG117"]);
    let long = instance("networkx.classes.filters\nshow_nodes", &[("nodes", set), ("length", "K\u{9}")]);
    judged_at(4, &view(&long, "}"), &["PG117"]);
}
