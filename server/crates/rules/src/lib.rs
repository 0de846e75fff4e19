//! Rules over what a pickle does, and the policy data they judge by.
