//! Walks over trees that are arrays of children.

use super::Wrong;

/// Where a child leads: to another node, or to no further one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Child {
    Node(usize),
    Leaf,
}

/// Levels of a tree. What explains predictions, prints a tree or measures it goes down by recursion, and makes room for the square of
/// the levels: from some 8,000 on the stack ends.
const MOST_LEVELS: usize = 4096;

/// Goes to all nodes from the first one; what is wrong if one is reached twice, as in a circle, or lies too deep. `children` says where a
/// node leads, which must be below `count`.
pub(super) fn walk(
    count: usize,
    mut children: impl FnMut(usize) -> Result<[Child; 2], Wrong>,
) -> Result<(), Wrong> {
    let mut seen = vec![false; count];
    let mut ahead = vec![(0, 0)];
    while let Some((node, level)) = ahead.pop() {
        if level > MOST_LEVELS {
            return Err(format!("it is deeper than {MOST_LEVELS} levels, and is gone down by recursion"));
        }
        match seen.get_mut(node) {
            Some(seen) if !*seen => *seen = true,
            Some(_) => return Err(format!("node {node} is reached by two ways, as in a circle")),
            None => return Err(format!("node {node} is none, of {count}")),
        }
        for child in children(node)? {
            if let Child::Node(child) = child {
                ahead.push((child, level + 1));
            }
        }
    }
    Ok(())
}
