//! Editor features as plain functions over plain data.
