//! Chromium, in which no page may run a script and no host has an address.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A setting of the profile: pages may not run scripts. The program's own pages, which take the picture, may.
const NO_SCRIPTS: &str = r#"{"profile": {"default_content_setting_values": {"javascript": 2}}}"#;

pub(crate) struct Browser(PathBuf);

impl Browser {
    /// The browser that `FLOW_OA_TEST_CHROMIUM` names. Without it, reports the skipped test.
    pub(crate) fn new() -> Option<Self> {
        let named = std::env::var_os("FLOW_OA_TEST_CHROMIUM").filter(|path| !path.is_empty());
        if named.is_none() {
            let _ = writeln!(
                std::io::stderr(),
                "skipped: pages of docs in a browser: FLOW_OA_TEST_CHROMIUM is not set"
            );
        }
        named.map(|path| Self(path.into()))
    }

    /// Opens a page, whose console must be empty, and returns its document.
    pub(crate) fn opens(&self, page: &Path) -> String {
        let output = self.runs(page, "--dump-dom");
        let said = String::from_utf8_lossy(&output.stderr);
        let console: Vec<&str> = said.lines().filter(|line| line.contains("CONSOLE")).collect();
        assert!(console.is_empty(), "{}: {console:#?}", page.display());
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Takes a picture of a page beside it, and returns its size in bytes.
    pub(crate) fn photographs(&self, page: &Path) -> u64 {
        let picture = page.with_extension("png");
        self.runs(page, &format!("--screenshot={}", picture.display()));
        std::fs::metadata(&picture).map_or(0, |metadata| metadata.len())
    }

    fn runs(&self, page: &Path, option: &str) -> Output {
        let profile = tempfile::tempdir().expect("a folder");
        let folder = profile.path().join("Default");
        std::fs::create_dir_all(&folder).expect("can be made");
        std::fs::write(folder.join("Preferences"), NO_SCRIPTS).expect("can be written");
        let output = Command::new("timeout")
            .arg("120")
            .arg(&self.0)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
            ])
            .args(["--enable-logging=stderr", "--hide-scrollbars", "--window-size=1300,1800"])
            .args(["--host-resolver-rules=MAP * ~NOTFOUND", option])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(format!("file://{}", page.display()))
            .output()
            .expect("Chromium starts");
        assert!(output.status.success(), "{}: {output:?}", page.display());
        output
    }
}
