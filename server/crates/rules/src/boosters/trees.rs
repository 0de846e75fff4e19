//! Walks over trees that are arrays of children.

use super::Wrong;

/// Where a child leads: to another node, or to no further one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Child {
    Node(usize),
    Leaf,
}

/// Goes to all nodes from the first one; what is wrong if one is reached twice, as in a circle. `children` says where a node leads,
/// which must be below `count`.
pub(super) fn walk(
    count: usize,
    mut children: impl FnMut(usize) -> Result<[Child; 2], Wrong>,
) -> Result<(), Wrong> {
    let mut seen = vec![false; count];
    let mut ahead = vec![0];
    while let Some(node) = ahead.pop() {
        match seen.get_mut(node) {
            Some(seen) if !*seen => *seen = true,
            Some(_) => return Err(format!("node {node} is reached by two ways, as in a circle")),
            None => return Err(format!("node {node} is none, of {count}")),
        }
        for child in children(node)? {
            if let Child::Node(child) = child {
                ahead.push(child);
            }
        }
    }
    Ok(())
}
