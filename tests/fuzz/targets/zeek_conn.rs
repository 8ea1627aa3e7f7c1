#![no_main]

libfuzzer_sys::fuzz_target!(|text: &[u8]| flow_oa_fuzz::hold("zeek_conn", text));
