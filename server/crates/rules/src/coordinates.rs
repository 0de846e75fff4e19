//! Coordinate reference systems as texts, as pyproj keeps them: whether PROJ opens a file, or takes its time, when it reads one. Bytes
//! in, what is wrong out.
//!
//! A text is a name (`EPSG:4326`), a list of parameters (`+proj=utm +zone=33`), well-known text or JSON. `+init=/path:name` opens that
//! file as soon as the object is used, grids and models are opened when coordinates are transformed, and JSON that is nested as deep as
//! it is long is read for minutes.

use crate::boosters::Wrong;

/// Bytes of a text; the longest in the registry of EPSG have some twenty thousand.
const LONGEST: usize = 1 << 16;
/// Levels of brackets; compound systems that are bound to others have twelve.
const MOST_LEVELS: usize = 48;
/// Behind these stand names of files: in well-known text, whose words are read in any case, and in JSON.
const FILES: [&str; 2] = ["parameterfile", "\"value\""];
/// Addresses that are names of systems or of what JSON is written after, and are not fetched.
const NAMES: [&str; 3] = ["http://www.opengis.net/", "https://www.opengis.net/", "https://proj.org/schemas/"];

/// What PROJ does with a text that is more than to look systems up.
pub(crate) fn judge(text: &[u8]) -> Result<(), Wrong> {
    if text.len() > LONGEST {
        return Err(format!("it is {} bytes long", text.len()));
    }
    let text = std::str::from_utf8(text).map_err(|_| "it is no text".to_owned())?;
    if levels(text) > MOST_LEVELS {
        return Err(format!("it is nested deeper than {MOST_LEVELS} levels"));
    }
    if escapes_letters(text) {
        return Err("it has plain letters as escapes of JSON".to_owned());
    }
    let is_name = |value: &&str| !NAMES.iter().any(|name| value.starts_with(name));
    let mut values = parameters(text).filter(|value| value.contains(['/', '\\']) || is_place(value));
    let place = values
        .find(|value| is_name(value))
        .or_else(|| behind_words(text).filter(is_name).find(|value| is_place(value)));
    match place {
        Some(place) => Err(format!("it names a file, `{}`", place.chars().take(80).collect::<String>())),
        None => Ok(()),
    }
}

/// Whether letters of ASCII are written as escapes, which would hide words: only other letters are.
fn escapes_letters(text: &str) -> bool {
    text.match_indices("\\u00").any(|(at, escape)| {
        text.as_bytes().get(at + escape.len()).is_some_and(|digit| matches!(digit, b'2'..=b'7'))
    })
}

/// How deep brackets are nested, those in names included.
fn levels(text: &str) -> usize {
    let mut level = 0_usize;
    let levels = text.bytes().map(|byte| {
        match byte {
            b'[' | b'(' | b'{' => level += 1,
            b']' | b')' | b'}' => level = level.saturating_sub(1),
            _ => {}
        }
        level
    });
    levels.max().unwrap_or(0)
}

/// Values of parameters (`+name=value`, also without the sign, and with blanks around it), wherever they stand.
fn parameters(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('=').map(|(at, _)| {
        let value = text[at + 1..].trim_start_matches(|c: char| c.is_whitespace() || is_quote(c));
        value.split(|c: char| c.is_whitespace() || is_quote(c)).next().unwrap_or_default()
    })
}

/// All texts in quotes behind the first word after which names of files come.
fn behind_words(text: &str) -> impl Iterator<Item = &str> {
    let folded = text.to_ascii_lowercase();
    let first = FILES.iter().filter_map(|word| Some(folded.find(word)? + word.len())).min();
    first.map(|at| text[at..].split(is_quote)).into_iter().flatten()
}

/// What PROJ takes for a quotation mark.
fn is_quote(character: char) -> bool {
    matches!(character, '"' | '\'' | '\u{201c}' | '\u{201d}')
}

/// Whether a name of a file is that of a place, and not of one that is shipped with PROJ.
fn is_place(name: &str) -> bool {
    let is_drive =
        matches!(name.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    is_drive
        || name.starts_with(['/', '\\', '~', '.'])
        || ["../", "..\\", "://"].iter().any(|way| name.contains(way))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        judge(text.as_bytes()).err().unwrap_or_default()
    }

    /// As pyproj writes them.
    #[test]
    fn systems() {
        for text in [
            "EPSG:4326",
            "WGS 84 / UTM zone 33N",
            "+proj=utm +zone=33 +type=crs",
            "+proj=longlat +datum=WGS84 +nadgrids=@null +type=crs",
            "+proj=longlat +nadgrids=ntv2_0.gsb,@conus,null +geoidgrids=egm96_15.gtx",
            "+init=epsg:4326 +type=crs",
            "urn:ogc:def:crs:EPSG::4326",
            "http://www.opengis.net/def/crs-compound?1=http://www.opengis.net/def/crs/EPSG/0/4326",
            "PROJCRS[\"WGS 84 / UTM zone 33N\",BASEGEOGCRS[\"WGS 84\",ID[\"EPSG\",4326]],METHOD[\"a/b\"],PARAMETER[\"k\",1]]",
            "{\"type\":\"GeographicCRS\",\"name\":\"WGS 84 / x\",\"parameters\":[{\"name\":\"a/b\",\"value\":1}]}",
            "{\"parameters\":[{\"value\":1}],\"$schema\":\"https://proj.org/schemas/v0.7/projjson.schema.json\"}",
            "COORDINATEOPERATION[\"x\",PARAMETERFILE[\"Latitude and longitude difference file\",\"ntv2_0.gsb\"]]",
        ] {
            assert_eq!(wrong(text), "", "{text}");
        }
    }

    /// Each of these was given to pyproj: a file was opened, at once or by a transformation, or nothing came for minutes.
    #[test]
    fn what_opens_files_or_takes_time() {
        assert_eq!(wrong("+init=/tmp/a:b +type=crs"), "it names a file, `/tmp/a:b`");
        assert_eq!(wrong("init = ./a:b"), "it names a file, `./a:b`");
        assert_eq!(wrong("+proj=longlat +nadgrids=a,/tmp/b"), "it names a file, `a,/tmp/b`");
        let method = "CONVERSION[\"x\",METHOD[\"PROJ-based operation method: +proj=tinshift +file=/tmp/b\"]]";
        assert_eq!(wrong(method), "it names a file, `/tmp/b`");
        let grid = "PARAMETERFILE[\"Geoid (height correction) model file\",\"/tmp/b\"]";
        assert_eq!(wrong(grid), "it names a file, `/tmp/b`");
        assert_eq!(wrong("{\"name\":\"x\",\"value\": \"/tmp/b\"}"), "it names a file, `/tmp/b`");
        assert_eq!(
            wrong("ParameterFile[\u{201c}a:b]\u{201d},\u{201c}/tmp/b\u{201d}]"),
            "it names a file, `/tmp/b`"
        );
        assert_eq!(wrong("{\"v\\u0061lue\":1}"), "it has plain letters as escapes of JSON");
        assert_eq!(wrong("{\"name\":\"\\u00e4\"}"), "");
        let nested = "{\"type\":\"DerivedGeographicCRS\",\"base_crs\":".repeat(49);
        assert_eq!(wrong(&nested), "it is nested deeper than 48 levels");
        assert_eq!(wrong(&"x".repeat(LONGEST + 1)), "it is 65537 bytes long");
    }
}
