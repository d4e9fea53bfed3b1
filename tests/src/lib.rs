//! Tests that need several crates. There is nothing here but the files in `tests/`.
