//! The generated text of every schema folder in `goldens/schemas`, where a folder that is added is tested, and of the
//! project's own. `compiled.rs` compiles the former; the program is built from the latter.

#[path = "support/golden.rs"]
mod golden;

use flow_oa_schema::{Files, check};

#[test]
fn every_schema_folder_generates_its_golden() {
    let folder = golden::tests_folder().join("goldens");
    let mut all = String::from("// Every generated golden, to be compiled.\n");
    for schema in golden::folders(&folder.join("schemas")) {
        let name = schema.file_name().expect("a folder has a name").to_string_lossy().into_owned();
        let mut files = Files::read(&schema);
        files.shown = name.clone();
        let model = check(&files).unwrap_or_else(|faults| panic!("{name}:\n{faults}"));
        let generated = flow_oa_codegen::generate(&model).expect("the emitted text is Rust");
        for (file, text) in &generated {
            golden::hold(&folder.join("generated").join(&name).join(file), text);
        }
        all.push_str(&format!("pub mod {name} {{\n    include!(\"{name}/mod.rs\");\n}}\n"));
    }
    golden::hold(&folder.join("generated/all.rs"), &all);
}

#[test]
fn the_project_generates_its_golden() {
    let folder = golden::tests_folder();
    let model = check(&Files::read(&folder.join("../schema"))).unwrap_or_else(|faults| panic!("{faults}"));
    let generated = flow_oa_codegen::generate(&model).expect("the emitted text is Rust");
    for (file, text) in generated.iter().filter(|(file, _)| *file != "mod.rs") {
        golden::hold(&folder.join("goldens/generated/project").join(file), text);
    }
}

#[test]
fn the_same_model_gives_the_same_text() {
    let folder = golden::tests_folder().join("../schema");
    let generate = || {
        let model = check(&Files::read(&folder)).unwrap_or_else(|faults| panic!("{faults}"));
        flow_oa_codegen::generate(&model).expect("the emitted text is Rust")
    };
    let first = generate();
    assert_eq!(first, generate());
    assert!(first.values().all(|text| text.starts_with("// @generated")));
}

#[test]
fn an_unchanged_file_is_left_alone() {
    let folder = std::env::temp_dir().join(format!("flow-oa-generated-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let files = flow_oa_codegen::Generated::from([("mod.rs".to_owned(), "// text\n".to_owned())]);
    let modified =
        || std::fs::metadata(folder.join("mod.rs")).and_then(|it| it.modified()).expect("is there");
    flow_oa_codegen::write(&files, &folder).expect("can be written");
    let before = modified();
    flow_oa_codegen::write(&files, &folder).expect("can be written");
    assert_eq!(modified(), before);
    std::fs::remove_dir_all(&folder).expect("can be removed");
}
