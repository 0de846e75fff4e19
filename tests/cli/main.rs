//! Whole-program tests of the command line.
