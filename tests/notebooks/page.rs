//! The page of a played notebook in a headless browser without network access.

use std::path::{Path, PathBuf};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(120);

/// Chromium.
pub(crate) struct Browser(pub(crate) PathBuf);

impl Browser {
    /// Opens a page. Its console must be empty, and its text must be present.
    pub(crate) fn opens(&self, page: &Path) {
        let (console, shown) = self.looks(page);
        assert!(console.is_empty(), "{}: {console:#?}", page.display());
        assert!(shown.contains("<h1 id="), "{}: {shown}", page.display());
        // An empty console proves something only if an error would be logged there.
        let text = std::fs::read_to_string(page).unwrap();
        let spoiled = page.with_extension("spoiled.html");
        std::fs::write(&spoiled, text.replace("</body>", "<script>nowhere.to.be.found()</script></body>"))
            .unwrap();
        let (console, _) = self.looks(&spoiled);
        assert!(console.iter().any(|message| message.contains("nowhere is not defined")), "{console:?}");
        std::fs::remove_file(spoiled).unwrap();
    }

    /// The console messages of a page, and its resulting document.
    fn looks(&self, page: &Path) -> (Vec<String>, String) {
        let profile = tempfile::tempdir().unwrap();
        let output = assert_cmd::Command::new(&self.0)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
            ])
            .args(["--enable-logging=stderr", "--host-resolver-rules=MAP * ~NOTFOUND", "--dump-dom"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(format!("file://{}", page.display()))
            .timeout(PATIENCE)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}: {output:?}", page.display());
        let said = String::from_utf8_lossy(&output.stderr);
        let console = said.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
        (console, String::from_utf8_lossy(&output.stdout).into_owned())
    }
}
