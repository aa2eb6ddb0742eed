//! 1/500 detailed plans (quy hoạch chi tiết 1/500): a drawing is taken in here, as data and without IO.

pub mod drawing;
