//! From data to one file.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

use super::Page;
use crate::Error;

const TEMPLATE: &str = include_str!("template.html");
const STYLE: &str = include_str!("style.css");

/// In the order in which they need each other; each file is one concern of the page.
const SCRIPTS: [&str; 13] = [
    include_str!("js/data.js"),
    include_str!("js/rates.js"),
    include_str!("js/counting.js"),
    include_str!("js/dom.js"),
    include_str!("js/axes.js"),
    include_str!("js/tiers.js"),
    include_str!("js/levels.js"),
    include_str!("js/moved.js"),
    include_str!("js/curves.js"),
    include_str!("js/time.js"),
    include_str!("js/orders.js"),
    include_str!("js/script.js"),
    include_str!("js/main.js"),
];

/// How hard the data is packed: 6 of 10 is nearly as small as 10 and much quicker.
const LEVEL: u8 = 6;

impl Page {
    /// The whole file.
    ///
    /// Data stands in it compressed and in base64, so that nothing in it can be taken for
    /// markup; the page shows it as text only. A content security policy lets run what is
    /// in the file and nothing else, and lets nothing be loaded.
    ///
    /// # Errors
    ///
    /// [`Error::Json`] where the data cannot be written.
    pub fn html(&self) -> Result<String, Error> {
        let json = serde_json::to_vec(self).map_err(Error::Json)?;
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(&json, LEVEL);
        let script =
            format!("\n\"use strict\";\n(() => {{\n{}}})();\n", SCRIPTS.concat());
        let hash = BASE64_STANDARD.encode(Sha256::digest(script.as_bytes()));
        let policy = format!(
            "default-src 'none'; script-src 'sha256-{hash}'; style-src 'unsafe-inline'; \
             img-src data:; base-uri 'none'; form-action 'none'"
        );
        let mut html = String::new();
        let mut rest = TEMPLATE;
        let parts = [
            ("{{policy}}", policy.as_str()),
            ("{{style}}", STYLE),
            ("{{data}}", &BASE64_STANDARD.encode(packed)),
            ("{{script}}", &script),
        ];
        for (mark, text) in parts {
            let (before, after) = rest.split_once(mark).unwrap_or((rest, ""));
            html.push_str(before);
            html.push_str(text);
            rest = after;
        }
        html.push_str(rest);
        Ok(html)
    }
}
