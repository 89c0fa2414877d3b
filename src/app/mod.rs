//! One use case a file: the steps that touch more than one noun.
