//! .
#![allow(missing_docs, clippy::all)]
use flow_oa_schema::*;
fn main() {
    let t = std::time::Instant::now();
    let files = Files::read(std::path::Path::new(&std::env::args().nth(1).unwrap()));
    match check(&files) {
        Ok(s) => {
            for d in Dialect::ALL {
                println!("{}", d.ddl(&s, &Default::default(), &["flow_scores".into(), "flow".into()]));
            }
            eprintln!("{} {:?}", s.fingerprint, t.elapsed());
        }
        Err(f) => println!("{f}"),
    }
}
