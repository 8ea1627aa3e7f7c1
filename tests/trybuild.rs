//! What the compiler guards: code that must not compile, and its error messages. The `compiled` test covers code that
//! must compile.

#[test]
fn trybuild_refuses_what_the_types_forbid() {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/ui");
    trybuild::TestCases::new().compile_fail(here.join("*.rs"));
}
