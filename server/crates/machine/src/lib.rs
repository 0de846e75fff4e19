//! Symbolic pickle machine: stack, marks, memo, values; streaming and recording modes.
