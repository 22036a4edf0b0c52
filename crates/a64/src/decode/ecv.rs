//! The self-synchronised counters (FEAT_ECV): reads of system registers that only cores with the feature have.

use super::branch_sys::mrs;
use super::table;
use crate::sys;

table! { base crate::decode::bti::code::END; feature Ecv;
    MRS_CNTPCTSS "1101010100 1 11 011 1110 0000 101 ttttt"    mrs, sys::read_cntpctss;
    MRS_CNTVCTSS "1101010100 1 11 011 1110 0000 110 ttttt"    mrs, sys::read_cntvctss;
}
