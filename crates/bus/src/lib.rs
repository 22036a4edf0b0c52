//! Bus contracts.
