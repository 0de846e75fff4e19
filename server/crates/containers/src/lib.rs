//! Finds the pickle streams inside files: sniffing and unwrapping.
